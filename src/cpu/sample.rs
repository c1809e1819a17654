//! One sample on its way through the windows of a run.

use super::aligned::Aligned;
use super::arrivals::{SourceSpikes, Sources};
use super::compiled::{Compiled, CompiledPopulation};
use crate::dynamics::{SpikeSink, later};
use crate::event::Maximum;

/// The release time of a neuron that is not held.
pub(super) const NOT_HELD: f64 = f64::MAX;

/// U, in the frame, of a neuron that is held: nothing that arrives lifts it to a threshold.
pub(super) const HELD: f64 = -1e300;

/// The state of a population's neurons at a window's start or end.
#[derive(Debug, Clone, Default)]
pub(super) struct PopulationState {
    /// Potential above rest, padded to whole blocks; of a readout with several receptors what each adds to it,
    /// `[receptor][neuron]`.
    pub potential: Aligned,
    /// Synaptic current, `[receptor][neuron]`, padded to whole blocks.
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

/// What a [`Sample`] owns.
#[derive(Debug, Default)]
pub(super) struct SampleMemory {
    states: Vec<PopulationState>,
    spikes: Vec<SpikeColumns>,
    voltages: Vec<Vec<f64>>,
    integrals: Vec<Vec<f64>>,
    maxima: Vec<Vec<Maximum>>,
}

/// One sample's state, spikes and readouts.
pub(super) struct Sample<'a> {
    pub input: SourceSpikes<'a>,
    pub states: Vec<PopulationState>,
    pub spikes: Vec<SpikeColumns>,
    /// For each population: V at the requested times; empty where it fires.
    pub voltages: Vec<Vec<f64>>,
    /// For each population: the weight that arrived, `[receptor][neuron]`, at the end the integral of V; empty where it fires.
    pub integrals: Vec<Vec<f64>>,
    /// For each population: the largest V so far, above rest until the end; empty where nobody asks.
    pub maxima: Vec<Vec<Maximum>>,
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
    /// A sample at the start of its run, in memory that was used before.
    pub fn new(compiled: &Compiled<'a>, sample: usize, memory: SampleMemory) -> Self {
        let SampleMemory {
            mut states,
            mut spikes,
            mut voltages,
            mut integrals,
            mut maxima,
        } = memory;
        let inputs = compiled.problem.inputs;
        let range = inputs.range(sample);
        let options = compiled.problem.options;
        let populations = &compiled.populations;
        states.resize_with(populations.len(), PopulationState::default);
        for (state, population) in states.iter_mut().zip(populations) {
            state.start(population);
        }
        spikes.resize_with(populations.len(), SpikeColumns::default);
        spikes.iter_mut().for_each(SpikeColumns::clear);
        start_readouts(&mut voltages, populations, |_| options.voltage_times.len());
        start_readouts(&mut integrals, populations, |population| {
            population.receptors
        });
        start_maxima(&mut maxima, populations, options.record_maxima);
        Self {
            input: SourceSpikes {
                times: &inputs.times()[range.clone()],
                units: &inputs.units()[range],
            },
            states,
            spikes,
            voltages,
            integrals,
            maxima,
            end: 0.0,
            is_finished: false,
            is_runaway: false,
        }
    }

    /// What can be used again.
    pub fn into_memory(self) -> SampleMemory {
        SampleMemory {
            states: self.states,
            spikes: self.spikes,
            voltages: self.voltages,
            integrals: self.integrals,
            maxima: self.maxima,
        }
    }

    pub fn n_spikes(&self) -> usize {
        self.spikes.iter().map(|spikes| spikes.times.len()).sum()
    }
}

/// Zeros, so many for each neuron of a readout; none where a population fires.
fn start_readouts(
    values: &mut Vec<Vec<f64>>,
    populations: &[CompiledPopulation],
    each: impl Fn(&CompiledPopulation) -> usize,
) {
    values.resize_with(populations.len(), Vec::new);
    for (values, population) in values.iter_mut().zip(populations) {
        values.clear();
        if !population.is_spiking {
            values.resize(each(population) * population.size, 0.0);
        }
    }
}

