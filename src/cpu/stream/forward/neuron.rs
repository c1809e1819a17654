//! The sensitivities of one neuron, through what happens to it.

use super::chosen::Chosen;
use crate::cpu::stream::kinds::Kind;
use crate::dynamics::{ArrivalJump, Propagator, ResetRule, release_derivative};
use crate::network::NetworkInRows;

/// For each column the sensitivity of the potential, then those of each current.
#[derive(Debug, Clone)]
pub(super) struct Sensitivity {
    pub potential: Vec<f64>,
    /// `[receptor x column]`.
    pub currents: Vec<f64>,
}

/// An arrival over a synapse that has columns, or of a spike that moves.
pub(super) struct Arriving<'a> {
    pub receptor: usize,
    pub weight: f64,
    /// How the spike moves; `None` where it does not.
    pub row: Option<&'a [f64]>,
    /// Which partition and which group, and which synapse of its rows.
    pub synapse: (usize, usize, usize),
}

impl Sensitivity {
    fn new(network: &NetworkInRows, chosen: &Chosen) -> Self {
        Self {
            potential: vec![0.0; chosen.len()],
            currents: vec![0.0; chosen.len() * network.receptors()],
        }
    }

    /// That of a neuron which a column reaches.
    pub fn reached<'s>(
        sensitivity: &'s mut Option<Box<Self>>,
        chosen: &Chosen,
        network: &NetworkInRows,
    ) -> &'s mut Self {
        sensitivity.get_or_insert_with(|| Box::new(Self::new(network, chosen)))
    }

    /// Over an interval without events; `steps` are the flows with each current alone. While V is held it does not move.
    pub fn flow(&mut self, steps: impl Iterator<Item = Propagator>, columns: usize, is_held: bool) {
        let currents = self.currents.chunks_mut(columns.max(1));
        for (k, (step, currents)) in steps.zip(currents).enumerate() {
            for (current, potential) in currents.iter_mut().zip(&mut self.potential) {
                if !is_held {
                    let decay = if k == 0 { step.membrane } else { 1.0 };
                    *potential = *potential * decay + *current * step.gain;
                }
                *current *= step.synapse;
            }
        }
    }

    /// An arrival of a drive now.
    pub fn driven(&mut self, chosen: &Chosen, drive: usize, receptor: usize) {
        for column in chosen.drives(drive) {
            self.currents[receptor * chosen.len() + column] += 1.0;
        }
    }

    /// An arrival over a synapse now.
    pub fn meet(&mut self, kind: &Kind, chosen: &Chosen, arriving: &Arriving, is_held: bool) {
        let columns = chosen.len();
        let receptor = arriving.receptor;
        let rate = kind.flow.flows()[receptor].synapse_rate;
        let currents = &mut self.currents[receptor * columns..(receptor + 1) * columns];
        let jump = ArrivalJump::new(arriving.weight, rate);
        let mut add = |column: usize, moved: f64| {
            currents[column] += jump.current * moved;
            if !is_held {
                self.potential[column] += jump.potential * moved;
            }
        };
        if let Some(row) = arriving.row {
            row.iter()
                .enumerate()
                .for_each(|(column, moved)| add(column, *moved));
        }
        let (part, group, ix) = arriving.synapse;
        let own = chosen.synapses(part, group, ix, ix + 1);
        own.iter()
            .filter(|own| own.is_delay)
            .for_each(|own| add(own.column, 1.0));
        for own in own.iter().filter(|own| !own.is_delay) {
            currents[own.column] += 1.0;
        }
    }

    /// A spike of a neuron, counted through the network, of a population: how its time moves. `slope` is bounded from below.
    pub fn spike(
        &mut self,
        kind: &Kind,
        chosen: &Chosen,
        (population, neuron): (usize, u32),
        slope: f64,
    ) -> Vec<f64> {
        let jump = kind.spike_jump(slope);
        let potentials = self.potential.iter();
        let mut row: Vec<f64> = potentials.map(|&v| jump.time(v, 0.0)).collect();
        for column in chosen.thresholds(population, neuron) {
            row[column] = jump.time(self.potential[column], 1.0);
        }
        let potential = self.potential.iter_mut().zip(&row);
        potential.for_each(|(v, &moved)| *v = jump.forward(*v, moved, 0.0));
        for column in chosen.thresholds(population, neuron) {
            self.potential[column] += jump.by_threshold;
        }
        row
    }

    /// A release at the given slope, after a spike that `moved`.
    pub fn release(&mut self, slope: f64, moved: Vec<f64>) {
        let potential = self.potential.iter_mut().zip(moved);
        potential.for_each(|(potential, moved)| *potential = release_derivative(slope) * moved);
    }
}

/// Whether a spike holds the potential.
pub(super) fn holds(kind: &Kind) -> bool {
    matches!(kind.reset, ResetRule::To { .. })
}
