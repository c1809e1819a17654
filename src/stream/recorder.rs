//! Which states of neurons a run records.

use std::ops::Range;

use crate::dynamics::MAX_CURRENTS;
use crate::{Error, Result};

/// The most states that one recorder takes in a run, eight bytes and more each.
const MOST_STATES: f64 = 1e9;

/// Which neurons' states are recorded, and when: at whole multiples of `every` from `from` on and before `until`.
#[derive(Debug, Clone, PartialEq)]
pub struct StateRecorder {
    /// Counted through the network.
    pub neurons: Range<u32>,
    /// In ms, above zero.
    pub every: f64,
    /// In ms.
    pub from: f64,
    /// In ms.
    pub until: f64,
}

/// The state of a neuron at a time; what arrives or fires at that very time has happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StateSample {
    /// Which recorder, in the order in which they were added.
    pub recorder: usize,
    /// The time is so many times the recorder's `every`.
    pub number: u64,
    /// Counted through the network.
    pub neuron: u32,
    /// In the units of thresholds.
    pub potential: f64,
    /// For each receptor.
    pub currents: [f64; MAX_CURRENTS],
}

impl StateSample {
    /// What samples are ordered by: recorder, time, then neuron.
    pub(crate) fn place(&self) -> (usize, u64, u32) {
        (self.recorder, self.number, self.neuron)
    }
}

impl StateRecorder {
    /// Whether a network of so many neurons can be recorded so.
    pub(crate) fn check(&self, neurons: u32) -> Result<()> {
        if self.neurons.is_empty() || self.neurons.end > neurons {
            return Err(Error::invalid(
                "neurons of a recorder",
                format!("{} to {}", self.neurons.start, self.neurons.end),
                format!("give one or more of the {neurons} there are"),
            ));
        }
        if !(self.every.is_finite() && self.every > 0.0) {
            let remedy = "give a time in ms above zero";
            return Err(Error::invalid("every", self.every, remedy));
        }
        let states = (self.until - self.from) / self.every * self.neurons.len() as f64;
        if !(self.from.is_finite() && self.until.is_finite() && states < MOST_STATES) {
            return Err(Error::invalid(
                "time of a recorder",
                format!(
                    "{:?} to {:?} ms every {:?} ms",
                    self.from, self.until, self.every
                ),
                format!(
                    "give finite times, and neurons times samples below {MOST_STATES:e}: fewer neurons, or less often"
                ),
            ));
        }
        Ok(())
    }

    /// The samples in window number `now`, of `window` ms: their numbers, and when since its start in ms.
    pub(crate) fn within(&self, now: u64, window: f64) -> Vec<(u64, f64)> {
        let (start, end) = (now as f64 * window, (now + 1) as f64 * window);
        let first = (start.max(self.from) / self.every).floor() as u64;
        let time = |number: u64| number as f64 * self.every;
        (first..)
            .take_while(|&number| time(number) < end.min(self.until))
            .filter(|&number| time(number) >= start.max(self.from))
            .map(|number| (number, (time(number) - start).clamp(0.0, window)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_in_one_window() {
        for every in [0.1, 0.3, 1.0, 0.25] {
            let recorder = StateRecorder {
                neurons: 0..1,
                every,
                from: 3.7,
                until: 50.0,
            };
            let window = 0.1;
            let numbers: Vec<u64> = (0..600)
                .flat_map(|now| recorder.within(now, window))
                .map(|(number, offset)| {
                    assert!((0.0..=window).contains(&offset));
                    number
                })
                .collect();
            let time = |number: &u64| *number as f64 * every;
            assert!(time(&numbers[0]) >= 3.7 && time(&numbers[0]) < 3.7 + every);
            let last = numbers[numbers.len() - 1];
            assert!(time(&last) < 50.0 && time(&(last + 1)) >= 50.0);
            assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
        }
    }
}
