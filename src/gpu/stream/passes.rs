//! Passes through windows in which spikes may arrive themselves: how many there were, and when there are too many.

use super::GpuStream;
use super::block::Start;
use super::layout::{CHANGED_IN, UNSETTLED};
use super::room::MOST_PASSES;
use crate::gpu::engine::Statistics;
use crate::{Error, Result};

/// What the counters from `first` on say of the first `n_windows` windows of a block.
pub(super) fn of_windows(counters: &[u32], first: u32, n_windows: u32) -> &[u32] {
    &counters[first as usize..][..n_windows as usize]
}

impl Statistics {
    /// Adds the passes through the first windows of a block: in each those that changed something, and the one that did not.
    pub(super) fn note_passes(&mut self, counters: &[u32], n_windows: u32) {
        for changing in of_windows(counters, CHANGED_IN, n_windows) {
            let passes = *changing as usize + 1;
            self.passes += passes;
            self.most_passes = self.most_passes.max(passes);
        }
    }
}

impl GpuStream {
    /// Whether there may be more passes, where one was not enough.
    ///
    /// # Errors
    /// A window that still changes in the last pass that there may be.
    pub(super) fn check_passes(&self, counters: &[u32], start: &Start) -> Result<()> {
        let Some(neuron) = counters[UNSETTLED as usize].checked_sub(1) else {
            return Ok(());
        };
        if self.room.passes < MOST_PASSES {
            return Ok(());
        }
        let changing = of_windows(counters, CHANGED_IN, start.n_windows);
        let place = changing.iter().position(|&last| last == MOST_PASSES);
        let window = start.window as usize + place.unwrap_or(0);
        Err(Error::invalid(
            format!(
                "number of spikes that follow from one another within {} ms from {} ms on",
                self.window,
                window as f64 * self.window,
            ),
            format!("{MOST_PASSES} or more, the last of neuron {neuron}"),
            "give a shorter window, a refractory time, delays, or lower weights; or use the CPU",
        ))
    }
}
