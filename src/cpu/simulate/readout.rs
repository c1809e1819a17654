//! Leaky integrators: their voltage at requested times, and its integral in closed form.

use std::ops::Range;

use pulp::Arch;

use crate::cpu::arrivals::{Arrival, gather_neuron, gather_rows};
use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::sample::{PopulationState, Sample};
use crate::cpu::workspace::Workspace;

pub(super) fn advance(
    compiled: &Compiled<'_>,
    population_ix: usize,
    bounds: (f64, f64),
    sample: &mut Sample<'_>,
    scratch: &mut Workspace,
) {
    let population = &compiled.populations[population_ix];
    let arrivals = &mut scratch.arrivals;
    if population.has_synaptic_delays {
        for neuron in 0..population.size {
            let values = compiled.values();
            gather_neuron(population, neuron, values, sample, bounds, arrivals);
            let neurons = neuron..neuron + 1;
            walk(compiled, population_ix, neurons, bounds, arrivals, sample);
        }
    } else {
        gather_rows(population, sample, bounds, arrivals);
        let neurons = 0..population.size;
        walk(compiled, population_ix, neurons, bounds, arrivals, sample);
    }
}

/// Takes neurons that share their arrivals through a window.
fn walk(
    compiled: &Compiled<'_>,
    population_ix: usize,
    neurons: Range<usize>,
    (from, to): (f64, f64),
    arrivals: &[Arrival],
    sample: &mut Sample<'_>,
) {
    let population = &compiled.populations[population_ix];
    let values = compiled.values();
    let options = compiled.problem.options;
    let is_last = to >= options.duration;
    let requested = &options.voltage_times;
    let first = requested.partition_point(|&time| time < from);
    let last = requested.partition_point(|&time| time < to || (is_last && time <= to));
    let arch = Arch::new();
    let mut walk = Walk {
        population,
        neurons: neurons.clone(),
        now: from,
        states: &mut sample.states[population_ix],
        voltages: &mut sample.voltages[population_ix],
        requested,
        pending: first..last,
        arch,
    };
    let integrals = &mut sample.integrals[population_ix];
    for arrival in arrivals {
        walk.advance(arrival.time);
        let start = population.row_weight[arrival.row as usize];
        let weights = &values[start + neurons.start..start + neurons.end];
        let current = &mut walk.states.current[neurons.clone()];
        // Collects the total weight that arrived; `finish` turns it into the integral.
        let arrived = &mut integrals[neurons.clone()];
        arch.dispatch(|| {
            for ((current, arrived), weight) in current.iter_mut().zip(arrived).zip(weights) {
                *current += weight;
                *arrived += weight;
            }
        });
    }
    walk.advance(to);
}

struct Walk<'a> {
    population: &'a CompiledPopulation,
    neurons: Range<usize>,
    now: f64,
    states: &'a mut PopulationState,
    /// `[time x neuron]`.
    voltages: &'a mut [f64],
    requested: &'a [f64],
    /// The requested times that are still to come in this window.
    pending: Range<usize>,
    arch: Arch,
}

impl Walk<'_> {
    /// Moves to `to`, recording on the way.
    fn advance(&mut self, to: f64) {
        while let Some(ix) = self.pending.clone().next() {
            if self.requested[ix] > to {
                break;
            }
            self.flow(self.requested[ix]);
            for neuron in self.neurons.clone() {
                self.voltages[ix * self.population.size + neuron] =
                    self.states.potential[neuron] + self.population.drive[neuron];
            }
            self.pending.start += 1;
        }
        self.flow(to);
    }

    fn flow(&mut self, to: f64) {
        let elapsed = to - self.now;
        if elapsed <= 0.0 {
            return;
        }
        self.now = to;
        let potential = &mut self.states.potential[self.neurons.clone()];
        let current = &mut self.states.current[self.neurons.clone()];
        let states = potential.iter_mut().zip(current);
        if let Some(flow) = self.population.shared_flow {
            let step = flow.propagator(elapsed);
            self.arch.dispatch(|| {
                for (potential, current) in states {
                    (*potential, *current) = step.apply(*potential, *current);
                }
            });
        } else {
            for (neuron, (potential, current)) in self.neurons.clone().zip(states) {
                let step = self.population.dynamics[neuron].flow.propagator(elapsed);
                (*potential, *current) = step.apply(*potential, *current);
            }
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
        let state = &sample.states[ix];
        for neuron in 0..population.size {
            let flow = population.dynamics[neuron].flow;
            let arrived = sample.integrals[ix][neuron];
            let charge = (arrived - state.current[neuron]) / flow.synapse_rate;
            let change = population.initial[neuron] - state.potential[neuron];
            sample.integrals[ix][neuron] =
                population.drive[neuron] * sample.end + (change + charge) / flow.membrane_rate;
        }
    }
}
