//! Spikes of one long run.

use crate::{Error, Result};

/// A spike of a large network.
///
/// Its time is a window and an offset, so that precision does not decay with the length of a run:
/// `window * length of a window + offset`, in ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StreamSpike {
    /// The window's number.
    pub window: u64,
    /// Since the window's start, in ms.
    pub offset: f64,
    /// Counted through the network.
    pub neuron: u32,
}

impl StreamSpike {
    /// When, in ms, in windows of `window` ms: those of the simulation that it comes from.
    #[inline]
    pub fn time(&self, window: f64) -> f64 {
        self.window as f64 * window + self.offset
    }

    /// The order of the spikes of one window: by time, then neuron.
    pub(crate) fn in_order(&self, other: &Self) -> std::cmp::Ordering {
        let by_time = self.offset.total_cmp(&other.offset);
        by_time.then(self.neuron.cmp(&other.neuron))
    }
}

/// Hands spikes over, and keeps those of the last window that lie after the end of a run for the next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Handover {
    withheld: Vec<StreamSpike>,
    handed: u64,
}

impl Handover {
    /// One that goes on where another was.
    pub fn resumed(withheld: Vec<StreamSpike>, handed: u64) -> Self {
        Self { withheld, handed }
    }

    /// What is kept for the next run.
    pub fn withheld(&self) -> &[StreamSpike] {
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
        spikes: &mut impl FnMut(&[StreamSpike]) -> Result<()>,
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
        mut all: Vec<StreamSpike>,
        spikes: &mut impl FnMut(&[StreamSpike]) -> Result<()>,
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
