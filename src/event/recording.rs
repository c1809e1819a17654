//! What a simulation leaves behind.

use std::ops::Range;

use super::Spike;
use crate::{Error, Result};

/// The spikes of a batch of samples, with what gradients need of them.
///
/// Spikes of a sample lie in order of (time, neuron); a neuron is counted over
/// all populations. Flat arrays hold one sample after another; `range` says
/// where each lies.
///
/// ```
/// use spikefront::cpu::CpuEngine;
/// use spikefront::{Engine, Problem};
/// # use spikefront::event::{Spike, SpikeBatch};
/// # use spikefront::network::{Network, Neuron, Projection};
/// # use spikefront::{SimulationOptions, ndarray};
/// # let mut network = Network::builder();
/// # let input = network.input("input", 1);
/// # let neuron = network.population("neuron", 1, Neuron::leaky_integrate_and_fire());
/// # network.connect(input, neuron, Projection::dense(ndarray::array![[0.6]]));
/// # let network = network.build()?;
/// # let parameters = network.parameters(0);
/// # let mut inputs = SpikeBatch::new();
/// # inputs.push_sample(&[Spike { unit: 0, time: 2.0 }])?;
/// # let options = SimulationOptions::new(40.0);
/// # let problem = Problem { network: &network, parameters: &parameters, inputs: &inputs, options: &options };
///
/// let recording = CpuEngine::new().simulate(&problem)?;
/// for sample in 0..recording.n_samples() {
///     for spike in recording.sample(sample) {
///         println!("sample {sample}: neuron {} at {:.3} ms", spike.unit, spike.time);
///     }
/// }
/// // The place of each neuron's first spike in the flat arrays, if it fired.
/// let first = recording.first_spikes(0, 0..1)[0];
/// assert!(first.is_some_and(|ix| recording.slopes()[ix] > 0.0));
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recording {
    pub(crate) offsets: Vec<usize>,
    pub(crate) times: Vec<f64>,
    /// What an engine in single precision rounded away from each time, in ms; empty where an engine did not.
    pub(crate) remainders: Vec<f32>,
    pub(crate) neurons: Vec<u32>,
    pub(crate) slopes: Vec<f64>,
    pub(crate) release_slopes: Vec<f64>,
    pub(crate) ends: Vec<f64>,
    pub(crate) duration: f64,
    pub(crate) voltage_times: Vec<f64>,
    pub(crate) readouts: Vec<ReadoutRecording>,
    /// What it was made of; a gradient with anything else is refused.
    pub(crate) made_of: Option<Fingerprint>,
    /// Whose samples it has all spikes of, where these are not all samples.
    pub(crate) share: Option<Share>,
}

/// One of several ranks that simulated a batch together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub rank: usize,
    pub size: usize,
}

/// Checksums of what a recording was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    pub neurons: u64,
    pub parameters: u64,
    pub inputs: u64,
}

/// What a population without threshold did.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadoutRecording {
    /// The population's index.
    pub population: usize,
    /// The integral of V over the run, in ms, `[sample x neuron]`.
    pub integrals: Vec<f64>,
    /// V at the requested times, `[sample x time x neuron]`.
    pub voltages: Vec<f64>,
    /// The largest V over the run, `[sample x neuron]`; empty where maxima were not asked for.
    pub maxima: Vec<Maximum>,
}

/// The largest voltage of a readout over one sample's run, the first of equal ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Maximum {
    /// How large.
    pub voltage: f64,
    /// When, in ms.
    pub time: f64,
    /// dV/dt just before, in 1/ms: zero at a smooth maximum and at the start of the run, above
    /// zero where an arrival turned V down or the run ended.
    pub slope: f64,
}

impl Recording {
    /// How many samples.
    pub fn n_samples(&self) -> usize {
        self.ends.len()
    }

    /// How many spikes over all samples.
    pub fn n_spikes(&self) -> usize {
        self.times.len()
    }

    /// Checks that there is such a sample.
    ///
    /// # Errors
    /// A number that is too large.
    pub(crate) fn check_sample(&self, sample: usize) -> Result<()> {
        if sample < self.n_samples() {
            return Ok(());
        }
        let remedy = format!("the recording has {}, counted from 0", self.n_samples());
        Err(Error::invalid("sample", sample, remedy))
    }

    /// Checks that no spikes were left out.
    ///
    /// # Errors
    /// A recording of which each of several ranks has another share.
    pub(crate) fn check_whole(&self) -> Result<()> {
        let Some(Share { rank, size }) = self.share else {
            return Ok(());
        };
        Err(Error::invalid(
            "recording",
            format!("that of rank {rank} of {size}, without most spikes of the others' samples"),
            "use `Engine::simulate`, which leaves nothing out, or the gradient of the engine that made it",
        ))
    }

    /// Where a sample's spikes lie in the flat arrays.
    ///
    /// # Panics
    /// A sample that there is not; [`n_samples`](Self::n_samples) says how many there are.
    pub fn range(&self, sample: usize) -> Range<usize> {
        self.offsets[sample]..self.offsets[sample + 1]
    }

    /// Times, in ms, of all spikes, sample after sample.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Neurons of all spikes, sample after sample.
    pub fn neurons(&self) -> &[u32] {
        &self.neurons
    }

    /// dV/dt just before each spike, in 1/ms.
    pub fn slopes(&self) -> &[f64] {
        &self.slopes
    }

    /// dV/dt just after the release that follows each spike, in 1/ms; zero
    /// where the reset subtracts or the run ended first.
    pub fn release_slopes(&self) -> &[f64] {
        &self.release_slopes
    }

    /// One sample's spikes.
    ///
    /// # Panics
    /// A sample that there is not.
    pub fn sample(&self, sample: usize) -> impl ExactSizeIterator<Item = Spike> + '_ {
        self.range(sample).map(|ix| Spike {
            unit: self.neurons[ix] as usize,
            time: self.times[ix],
        })
    }

    /// The run's length, in ms.
    pub fn duration(&self) -> f64 {
        self.duration
    }

    /// Until when each sample was simulated, in ms: the duration, or less where the run stopped early.
    pub fn ends(&self) -> &[f64] {
        &self.ends
    }

    /// When voltages of readouts were recorded, in ms, ascending.
    pub fn voltage_times(&self) -> &[f64] {
        &self.voltage_times
    }

    /// The populations without threshold, in order of creation.
    pub fn readouts(&self) -> &[ReadoutRecording] {
        &self.readouts
    }

    /// The first spike of each neuron of a range, as an index into the flat arrays; `None` where it was silent.
    ///
    /// # Panics
    /// A sample that there is not.
    pub fn first_spikes(&self, sample: usize, neurons: Range<usize>) -> Vec<Option<usize>> {
        let mut first = vec![None; neurons.len()];
        let mut n_silent = neurons.len();
        for ix in self.range(sample) {
            let neuron = self.neurons[ix] as usize;
            if neurons.contains(&neuron) && first[neuron - neurons.start].is_none() {
                first[neuron - neurons.start] = Some(ix);
                n_silent -= 1;
                if n_silent == 0 {
                    break;
                }
            }
        }
        first
    }
}
