//! What a loss on the integral of a readout's V gives back, in closed form.
//!
//! dL/d(integral of V) = c acts on V from an arrival to the end of the run, R later:
//!
//! ```text
//! lv = c (1 - exp(-b R)) / b        li = c ((1 - exp(-a R)) / a - gain(R)) / b
//! ```
//!
//! for every neuron by the same two factors, so that nothing is carried from event to event; of several currents each as if it
//! were alone.

use std::ops::Range;

use pulp::Arch;

use super::sweep::Sweep;
use crate::cpu::arrivals::{gather_neuron, gather_rows};
use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::workspace::Workspace;
use crate::dynamics::Flow;
use crate::engine::GradientOptions;

pub(super) fn reverse(
    compiled: &Compiled<'_>,
    population_ix: usize,
    (from, to): (f64, f64),
    options: &GradientOptions,
    sweep: &mut Sweep<'_>,
    gradient: &mut [f64],
    scratch: &mut Workspace,
) {
    let population = &compiled.populations[population_ix];
    let cotangent = sweep.readouts[population_ix].integrals;
    if cotangent.iter().all(|&c| c == 0.0) {
        return;
    }
    let values = compiled.values();
    let window = (from, to.min(sweep.replay.end));
    let mut walk = Walk {
        population,
        values,
        cotangent,
        wants_inputs: options.input_times || options.delays,
        gradient,
        sweep,
    };
    match population.shared_flow {
        Some(flow) if !population.has_synaptic_delays => {
            let arrivals = &mut scratch.arrivals;
            gather_rows(population, &walk.sweep.replay, window, arrivals);
            walk.back(&flow, 0..population.size, scratch);
        }
        _ => {
            for neuron in 0..population.size {
                for receptor in 0..population.receptors {
                    let replay = &walk.sweep.replay;
                    let arrivals = &mut scratch.arrivals;
                    gather_neuron(population, neuron, values, replay, window, arrivals);
                    if population.receptors > 1 {
                        arrivals.retain(|a| population.incoming_of(a.row).receptor == receptor);
                    }
                    let flow = population.flow(neuron, receptor);
                    walk.back(&flow, neuron..neuron + 1, scratch);
                }
            }
        }
    }
}

struct Walk<'a, 'b> {
    population: &'a CompiledPopulation,
    values: &'a [f64],
    /// dL/d(integral of V) by neuron.
    cotangent: &'a [f64],
    wants_inputs: bool,
    gradient: &'a mut [f64],
    sweep: &'a mut Sweep<'b>,
}

impl Walk<'_, '_> {
    /// Takes neurons that share their arrivals and their flow through these.
    fn back(&mut self, flow: &Flow, neurons: Range<usize>, scratch: &mut Workspace) {
        let arch = Arch::new();
        let end = self.sweep.replay.end;
        let (arrivals, propagators) = (&scratch.arrivals, &mut scratch.propagators);
        propagators.fill(flow, arrivals.iter().map(|arrival| end - arrival.time));
        let (a, b) = (flow.synapse_rate, flow.membrane_rate);
        let cotangent = &self.cotangent[neurons.clone()];
        for (ix, arrival) in arrivals.iter().enumerate() {
            let row = arrival.row as usize;
            let on_potential = (1.0 - propagators.membrane[ix]) / b;
            let on_current = ((1.0 - propagators.synapse[ix]) / a - propagators.gain[ix]) / b;
            let start = self.population.row_weight[row] + neurons.start;
            let range = start..start + neurons.len();
            let incoming = self.population.incoming_of(arrival.row);
            let gradient = &mut self.gradient[range.clone()];
            arch.dispatch(|| {
                for (sum, cotangent) in gradient.iter_mut().zip(cotangent) {
                    *sum = cotangent.mul_add(on_current, *sum);
                }
            });
            if incoming.source.is_none() && !self.wants_inputs {
                continue;
            }
            let weights = &self.values[range];
            let onto = weights.iter().zip(cotangent).map(|(w, c)| w * c);
            let x = onto.sum::<f64>() * (a * on_current - on_potential);
            self.gradient[self.population.delay_of(row, neurons.start)] += x;
            self.sweep.add_to_source(incoming.source, arrival.origin, x);
        }
    }
}
