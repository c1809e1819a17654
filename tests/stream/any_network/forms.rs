//! One network as a batch and as one long run: spikes, and derivatives by what they are of.

use std::collections::BTreeMap;

use spikefront::cpu::CpuEngine;
use spikefront::event::{Recording, SpikeBatch};
use spikefront::network::{Network, NetworkBuilder, NetworkInRows, Parameters, Source, TensorKind};
use spikefront::{Cotangent, Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use super::networks::DURATION;

/// What a derivative is of. Of what has one derivative in a batch, such as a delay that synapses share, the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// Source (a population or beyond those a generator), its number, target, receptor and the bits of weight and delay.
    Weight(usize, u32, u32, usize, u32, u32),
    Delay(usize, u32, u32, usize, u32, u32),
    /// Of all synapses of a projection: its source, target population and receptor.
    SharedDelay(usize, usize, usize),
    Threshold(usize),
    Initial(usize),
    Drive(usize),
    /// Channel and which of its spikes.
    Time(usize, usize),
}

pub type Derivatives = BTreeMap<Of, f64>;

/// In both forms.
pub struct Both {
    pub batch: Network,
    pub rows: NetworkInRows,
    parameters: Parameters,
    inputs: SpikeBatch,
    options: SimulationOptions,
}

/// The derivative of a loss of all spikes.
pub fn slope(time: f64, neuron: u32) -> f64 {
    (0.3 * time + f64::from(neuron)).cos()
}

pub fn number(network: &NetworkInRows, source: Source) -> usize {
    let populations = network.populations().len();
    match source {
        Source::Population(id) => id.index(),
        Source::Input(_) => populations,
    }
}

impl Both {
    pub fn new(builder: &NetworkBuilder, seed: u64) -> Result<Self> {
        let batch = builder.clone().build()?;
        let mut parameters = batch.parameters(seed);
        for tensor in batch.layout().tensors() {
            // As rows hold them.
            if matches!(tensor.kind, TensorKind::Weight | TensorKind::Delay) {
                for value in &mut parameters.values_mut()[tensor.range.clone()] {
                    *value = f64::from(*value as f32);
                }
            }
        }
        let mut silent = SpikeBatch::new();
        silent.push_sample(&[])?;
        let mut options = SimulationOptions::new(DURATION);
        options.spike_budget = 2000;
        Ok(Self {
            inputs: batch.complete_inputs(&silent, DURATION, &[seed])?,
            rows: builder.clone().build_in_rows()?,
            batch,
            parameters,
            options,
        })
    }

