//! A partition's share of a simulation's state.

use super::{Held, Part, PartState};
use crate::cpu::stream::Fired;
use crate::dynamics::{MAX_CURRENTS, NeuronState};
use crate::network::{InputId, NetworkInRows, PopulationId, Source};
use crate::stream::{HeldNeuron, StreamState, UnderwaySpike};

impl PartState {
    /// A neuron, counted through the partition, at the window's start.
    #[inline]
    pub fn of(&self, neuron: usize, release: Option<f64>) -> NeuronState<[f64; MAX_CURRENTS]> {
        let each = |receptor: usize| self.currents.get(receptor).map_or(0.0, |all| all[neuron]);
        NeuronState {
            time: 0.0,
            potential: self.potential[neuron],
            current: std::array::from_fn(each),
            release,
        }
    }
}

impl Part {
    /// Adds what the partition holds to a state that has room for all neurons; the spikes on their way are not in order yet.
    pub fn save(&self, network: &NetworkInRows, state: &mut StreamState) {
        let own = self.neurons.start as usize..self.neurons.end as usize;
        state.potentials[own.clone()].copy_from_slice(&self.state.potential[..own.len()]);
        for (currents, all) in self
            .state
            .currents
            .iter()
            .zip(state.currents.chunks_mut(network.neurons()))
        {
            all[own.clone()].copy_from_slice(&currents[..own.len()]);
        }
        state
            .held
            .extend(self.state.held.iter().map(|held| HeldNeuron {
                neuron: self.neurons.start + held.neuron,
                window: held.window,
                release: held.release,
            }));
        let mut first = 0;
        for (drive, poisson) in network.drives.iter().zip(&self.state.poisson) {
            let neurons = &network.populations[drive.population].neurons;
            for (neuron, next) in poisson.neurons.clone().zip(poisson.next()) {
                state.drives[first + (neuron - neurons.start) as usize] = next;
            }
            first += neurons.len();
        }
        let rows = &network.partitions[self.number].rows;
        for ((queue, group), rows) in self.state.queues.iter().zip(&network.groups).zip(rows) {
            let source = source_number(network, group.source);
            state.underway.extend(queue.underway(rows, source));
        }
        state.synaptic_events += self.synaptic_events;
    }

    /// Takes the partition's share of a checked state; its spikes are in the order in which they were fired.
    pub fn load(&mut self, network: &NetworkInRows, state: &StreamState) {
        let own = self.neurons.start as usize..self.neurons.end as usize;
        self.state.potential[..own.len()].copy_from_slice(&state.potentials[own.clone()]);
        for (currents, all) in self
            .state
            .currents
            .iter_mut()
            .zip(state.currents.chunks(network.neurons()))
        {
            currents[..own.len()].copy_from_slice(&all[own.clone()]);
        }
        let held = state
            .held
            .iter()
            .filter(|held| self.neurons.contains(&held.neuron));
        self.state.held = held
            .map(|held| Held {
                neuron: held.neuron - self.neurons.start,
                window: held.window,
                release: held.release,
            })
            .collect();
        let mut first = 0;
        for (drive, poisson) in network.drives.iter().zip(&mut self.state.poisson) {
            let neurons = &network.populations[drive.population].neurons;
            if !poisson.neurons.is_empty() {
                let from = first + (poisson.neurons.start - neurons.start) as usize;
                poisson.set_next(&state.drives[from..from + poisson.neurons.len()]);
            }
            first += neurons.len();
        }
        let rows = &network.partitions[self.number].rows;
        for ((queue, group), rows) in self.state.queues.iter_mut().zip(&network.groups).zip(rows) {
            let source = source_number(network, group.source);
            // What was fired in the last window is put into queues at the start of the next.
            let earlier =
                |spike: &&UnderwaySpike| spike.source == source && spike.window + 1 < state.now;
            for spike in state.underway.iter().filter(earlier) {
                queue.push_rest(rows, spike, state.now, state.window);
            }
        }
        // Counted once for the whole network.
        self.synaptic_events = if self.number == 0 {
            state.synaptic_events
        } else {
            0
        };
    }
}

/// Sources in one line: populations, then generators.
pub fn source_number(network: &NetworkInRows, source: Source) -> u32 {
    match source {
        Source::Population(id) => id.0 as u32,
        Source::Input(id) => (network.populations.len() + id.0) as u32,
    }
}

/// The source with a number in one line of populations, then generators.
pub fn source_of(network: &NetworkInRows, number: u32) -> Source {
    let number = number as usize;
    match number.checked_sub(network.populations().len()) {
        Some(generators) => Source::Input(InputId(generators)),
        None => Source::Population(PopulationId(number)),
    }
}

/// A spike of the last window as a state lists it.
pub fn underway(network: &NetworkInRows, fired: &Fired) -> UnderwaySpike {
    UnderwaySpike {
        id: fired.id,
        source: source_number(network, fired.source),
        number: fired.number,
        window: fired.spike.window,
        offset: fired.spike.offset,
    }
}
