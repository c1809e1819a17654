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
    /// How many spikes it may fire yet.
    pub budget: usize,
    pub tell: H,
}

impl<H: FnMut(Happened)> Teller<H> {
    /// Takes a neuron to a time, with nothing that arrives before. False: it fired more often than it may.
    #[inline]
    pub fn advance<F: NeuronFlow>(
        &mut self,
        dynamics: &NeuronDynamics<F>,
        state: &mut NeuronState<F::Current>,
        to: f64,
    ) -> bool {
        let budget = self.budget;
        dynamics.advance(state, to, self);
        let is_bounded = self.budget > 0;
        self.budget = budget;
        is_bounded
    }
}

impl<H: FnMut(Happened)> SpikeSink for Teller<H> {
    #[inline]
    fn spike(&mut self, offset: f64, slope: f64) -> bool {
        (self.tell)(Happened::Spike { offset, slope });
        self.budget = self.budget.saturating_sub(1);
        self.budget > 0
    }

    #[inline]
    fn release(&mut self, offset: f64, slope: f64) {
        (self.tell)(Happened::Release { offset, slope });
    }
}
