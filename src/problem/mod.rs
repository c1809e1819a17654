//! What an engine is asked to run, and whether it makes sense.

mod check;
mod fingerprint;
mod given;
mod history;

pub(crate) mod maximum;
mod states;

pub(crate) use check::check_duration;
pub use given::{GivenSpikes, MissingSpike, SpikeReport};
pub use states::StateTrace;

use crate::event::SpikeBatch;
use crate::network::{Network, Parameters, PopulationId, ProjectionId};

/// A network, its parameters, its inputs and how to run it.
///
/// It borrows all four, so that any of them can be changed for another run:
///
/// ```
/// use spikefront::cpu::CpuEngine;
/// use spikefront::event::{Spike, SpikeBatch};
/// use spikefront::network::{Network, Neuron, Projection};
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

impl Problem<'_> {
    /// The longest delay of a projection in ms; of delays of each synapse's own the longest over which anything can arrive before
    /// the end of the run.
    pub(crate) fn longest_delay(&self, projection: ProjectionId) -> f64 {
        match &self.parameters.values()[self.network.layout().delays(projection)] {
            [shared] => *shared,
            each => {
                let within = each.iter().copied();
                let within = within.filter(|&delay| delay <= self.options.duration);
                within.fold(0.0, f64::max)
            }
        }
    }
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
#[non_exhaustive]
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

setters!(SimulationOptions {
    duration: f64,
    stop: Stop,
    voltage_times: Vec<f64>,
    record_maxima: bool,
    spike_budget: usize,
    longest_window: f64,
});

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

    /// Records the voltage of readouts at these times as well, in ms, in any order.
    pub fn add_voltage_times(&mut self, times: &[f64]) {
        self.voltage_times.extend_from_slice(times);
        self.voltage_times.sort_by(f64::total_cmp);
        self.voltage_times.dedup();
    }
}
