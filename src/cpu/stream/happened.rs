//! What reaches a neuron that is looked at event by event, and what happens to it.

use crate::dynamics::{NeuronDynamics, NeuronFlow, NeuronState, SpikeSink};

/// An arrival at a neuron that is looked at event by event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// Which neuron, counted through the partition.
    pub neuron: u32,
    pub receptor: u8,
    /// Since the window's start, in ms.
    pub offset: f64,
    pub weight: f64,
    pub from: Origin,
}

/// Where an arrival comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    /// Which of the window's runs, and which of the run's synapses.
    Synapse { run: u32, within: u32 },
    /// Which drive.
    Drive(u32),
}

/// What happened to a neuron, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Happened {
    /// It fired; dV/dt at that time.
    Spike { offset: f64, slope: f64 },
    /// Its potential was released; dV/dt from then on.
    Release { offset: f64, slope: f64 },
}

/// Tells what happens to a neuron, up to a number of spikes.
pub(super) struct Teller<H> {
    /// How many spikes a neuron may fire on its way to a time.
    budget: usize,
    /// How many it has fired on this one.
    fired: usize,
    tell: H,
}

impl<H: FnMut(Happened)> Teller<H> {
    pub fn new(budget: usize, tell: H) -> Self {
        Self {
            budget,
            fired: 0,
            tell,
        }
    }

    /// Takes a neuron to a time, with nothing that arrives before. False: it fired more often than it may.
    #[inline]
    pub fn advance<F: NeuronFlow>(
        &mut self,
        dynamics: &NeuronDynamics<F>,
        state: &mut NeuronState<F::Current>,
        to: f64,
    ) -> bool {
        self.fired = 0;
        dynamics.advance(state, to, self);
        self.fired <= self.budget
    }
}

impl<H: FnMut(Happened)> SpikeSink for Teller<H> {
    #[inline]
    fn spike(&mut self, offset: f64, slope: f64) -> bool {
        (self.tell)(Happened::Spike { offset, slope });
        self.fired += 1;
        self.fired <= self.budget
    }

    #[inline]
    fn release(&mut self, offset: f64, slope: f64) {
        (self.tell)(Happened::Release { offset, slope });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::{Flow, ResetRule};

    #[test]
    fn a_budget_is_passed_by_one_spike_or_kept() {
        let neuron = NeuronDynamics {
            flow: Flow::new(20.0, 5.0),
            threshold: -1.0,
            reset: ResetRule::Subtract { amount: 1.0 },
        };
        // One that rests above its threshold fires every 20 ln 2 ms: three times.
        let is_kept = |budget| {
            let mut state = NeuronState {
                time: 0.0,
                potential: -2.0,
                current: 0.0,
                release: None,
            };
            Teller::new(budget, |_| ()).advance(&neuron, &mut state, 50.0)
        };
        assert_eq!([2, 3, 4].map(is_kept), [false, true, true]);
    }
}
