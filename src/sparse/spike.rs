//! What a simulation of a large network is told, and what it answers.

use super::SparseNetwork;
use crate::{Error, Result};

/// In a window the fastest flow does not turn by more than this: engines sum series up to there, and
/// bounds of potentials stay tight.
const MOST_TURN: f64 = 0.5;

/// A spike of a large network.
///
/// Its time is a window and an offset, so that precision does not decay with the length of a run:
/// `window * length of a window + offset`, in ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SparseSpike {
    /// The window's number.
    pub window: u64,
    /// Since the window's start, in ms.
    pub offset: f64,
    /// Counted through the network.
    pub neuron: u32,
}

impl SparseSpike {
    /// When, in ms, in windows of `window` ms: those of the simulation that it comes from.
    #[inline]
    pub fn time(&self, window: f64) -> f64 {
        self.window as f64 * window + self.offset
    }
}

/// Hands spikes over, and keeps those of the last window that lie after the end of a run for the next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Handover {
    withheld: Vec<SparseSpike>,
    handed: u64,
}

impl Handover {
    /// One that goes on where another was.
    pub fn resumed(withheld: Vec<SparseSpike>, handed: u64) -> Self {
        Self { withheld, handed }
    }

    /// What is kept for the next run.
    pub fn withheld(&self) -> &[SparseSpike] {
        &self.withheld
    }

    /// How many spikes were handed over.
    pub fn handed(&self) -> u64 {
        self.handed
    }

    /// Begins a run until `until` ms with what was kept.
    pub fn begin(
        &mut self,
        until: f64,
        window: f64,
        spikes: &mut impl FnMut(&[SparseSpike]) -> Result<()>,
    ) -> Result<()> {
        if !until.is_finite() {
            return Err(Error::invalid("until", until, "give a finite time in ms"));
        }
        let withheld = std::mem::take(&mut self.withheld);
        self.pass(until, window, withheld, spikes)
    }

    /// Hands over what one window fired, in order of time; `window` is how long it lasts in ms.
    pub fn pass(
        &mut self,
        until: f64,
        window: f64,
        mut all: Vec<SparseSpike>,
        spikes: &mut impl FnMut(&[SparseSpike]) -> Result<()>,
    ) -> Result<()> {
        let inside = match self.withheld.is_empty() {
            true => all.partition_point(|spike| spike.time(window) <= until),
            // A spike at the very end of the window before lies after the end of the run.
            false => 0,
        };
        self.withheld.append(&mut all.split_off(inside));
        if all.is_empty() {
            return Ok(());
        }
        self.handed += all.len() as u64;
        spikes(&all)
    }
}

/// How a large network is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SparseOptions {
    /// The length of a window in ms; unless given the longest that the network allows. Changes results by
    /// rounding alone.
    pub window: Option<f64>,
}

impl SparseOptions {
    /// The length of a window in ms, checked.
    pub(crate) fn window_for(&self, network: &SparseNetwork) -> Result<f64> {
        let longest = longest_window(network);
        let window = self.window.unwrap_or(longest);
        if window > 0.0 && window <= longest {
            return Ok(window);
        }
        Err(Error::invalid(
            "window",
            window,
            format!("give a time in ms above 0 and at most {longest}, what the network allows"),
        ))
    }
}

/// The longest window for a network, in ms: no longer than its shortest delay, so that what happens in a
/// window arrives in a later one.
fn longest_window(network: &SparseNetwork) -> f64 {
    let mut window = network.shortest_delay();
    for population in network.populations() {
        let neuron = &population.neuron;
        for &tau in &neuron.tau_synapse {
            let turn = (1.0 / neuron.tau_membrane - 1.0 / tau).abs();
            let fastest = (1.0 / neuron.tau_membrane).max(1.0 / tau);
            window = window.min(MOST_TURN / turn.max(fastest));
        }
    }
    window
}
