//! The neurons of one partition, window by window backward.

use std::ops::Range;

use super::StreamGradient;
use super::neuron::Adjoint;
use crate::cpu::stream::happened::{Arrival, Happened, Origin};
use crate::cpu::stream::kinds::Kind;
use crate::cpu::stream::record::{PartWindow, of_neuron};
use crate::cpu::stream::simulation::CpuStream;
use crate::dynamics::{ArrivalJump, release_derivative};
use crate::network::NetworkInRows;

/// One partition on the way back.
#[derive(Debug)]
pub(super) struct ReversePart {
    number: usize,
    neurons: Range<u32>,
    /// For each neuron, at the start of the last window that was gone back through.
    adjoints: Vec<Adjoint>,
    /// For each neuron what releases after its next spike back add to that spike.
    pending: Vec<f64>,
    is_special: Vec<bool>,
    /// Where each group's synapses begin in the partition's gradient.
    places: Vec<usize>,
    weights: Vec<f64>,
    delays: Vec<f64>,
    /// For each neuron.
    thresholds: Vec<f64>,
    /// For each drive.
    pub drives: Vec<f64>,
    grazing: u64,
    /// What the last window's arrivals add to the spikes that they come from.
    pub earlier: Vec<(u64, f64)>,
}

impl ReversePart {
    pub fn new(network: &NetworkInRows, number: usize) -> Self {
        let partition = &network.partitions[number];
        let n = partition.neurons.len();
        let mut places = Vec::new();
        let mut synapses = 0;
        for rows in &partition.rows {
            places.push(synapses);
            synapses += rows.len();
        }
        Self {
            number,
            neurons: partition.neurons.clone(),
            adjoints: vec![Adjoint::default(); n],
            pending: vec![0.0; n],
            is_special: vec![false; n],
            places,
            weights: vec![0.0; synapses],
            delays: vec![0.0; synapses],
            thresholds: vec![0.0; n],
            drives: vec![0.0; network.drives.len()],
            grazing: 0,
            earlier: Vec::new(),
        }
    }

    /// Goes back through a window of `window` ms. `own`: dL/d(spike time) of the window's spikes, by neuron, then time.
    pub fn window(
        &mut self,
        simulation: &CpuStream,
        left: &PartWindow,
        own: &[(u32, f64)],
        window: f64,
        slope_floor: f64,
    ) {
        let first = self.neurons.start;
        for (neuron, _) in &left.happened {
            self.is_special[(neuron - first) as usize] = true;
        }
        self.earlier.clear();
        self.earlier
            .extend(left.runs.iter().map(|run| (run.id, 0.0)));
        self.arrivals(simulation, left, window);
        self.driven(simulation, left, window);
        self.special(simulation, left, own, window, slope_floor);
        for (piece, kind) in simulation.kinds().pieces(self.neurons.clone()) {
            let piece = (piece.start - first) as usize..(piece.end - first) as usize;
            let special = &mut self.is_special[piece.clone()];
            let adjoints = &mut self.adjoints[piece];
            for (adjoint, is_special) in adjoints.iter_mut().zip(special) {
                // Those that fire or are released have been taken back already.
                if !std::mem::take(is_special) {
                    for k in 0..kind.receptors {
                        adjoint.currents[k] = adjoint.currents[k] * kind.synapse[k]
                            + adjoint.potential * kind.gain[k];
                    }
                    adjoint.potential *= kind.membrane;
                }
            }
        }
    }

    /// What arrivals over synapses find.
    fn arrivals(&mut self, simulation: &CpuStream, left: &PartWindow, window: f64) {
        let (network, kinds) = (simulation.network(), simulation.kinds());
        let first = self.neurons.start;
        for (number, run) in left.runs.iter().enumerate() {
            let rows = &network.partitions[self.number].rows[run.group];
            let group = &network.groups[run.group];
            let shared = group.flow();
            let mut earlier = 0.0;
            for ix in run.synapses.clone() {
                let neuron = rows.targets[ix] - first;
                let offset = run.base + f64::from(rows.delays.get(ix));
                let place = self.places[run.group] + ix;
                let adjoint = &self.adjoints[neuron as usize];
                if self.is_special[neuron as usize] {
                    continue;
                }
                let current = adjoint.currents[group.receptor];
                if adjoint.potential == 0.0 && current == 0.0 {
                    continue;
                }
                let own = || kinds.of(rows.targets[ix]).flow.flows()[group.receptor];
                let flow = shared.unwrap_or_else(own);
                let step = flow.propagator((window - offset).clamp(0.0, window));
                let current = current * step.synapse + adjoint.potential * step.gain;
                let potential = adjoint.potential * step.membrane;
                let weight = f64::from(rows.weights.get(ix));
                let moved =
                    ArrivalJump::new(weight, flow.synapse_rate).transposed(potential, current);
                self.weights[place] += current;
                self.delays[place] += moved;
                earlier += moved;
            }
            self.earlier[number].1 += earlier;
        }
    }

