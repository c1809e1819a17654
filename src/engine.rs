//! What every engine answers.

use ndarray::Array2;

use crate::event::{ReadoutRecording, Recording, SpikeBatch};
use crate::model::{Network, Parameters, PopulationId};
use crate::{Error, Result};

/// How a gradient is computed. Both are exact and agree to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Sensitivities of every spike, carried forward in time (Lee et al. 2023).
    Forward,
    /// One sweep backward in time over the recording (EventProp, Wunderlich and Pehle 2021).
    #[default]
    Adjoint,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Forward => "forward",
            Self::Adjoint => "adjoint",
        })
    }
}

/// A network, its parameters, its inputs and how to run it.
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
    /// How many spikes a sample may fire before the run is refused as a runaway.
    pub spike_budget: usize,
    /// The longest window of the causal plan, in ms. No result depends on it.
    pub longest_window: f64,
}

impl SimulationOptions {
    /// A run of `duration` ms to its end.
    pub fn new(duration: f64) -> Self {
        Self {
            duration,
            stop: Stop::AtDuration,
            voltage_times: Vec::new(),
            spike_budget: 10_000_000,
            longest_window: f64::MAX,
        }
    }
}

/// The derivative of a loss with respect to what a recording holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cotangent {
    /// dL/d(spike time) [1/ms], one for each spike of the recording, in its order.
    pub spike_times: Vec<f64>,
    /// For each readout of the recording: dL/d(integral of V), `[sample x neuron]`.
    pub integrals: Vec<Vec<f64>>,
    /// For each readout of the recording: dL/dV, `[sample x time x neuron]`.
    pub voltages: Vec<Vec<f64>>,
}

impl Cotangent {
    /// All zero, of the sizes of a recording.
    pub fn zeros(recording: &Recording) -> Self {
        let readouts = recording.readouts();
        Self {
            spike_times: vec![0.0; recording.n_spikes()],
            integrals: readouts
                .iter()
                .map(|r| vec![0.0; r.integrals.len()])
                .collect(),
            voltages: readouts
                .iter()
                .map(|r| vec![0.0; r.voltages.len()])
                .collect(),
        }
    }
}

/// What to differentiate with respect to, and how carefully.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradientOptions {
    /// Which way.
    pub method: Method,
    /// With respect to weights.
    pub weights: bool,
    /// With respect to delays.
    pub delays: bool,
    /// With respect to thresholds.
    pub thresholds: bool,
    /// With respect to the times of input spikes.
    pub input_times: bool,
    /// A spike that reaches its threshold more slowly than this [1/ms] is grazing:
    /// its derivative, which grows without bound as the slope vanishes, is
    /// computed as if this were its slope, and counted.
    pub slope_floor: f64,
    /// How much memory forward propagation may use for the columns it carries at once, in bytes.
    pub tile_memory: usize,
}

impl Default for GradientOptions {
    /// Adjoint, with respect to weights only.
    fn default() -> Self {
        Self {
            method: Method::Adjoint,
            weights: true,
            delays: false,
            thresholds: false,
            input_times: false,
            slope_floor: 1e-6,
            tile_memory: 256 << 20,
        }
    }
}

impl GradientOptions {
    /// With respect to everything there is.
    pub fn everything(method: Method) -> Self {
        Self {
            method,
            weights: true,
            delays: true,
            thresholds: true,
            input_times: true,
            ..Self::default()
        }
    }
}

/// The gradient of a scalar loss, summed over the batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// Flat, in the order of the network's layout; zero where it was not asked for.
    pub parameters: Vec<f64>,
    /// One for each input spike [1/ms], in the batch's order; empty where it was not asked for.
    pub input_times: Vec<f64>,
    /// How many spikes were slower than the slope floor.
    pub grazing_spikes: usize,
}

/// The derivatives of everything that one sample's recording holds.
///
/// Rows are observables: the sample's spike times in order, then for each readout
/// its voltages `[time x neuron]` and its integrals `[neuron]`. Columns are the flat
/// parameters, or the sample's input spikes in order; those that were not asked
/// for are zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Jacobian {
    /// d(observable)/d(parameter), `[observable x parameter]`.
    pub parameters: Array2<f64>,
    /// d(observable)/d(input time), `[observable x input spike]`.
    pub input_times: Array2<f64>,
    /// How many of the rows are spike times.
    pub n_spikes: usize,
    /// How many spikes were slower than the slope floor.
    pub grazing_spikes: usize,
}

impl Jacobian {
    /// All zero, of the sizes of one sample of a recording.
    pub fn zeros(problem: &Problem<'_>, recording: &Recording, sample: usize) -> Self {
        let n_spikes = recording.range(sample).len();
        let n_values = |r: &ReadoutRecording| r.integrals.len() + r.voltages.len();
        let readouts = recording.readouts().iter().map(n_values).sum::<usize>();
        let n_rows = n_spikes + readouts / recording.n_samples();
        Self {
            parameters: Array2::zeros((n_rows, problem.network.layout().len())),
            input_times: Array2::zeros((n_rows, problem.inputs.range(sample).len())),
            n_spikes,
            grazing_spikes: 0,
        }
    }
}

/// Simulates networks and differentiates what they did.
pub trait Engine: Send + Sync {
    /// A short name such as `"cpu"`.
    fn name(&self) -> &str;

    /// Runs every sample of the batch.
    ///
    /// # Errors
    /// Options, inputs or parameters that do not fit the network; a sample that
    /// passes its spike budget.
    fn simulate(&self, problem: &Problem<'_>) -> Result<Recording>;

    /// The gradient of the loss whose cotangent is given, over the recording of the same problem.
    ///
    /// # Errors
    /// A recording or cotangent of other sizes than the problem's.
    fn gradient(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<Gradient>;

    /// The full Jacobian of one sample's spike times.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient); a sample out of range.
    fn jacobian(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian>;
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
        let readouts = recording.readouts();
        expect(
            "cotangent.integrals",
            cotangent.integrals.len(),
            readouts.len(),
        )?;
        expect(
            "cotangent.voltages",
            cotangent.voltages.len(),
            readouts.len(),
        )?;
        for (ix, readout) in readouts.iter().enumerate() {
            expect(
                "cotangent.integrals",
                cotangent.integrals[ix].len(),
                readout.integrals.len(),
            )?;
            expect(
                "cotangent.voltages",
                cotangent.voltages[ix].len(),
                readout.voltages.len(),
            )?;
        }
        if let Some(&neuron) = recording.neurons().iter().max() {
            if neuron as usize >= self.network.n_neurons() {
                return Err(Error::invalid(
                    "recording",
                    format!("of a network with a neuron {neuron}"),
                    format!("this network has {} neurons", self.network.n_neurons()),
                ));
            }
        }
        if !(options.slope_floor.is_finite() && options.slope_floor > 0.0) {
            return Err(Error::invalid(
                "slope_floor",
                options.slope_floor,
                "give a finite slope above zero, in 1/ms",
            ));
        }
        Ok(())
    }
}
