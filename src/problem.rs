//! What an engine is asked to run, and whether it makes sense.

use std::ops::Range;

use crate::engine::{Cotangent, GradientOptions};
use crate::event::{Recording, SpikeBatch};
use crate::model::{Network, Parameters, PopulationId};
use crate::{Error, Result};

/// A network, its parameters, its inputs and how to run it.
///
/// It borrows all four, so that any of them can be changed for another run:
///
/// ```
/// use spikefront::cpu::CpuEngine;
/// use spikefront::event::{Spike, SpikeBatch};
/// use spikefront::model::{Network, Neuron, Projection};
/// use spikefront::{Engine, Problem, SimulationOptions, ndarray};
///
/// let mut network = Network::builder();
/// let input = network.input("input", 1);
/// let neuron = network.population("neuron", 1, Neuron::leaky_integrate_and_fire());
/// network.connect(input, neuron, Projection::dense(ndarray::array![[0.6]]));
/// let network = network.build()?;
/// let mut inputs = SpikeBatch::new();
/// inputs.push_sample(&[Spike { unit: 0, time: 2.0 }])?;
/// let options = SimulationOptions::new(40.0);
/// let mut parameters = network.parameters(0);
///
/// let engine = CpuEngine::new();
/// for weight in [0.1, 0.6] {
///     parameters.values_mut()[0] = weight;
///     let problem = Problem { network: &network, parameters: &parameters, inputs: &inputs, options: &options };
///     println!("weight {weight}: {} spikes", engine.simulate(&problem)?.n_spikes());
/// }
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// The structure.
    pub network: &'a Network,
    /// The parameter values.
    pub parameters: &'a Parameters,
    /// The input spikes of a batch of samples.
    pub inputs: &'a SpikeBatch,
    /// How to run it.
    pub options: &'a SimulationOptions,
}

/// When a sample's simulation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stop {
    /// At the end of the run.
    #[default]
    AtDuration,
    /// Soon after every neuron of a population has fired, or at the end of the
    /// run. First spikes are the same either way; later ones may be missing.
    AfterFirstSpikes(PopulationId),
}

/// How to run a simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulationOptions {
    /// The run is `[0, duration]`, in ms.
    pub duration: f64,
    /// When a sample's simulation ends.
    pub stop: Stop,
    /// When to record the voltage of readouts, in ms, ascending within the run.
    pub voltage_times: Vec<f64>,
    /// Whether to record the largest voltage of each readout, and when it was.
    pub record_maxima: bool,
    /// How many spikes a sample may fire before the run is refused as a runaway. The samples of one call may together fire
    /// [`BATCH_BUDGET`](Self::BATCH_BUDGET) times as many: a spike takes up to 90 bytes, and memory is bounded whatever the batch.
    pub spike_budget: usize,
    /// The longest window of the causal plan, in ms. No result depends on it.
    pub longest_window: f64,
}

impl SimulationOptions {
    /// How many times the spike budget of one sample all samples of a call may fire together.
    pub const BATCH_BUDGET: usize = 20;

    /// A run of `duration` ms to its end.
    pub fn new(duration: f64) -> Self {
        Self {
            duration,
            stop: Stop::AtDuration,
            voltage_times: Vec::new(),
            record_maxima: false,
            spike_budget: 1_000_000,
            longest_window: f64::MAX,
        }
    }
}

impl SimulationOptions {
    /// Records the voltage of readouts at these times as well, in ms, in any order.
    pub fn add_voltage_times(&mut self, times: &[f64]) {
        self.voltage_times.extend_from_slice(times);
        self.voltage_times.sort_by(f64::total_cmp);
        self.voltage_times.dedup();
    }
}

