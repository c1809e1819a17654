//! Which states of neurons a run records.

use std::ops::Range;

use crate::dynamics::MAX_CURRENTS;
use crate::network::NetworkInRows;
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

impl StateRecorder {
    pub(crate) fn check(&self, network: &NetworkInRows) -> Result<()> {
        let neurons = network.neurons() as u32;
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
}
