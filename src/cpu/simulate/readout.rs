//! Leaky integrators: their voltage at requested times, and its integral in closed form.
//!
//! Nothing is carried from arrival to arrival: a state is looked at only where a voltage is requested and at the
//! window's end, and every arrival before then adds to it what is left of it by then. Nothing resets V, so that it is the sum
//! of what each receptor adds to it, and receptors are taken one by one.

use std::ops::Range;

use pulp::Arch;

use super::maximum::{Follow, follow_several};
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
    let neurons = |range: Range<usize>, receptor: usize| Neurons {
        population: population_ix,
        flow: population.flow(range.start, receptor),
        range,
        receptor,
    };
    if population.shared_flow.is_some() && !population.has_synaptic_delays {
        gather_rows(population, sample, bounds, &mut scratch.arrivals);
        let all = neurons(0..population.size, 0);
        follow(compiled, &all, bounds, sample, scratch);
        walk(compiled, &all, bounds, sample, scratch);
        return;
    }
    for neuron in 0..population.size {
        let values = compiled.values();
        let arrivals = &mut scratch.arrivals;
        gather_neuron(population, neuron, values, sample, bounds, arrivals);
        if population.receptors == 1 {
            let one = neurons(neuron..neuron + 1, 0);
            follow(compiled, &one, bounds, sample, scratch);
            walk(compiled, &one, bounds, sample, scratch);
            continue;
        }
        let all = std::mem::take(arrivals);
        if compiled.problem.options.record_maxima {
            let state = &sample.states[population_ix];
            let maximum = &mut sample.maxima[population_ix][neuron];
            follow_several(population, neuron, state, bounds, (&all, values), maximum);
        }
        for receptor in 0..population.receptors {
            let own = |arrival: &&Arrival| population.incoming_of(arrival.row).receptor == receptor;
            scratch.arrivals.clear();
            scratch.arrivals.extend(all.iter().filter(own));
            let one = neurons(neuron..neuron + 1, receptor);
            walk(compiled, &one, bounds, sample, scratch);
        }
    }
}

/// Neurons that share their arrivals on one receptor, and its flow.
struct Neurons {
    population: usize,
    range: Range<usize>,
    flow: Flow,
    receptor: usize,
}

/// Follows the maxima of neurons with one receptor through a window.
fn follow(
    compiled: &Compiled<'_>,
    neurons: &Neurons,
    (from, to): (f64, f64),
    sample: &mut Sample<'_>,
    scratch: &Workspace,
) {
    if !compiled.problem.options.record_maxima {
        return;
    }
    let population = &compiled.populations[neurons.population];
    let state = &sample.states[neurons.population];
    let range = neurons.range.clone();
    let states = (
        &state.potential[range.clone()],
        &state.current[range.clone()],
    );
    let maxima = &mut sample.maxima[neurons.population][range.clone()];
    let mut follow = Follow::new(&neurons.flow, states, from, maxima);
    for arrival in &scratch.arrivals {
        follow.advance(arrival.time);
        let start = population.row_weight[arrival.row as usize];
        follow.arrive(&compiled.values()[start + range.start..start + range.end]);
    }
    follow.advance(to);
}

/// Takes neurons through a window.
fn walk(
    compiled: &Compiled<'_>,
    of: &Neurons,
    (from, to): (f64, f64),
    sample: &mut Sample<'_>,
    scratch: &mut Workspace,
) {
    let population = &compiled.populations[of.population];
    let options = compiled.problem.options;
    let is_last = to >= options.duration;
    let requested = &options.voltage_times;
    let first = requested.partition_point(|&time| time < from);
    let last = requested.partition_point(|&time| time < to || (is_last && time <= to));
    let state = &mut sample.states[of.population];
    let neurons = &of.range;
    // Of the receptor: in states, which are padded, and in weights that arrived.
    let own = |length: usize| {
        let before = of.receptor * length;
        before + neurons.start..before + neurons.end
    };
    let mut walk = Walk {
        population,
        values: compiled.values(),
        flow: &of.flow,
        neurons: neurons.clone(),
        now: from,
        arrivals: &scratch.arrivals,
        scratch: &mut scratch.propagators,
        potential: &mut state.potential[own(population.padded())],
        current: &mut state.current[own(population.padded())],
        arrived: &mut sample.integrals[of.population][own(population.size)],
    };
    for (ix, &time) in (first..last).zip(&requested[first..last]) {
        walk.advance(time);
        let voltages = &mut sample.voltages[of.population][ix * population.size..];
        let rest = &population.rest[neurons.clone()];
        for ((voltage, potential), rest) in voltages[neurons.clone()]
            .iter_mut()
            .zip(&*walk.potential)
            .zip(rest)
        {
            match of.receptor {
                0 => *voltage = potential + rest,
                _ => *voltage += potential,
            }
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
/// (V(0) - V(T) + integral of I) / b, with the integrals of all currents in the place of I's.
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
            let rate = population.dynamics[neuron].flow.membrane_rate;
            let (mut charge, mut potential) = (0.0, 0.0);
            for receptor in 0..population.receptors {
                let at = receptor * population.padded() + neuron;
                let arrived = sample.integrals[ix][receptor * population.size + neuron];
                let synapse_rate = population.flow(neuron, receptor).synapse_rate;
                charge += (arrived - state.current[at]) / synapse_rate;
                potential += state.potential[at];
            }
            let change = population.initial[neuron] - potential;
            sample.integrals[ix][neuron] =
                population.rest[neuron] * sample.end + (change + charge) / rate;
        }
        sample.integrals[ix].truncate(population.size);
    }
}
