//! The sensitivities of one partition's neurons, window by window.

use std::collections::HashMap;
use std::ops::Range;

use super::Underway;
use super::chosen::Chosen;
use super::neuron::{Arriving, Sensitivity, holds};
use crate::cpu::stream::happened::{Arrival, Happened, Origin};
use crate::cpu::stream::kinds::{Kind, Kinds};
use crate::cpu::stream::record::PartWindow;
use crate::cpu::stream::simulation::CpuStream;
use crate::dynamics::Propagator;
use crate::network::NetworkInRows;

/// One partition.
#[derive(Debug)]
pub(super) struct ForwardPart {
    number: usize,
    neurons: Range<u32>,
    slope_floor: f64,
    /// `None`: no column has reached the neuron.
    sensitivities: Vec<Option<Box<Sensitivity>>>,
    /// How the last spike of a neuron that is held moves.
    held: HashMap<u32, Vec<f64>>,
    is_special: Vec<bool>,
    /// Of the last window: neuron counted through the network, offset in ms, row.
    rows: Vec<(u32, f64, Vec<f64>)>,
    pub grazing: u64,
}

impl ForwardPart {
    pub fn new(network: &NetworkInRows, number: usize, chosen: &Chosen, slope_floor: f64) -> Self {
        let neurons = network.partitions[number].neurons.clone();
        let mut part = Self {
            number,
            slope_floor,
            sensitivities: vec![None; neurons.len()],
            held: HashMap::new(),
            is_special: vec![false; neurons.len()],
            rows: Vec::new(),
            grazing: 0,
            neurons,
        };
        for (neuron, column) in chosen.initial() {
            if part.neurons.contains(&neuron) {
                let ix = (neuron - part.neurons.start) as usize;
                Sensitivity::reached(&mut part.sensitivities[ix], chosen, network).potential
                    [column] = 1.0;
            }
        }
        part
    }

    /// How the time of a spike of the last window moves; `None` where it does not, or is of another partition.
    pub fn row_of(&self, neuron: u32, offset: f64) -> Option<Vec<f64>> {
        let found = self
            .rows
            .iter()
            .find(|(n, at, _)| (*n, *at) == (neuron, offset));
        found.map(|(_, _, row)| row.clone())
    }

    /// Goes on through a window of `window` ms.
    pub fn window(
        &mut self,
        simulation: &CpuStream,
        left: &PartWindow,
        underway: &Underway,
        chosen: &Chosen,
        window: f64,
    ) {
        let first = self.neurons.start;
        for (neuron, _) in left.happened_by_neuron() {
            self.is_special[(neuron - first) as usize] = true;
        }
        self.advance(simulation.kinds(), chosen.len());
        self.deliver(simulation, left, underway, chosen, window);
        self.special(simulation, left, underway, chosen, window);
        for (neuron, _) in left.happened_by_neuron() {
            self.is_special[(neuron - first) as usize] = false;
        }
    }

    /// Neurons without an event of their own, arrivals apart.
    fn advance(&mut self, kinds: &Kinds, columns: usize) {
        for (ix, sensitivity) in self.sensitivities.iter_mut().enumerate() {
            if let (Some(sensitivity), false) = (sensitivity, self.is_special[ix]) {
                let neuron = self.neurons.start + ix as u32;
                let kind = kinds.of(neuron);
                let is_held = self.held.contains_key(&neuron);
                let steps = (0..kind.receptors).map(|k| Propagator {
                    membrane: kind.membrane,
                    synapse: kind.synapse[k],
                    gain: kind.gain[k],
                });
                sensitivity.flow(steps, columns, is_held);
            }
        }
    }

