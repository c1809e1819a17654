//! The adjoint of a whole population's state, from event to event.

use super::frame_bank::FrameBank;
use super::plain_bank::PlainBank;
use super::sweep::AdjointState;
use crate::cpu::blocks::Blocks;
use crate::cpu::compiled::Compiled;
use crate::cpu::timeline::Timeline;

/// An event of the stage: its place in the order of time, and its time.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub event: usize,
    pub time: f64,
}

/// Neurons in the co-moving frame where they share their time constants, or one by one.
pub(super) enum Bank<'a> {
    Frame(FrameBank<'a>),
    Plain(PlainBank<'a>),
}

/// Where the gradient of a population's weights is collected: by row in the frame, flat otherwise.
pub(super) struct WeightGradient<'a> {
    pub blocks: Option<&'a mut Blocks>,
    pub flat: &'a mut [f64],
}

impl<'a> Bank<'a> {
    /// The state at `end`; `timeline` has a step for each event of the stage, for a population in the frame.
    pub fn new(
        compiled: &'a Compiled<'_>,
        ix: usize,
        state: AdjointState,
        timeline: &'a Timeline,
        end: f64,
    ) -> Self {
        let population = &compiled.populations[ix];
        match (population.frame, &population.weights) {
            (Some(flow), Some(weights)) => {
                Self::Frame(FrameBank::new(flow, weights, state, timeline))
            }
            _ => Self::Plain(PlainBank::new(population, compiled.values(), state, end)),
        }
    }

    /// Adds dL/dV.
    pub fn add_potential(&mut self, at: At, cotangent: &[f64]) {
        match self {
            Self::Frame(bank) => bank.add_potential(at.event, cotangent),
            Self::Plain(bank) => bank.add_potential(at.time, cotangent),
        }
    }

    /// Takes one neuron's dL/dV through `change`.
    pub fn with_potential<T>(
        &mut self,
        at: At,
        neuron: usize,
        change: impl FnOnce(f64) -> (f64, T),
    ) -> T {
        match self {
            Self::Frame(bank) => bank.with_potential(at.event, neuron, change),
            Self::Plain(bank) => bank.with_potential(at.time, neuron, change),
        }
    }

    /// Goes through an arrival at every neuron: adds to the gradient of its
    /// weights, gives dL/d(arrival time), or zero where nobody wants it.
    pub fn row(
        &mut self,
        at: At,
        row: usize,
        is_wanted: bool,
        gradient: &mut WeightGradient<'_>,
    ) -> f64 {
        match (self, &mut gradient.blocks) {
            (Self::Frame(bank), Some(blocks)) => bank.row(at.event, row, is_wanted, blocks),
            (Self::Plain(bank), _) => bank.row(at.time, row, gradient.flat),
            (Self::Frame(_), None) => 0.0,
        }
    }

    /// Goes through an arrival at one neuron.
    pub fn synapse(&mut self, at: At, row: usize, neuron: usize, gradient: &mut [f64]) -> f64 {
        match self {
            // In the frame all synapses of a row have one delay.
            Self::Frame(_) => 0.0,
            Self::Plain(bank) => bank.synapse(at.time, row, neuron, gradient),
        }
    }

    /// The state at `start`, before all events.
    pub fn finish(self, start: f64) -> AdjointState {
        match self {
            Self::Frame(bank) => bank.finish(),
            Self::Plain(bank) => bank.finish(start),
        }
    }
}
