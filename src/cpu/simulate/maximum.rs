//! The largest voltage of readouts, from arrival to arrival.
//!
//! Between arrivals V has one interior extremum at most with one current, a few with several. So its maximum over the run is
//! its value at the start, at one of these extrema, at an arrival that turns it down, or at the end.

use crate::cpu::arrivals::Arrival;
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::sample::PopulationState;
use crate::dynamics::{CurrentState, Ends, Flow, Interval, MAX_CURRENTS, highest_of_several};
use crate::event::Maximum;
use crate::problem::maximum::{raise, raise_to};

/// Readouts that share their arrivals and their flow, on their way through a window.
pub(super) struct Follow<'a> {
    flow: &'a Flow,
    now: f64,
    potential: Vec<f64>,
    current: Vec<f64>,
    /// Above rest, never below the potential.
    maxima: &'a mut [Maximum],
}

impl<'a> Follow<'a> {
    pub fn new(
        flow: &'a Flow,
        (potential, current): (&[f64], &[f64]),
        now: f64,
        maxima: &'a mut [Maximum],
    ) -> Self {
        Self {
            flow,
            now,
            potential: potential.to_vec(),
            current: current.to_vec(),
            maxima,
        }
    }

    /// Moves to `to` with no arrival on the way.
    pub fn advance(&mut self, to: f64) {
        let length = to - self.now;
        let step = self.flow.propagator(length);
        let states = self.potential.iter_mut().zip(&mut self.current);
        for ((potential, current), maximum) in states.zip(self.maxima.iter_mut()) {
            let start = (*potential, *current);
            let end = step.apply(start.0, start.1);
            let ends = Ends {
                start,
                end,
                interval: Interval::exact(length),
            };
            if !ends.stays_below(self.flow, maximum.voltage) {
                raise(maximum, self.flow, &ends, (self.now, self.now + length));
            }
            (*potential, *current) = end;
        }
        self.now = to;
    }

    /// A spike arrives over synapses of these weights.
    pub fn arrive(&mut self, weights: &[f64]) {
        for (current, weight) in self.current.iter_mut().zip(weights) {
            *current += weight;
        }
    }
}

/// Raises the maximum of a readout with several receptors to that of a window.
pub(super) fn follow_several(
    population: &CompiledPopulation,
    neuron: usize,
    state: &PopulationState,
    (from, to): (f64, f64),
    (arrivals, values): (&[Arrival], &[f64]),
    maximum: &mut Maximum,
) {
    let flow = &population.currents[neuron];
    let mut now = CurrentState {
        potential: 0.0,
        currents: [0.0; MAX_CURRENTS],
    };
    for (receptor, current) in now.currents[..population.receptors].iter_mut().enumerate() {
        let at = receptor * population.padded() + neuron;
        *current = state.current[at];
        now.potential += state.potential[at];
    }
    let mut time = from;
    let ends = arrivals
        .iter()
        .map(|arrival| (arrival.time, Some(arrival.row)));
    for (end, row) in ends.chain([(to, None)]) {
        if flow.upper_bound(end - time, &now) > maximum.voltage {
            let found = highest_of_several(flow, &now, end - time);
            raise_to(maximum, &found, (time, end));
        }
        now = flow.after(end - time, &now);
        time = end;
        if let Some(row) = row {
            let receptor = population.incoming_of(row).receptor;
            now.currents[receptor] += values[population.weight_of(row as usize, neuron)];
        }
    }
}