    fn problem(&self) -> Problem<'_> {
        Problem {
            network: &self.batch,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options: &self.options,
        }
    }

    pub fn recording(&self) -> Result<Recording> {
        CpuEngine::new().simulate(&self.problem())
    }

    /// What recorders would find of all neurons: potentials and the sums of currents, `[neuron][time]`.
    pub fn states(&self, recording: &Recording, times: &[f64]) -> Result<Vec<Vec<[f64; 2]>>> {
        let neurons: Vec<usize> = (0..self.batch.n_neurons()).collect();
        let trace = self.problem().states(recording, 0, &neurons, times)?;
        let of = |neuron: usize| {
            let voltages = trace.voltages.row(neuron).to_vec();
            let currents = trace.currents.row(neuron).to_vec();
            voltages.into_iter().zip(currents).map(<[f64; 2]>::from)
        };
        Ok(neurons
            .into_iter()
            .map(|neuron| of(neuron).collect())
            .collect())
    }

    pub fn of_batch(&self, recording: &Recording, method: Method) -> Result<Derivatives> {
        let mut cotangent = Cotangent::zeros(recording);
        let spikes = recording.times().iter().zip(recording.neurons());
        for (value, (&time, &neuron)) in cotangent.spike_times.iter_mut().zip(spikes) {
            *value = slope(time, neuron);
        }
        let options = GradientOptions::everything(method).and_neurons();
        let engine = CpuEngine::new();
        let gradient = engine.gradient(&self.problem(), recording, &cotangent, &options)?;
        let mut all = Derivatives::new();
        let mut add = |of: Of, value: f64| *all.entry(of).or_default() += value;
        let (layout, values) = (self.batch.layout(), self.parameters.values());
        let found = &gradient.parameters;
        for (id, connection) in self.batch.projection_ids().zip(self.batch.connections()) {
            let (weights, delays) = (layout.weights(id), layout.delays(id));
            let source = number(&self.rows, connection.source);
            let first = self.batch.population(connection.target).first_unit as u32;
            let receptor = connection.receptor();
            let dense = (0..connection.source_size as u32).flat_map(|source| {
                (0..connection.target_size as u32).map(move |target| [source, target])
            });
            let synapses = connection.synapses().map(<[_]>::to_vec);
            let synapses = synapses.unwrap_or_else(|| dense.collect());
            let is_shared = connection.has_shared_delay();
            for (ix, [from, target]) in synapses.into_iter().enumerate() {
                let delay = delays.start + if is_shared { 0 } else { ix };
                let weight = weights.start + ix;
                let bits = |at: usize| (values[at] as f32).to_bits();
                let (target, weight_bits, delay_bits) = (first + target, bits(weight), bits(delay));
                add(
                    Of::Weight(source, from, target, receptor, weight_bits, delay_bits),
                    found[weight],
                );
                if !is_shared {
                    add(
                        Of::Delay(source, from, target, receptor, weight_bits, delay_bits),
                        found[delay],
                    );
                }
            }
            if is_shared {
                let of = Of::SharedDelay(source, connection.target.index(), receptor);
                add(of, found[delays.start]);
            }
        }
        for (ix, id) in self.batch.population_ids().enumerate() {
            let first = self.batch.population(id).first_unit;
            if let Some(thresholds) = layout.thresholds(id) {
                for (neuron, value) in found[thresholds].iter().enumerate() {
                    add(Of::Threshold(first + neuron), *value);
                }
            }
            let name = format!("{}/initial", self.batch.population(id).name);
            let initial = layout.find(&name).expect("all have it").range.clone();
            let of_population = self.shares_initial(ix);
            for (neuron, value) in found[initial].iter().enumerate() {
                let neuron = if of_population { 0 } else { neuron };
                add(Of::Initial(first + neuron), *value);
            }
        }
        if let Some(drive) = self
            .batch
            .layout()
            .tensors()
            .iter()
            .find(|t| t.name.starts_with("poisson"))
        {
            add(Of::Drive(0), found[drive.range.start]);
        }
        let mut counts = [0; 3];
        for (spike, value) in self.inputs.sample(0).zip(&gradient.input_times) {
            if let Some(count) = counts.get_mut(spike.unit) {
                add(Of::Time(spike.unit, *count), *value);
                *count += 1;
            }
        }
        Ok(all)
    }

    /// Whether a population has one derivative by its initial potential.
    pub fn shares_initial(&self, population: usize) -> bool {
        let id = self
            .batch
            .population_ids()
            .nth(population)
            .expect("it is there");
        let name = format!("{}/initial", self.batch.population(id).name);
        let tensor = self.batch.layout().find(&name).expect("all have it");
        tensor.shape == [1]
    }
}

/// The largest difference of two, of derivatives of one kind over the largest of that kind; infinite where they are not of the same.
pub fn apart(a: &Derivatives, b: &Derivatives) -> f64 {
    if !a.keys().eq(b.keys()) {
        return f64::INFINITY;
    }
    let kind = |of: &Of| match of {
        Of::Weight(..) => 0,
        Of::Delay(..) | Of::SharedDelay(..) => 1,
        Of::Threshold(_) => 2,
        Of::Initial(_) => 3,
        Of::Drive(_) => 4,
        Of::Time(..) => 5,
    };
    let mut largest = [1e-3_f64; 6];
    let mut off = [0.0_f64; 6];
    for ((of, a), b) in a.iter().zip(b.values()) {
        largest[kind(of)] = largest[kind(of)].max(a.abs()).max(b.abs());
        off[kind(of)] = off[kind(of)].max((a - b).abs());
    }
    let relative = off.iter().zip(largest).map(|(off, largest)| off / largest);
    relative.fold(0.0, f64::max)
}
