//! One sample on its way through the windows of a run.

use super::aligned::Aligned;
use super::arrivals::{SourceSpikes, Sources};
use super::compiled::{Compiled, CompiledPopulation};
use crate::dynamics::SpikeSink;

/// The release time of a neuron that is not held.
pub(super) const NOT_HELD: f64 = f64::MAX;

/// U, in the frame, of a neuron that is held: nothing that arrives lifts it to a threshold.
pub(super) const HELD: f64 = -1e300;

/// The state of a population's neurons at a window's start or end.
#[derive(Debug, Clone, Default)]
pub(super) struct PopulationState {
    /// Potential above the drive, padded to whole blocks.
    pub potential: Aligned,
    /// Synaptic current, padded to whole blocks.
    pub current: Aligned,
    /// The end of each neuron's hold, or [`NOT_HELD`].
    pub release: Vec<f64>,
}

/// The spikes that a population has fired, as columns in order of (time, neuron)
/// up to the window in progress.
#[derive(Debug, Clone, Default)]
pub(super) struct SpikeColumns {
    pub times: Vec<f64>,
    /// Counted over all populations.
    pub units: Vec<u32>,
    pub slopes: Vec<f64>,
    pub release_slopes: Vec<f64>,
}

/// One sample's state, spikes and readouts.
pub(super) struct Sample<'a> {
    pub input: SourceSpikes<'a>,
    pub states: Vec<PopulationState>,
    pub spikes: Vec<SpikeColumns>,
    /// For each population: V at the requested times and its integral; empty where it fires.
    pub voltages: Vec<Vec<f64>>,
    pub integrals: Vec<Vec<f64>>,
    /// Until when it has been simulated, in ms.
    pub end: f64,
    pub is_finished: bool,
    /// Whether it passed its spike budget.
    pub is_runaway: bool,
}

impl Sources for Sample<'_> {
    fn input(&self) -> SourceSpikes<'_> {
        self.input
    }

    fn population(&self, population: usize) -> SourceSpikes<'_> {
        let spikes = &self.spikes[population];
        SourceSpikes {
            times: &spikes.times,
            units: &spikes.units,
        }
    }
}

impl<'a> Sample<'a> {
    /// A sample at the start of its run; `states` is memory to use again.
    pub fn new(compiled: &Compiled<'a>, sample: usize, mut states: Vec<PopulationState>) -> Self {
        let inputs = compiled.problem.inputs;
        let range = inputs.range(sample);
        let n_times = compiled.problem.options.voltage_times.len();
        let readout_len = |p: &CompiledPopulation, len: usize| {
            if p.is_spiking {
                Vec::new()
            } else {
                vec![0.0; len * p.size]
            }
        };
        let populations = &compiled.populations;
        states.resize_with(populations.len(), PopulationState::default);
        for (state, population) in states.iter_mut().zip(populations) {
            state.start(population);
        }
        Self {
            input: SourceSpikes {
                times: &inputs.times()[range.clone()],
                units: &inputs.units()[range],
            },
            states,
            spikes: populations
                .iter()
                .map(|p| SpikeColumns::with_capacity(if p.is_spiking { p.size } else { 0 }))
                .collect(),
            voltages: populations
                .iter()
                .map(|p| readout_len(p, n_times))
                .collect(),
            integrals: populations.iter().map(|p| readout_len(p, 1)).collect(),
            end: 0.0,
            is_finished: false,
            is_runaway: false,
        }
    }

    pub fn n_spikes(&self) -> usize {
        self.spikes.iter().map(|spikes| spikes.times.len()).sum()
    }
}

impl PopulationState {
    /// The state at the start of a run.
    fn start(&mut self, population: &CompiledPopulation) {
        let padded = population.padded();
        self.potential.refill(&population.initial, padded, 0.0);
        self.current.refill(&[], padded, 0.0);
        self.release.clear();
        self.release.resize(padded, NOT_HELD);
    }
}

impl SpikeColumns {
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            times: Vec::with_capacity(capacity),
            units: Vec::with_capacity(capacity),
            slopes: Vec::with_capacity(capacity),
            release_slopes: Vec::with_capacity(capacity),
        }
    }

    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Puts the spikes from `first` on in order of (time, neuron).
    pub fn sort_from(&mut self, first: usize) {
        // The bits of times, which are not negative, are in the order of the times.
        let key = |ix: usize| (self.times[ix].to_bits(), self.units[ix], ix as u32);
        let mut permutation: Vec<(u64, u32, u32)> = (first..self.len()).map(key).collect();
        if permutation.is_sorted() {
            return;
        }
        permutation.sort_unstable();
        fn permute<T: Copy>(values: &mut [T], first: usize, permutation: &[(u64, u32, u32)]) {
            let sorted: Vec<T> = permutation
                .iter()
                .map(|key| values[key.2 as usize])
                .collect();
            values[first..].copy_from_slice(&sorted);
        }
        permute(&mut self.times, first, &permutation);
        permute(&mut self.units, first, &permutation);
        permute(&mut self.slopes, first, &permutation);
        permute(&mut self.release_slopes, first, &permutation);
    }
}

/// Appends one neuron's spikes to its population's.
pub(super) struct NeuronSink<'a> {
    pub spikes: &'a mut SpikeColumns,
    pub unit: u32,
    /// How many spikes the population may have before the sample counts as a runaway.
    pub budget: usize,
}

impl SpikeSink for NeuronSink<'_> {
    #[inline]
    fn spike(&mut self, time: f64, slope: f64) -> bool {
        self.spikes.times.push(time);
        self.spikes.units.push(self.unit);
        self.spikes.slopes.push(slope);
        self.spikes.release_slopes.push(0.0);
        self.spikes.len() <= self.budget
    }

    #[inline]
    fn release(&mut self, slope: f64) {
        let latest = self
            .spikes
            .units
            .iter()
            .rposition(|&unit| unit == self.unit);
        if let Some(ix) = latest {
            self.spikes.release_slopes[ix] = slope;
        }
    }
}
