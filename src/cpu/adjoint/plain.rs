//! A parallel stage without the frame: each neuron walks back through its own events.

use super::spike::back_through;
use super::sweep::Sweep;
use crate::cpu::compiled::Compiled;
use crate::cpu::replay::{OwnEvent, own_events};
use crate::cpu::workspace::Workspace;
use crate::dynamics::{ArrivalJump, NeuronDynamics};

pub(super) fn reverse(
    compiled: &Compiled<'_>,
    population_ix: usize,
    (from, to): (f64, f64),
    sweep: &mut Sweep<'_>,
    gradient: &mut [f64],
    scratch: &mut Workspace,
) {
    let population = &compiled.populations[population_ix];
    let values = compiled.values();
    let to = to.min(sweep.replay.end);
    let mut own: Vec<Vec<OwnEvent>> = vec![Vec::new(); population.size];
    for event in own_events(population, &sweep.replay.spikes[population_ix], (from, to)) {
        own[event.neuron as usize].push(event);
    }
    let (arrivals, lists) = (&mut scratch.arrivals, &mut scratch.lists);
    let window = (from, to);
    lists.begin(population, values, &sweep.replay, window, arrivals);
    for neuron in 0..population.size {
        lists.gather(population, neuron, values, &sweep.replay, window, arrivals);
        let dynamics = &population.dynamics[neuron];
        let state = &sweep.states[population_ix];
        let mut lane = Lane {
            now: to,
            potential: state.potential[neuron],
            current: state.current[neuron],
        };
        let mut events = own[neuron].iter().rev().peekable();
        let mut back_to =
            |lane: &mut Lane, time: f64, sweep: &mut Sweep<'_>, gradient: &mut [f64]| {
                // An event at the same time as an arrival came before it: it is met after it.
                while let Some(event) = events.next_if(|event| event.time > time) {
                    lane.flow(dynamics, event.time);
                    let spike = event.spike as usize;
                    let (potential, threshold) = back_through(
                        dynamics,
                        event.kind,
                        (&sweep.replay.spikes[population_ix], spike),
                        sweep.slope_floor,
                        &mut sweep.ell[population_ix][spike],
                        lane.potential,
                    );
                    lane.potential = potential;
                    gradient[population.first_threshold + neuron] += threshold;
                }
                lane.flow(dynamics, time);
            };
        for arrival in arrivals.iter().rev() {
            back_to(&mut lane, arrival.time, sweep, gradient);
            let row = arrival.row as usize;
            let weight_ix = population.weight_of(row, neuron);
            gradient[weight_ix] += lane.current;
            let x = ArrivalJump::new(values[weight_ix], dynamics.flow.synapse_rate)
                .transposed(lane.potential, lane.current);
            let incoming = population.incoming_of(arrival.row);
            gradient[population.delay_of(row, neuron)] += x;
            sweep.add_to_source(incoming.source, arrival.origin, x);
        }
        back_to(&mut lane, from, sweep, gradient);
        sweep.states[population_ix].potential[neuron] = lane.potential;
        sweep.states[population_ix].current[neuron] = lane.current;
    }
    sweep.states[population_ix].is_untouched = false;
}

/// The adjoint of one neuron's state.
struct Lane {
    now: f64,
    potential: f64,
    current: f64,
}

impl Lane {
    fn flow(&mut self, dynamics: &NeuronDynamics, to: f64) {
        let step = dynamics.flow.propagator(self.now - to);
        (self.potential, self.current) = step.apply_adjoint(self.potential, self.current);
        self.now = to;
    }
}
