//! When Poisson arrivals come.

use super::builder::PoissonDrive;
use super::random::{Draws, Purpose, word_to_unit};

/// The next interval times the rate: arrival number k uses word k mod 4 of block k / 4.
#[derive(Debug)]
pub(crate) struct Intervals<'a> {
    draws: &'a Draws,
    neuron: u32,
    number: u64,
    block: [u32; 4],
}

impl<'a> Intervals<'a> {
    /// Those of a neuron, counted through the network, from its arrival number `number` on.
    #[inline(always)]
    pub fn new(draws: &'a Draws, neuron: u32, number: u64) -> Self {
        Self {
            draws,
            neuron,
            number,
            block: draws.words(neuron, number / 4),
        }
    }
}

impl Iterator for Intervals<'_> {
    type Item = f64;

    #[inline(always)]
    fn next(&mut self) -> Option<f64> {
        let word = self.block[(self.number % 4) as usize];
        self.number += 1;
        if self.number.is_multiple_of(4) {
            self.block = self.draws.words(self.neuron, self.number / 4);
        }
        Some(-word_to_unit(word).ln())
    }
}

/// The stream of a drive's intervals.
pub(crate) fn drive_draws(seed: u64, drive: usize) -> Draws {
    Draws::new(seed, Purpose::Drive, drive)
}

impl PoissonDrive {
    /// When the first arrival at a neuron comes, in ms, after this interval.
    pub(crate) fn first_arrival(&self, interval: Option<f64>) -> f64 {
        let interval = interval.unwrap_or(f64::INFINITY);
        match self.rate.constant() {
            Some(rate) => interval / rate,
            None => self.rate.next(0.0, 0.0, interval),
        }
    }
}
