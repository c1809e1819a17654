//! Leaky integrators: their voltage at requested times, and its integral in closed form.
//!
//! Nothing is carried from arrival to arrival: a state is looked at only where a voltage is requested and at the
//! window's end, and every arrival before then adds to it what is left of it by then.

use std::ops::Range;

use pulp::Arch;

use super::maximum::Follow;
use crate::cpu::arrivals::{Arrival, gather_neuron, gather_rows};
use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::propagators::Propagators;
use crate::cpu::sample::Sample;
use crate::cpu::workspace::Workspace;
use crate::dynamics::Flow;

pub(super) fn advance(
    compiled: &Compiled<'_>,
    population_ix: usize,
    bounds: (f64, f64),
    sample: &mut Sample<'_>,
    scratch: &mut Workspace,
) {
    let population = &compiled.populations[population_ix];
    match population.shared_flow {
        Some(flow) if !population.has_synaptic_delays => {
            gather_rows(population, sample, bounds, &mut scratch.arrivals);
            let neurons = 0..population.size;
            walk(
                compiled,
                population_ix,
                (neurons, &flow),
                bounds,
                sample,
                scratch,
            );
        }
        _ => {
            for neuron in 0..population.size {
                let values = compiled.values();
                let arrivals = &mut scratch.arrivals;
                gather_neuron(population, neuron, values, sample, bounds, arrivals);
                let neurons = (neuron..neuron + 1, &population.dynamics[neuron].flow);
                walk(compiled, population_ix, neurons, bounds, sample, scratch);
            }
        }
    }
}

/// Takes neurons that share their arrivals and their flow through a window.
fn walk(
    compiled: &Compiled<'_>,
    population_ix: usize,
    (neurons, flow): (Range<usize>, &Flow),
    (from, to): (f64, f64),
    sample: &mut Sample<'_>,
    scratch: &mut Workspace,
) {
    let population = &compiled.populations[population_ix];
    let options = compiled.problem.options;
    let is_last = to >= options.duration;
    let requested = &options.voltage_times;
    let first = requested.partition_point(|&time| time < from);
    let last = requested.partition_point(|&time| time < to || (is_last && time <= to));
    let state = &mut sample.states[population_ix];
    if options.record_maxima {
        let states = (
            &state.potential[neurons.clone()],
            &state.current[neurons.clone()],
        );
        let maxima = &mut sample.maxima[population_ix][neurons.clone()];
        let mut follow = Follow::new(flow, states, from, maxima);
        for arrival in &scratch.arrivals {
            follow.advance(arrival.time);
            let start = population.row_weight[arrival.row as usize];
            follow.arrive(&compiled.values()[start + neurons.start..start + neurons.end]);
        }
        follow.advance(to);
    }
    let mut walk = Walk {
        population,
        values: compiled.values(),
        flow,
        neurons: neurons.clone(),
        now: from,
        arrivals: &scratch.arrivals,
        scratch: &mut scratch.propagators,
        potential: &mut state.potential[neurons.clone()],
        current: &mut state.current[neurons.clone()],
        arrived: &mut sample.integrals[population_ix][neurons.clone()],
    };
    for (ix, &time) in (first..last).zip(&requested[first..last]) {
        walk.advance(time);
        let voltages = &mut sample.voltages[population_ix][ix * population.size..];
        let rest = &population.rest[neurons.clone()];
        for ((voltage, potential), rest) in voltages[neurons.clone()]
            .iter_mut()
            .zip(&*walk.potential)
            .zip(rest)
        {
            *voltage = potential + rest;
        }
    }
    walk.advance(to);
}

struct Walk<'a> {
    population: &'a CompiledPopulation,
    values: &'a [f64],
    flow: &'a Flow,
    neurons: Range<usize>,
    now: f64,
    /// What is still to arrive in this window.
    arrivals: &'a [Arrival],
    scratch: &'a mut Propagators,
    potential: &'a mut [f64],
    current: &'a mut [f64],
    /// The total weight that arrived; `finish` turns it into the integral.
    arrived: &'a mut [f64],
}

impl Walk<'_> {
    /// Moves to `to`, through all arrivals before it.
    fn advance(&mut self, to: f64) {
        let arch = Arch::new();
        let n = self.arrivals.partition_point(|arrival| arrival.time < to);
        let (arrivals, rest) = self.arrivals.split_at(n);
        self.arrivals = rest;
        let step = self.flow.propagator(to - self.now);
        self.now = to;
        for (potential, current) in self.potential.iter_mut().zip(self.current.iter_mut()) {
            (*potential, *current) = step.apply(*potential, *current);
        }
        let left = arrivals.iter().map(|arrival| to - arrival.time);
        self.scratch.fill(self.flow, left);
        let (gains, synapse) = (&self.scratch.gain, &self.scratch.synapse);
        for ((arrival, &gain), &synapse) in arrivals.iter().zip(gains).zip(synapse) {
            let start = self.population.row_weight[arrival.row as usize];
            let weights = &self.values[start + self.neurons.start..start + self.neurons.end];
            let states = self.potential.iter_mut().zip(self.current.iter_mut());
            let states = states.zip(self.arrived.iter_mut());
            arch.dispatch(|| {
                for (((potential, current), arrived), &weight) in states.zip(weights) {
                    *potential = weight.mul_add(gain, *potential);
                    *current = weight.mul_add(synapse, *current);
                    *arrived += weight;
                }
            });
        }
    }
}

/// Turns the collected weights into the integral of V over the run.
///
/// Integrating dI/dt = -a I + arrivals and dV/dt = -b (V - c) + I over [0, T]:
/// the integral of I is (arrived - I(T)) / a, as I(0) = 0, and that of V - c is
/// (V(0) - V(T) + integral of I) / b.
pub(super) fn finish(compiled: &Compiled<'_>, sample: &mut Sample<'_>) {
    for (ix, population) in compiled.populations.iter().enumerate() {
        if population.is_spiking {
            continue;
        }
        for (maximum, rest) in sample.maxima[ix].iter_mut().zip(&population.rest) {
            maximum.voltage += rest;
        }
        let state = &sample.states[ix];
        for neuron in 0..population.size {
            let flow = population.dynamics[neuron].flow;
            let arrived = sample.integrals[ix][neuron];
            let charge = (arrived - state.current[neuron]) / flow.synapse_rate;
            let change = population.initial[neuron] - state.potential[neuron];
            sample.integrals[ix][neuron] =
                population.rest[neuron] * sample.end + (change + charge) / flow.membrane_rate;
        }
    }
}
