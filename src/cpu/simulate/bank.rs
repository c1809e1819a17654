//! A population that is advanced as a whole from event to event.

use super::crossings::Candidates;
use super::frame_bank::FrameBank;
use super::plain_bank::PlainBank;
use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::sample::{NeuronSink, PopulationState, SpikeColumns};

/// A neuron that is about to fire.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fired {
    pub time: f64,
    pub neuron: usize,
    pub slope: f64,
}

/// The earliest of some spikes to come, in ms.
pub(super) fn earliest_of(fired: &[Fired]) -> Option<f64> {
    let (first, rest) = fired.split_first()?;
    Some(rest.iter().fold(first.time, |t, fired| t.min(fired.time)))
}

/// Neurons in the co-moving frame where they share their time constants, or one by one.
pub(super) enum Bank<'a> {
    Frame(Box<FrameBank<'a>>),
    Plain(PlainBank<'a>),
}

impl<'a> Bank<'a> {
    pub fn new(compiled: &'a Compiled<'_>, ix: usize, state: &PopulationState, now: f64) -> Self {
        let population: &CompiledPopulation = &compiled.populations[ix];
        let values = compiled.values();
        match (population.frame, &population.weights) {
            (Some(flow), Some(weights)) => {
                let bank = FrameBank::new(population, flow, weights, state, now);
                Self::Frame(Box::new(bank))
            }
            _ => Self::Plain(PlainBank::new(population, values, state, now)),
        }
    }

    /// How far ahead the bank can look from `now`: to its next release at the most.
    pub fn horizon(&self, now: f64) -> f64 {
        match self {
            Self::Frame(bank) => bank.horizon(now),
            Self::Plain(bank) => bank.next_release(),
        }
    }

    /// Looks for the next spikes up to `until`, in ms, if nothing happens before. In the frame it finds the neurons that may
    /// fire; when they do is computed for all samples together.
    pub fn look(&mut self, until: f64) {
        match self {
            Self::Frame(bank) => bank.look(until),
            Self::Plain(bank) => bank.look(until),
        }
    }

    /// Adds the neurons that the last look left open.
    pub fn candidates(&mut self, candidates: &mut Candidates) {
        if let Self::Frame(bank) = self {
            bank.candidates(candidates);
        }
    }

    /// Takes in one of the `candidates` that fires.
    pub fn add_upcoming(&mut self, fired: Fired) {
        if let Self::Frame(bank) = self {
            bank.add_upcoming(fired);
        }
    }

    /// When the first neuron fires after now and not after the last look's `until`, in ms.
    pub fn earliest(&mut self, until: f64) -> Option<f64> {
        match self {
            Self::Frame(bank) => bank.earliest(until),
            Self::Plain(bank) => earliest_of(bank.upcoming()),
        }
    }

    /// What the last look found: spikes before its end, the earliest of them and all at its time among them.
    pub fn upcoming(&self) -> &[Fired] {
        match self {
            Self::Frame(bank) => bank.upcoming(),
            Self::Plain(bank) => bank.upcoming(),
        }
    }

    /// Moves to `to`, which is not after the horizon, and releases who is due.
    pub fn advance(&mut self, to: f64, spikes: &mut SpikeColumns) {
        match self {
            Self::Frame(bank) => bank.advance(to, spikes),
            Self::Plain(bank) => bank.advance(to, spikes),
        }
    }

    /// Resets a neuron that fires now.
    pub fn fire(&mut self, neuron: usize, sink: &mut NeuronSink<'_>) {
        match self {
            Self::Frame(bank) => bank.fire(neuron, sink),
            Self::Plain(bank) => bank.fire(neuron, sink),
        }
    }

    /// An arrival at every neuron.
    pub fn add_row(&mut self, row: usize) {
        match self {
            Self::Frame(bank) => bank.add_row(row),
            Self::Plain(bank) => bank.add_row(row),
        }
    }

    /// An arrival at one neuron.
    pub fn add_one(&mut self, row: usize, neuron: usize) {
        match self {
            Self::Frame(bank) => bank.add_one(row, neuron),
            Self::Plain(bank) => bank.add_one(row, neuron),
        }
    }

    /// Hands the state back at the end of a window.
    pub fn store(&mut self, state: &mut PopulationState) {
        match self {
            Self::Frame(bank) => bank.store(state),
            Self::Plain(bank) => bank.store(state),
        }
    }
}
