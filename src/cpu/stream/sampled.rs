//! Potentials and currents of chosen neurons at regular times.
//!
//! A sample lies within a window, and a window only knows its ends. So each recorded neuron is taken from its state at the
//! window's start through its own arrivals, as a neuron that may fire is, and from the last of them before the sample on by the
//! closed form. What is found this way goes nowhere else: recording changes no bit of the run.

use std::ops::Range;

use super::happened::Arrival;
use super::kinds::Kind;
use crate::dynamics::{MAX_CURRENTS, NeuronState};
use crate::stream::{StateRecorder, StateSample};

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
        (neuron, kind): (u32, &Kind),
        mut state: NeuronState<[f64; MAX_CURRENTS]>,
        arrivals: &[Arrival],
        window: f64,
        samples: &mut Vec<StateSample>,
    ) {
        let mut arrivals = arrivals.iter().peekable();
        for (ix, &(_, offset)) in self.times.iter().enumerate() {
            while let Some(arrival) = arrivals.next_if(|arrival| arrival.offset <= offset) {
                let offset = arrival.offset.clamp(state.time, window);
                kind.dynamics().advance(&mut state, offset, &mut ());
                state.current[arrival.receptor as usize] += arrival.weight;
            }
            samples.push(self.sample(ix, (neuron, kind), state));
        }
    }

    /// Sample number `ix` of the window, of a neuron that nothing reaches before.
    pub fn sample(
        &self,
        ix: usize,
        (neuron, kind): (u32, &Kind),
        mut state: NeuronState<[f64; MAX_CURRENTS]>,
    ) -> StateSample {
        let (number, offset) = self.times[ix];
        // One that fires without end has ended the run already.
        kind.dynamics().advance(&mut state, offset, &mut ());
        StateSample {
            recorder: self.recorder,
            number,
            neuron,
            potential: state.potential + kind.rest,
            currents: state.current,
        }
    }
}