impl Problem<'_> {
    /// Checks that options, parameters and inputs fit the network.
    ///
    /// # Errors
    /// The first thing that does not fit, by name.
    pub fn check(&self) -> Result<()> {
        let options = self.options;
        if !(options.duration.is_finite() && options.duration > 0.0) {
            return Err(Error::invalid(
                "duration",
                options.duration,
                "give a finite time in ms above zero",
            ));
        }
        if options.longest_window.is_nan() || options.longest_window < options.duration * 1e-6 {
            return Err(Error::invalid(
                "longest_window",
                options.longest_window,
                "give at least a millionth of the duration, in ms",
            ));
        }
        if let Stop::AfterFirstSpikes(id) = options.stop {
            let population = self.network.populations().get(id.index());
            if !population.is_some_and(|p| p.is_spiking()) {
                return Err(Error::invalid(
                    "stop",
                    format!("after the first spikes of population {}", id.index()),
                    "name a population of this network that can fire",
                ));
            }
        }
        let mut previous = 0.0;
        for (ix, &time) in options.voltage_times.iter().enumerate() {
            if !(time >= previous && time <= options.duration) {
                return Err(Error::invalid(
                    format!("voltage_times[{ix}]"),
                    time,
                    "give ascending times within the run, in ms",
                ));
            }
            previous = time;
        }
        self.parameters.check(self.network)?;
        self.check_inputs()
    }

    fn check_inputs(&self) -> Result<()> {
        if self.inputs.n_samples() == 0 {
            return Err(Error::invalid(
                "inputs",
                "an empty batch",
                "give at least one sample; it may be without spikes",
            ));
        }
        let n_channels = self.network.n_channels();
        for sample in 0..self.inputs.n_samples() {
            for (ix, spike) in self.inputs.sample(sample).enumerate() {
                let field = |what: &str| format!("{what} of input spike {ix} of sample {sample}");
                if spike.unit >= n_channels {
                    return Err(Error::invalid(
                        field("unit"),
                        spike.unit,
                        format!("the network has {n_channels} input channels, counted from 0"),
                    ));
                }
                if spike.time > self.options.duration {
                    return Err(Error::invalid(
                        field("time"),
                        spike.time,
                        format!("keep it within the run, {} ms", self.options.duration),
                    ));
                }
            }
        }
        Ok(())
    }

    /// How many of a recording's spikes in `range` are slower than the slope floor of their neuron.
    pub(crate) fn grazing_spikes(
        &self,
        recording: &Recording,
        range: Range<usize>,
        options: &GradientOptions,
    ) -> usize {
        let floors = self.slope_floors(options);
        let highest = floors.iter().copied().fold(0.0, f64::max);
        let slopes = recording.slopes()[range.clone()].iter();
        let units = &recording.neurons()[range];
        slopes
            .zip(units)
            // Most spikes are faster than any floor, and are done with one comparison.
            .filter(|&(&slope, _)| slope < highest)
            .filter(|&(&slope, &unit)| slope < floors[unit as usize])
            .count()
    }

    /// The slope floor of every neuron; zero for those of readouts.
    fn slope_floors(&self, options: &GradientOptions) -> Vec<f64> {
        let values = self.parameters.values();
        let populations = self.network.populations().iter().enumerate();
        populations
            .flat_map(|(ix, population)| {
                let thresholds = self.network.layout().thresholds(PopulationId(ix));
                (0..population.size).map(move |neuron| {
                    thresholds.as_ref().map_or(0.0, |thresholds| {
                        let threshold = values[thresholds.start + neuron];
                        options.slope_floor * population.dynamics(neuron, threshold).slope_scale()
                    })
                })
            })
            .collect()
    }

    /// Checks that a recording and a cotangent belong to this problem.
    ///
    /// # Errors
    /// A size that does not match.
    pub fn check_gradient(
        &self,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<()> {
        let expect = |field: &str, found: usize, expected: usize| {
            if found == expected {
                return Ok(());
            }
            let remedy = format!("give {expected}, as the recording of this problem has");
            Err(Error::invalid(format!("length of {field}"), found, remedy))
        };
        expect("recording", recording.n_samples(), self.inputs.n_samples())?;
        expect(
            "cotangent.spike_times",
            cotangent.spike_times.len(),
            recording.n_spikes(),
        )?;
        if recording.duration() != self.options.duration {
            return Err(Error::invalid(
                "recording",
                format!("of a run of {} ms", recording.duration()),
                format!("this problem's lasts {} ms", self.options.duration),
            ));
        }
        let populations = self.network.populations();
        let silent = || {
            populations
                .iter()
                .filter(|population| !population.is_spiking())
        };
        expect(
            "recording.readouts",
            recording.readouts().len(),
            silent().count(),
        )?;
        expect(
            "cotangent.integrals",
            cotangent.integrals.len(),
            silent().count(),
        )?;
        expect(
            "cotangent.voltages",
            cotangent.voltages.len(),
            silent().count(),
        )?;
        expect("cotangent.maxima", cotangent.maxima.len(), silent().count())?;
        for (ix, (readout, population)) in recording.readouts().iter().zip(silent()).enumerate() {
            let n_integrals = self.inputs.n_samples() * population.size;
            let n_voltages = n_integrals * self.options.voltage_times.len();
            let n_maxima = match self.options.record_maxima {
                true => n_integrals,
                false => 0,
            };
            expect("recording.readouts.maxima", readout.maxima.len(), n_maxima)?;
            expect("cotangent.maxima", cotangent.maxima[ix].len(), n_maxima)?;
            expect(
                "recording.readouts.integrals",
                readout.integrals.len(),
                n_integrals,
            )?;
            expect(
                "recording.readouts.voltages",
                readout.voltages.len(),
                n_voltages,
            )?;
            expect(
                "cotangent.integrals",
                cotangent.integrals[ix].len(),
                n_integrals,
            )?;
            expect(
                "cotangent.voltages",
                cotangent.voltages[ix].len(),
                n_voltages,
            )?;
        }
        if let Some(entry) = cotangent.entries().find(|entry| !entry.is_finite()) {
            let remedy = "give finite derivatives; look at what the loss divides by";
            return Err(Error::invalid("an entry of the cotangent", entry, remedy));
        }
        let n_neurons = self.network.n_neurons();
        let foreign = recording
            .neurons()
            .iter()
            .find(|&&neuron| neuron as usize >= n_neurons);
        if let Some(neuron) = foreign {
            return Err(Error::invalid(
                "recording",
                format!("of a network with a neuron {neuron}"),
                format!("this network has {n_neurons} neurons"),
            ));
        }
        if !(options.slope_floor.is_finite() && options.slope_floor > 0.0) {
            return Err(Error::invalid(
                "slope_floor",
                options.slope_floor,
                "give a finite number above zero, in units of threshold distance over membrane time constant",
            ));
        }
        Ok(())
    }
}