    /// What arrivals of drives find.
    fn driven(&mut self, simulation: &CpuStream, left: &PartWindow, window: f64) {
        let first = self.neurons.start;
        let (drives, kinds) = (&simulation.network().drives, simulation.kinds());
        for (ix, (driven, drive)) in left.driven.iter().zip(drives).enumerate() {
            let shared = kinds.shared(drive.population);
            for &(neuron, offset) in driven {
                let neuron = neuron - first;
                let adjoint = &self.adjoints[neuron as usize];
                if self.is_special[neuron as usize] {
                    continue;
                }
                let current = adjoint.currents[drive.receptor];
                if adjoint.potential == 0.0 && current == 0.0 {
                    continue;
                }
                let kind = shared.unwrap_or_else(|| kinds.of(first + neuron));
                let flow = &kind.flow.flows()[drive.receptor];
                let step = flow.propagator((window - offset).clamp(0.0, window));
                self.drives[ix] += current * step.synapse + adjoint.potential * step.gain;
            }
        }
    }

    /// Takes the neurons that fire or are released back, event by event.
    fn special(
        &mut self,
        simulation: &CpuStream,
        left: &PartWindow,
        own: &[(u32, f64)],
        window: f64,
        slope_floor: f64,
    ) {
        let first = self.neurons.start;
        for (neuron, happened) in left.happened_by_neuron() {
            let ix = (neuron - first) as usize;
            let kind = simulation.kinds().of(neuron);
            let mut spikes = own[of_neuron(own, neuron)].iter().rev();
            let mut arrivals = left.arrivals_at(ix as u32).iter().rev().peekable();
            let mut adjoint = self.adjoints[ix];
            let mut now = window;
            for (_, what) in happened.iter().rev() {
                let (Happened::Spike { offset, slope } | Happened::Release { offset, slope }) =
                    *what;
                // At one time a spike comes before an arrival, and so after it on the way back.
                while let Some(arrival) = arrivals.next_if(|arrival| arrival.offset >= offset) {
                    let at = arrival.offset.clamp(offset, now);
                    adjoint.back(kind, now - at);
                    now = at;
                    self.meet(left, kind, &adjoint, arrival);
                }
                adjoint.back(kind, now - offset);
                now = offset;
                if let Happened::Release { .. } = what {
                    self.pending[ix] += release_derivative(slope) * adjoint.potential;
                    adjoint.potential = 0.0;
                    continue;
                }
                let (_, ell) = spikes
                    .next()
                    .expect("every spike of the window is in the list");
                let ell = ell + std::mem::take(&mut self.pending[ix]);
                let found = adjoint.spike(kind, slope, slope_floor, ell);
                self.grazing += u64::from(found.is_grazing);
                self.thresholds[ix] += found.threshold;
            }
            for arrival in arrivals {
                let at = arrival.offset.clamp(0.0, now);
                adjoint.back(kind, now - at);
                now = at;
                self.meet(left, kind, &adjoint, arrival);
            }
            adjoint.back(kind, now);
            self.adjoints[ix] = adjoint;
        }
    }

    fn meet(&mut self, left: &PartWindow, kind: &Kind, adjoint: &Adjoint, arrival: &Arrival) {
        let receptor = usize::from(arrival.receptor);
        let (current, moved) = adjoint.arrival(kind, receptor, arrival.weight);
        match arrival.from {
            Origin::Drive(drive) => self.drives[drive as usize] += current,
            Origin::Synapse {
                run: number,
                within,
            } => {
                let run = &left.runs[number as usize];
                let place = self.places[run.group] + run.synapses.start + within as usize;
                self.weights[place] += current;
                self.delays[place] += moved;
                self.earlier[number as usize].1 += moved;
            }
        }
    }

    /// Adds what was found to the whole.
    pub fn add_to(self, gradient: &mut StreamGradient) {
        gradient.weights.extend(self.weights);
        gradient.delays.extend(self.delays);
        gradient.neuron_thresholds.extend(self.thresholds);
        let drives = gradient.drives.iter_mut().zip(&self.drives);
        drives.for_each(|(all, own)| *all += own);
        let potentials = self.adjoints.iter().map(|adjoint| adjoint.potential);
        gradient.initial_potentials.extend(potentials);
        gradient.grazing += self.grazing;
    }
}
