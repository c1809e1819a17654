//! A parallel stage without the frame: each neuron walks through its own arrivals.

use crate::cpu::compiled::Compiled;
use crate::cpu::sample::{NOT_HELD, NeuronSink, Sample};
use crate::cpu::workspace::Workspace;
use crate::dynamics::NeuronState;

pub(super) fn advance(
    compiled: &Compiled<'_>,
    population_ix: usize,
    (from, to): (f64, f64),
    sample: &mut Sample<'_>,
    scratch: &mut Workspace,
) {
    let population = &compiled.populations[population_ix];
    let values = compiled.values();
    let (arrivals, lists) = (&mut scratch.arrivals, &mut scratch.lists);
    let window = (from, to);
    let budget = compiled.problem.options.spike_budget;
    let first_spike = sample.spikes[population_ix].len();
    lists.begin(population, values, sample, window, arrivals);
    let held = sample.spikes[population_ix].holding(population, from);
    for neuron in 0..population.size {
        lists.gather(population, neuron, values, sample, window, arrivals);
        let dynamics = &population.dynamics[neuron];
        let states = &mut sample.states[population_ix];
        let release = states.release[neuron];
        let mut state = NeuronState {
            time: from,
            potential: states.potential[neuron],
            current: states.current[neuron],
            release: (release != NOT_HELD).then_some(release),
        };
        let mut sink = NeuronSink {
            spikes: &mut sample.spikes[population_ix],
            unit: (population.first_unit + neuron) as u32,
            budget,
            latest: held.get(neuron).copied().flatten(),
        };
        for arrival in arrivals.iter() {
            dynamics.advance(&mut state, arrival.time, &mut sink);
            state.current += values[population.weight_of(arrival.row as usize, neuron)];
        }
        dynamics.advance(&mut state, to, &mut sink);
        states.potential[neuron] = state.potential;
        states.current[neuron] = state.current;
        states.release[neuron] = state.release.unwrap_or(NOT_HELD);
        if sample.spikes[population_ix].len() > budget {
            return;
        }
    }
    let spikes = &mut sample.spikes[population_ix];
    scratch.spike_order.sort_from(spikes, first_spike);
}
