//! The way back along the log of a network that went from event to event.

use super::StreamGradient;
use super::cotangents::Cotangents;
use super::neuron::Adjoint;
use super::places::Places;
use crate::cpu::stream::events::{Entry, Run};
use crate::cpu::stream::simulation::CpuStream;
use crate::dynamics::release_derivative;
use crate::network::NetworkInRows;

/// A neuron on the way back.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    adjoint: Adjoint,
    /// Since the block's start, in ms.
    now: f64,
    /// What the release after its next spike back adds to that spike.
    pending: f64,
}

/// All neurons on the way back.
#[derive(Debug)]
pub(super) struct ReverseEvents {
    cells: Vec<Cell>,
    places: Places,
    weights: Vec<f64>,
    delays: Vec<f64>,
    /// For each neuron.
    thresholds: Vec<f64>,
    drives: Vec<f64>,
    grazing: u64,
}

impl ReverseEvents {
    pub fn new(network: &NetworkInRows) -> Self {
        let places = Places::new(network);
        Self {
            cells: vec![Cell::default(); network.neurons()],
            weights: vec![0.0; places.synapses()],
            delays: vec![0.0; places.synapses()],
            places,
            thresholds: vec![0.0; network.neurons()],
            drives: vec![0.0; network.drives.len()],
            grazing: 0,
        }
    }

    /// Goes back through a block. `cotangents` has dL/d(spike time) of what is seen, and gets what spikes cause.
    pub fn block(
        &mut self,
        simulation: &CpuStream,
        log: &[Entry],
        cotangents: &mut Cotangents,
        slope_floor: f64,
    ) {
        let window = simulation.window();
        self.cells.iter_mut().for_each(|cell| cell.now = window);
        for entry in log.iter().rev() {
            match *entry {
                Entry::Spike {
                    neuron,
                    offset,
                    slope,
                    id,
                } => {
                    let kind = simulation.kinds().of(neuron);
                    let cell = self.back(simulation, neuron, offset);
                    let ell = cotangents.get(id) + std::mem::take(&mut cell.pending);
                    let found = cell.adjoint.spike(kind, slope, slope_floor, ell);
                    self.grazing += u64::from(found.is_grazing);
                    self.thresholds[neuron as usize] += found.threshold;
                }
                Entry::Release {
                    neuron,
                    offset,
                    slope,
                } => {
                    let cell = self.back(simulation, neuron, offset);
                    cell.pending += release_derivative(slope) * cell.adjoint.potential;
                    cell.adjoint.potential = 0.0;
                }
                Entry::Driven {
                    drive,
                    neuron,
                    offset,
                } => {
                    let receptor = simulation.network().drives[drive as usize].receptor;
                    let cell = self.back(simulation, neuron, offset);
                    let current = cell.adjoint.currents[receptor];
                    self.drives[drive as usize] += current;
                }
                Entry::Run(ref run) => {
                    let moved = self.run(simulation, run);
                    cotangents.add(run.id, moved);
                }
            }
        }
        for neuron in 0..self.cells.len() as u32 {
            self.back(simulation, neuron, 0.0);
        }
    }

    /// Goes back through the arrivals of a spike; what they add to dL/d(spike time).
    fn run(&mut self, simulation: &CpuStream, run: &Run) -> f64 {
        let network = simulation.network();
        let (part, group) = (run.part as usize, run.group as usize);
        let rows = &network.partitions[part].rows[group];
        let receptor = network.groups[group].receptor;
        let mut earlier = 0.0;
        for ix in run.synapses.clone() {
            let neuron = rows.targets[ix];
            let kind = simulation.kinds().of(neuron);
            let cell = self.back(simulation, neuron, run.offset);
            let weight = f64::from(rows.weights.get(ix));
            let (by_weight, moved) = cell.adjoint.arrival(kind, receptor, weight);
            let place = self.places.of(part, group, ix);
            self.weights[place] += by_weight;
            self.delays[place] += moved;
            earlier += moved;
        }
        earlier
    }

    /// Takes a neuron back to a time.
    fn back(&mut self, simulation: &CpuStream, neuron: u32, to: f64) -> &mut Cell {
        let cell = &mut self.cells[neuron as usize];
        if cell.now > to && !cell.adjoint.is_zero() {
            let kind = simulation.kinds().of(neuron);
            cell.adjoint.back(kind, cell.now - to);
        }
        cell.now = to;
        cell
    }

    /// Adds what was found to the whole.
    pub fn add_to(self, gradient: &mut StreamGradient) {
        gradient.weights = self.weights;
        gradient.delays = self.delays;
        gradient.neuron_thresholds = self.thresholds;
        gradient.drives = self.drives;
        let potentials = self.cells.iter().map(|cell| cell.adjoint.potential);
        gradient.initial_potentials = potentials.collect();
        gradient.grazing = self.grazing;
    }
}