/// Where every readout's maximum is at the start of a run.
fn start_maxima(
    maxima: &mut Vec<Vec<Maximum>>,
    populations: &[CompiledPopulation],
    is_recorded: bool,
) {
    maxima.resize_with(populations.len(), Vec::new);
    for (maxima, population) in maxima.iter_mut().zip(populations) {
        maxima.clear();
        if is_recorded && !population.is_spiking {
            maxima.extend(population.initial.iter().map(|&voltage| Maximum {
                voltage,
                time: 0.0,
                slope: 0.0,
            }));
        }
    }
}

impl PopulationState {
    /// The state at the start of a run.
    fn start(&mut self, population: &CompiledPopulation) {
        let padded = population.padded();
        let all = padded * population.receptors;
        self.potential.refill(&population.initial, all, 0.0);
        self.current.refill(&[], all, 0.0);
        self.release.clear();
        self.release.resize(padded, NOT_HELD);
    }
}

impl SpikeColumns {
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// For each neuron of a population its latest spike, of those whose hold may end after `now`; empty where none holds.
    pub fn holding(&self, population: &CompiledPopulation, now: f64) -> Vec<Option<usize>> {
        if population.longest_refractory <= 0.0 {
            return Vec::new();
        }
        let is_over = |&time: &f64| later(time, population.longest_refractory) < now;
        let mut latest = vec![None; population.size];
        for ix in self.times.partition_point(is_over)..self.len() {
            latest[self.units[ix] as usize - population.first_unit] = Some(ix);
        }
        latest
    }

    pub fn clear(&mut self) {
        self.times.clear();
        self.units.clear();
        self.slopes.clear();
        self.release_slopes.clear();
    }
}

/// Appends one neuron's spikes to its population's.
pub(super) struct NeuronSink<'a> {
    pub spikes: &'a mut SpikeColumns,
    pub unit: u32,
    /// How many spikes the population may have before the sample counts as a runaway.
    pub budget: usize,
    /// Which of them is the neuron's latest, where that is known; otherwise it is looked for.
    pub latest: Option<usize>,
}

impl<'a> NeuronSink<'a> {
    /// Of a neuron whose latest spike is not known.
    pub fn new(spikes: &'a mut SpikeColumns, unit: u32, budget: usize) -> Self {
        Self {
            spikes,
            unit,
            budget,
            latest: None,
        }
    }
}

impl SpikeSink for NeuronSink<'_> {
    #[inline]
    fn spike(&mut self, time: f64, slope: f64) -> bool {
        self.latest = Some(self.spikes.len());
        self.spikes.times.push(time);
        self.spikes.units.push(self.unit);
        self.spikes.slopes.push(slope);
        self.spikes.release_slopes.push(0.0);
        self.spikes.len() <= self.budget
    }

    #[inline]
    fn release(&mut self, _: f64, slope: f64) {
        let units = &self.spikes.units;
        let look = || units.iter().rposition(|&unit| unit == self.unit);
        let latest = self.latest.or_else(look);
        if let Some(ix) = latest {
            self.spikes.release_slopes[ix] = slope;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To look for it takes time for every spike of the population, at every release.
    #[test]
    fn a_latest_spike_that_is_known_is_not_looked_for() {
        let mut spikes = SpikeColumns::default();
        NeuronSink::new(&mut spikes, 3, 9).spike(1.0, 0.5);
        let mut sink = NeuronSink::new(&mut spikes, 4, 9);
        sink.spike(1.5, 0.5);
        assert_eq!(sink.latest, Some(1));
        sink.spikes.units[1] = 5;
        sink.release(3.0, 0.25);
        assert_eq!(spikes.release_slopes, [0.0, 0.25]);
        NeuronSink::new(&mut spikes, 3, 9).release(3.5, 0.75);
        assert_eq!(spikes.release_slopes, [0.75, 0.25]);
    }
}