    /// What arrivals have added to those by the window's end.
    fn deliver(
        &mut self,
        simulation: &CpuStream,
        left: &PartWindow,
        underway: &Underway,
        chosen: &Chosen,
        window: f64,
    ) {
        let network = simulation.network();
        let first = self.neurons.start;
        for run in &left.runs {
            let rows = &network.partitions[self.number].rows[run.group];
            let group = &network.groups[run.group];
            let shared = group.flow();
            let own = chosen.synapses(self.number, run.group, run.synapses.start, run.synapses.end);
            let row = underway.row(run.id);
            if own.is_empty() && row.is_none() {
                continue;
            }
            let mut own = own.iter().peekable();
            for ix in run.synapses.clone() {
                let neuron = rows.targets[ix];
                let local = (neuron - first) as usize;
                let is_own = |c: &&_| chosen.within(self.number, run.group, c) == ix;
                let has_own = own.peek().is_some_and(is_own);
                if self.is_special[local] || (row.is_none() && !has_own) {
                    while own.next_if(is_own).is_some() {}
                    continue;
                }
                let before_end = window - (run.base + f64::from(rows.delays.get(ix)));
                let differs = || simulation.kinds().of(neuron).flow.flows()[group.receptor];
                let flow = shared.unwrap_or_else(differs);
                let step = flow.propagator(before_end.clamp(0.0, window));
                let is_held = self.held.contains_key(&neuron);
                let sensitivity =
                    Sensitivity::reached(&mut self.sensitivities[local], chosen, network);
                let weight = f64::from(rows.weights.get(ix));
                let mut add = |column: usize, moved: f64, current: f64| {
                    let current = weight * flow.synapse_rate * moved + current;
                    sensitivity.currents[group.receptor * chosen.len() + column] +=
                        current * step.synapse;
                    if !is_held {
                        sensitivity.potential[column] +=
                            current * step.gain - weight * moved * step.membrane;
                    }
                };
                let moves = row.iter().flat_map(|row| row.iter().enumerate());
                moves
                    .filter(|(_, moved)| **moved != 0.0)
                    .for_each(|(column, moved)| add(column, *moved, 0.0));
                while let Some(own) = own.next_if(is_own) {
                    match own.is_delay {
                        true => add(own.column, 1.0, 0.0),
                        false => add(own.column, 0.0, 1.0),
                    }
                }
            }
        }
        for (ix, (driven, drive)) in left.driven.iter().zip(&network.drives).enumerate() {
            let shared = simulation.kinds().shared(drive.population);
            for column in chosen.drives(ix) {
                for &(neuron, offset) in driven {
                    let local = (neuron - first) as usize;
                    if self.is_special[local] {
                        continue;
                    }
                    let kind = shared.unwrap_or_else(|| simulation.kinds().of(neuron));
                    let flow = &kind.flow.flows()[drive.receptor];
                    let step = flow.propagator((window - offset).clamp(0.0, window));
                    let is_held = self.held.contains_key(&neuron);
                    let sensitivity =
                        Sensitivity::reached(&mut self.sensitivities[local], chosen, network);
                    sensitivity.currents[drive.receptor * chosen.len() + column] += step.synapse;
                    if !is_held {
                        sensitivity.potential[column] += step.gain;
                    }
                }
            }
        }
    }

    /// Neurons that fire or are released, event by event.
    fn special(
        &mut self,
        simulation: &CpuStream,
        left: &PartWindow,
        underway: &Underway,
        chosen: &Chosen,
        window: f64,
    ) {
        self.rows.clear();
        let network = simulation.network();
        for (neuron, happened) in left.happened_by_neuron() {
            let local = neuron - self.neurons.start;
            let population = simulation.kinds().population_of(neuron);
            let kind = simulation.kinds().of(neuron);
            let mut arrivals = left.arrivals_at(local).iter().peekable();
            let sensitivity =
                Sensitivity::reached(&mut self.sensitivities[local as usize], chosen, network);
            let mut now = 0.0;
            let mut is_held = self.held.contains_key(&neuron);
            let mut go_to = |sensitivity: &mut Sensitivity, to: f64, is_held: bool| {
                let steps = kind.flow.flows().iter();
                let steps = steps.map(|flow| flow.propagator(to - now));
                sensitivity.flow(steps, chosen.len(), is_held);
                now = to;
            };
            for (_, what) in happened {
                let (Happened::Spike { offset, slope } | Happened::Release { offset, slope }) =
                    *what;
                while let Some(arrival) = arrivals.next_if(|arrival| arrival.offset < offset) {
                    go_to(sensitivity, arrival.offset.max(0.0), is_held);
                    let place = (self.number, left);
                    meet(
                        sensitivity,
                        place,
                        arrival,
                        kind,
                        (underway, chosen),
                        is_held,
                    );
                }
                go_to(sensitivity, offset, is_held);
                if let Happened::Release { .. } = what {
                    let moved = self.held.remove(&neuron);
                    let moved = moved.expect("a neuron that is released was held by a spike");
                    sensitivity.release(slope, moved);
                    is_held = false;
                    continue;
                }
                let slowest = self.slope_floor * kind.slope_scale;
                self.grazing += u64::from(slope < slowest);
                let of = (population, neuron);
                let row = sensitivity.spike(kind, chosen, of, slope.max(slowest));
                if holds(kind) {
                    self.held.insert(neuron, row.clone());
                    is_held = true;
                }
                self.rows.push((neuron, offset, row));
            }
            for arrival in arrivals {
                go_to(sensitivity, arrival.offset.clamp(0.0, window), is_held);
                let place = (self.number, left);
                meet(
                    sensitivity,
                    place,
                    arrival,
                    kind,
                    (underway, chosen),
                    is_held,
                );
            }
            go_to(sensitivity, window, is_held);
        }
    }
}

/// An arrival at a neuron that is taken event by event, now.
fn meet(
    sensitivity: &mut Sensitivity,
    (part, left): (usize, &PartWindow),
    arrival: &Arrival,
    kind: &Kind,
    (underway, chosen): (&Underway, &Chosen),
    is_held: bool,
) {
    let receptor = usize::from(arrival.receptor);
    match arrival.from {
        Origin::Drive(drive) => sensitivity.driven(chosen, drive as usize, receptor),
        Origin::Synapse { run, within } => {
            let run = &left.runs[run as usize];
            let arriving = Arriving {
                receptor,
                weight: arrival.weight,
                row: underway.row(run.id),
                synapse: (part, run.group, run.synapses.start + within as usize),
            };
            sensitivity.meet(kind, chosen, &arriving, is_held);
        }
    }
}
