//! How much of everything a block has room for.

use super::layout::{CHANGED_IN, LISTED, NOTED, SPARSE_BLOCK};
use super::passes::of_windows;
use crate::gpu::layout::{ARRIVALS_NEEDED, FIRED_NEEDED};
use crate::{Error, Result};

/// Arrivals at one neuron in one window that an invocation sorts and goes through: one software driver ends an
/// invocation's loops after 65,535 turns.
const MOST_QUEUED: u32 = 1024;
/// Spikes of one window that a pass may find: those who deliver them go through all, for the same reason.
const MOST_TRIED: u32 = 60_000;

/// Passes through a window: more would take long, and an arrival has no room for 4,096.
pub(super) const MOST_PASSES: u32 = 1024;
/// A first guess of them.
const FEW_PASSES: u32 = 4;
/// Passes that are dispatched of a block, beyond which it has fewer windows: most windows need few.
const PASSES_OF_BLOCK: u32 = 1024;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Room {
    /// Arrivals at one neuron in one window.
    pub queued: u32,
    /// Spikes that a pass through a window finds; zero where there are no passes.
    pub tried: u32,
    /// Spikes of neurons in one block.
    pub listed: u32,
    /// Spikes and releases in one block that are noted for the way back; zero where none are.
    pub events: u32,
    /// Passes through a window; zero where no spike arrives in its own.
    pub passes: u32,
}

/// The most passes that changed something in any of a block's windows.
fn changing(counters: &[u32]) -> u32 {
    let of_windows = of_windows(counters, CHANGED_IN, SPARSE_BLOCK);
    of_windows.iter().copied().max().unwrap_or(0)
}

impl Room {
    /// A first guess.
    pub fn guess(n_neurons: u32, is_in_passes: bool) -> Self {
        let fired = (n_neurons / 16).clamp(256, MOST_TRIED);
        Self {
            queued: 16,
            tried: if is_in_passes { fired } else { 0 },
            listed: 8 * fired,
            events: 0,
            passes: if is_in_passes { FEW_PASSES } else { 0 },
        }
    }

    /// Room for one of everything.
    pub fn least(is_in_passes: bool) -> Self {
        Self {
            queued: 1,
            tried: u32::from(is_in_passes),
            listed: 1,
            events: 0,
            passes: u32::from(is_in_passes),
        }
    }

    /// How many windows a block may have.
    pub fn windows(&self) -> u32 {
        let most = PASSES_OF_BLOCK.checked_div(self.passes);
        most.unwrap_or(SPARSE_BLOCK).clamp(1, SPARSE_BLOCK)
    }

    /// Halves the passes where a block needed fewer, but keeps two more than changed something.
    pub fn settle(&mut self, counters: &[u32]) {
        if self.passes > FEW_PASSES {
            let needed = changing(counters) + 2;
            self.passes = needed.max(self.passes / 2).min(self.passes);
        }
    }

    /// Grows to what a block needed. How many grew.
    ///
    /// # Errors
    /// More than kernels go through.
    pub fn grow(&mut self, counters: &[u32]) -> Result<usize> {
        let needed = |ix: u32| counters[ix as usize];
        let mut grown = 0;
        let mut grow = |held: &mut u32, needed: u32| {
            if needed > *held {
                *held = needed.max(held.saturating_mul(2));
                grown += 1;
            }
        };
        grow(&mut self.queued, needed(ARRIVALS_NEEDED));
        grow(&mut self.tried, needed(FIRED_NEEDED));
        grow(&mut self.listed, needed(LISTED));
        grow(&mut self.events, needed(NOTED));
        if self.passes > 0 {
            grow(&mut self.passes, changing(counters) + 1);
        }
        let remedy = |most: u32| {
            format!("at most {most} can be gone through; give a shorter window, or use the CPU")
        };
        if needed(ARRIVALS_NEEDED) > MOST_QUEUED {
            return Err(Error::invalid(
                "number of arrivals at one neuron in one window",
                needed(ARRIVALS_NEEDED),
                remedy(MOST_QUEUED),
            ));
        }
        if needed(FIRED_NEEDED) > MOST_TRIED {
            return Err(Error::invalid(
                "number of spikes in one window",
                needed(FIRED_NEEDED),
                remedy(MOST_TRIED),
            ));
        }
        self.passes = self.passes.min(MOST_PASSES);
        self.queued = self.queued.min(MOST_QUEUED);
        self.tried = self.tried.min(MOST_TRIED);
        Ok(grown)
    }
}
