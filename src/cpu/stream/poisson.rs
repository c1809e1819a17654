//! Independent Poisson arrivals, made where they are consumed.

use std::ops::Range;

use crate::network::{Draws, Intervals, PoissonDrive, drive_draws};

/// The arrivals of one drive at the neurons of one partition.
///
/// Intervals are exponential, number k at a neuron a function of the seed, the drive, the neuron and k:
/// the same whatever the window, the partition and the engine.
#[derive(Debug, Clone)]
pub(super) struct Poisson {
    pub drive: PoissonDrive,
    draws: Draws,
    /// Neurons counted through the network.
    pub neurons: Range<u32>,
    arrivals: Vec<Next>,
}

/// A neuron's next arrival.
#[derive(Debug, Clone, Copy)]
struct Next {
    /// Since the current window's start, in ms.
    offset: f64,
    /// How many came before.
    number: u64,
}

impl Poisson {
    /// `number`: which of the network's drives.
    pub fn new(seed: u64, number: usize, drive: PoissonDrive, neurons: Range<u32>) -> Self {
        let draws = drive_draws(seed, number);
        let first = |neuron| {
            let interval = Intervals::new(&draws, neuron, 0).next();
            Next {
                offset: drive.first_arrival(interval),
                number: 0,
            }
        };
        let arrivals = neurons.clone().map(first).collect();
        Self {
            drive,
            arrivals,
            draws,
            neurons,
        }
    }

    /// What the arrivals that are waited for take in memory.
    pub fn bytes(&self) -> usize {
        size_of_val(self.arrivals.as_slice())
    }

    /// For each neuron its next arrival since the current window's start in ms, and how many came before.
    pub fn next(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        self.arrivals.iter().map(|next| (next.offset, next.number))
    }

    /// Goes on from what [`next`](Self::next) told.
    pub fn set_next(&mut self, all: &[(f64, u64)]) {
        for (next, &(offset, number)) in self.arrivals.iter_mut().zip(all) {
            *next = Next { offset, number };
        }
    }

    /// Calls `arrives(neuron, offset)` for the arrivals in the window of `window` ms from `start` on, and goes on to the next.
    pub fn advance(&mut self, start: f64, window: f64, mut arrives: impl FnMut(u32, f64)) {
        let rate = &self.drive.rate;
        for (neuron, next) in self.neurons.clone().zip(&mut self.arrivals) {
            if next.offset < window {
                let mut intervals = Intervals::new(&self.draws, neuron, next.number + 1);
                while next.offset < window {
                    arrives(neuron, next.offset);
                    next.number += 1;
                    let interval = intervals.next().unwrap_or(f64::INFINITY);
                    next.offset = rate.next(start, next.offset, interval);
                }
            }
            next.offset -= window;
        }
    }
}
