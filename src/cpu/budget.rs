//! How many spikes a batch may fire: what its chunks, each on some thread, have in common.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::record::Part;
use super::sample::Sample;
use crate::problem::{Problem, SimulationOptions};
use crate::{Error, Result};

/// Spikes that a batch may fire, and has fired.
///
/// Once a chunk has a sample that is a runaway those after it are given up, as the batch is refused anyway: time and
/// memory are those of a few runaways, whatever the batch. Those before it go on, so that the sample that is named
/// does not depend on threads.
pub(super) struct Budget {
    sample: usize,
    batch: usize,
    fired: AtomicUsize,
    /// The first chunk with a runaway.
    refused: AtomicUsize,
}

/// A chunk's view of it.
pub(super) struct Share<'a> {
    budget: &'a Budget,
    chunk: usize,
    fired: usize,
}

impl Budget {
    pub fn new(options: &SimulationOptions) -> Self {
        Self {
            sample: options.spike_budget,
            batch: options
                .spike_budget
                .saturating_mul(SimulationOptions::BATCH_BUDGET),
            fired: AtomicUsize::new(0),
            refused: AtomicUsize::new(usize::MAX),
        }
    }

    pub fn share(&self, chunk: usize) -> Share<'_> {
        Share {
            budget: self,
            chunk,
            fired: 0,
        }
    }

    /// Refuses a batch that passed its budget.
    pub fn check(
        &self,
        problem: &Problem<'_>,
        parts: &[Part],
        chunks: &[Range<usize>],
    ) -> Result<()> {
        for (part, chunk) in parts.iter().zip(chunks) {
            if let Some((ix, end)) = part.runaway {
                return Err(Error::spike_budget(chunk.start + ix, self.sample, end));
            }
        }
        if parts.iter().map(|part| part.fired).sum::<usize>() > self.batch {
            let samples = problem.inputs.n_samples();
            return Err(Error::batch_budget(samples, self.batch));
        }
        Ok(())
    }
}

impl Share<'_> {
    /// Counts what the chunk's samples have fired by `end` and marks runaways; whether the chunk is to be given up.
    pub fn is_spent(&mut self, samples: &mut [Sample<'_>], end: f64) -> bool {
        let budget = self.budget;
        let before = std::mem::take(&mut self.fired);
        for sample in samples.iter_mut() {
            let fired = sample.n_spikes();
            self.fired += fired;
            if fired > budget.sample {
                (sample.is_runaway, sample.end) = (true, end);
                budget.refused.fetch_min(self.chunk, Ordering::Relaxed);
            }
        }
        let more = self.fired - before;
        let all = budget.fired.fetch_add(more, Ordering::Relaxed) + more;
        // Of a chunk before the first with a runaway nobody knows yet whether it has one too.
        budget.refused.load(Ordering::Relaxed) <= self.chunk || all > budget.batch
    }
}
