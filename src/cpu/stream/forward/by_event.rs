//! Sensitivities along the log of a network that goes from event to event.

use super::Underway;
use super::chosen::Chosen;
use super::neuron::{Arriving, Sensitivity, holds};
use crate::cpu::stream::events::{Entry, Run};
use crate::cpu::stream::simulation::CpuStream;
use crate::network::NetworkInRows;

/// A neuron.
#[derive(Debug, Clone, Default)]
struct Cell {
    /// `None`: no column has reached the neuron.
    sensitivity: Option<Box<Sensitivity>>,
    /// Since the block's start, in ms.
    now: f64,
    /// How its last spike moves, while it is held.
    held: Option<Vec<f64>>,
}

/// All neurons.
#[derive(Debug)]
pub(super) struct ForwardEvents {
    cells: Vec<Cell>,
    slope_floor: f64,
    pub grazing: u64,
}

impl ForwardEvents {
    pub fn new(network: &NetworkInRows, chosen: &Chosen, slope_floor: f64) -> Self {
        let mut cells = vec![Cell::default(); network.neurons()];
        for (neuron, column) in chosen.initial() {
            let sensitivity = &mut cells[neuron as usize].sensitivity;
            Sensitivity::reached(sensitivity, chosen, network).potential[column] = 1.0;
        }
        Self {
            cells,
            slope_floor,
            grazing: 0,
        }
    }

    /// Goes on through a block; `underway` gets how its spikes move.
    pub fn block(
        &mut self,
        simulation: &CpuStream,
        log: &[Entry],
        underway: &mut Underway,
        chosen: &Chosen,
    ) {
        let network = simulation.network();
        for entry in log {
            match *entry {
                Entry::Spike {
                    neuron,
                    offset,
                    slope,
                    id,
                } => {
                    let population = simulation.kinds().population_of(neuron);
                    let kind = simulation.kinds().of(neuron);
                    let slowest = self.slope_floor * kind.slope_scale;
                    self.grazing += u64::from(slope < slowest);
                    let cell = self.advance(simulation, neuron, offset, chosen);
                    let reached = Sensitivity::reached(&mut cell.sensitivity, chosen, network);
                    let of = (population, neuron);
                    let row = reached.spike(kind, chosen, of, slope.max(slowest));
                    cell.held = holds(kind).then(|| row.clone());
                    underway.set(id, Some(row));
                }
                Entry::Release {
                    neuron,
                    offset,
                    slope,
                } => {
                    let cell = self.advance(simulation, neuron, offset, chosen);
                    if let (Some(own), Some(moved)) = (&mut cell.sensitivity, cell.held.take()) {
                        own.release(slope, moved);
                    }
                }
                Entry::Driven {
                    drive,
                    neuron,
                    offset,
                } => {
                    let drive = drive as usize;
                    let cell = self.advance(simulation, neuron, offset, chosen);
                    if chosen.drives(drive).next().is_some() {
                        let receptor = network.drives[drive].receptor;
                        Sensitivity::reached(&mut cell.sensitivity, chosen, network)
                            .driven(chosen, drive, receptor);
                    }
                }
                Entry::Run(ref run) => self.run(simulation, run, underway, chosen),
            }
        }
        for neuron in 0..self.cells.len() as u32 {
            let cell = self.advance(simulation, neuron, simulation.window(), chosen);
            cell.now = 0.0;
        }
    }

    /// A spike reaches some synapses.
    fn run(&mut self, simulation: &CpuStream, run: &Run, underway: &Underway, chosen: &Chosen) {
        let network = simulation.network();
        let (part, group) = (run.part as usize, run.group as usize);
        let rows = &network.partitions[part].rows[group];
        let row = underway.row(run.id);
        for ix in run.synapses.clone() {
            let neuron = rows.targets[ix];
            if row.is_none() && chosen.synapses(part, group, ix, ix + 1).is_empty() {
                // Steps in time are those of the simulation, so that no column's bits depend on what else has one.
                self.advance(simulation, neuron, run.offset, chosen);
                continue;
            }
            let arriving = Arriving {
                receptor: network.groups[group].receptor,
                weight: f64::from(rows.weights.get(ix)),
                row,
                synapse: (part, group, ix),
            };
            let kind = simulation.kinds().of(neuron);
            let cell = self.advance(simulation, neuron, run.offset, chosen);
            let is_held = cell.held.is_some();
            Sensitivity::reached(&mut cell.sensitivity, chosen, network)
                .meet(kind, chosen, &arriving, is_held);
        }
    }

    /// Takes a neuron to a time.
    fn advance(
        &mut self,
        simulation: &CpuStream,
        neuron: u32,
        to: f64,
        chosen: &Chosen,
    ) -> &mut Cell {
        let cell = &mut self.cells[neuron as usize];
        if let Some(sensitivity) = &mut cell.sensitivity
            && to > cell.now
        {
            let flows = simulation.kinds().of(neuron).flow.flows().iter();
            let steps = flows.map(|flow| flow.propagator(to - cell.now));
            sensitivity.flow(steps, chosen.len(), cell.held.is_some());
        }
        cell.now = to;
        cell
    }
}
