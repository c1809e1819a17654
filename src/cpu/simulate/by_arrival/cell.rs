//! A neuron that has a time of its own.

use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::sample::{NOT_HELD, NeuronSink, PopulationState};
use crate::dynamics::{CurrentsFlow, Flow, NeuronDynamics, NeuronFlow, NeuronState};

/// A neuron that fires or is released, unless something happens to it before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Upcoming {
    pub time: f64,
    /// Counted through the stage.
    pub neuron: u32,
    /// Outdated where it is not the neuron's latest.
    pub version: u32,
}

impl Eq for Upcoming {}

impl Ord for Upcoming {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let by_time = self.time.total_cmp(&other.time);
        by_time.then(self.neuron.cmp(&other.neuron))
    }
}

impl PartialOrd for Upcoming {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The flow of a neuron of a population.
pub(super) trait CellFlow<'a>: NeuronFlow + Copy {
    fn of(population: &'a CompiledPopulation, neuron: usize) -> Self;
}

impl<'a> CellFlow<'a> for &'a Flow {
    fn of(population: &'a CompiledPopulation, neuron: usize) -> Self {
        let own = || &population.dynamics[neuron].flow;
        population.shared_flow.as_ref().unwrap_or_else(own)
    }
}

impl<'a> CellFlow<'a> for &'a CurrentsFlow {
    fn of(population: &'a CompiledPopulation, neuron: usize) -> Self {
        &population.currents[neuron]
    }
}

/// A neuron on its way through a window.
pub(super) struct Cell<F: NeuronFlow> {
    dynamics: NeuronDynamics<F>,
    state: NeuronState<F::Current>,
    /// The synaptic current at the spike that was looked for last.
    at_spike: F::Current,
    /// Its latest spike among its population's, where that is known.
    latest: Option<usize>,
}

impl<'a, F: CellFlow<'a>> Cell<F> {
    /// A neuron of a population and its latest spike, at the window's start, `now`.
    pub fn new(
        population: &'a CompiledPopulation,
        state: &PopulationState,
        (neuron, latest): (usize, Option<usize>),
        now: f64,
    ) -> Self {
        let NeuronDynamics {
            threshold, reset, ..
        } = population.dynamics[neuron];
        let current = F::current(|receptor| match receptor < population.receptors {
            true => state.current[receptor * population.padded() + neuron],
            false => 0.0,
        });
        Self {
            dynamics: NeuronDynamics {
                flow: F::of(population, neuron),
                threshold,
                reset,
            },
            state: NeuronState {
                time: now,
                potential: state.potential[neuron],
                current,
                release: Some(state.release[neuron]).filter(|&release| release != NOT_HELD),
            },
            at_spike: current,
            latest,
        }
    }

    /// Until when it has moved, in ms.
    pub fn time(&self) -> f64 {
        self.state.time
    }

    /// The end of its hold, in ms.
    pub fn release(&self) -> Option<f64> {
        self.state.release
    }

    /// Moves on to a time before which no crossing comes.
    pub fn move_to(&mut self, time: f64, sink: &mut NeuronSink<'_>) {
        sink.latest = self.latest;
        self.dynamics.pass(&mut self.state, time, sink);
    }

    /// Adds a weight to a synaptic current.
    pub fn receive(&mut self, receptor: usize, weight: f64) {
        F::receive(&mut self.state.current, receptor, weight);
    }

    /// A time until which V stays below its threshold, in ms, the resolution of time and rounding left aside.
    ///
    /// With all currents above zero held where they are and those below left out, V is concave while it rises, and lies
    /// below its tangent.
    pub fn quiet_until(&self) -> f64 {
        /// Below the tangent by rounding only, V is looked at.
        const SLIVER: f64 = 1e-12;
        let NeuronState {
            time,
            potential,
            current,
            ..
        } = &self.state;
        let (threshold, rate) = (self.dynamics.threshold, self.dynamics.flow.membrane_rate());
        if threshold <= 0.0 || *potential >= threshold {
            return *time;
        }
        let current: f64 = F::each(current).iter().map(|i| i.max(0.0)).sum();
        let slope = current - rate * potential;
        if slope <= 0.0 || current < rate * threshold * (1.0 - SLIVER) {
            return f64::MAX;
        }
        let room = threshold - potential - SLIVER * (threshold + potential.abs());
        (time + room / slope).max(*time)
    }

    /// When it fires next, and not after `to`, in ms, should nothing arrive before.
    pub fn next_spike(&mut self, to: f64) -> Option<f64> {
        let (time, current) = self.dynamics.next_spike(&self.state, to)?;
        self.at_spike = current;
        Some(time)
    }

    /// Fires at a time, as it was found that it does. False: the sink is full.
    pub fn fire(&mut self, time: f64, sink: &mut NeuronSink<'_>) -> bool {
        let goes_on = self
            .dynamics
            .fire(&mut self.state, time, self.at_spike, sink);
        self.latest = sink.latest;
        goes_on
    }

    /// Moves on to the window's end, before which nothing happens, and hands its state back.
    pub fn store(
        &mut self,
        to: f64,
        population: &CompiledPopulation,
        neuron: usize,
        state: &mut PopulationState,
    ) {
        self.dynamics.pass(&mut self.state, to, &mut ());
        state.potential[neuron] = self.state.potential;
        let currents = F::each(&self.state.current);
        for (receptor, current) in currents[..population.receptors].iter().enumerate() {
            state.current[receptor * population.padded() + neuron] = *current;
        }
        state.release[neuron] = self.state.release.unwrap_or(NOT_HELD);
    }
}
