//! dL/d(spike time) of the spikes that are still to be met on the way back.

use std::collections::VecDeque;

/// One number for each spike from the earliest that has been reached by an arrival to the latest.
///
/// Spikes are met in falling order of their ids, each once; what arrives from a spike is met before.
#[derive(Debug, Default)]
pub(super) struct Cotangents {
    /// The id of the first.
    first: u64,
    values: VecDeque<f64>,
}

impl Cotangents {
    /// Of a run that fired `spikes` spikes in all.
    pub fn new(spikes: u64) -> Self {
        Self {
            first: spikes,
            values: VecDeque::new(),
        }
    }

    fn reach(&mut self, id: u64) {
        while self.first > id {
            self.values.push_front(0.0);
            self.first -= 1;
        }
    }

    pub fn add(&mut self, id: u64, value: f64) {
        self.reach(id);
        self.values[(id - self.first) as usize] += value;
    }

    pub fn get(&mut self, id: u64) -> f64 {
        self.reach(id);
        self.values[(id - self.first) as usize]
    }

    /// Forgets the spikes from `id` on: they have been met.
    pub fn forget_from(&mut self, id: u64) {
        self.reach(id);
        self.values.truncate((id - self.first) as usize);
    }
}
