//! What a network needs to go on from the start of a block.

use super::underway::{Block, Underway};
use super::{CurrentState, Events, Kinds, Poisson};
use crate::cpu::stream::part::{source_number, source_of};
use crate::dynamics::{MAX_CURRENTS, NeuronState};
use crate::network::NetworkInRows;
use crate::stream::{HeldNeuron, StreamState};

/// A neuron.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    /// The potential is measured from rest.
    pub state: CurrentState,
    /// Since the block's start, in ms.
    pub now: f64,
    /// When it is released, in ms since the start of the block in which it fired last; and which block that was.
    pub release: Option<f64>,
    pub since: u64,
}

impl Cell {
    /// The cell as it is in a block; times are since the block's start, in ms.
    pub fn within(&self, block: Block) -> NeuronState<[f64; MAX_CURRENTS]> {
        NeuronState {
            time: self.now,
            potential: self.state.potential,
            current: self.state.currents,
            release: self.release_in(block),
        }
    }

    /// When it is released, since a block's start, in ms.
    pub fn release_in(&self, block: Block) -> Option<f64> {
        let release = self.release?;
        Some(match self.since == block.now {
            true => release,
            false => block.since_start(self.since, release).max(0.0),
        })
    }
}

/// What goes on from block to block.
#[derive(Debug, Clone)]
pub(crate) struct EventsState {
    pub(super) cells: Vec<Cell>,
    pub(super) underway: Vec<Underway>,
    pub(super) poisson: Vec<Poisson>,
}

impl EventsState {
    pub fn new(network: &NetworkInRows, kinds: &Kinds) -> Self {
        let mut cells = Vec::with_capacity(network.neurons());
        for population in network.populations() {
            for neuron in population.neurons.clone() {
                let start = |receptor| population.initial(network.seed, neuron, receptor);
                let mut currents = [0.0; MAX_CURRENTS];
                let own = population.neuron.tau_synapse.len();
                for (k, current) in currents[..own].iter_mut().enumerate() {
                    *current = start(Some(k));
                }
                cells.push(Cell {
                    state: CurrentState {
                        potential: start(None) - kinds.of(neuron).rest,
                        currents,
                    },
                    now: 0.0,
                    release: None,
                    since: 0,
                });
            }
        }
        let poisson = network.drives.iter().enumerate().map(|(ix, drive)| {
            let neurons = network.populations()[drive.population].neurons.clone();
            Poisson::new(network.seed, ix, drive.clone(), neurons)
        });
        Self {
            cells,
            underway: Vec::new(),
            poisson: poisson.collect(),
        }
    }
}

impl Events {
    /// Adds what there is to a state that has room for all neurons; the spikes on their way are not in order yet.
    pub fn save(&self, network: &NetworkInRows, state: &mut StreamState) {
        let neurons = network.neurons();
        for (neuron, cell) in self.state.cells.iter().enumerate() {
            state.potentials[neuron] = cell.state.potential;
            let currents = state.currents[neuron..].iter_mut().step_by(neurons.max(1));
            currents
                .zip(cell.state.currents)
                .for_each(|(all, own)| *all = own);
            state.held.extend(cell.release.map(|release| HeldNeuron {
                neuron: neuron as u32,
                window: cell.since,
                release,
            }));
        }
        let next = self.state.poisson.iter().flat_map(Poisson::next);
        state
            .drives
            .iter_mut()
            .zip(next)
            .for_each(|(all, own)| *all = own);
        state
            .underway
            .extend(self.state.underway.iter().map(|spike| {
                let source = network.groups[spike.group as usize].source;
                spike.saved(network, source_number(network, source))
            }));
        state.synaptic_events += self.synaptic_events;
    }

    /// Takes a checked state.
    pub fn load(&mut self, network: &NetworkInRows, state: &StreamState) {
        let neurons = network.neurons();
        for (neuron, cell) in self.state.cells.iter_mut().enumerate() {
            cell.state.potential = state.potentials[neuron];
            let currents = state.currents[neuron..].iter().step_by(neurons.max(1));
            let own = cell.state.currents.iter_mut();
            own.zip(currents).for_each(|(own, all)| *own = *all);
            cell.release = None;
        }
        for held in &state.held {
            let cell = &mut self.state.cells[held.neuron as usize];
            (cell.since, cell.release) = (held.window, Some(held.release));
        }
        let mut drives = &state.drives[..];
        for poisson in &mut self.state.poisson {
            let (own, rest) = drives.split_at(poisson.neurons.len());
            poisson.set_next(own);
            drives = rest;
        }
        let (now, window) = (state.now, state.window);
        let block = Block { now, window };
        self.state.underway.clear();
        for spike in &state.underway {
            let source = (source_of(network, spike.source), spike.number);
            let fired = (spike.id, spike.window, spike.offset);
            for mut spike in Underway::all(network, source, fired) {
                spike.pass_before(network, block);
                if spike.next < spike.end {
                    self.state.underway.push(spike);
                }
            }
        }
        self.synaptic_events = state.synaptic_events;
    }
}
