//! Potentials and currents of chosen neurons at regular times.
//!
//! A sample lies within a window, and a window only knows its ends. So each recorded neuron is taken from its state at the
//! window's start through its own arrivals, as a neuron that may fire is, and from the last of them before the sample on by the
//! closed form. What is found this way goes nowhere else: recording changes no bit of the run.

use std::ops::Range;

use super::walk::{Arrival, Walker};
use crate::stream::{StateRecorder, StateSample};

/// A neuron that fires without end has ended the run already.
const SPIKES: usize = usize::MAX;

/// What one recorder asks of a window.
#[derive(Debug)]
pub(super) struct Sampling {
    recorder: usize,
    pub neurons: Range<u32>,
    /// Of each sample its number, and when it is since the window's start, in ms.
    pub times: Vec<(u64, f64)>,
}

impl Sampling {
    /// What all recorders ask of window number `now`.
    pub fn all(recorders: &[StateRecorder], now: u64, window: f64) -> Vec<Self> {
        let of = recorders.iter().enumerate().map(|(ix, recorder)| Self {
            recorder: ix,
            neurons: recorder.neurons.clone(),
            times: recorder.within(now, window),
        });
        of.filter(|sampling| !sampling.times.is_empty()).collect()
    }

    /// Takes a neuron (counted through the network) through its arrivals.
    pub fn take(
        &self,
        neuron: u32,
        mut walker: Walker,
        arrivals: &[Arrival],
        window: f64,
        samples: &mut Vec<StateSample>,
    ) {
        let mut arrivals = arrivals.iter().peekable();
        for (ix, &(_, offset)) in self.times.iter().enumerate() {
            while let Some(arrival) = arrivals.next_if(|arrival| arrival.offset <= offset) {
                walker.advance(arrival.offset.clamp(walker.now, window), SPIKES, |_| ());
                walker.state.currents[arrival.receptor as usize] += arrival.weight;
            }
            samples.push(self.sample(ix, neuron, &walker));
        }
    }

    /// Sample number `ix` of the window, of a neuron that nothing reaches before.
    pub fn sample(&self, ix: usize, neuron: u32, walker: &Walker) -> StateSample {
        let (number, offset) = self.times[ix];
        let mut then = walker.clone();
        then.advance(offset, SPIKES, |_| ());
        StateSample {
            recorder: self.recorder,
            number,
            neuron,
            potential: then.state.potential + then.kind.rest,
            currents: then.state.currents,
        }
    }
}
