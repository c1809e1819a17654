//! Neurons and drives of a large network in device memory.

use std::ops::Range;

use super::layout::{SparseCell, SparseDrive, SparseNext, SparsePopulation, SparseState};
use crate::dynamics::Flow;
use crate::gpu::layout::{NEVER, NONE};
use crate::network::{
    Intervals, NetworkInRows, PoissonDrive, PoissonRate, PopulationInRows as Described, Reset,
    drive_draws,
};

/// Part of the sizes of a population's potentials that their bounds may be off by: far above what single precision
/// loses, far below what matters.
const SLIVER: f64 = 1e-5;

/// What the device holds of a network beside its synapses, at time 0.
#[derive(Debug)]
pub(super) struct Tables {
    /// One for each population; for one whose neurons differ one for each of them, but for those that are as the one before.
    pub populations: Vec<SparsePopulation>,
    /// In order of their populations; then the changes of their rates.
    pub drives: Vec<SparseDrive>,
    pub states: Vec<SparseState>,
    /// For each drive, for each neuron.
    pub upcoming: Vec<SparseNext>,
}

impl Tables {
    /// In windows of `window` ms.
    pub fn new(network: &NetworkInRows, window: f64) -> Self {
        let mut tables = Self {
            populations: Vec::new(),
            drives: Vec::new(),
            states: Vec::with_capacity(network.neurons()),
            upcoming: Vec::new(),
        };
        let mut changes = Vec::new();
        for (number, population) in network.populations().iter().enumerate() {
            let first_drive = tables.drives.len() as u32;
            for (stream, drive) in coming(network, number) {
                tables.push_drive(network, stream, drive, window);
                changes.push(changes_of(&drive.rate, window));
            }
            let n_drives = tables.drives.len() as u32 - first_drive;
            for own in kinds(population) {
                let kind = SparsePopulation {
                    first_drive,
                    n_drives,
                    ..constants(population, own, window)
                };
                tables.push_kind(kind, own);
            }
            let states = population
                .neurons
                .clone()
                .map(|neuron| initial(network, population, neuron));
            tables.states.extend(states);
        }
        for (drive, changes) in changes.into_iter().enumerate() {
            tables.drives[drive].first_change = tables.drives.len() as u32;
            tables.drives[drive].n_changes = changes.len() as u32;
            tables.drives.extend(changes);
        }
        tables
    }

    /// Adds a kind, unless it is number `own` of a population and as the one before.
    fn push_kind(&mut self, kind: SparsePopulation, own: usize) {
        let is_same = |last: &SparsePopulation| {
            let first_neuron = last.first_neuron;
            bytemuck::bytes_of(last)
                == bytemuck::bytes_of(&SparsePopulation {
                    first_neuron,
                    ..kind
                })
        };
        if own == 0 || !self.populations.last().is_some_and(is_same) {
            self.populations.push(kind);
        }
    }

    fn push_drive(
        &mut self,
        network: &NetworkInRows,
        stream: usize,
        drive: &PoissonDrive,
        window: f64,
    ) {
        let draws = drive_draws(network.seed, stream);
        let ([key0, key1], stream) = draws.address();
        let neurons = network.populations()[drive.population].neurons.clone();
        let place = self.upcoming.len() as u32;
        self.drives.push(SparseDrive {
            mean: drive.rate.constant().map_or(0.0, mean),
            weight: drive.weight as f32,
            receptor: drive.receptor as u32,
            first: place.wrapping_sub(neurons.start),
            key0,
            key1,
            stream,
            ..SparseDrive::default()
        });
        self.upcoming.extend(neurons.map(|neuron| {
            let interval = Intervals::new(&draws, neuron, 0).next();
            let (window, offset) = within(drive.first_arrival(interval), window);
            SparseNext {
                window,
                offset,
                number: 0,
            }
        }));
    }
}

/// A time in ms as a window of `window` ms and an offset. What is beyond the last window never comes.
fn within(time: f64, window: f64) -> (u32, f32) {
    let number = (time / window).floor();
    if number >= f64::from(NONE) {
        return (NONE, 0.0);
    }
    let offset = (time - number * window).clamp(0.0, window);
    (number as u32, offset as f32)
}

/// The mean of intervals at a rate in 1/ms; zero where none come.
fn mean(rate: f64) -> f32 {
    if rate > 0.0 {
        ((1.0 / rate) as f32).min(NEVER)
    } else {
        0.0
    }
}

/// The changes of a rate, in windows of `window` ms.
fn changes_of(rate: &PoissonRate, window: f64) -> Vec<SparseDrive> {
    let PoissonRate::Changing(changes) = rate else {
        return Vec::new();
    };
    let change = |&(time, rate): &(f64, f64)| {
        let (window, offset) = within(time, window);
        SparseDrive {
            mean: mean(rate),
            window,
            offset,
            ..SparseDrive::default()
        }
    };
    changes.iter().map(change).collect()
}

/// The drives of a population, with their numbers. One that never comes would need an infinite interval.
fn coming(
    network: &NetworkInRows,
    population: usize,
) -> impl Iterator<Item = (usize, &PoissonDrive)> {
    let drives = network.drives.iter().enumerate();
    drives.filter(move |(_, drive)| drive.population == population && drive.rate.most() > 0.0)
}

/// Which neurons of a population, counted through it, may be of another kind than the one before.
pub(super) fn kinds(population: &Described) -> Range<usize> {
    match population.neuron.is_uniform() {
        true => 0..1,
        false => 0..population.neurons.len(),
    }
}

/// How many kinds of neurons there are at most.
pub(super) fn most_kinds(network: &NetworkInRows) -> u32 {
    let of = |population| kinds(population).len() as u32;
    network.populations().iter().map(of).sum()
}

/// The numbers of all drives that come, in the order of the tables.
pub(super) fn in_order(network: &NetworkInRows) -> impl Iterator<Item = usize> {
    let populations = 0..network.populations().len();
    populations.flat_map(|population| coming(network, population).map(|(number, ..)| number))
}

/// What neuron number `own` of a population is, but for drives.
fn constants(population: &Described, own: usize, window: f64) -> SparsePopulation {
    let neuron = &population.neuron;
    let tau_membrane = neuron.tau_membrane.get(own);
    let rate = 1.0 / tau_membrane;
    let (mut rates, mut synapse, mut gain) = ([0.0; 4], [0.0; 4], [0.0; 4]);
    for (k, tau) in neuron.tau_synapse.iter().enumerate() {
        let flow = Flow::new(tau_membrane, tau.get(own));
        rates[k] = flow.synapse_rate as f32;
        synapse[k] = (-flow.synapse_rate * window).exp_m1() as f32;
        gain[k] = flow.propagator(window).gain as f32;
    }
    let rest = neuron.rest.get(own);
    // A readout is never reset.
    let given = neuron.threshold.as_ref().map(|all| all.get(own));
    let threshold = given.unwrap_or(0.0);
    let (reset, hold) = match &neuron.reset {
        Reset::Subtract => (threshold - rest - threshold, None),
        Reset::To {
            potential,
            refractory,
        } => (potential.get(own) - rest, Some(refractory.get(own))),
    };
    let threshold = threshold - rest;
    let refractory = hold.unwrap_or(0.0);
    let whole = (refractory / window).floor();
    SparsePopulation {
        synapse_rates: rates,
        window_synapse: synapse,
        window_gain: gain,
        membrane_rate: rate as f32,
        window_membrane: (-rate * window).exp_m1() as f32,
        threshold: given.map_or(NEVER, |_| threshold as f32),
        reset_potential: reset as f32,
        is_held: hold.is_some().into(),
        held_windows: whole as u32,
        held_rest: (refractory - whole * window).clamp(0.0, window) as f32,
        n_receptors: neuron.tau_synapse.len() as u32,
        first_neuron: population.neurons.start + own as u32,
        first_drive: 0,
        n_drives: 0,
        sliver: (SLIVER * (threshold.abs() + reset.abs())) as f32,
    }
}

fn initial(network: &NetworkInRows, population: &Described, neuron: u32) -> SparseState {
    let receptors = 0..population.neuron.tau_synapse.len();
    let split = |value: f64| (value as f32, (value - f64::from(value as f32)) as f32);
    let mut cell = SparseCell::default();
    for k in receptors {
        let current = population.initial(network.seed, neuron, Some(k));
        (cell.currents[k], cell.lost_currents[k]) = split(current);
    }
    let rest = population.neuron.rest.get(population.own(neuron));
    let potential = population.initial(network.seed, neuron, None) - rest;
    (cell.potential, cell.lost) = split(potential);
    SparseState {
        cell,
        release_window: NONE,
        ..SparseState::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Network, Neuron};

    #[test]
    fn neighbours_that_are_alike_share_a_kind() {
        let mut network = Network::builder().seed(1);
        let base = Neuron::leaky_integrate_and_fire;
        let steps = base().threshold(vec![9.0, 9.0, 9.0, 8.0, 9.0, 7.0]);
        let steps = network.population("steps", 6, steps);
        network.population("alike", 3, base());
        network.population("readout", 2, Neuron::leaky_integrator());
        network.poisson(steps, 0, 2.0, 1.0);
        let network = network.build_in_rows().expect("it is a network");
        assert_eq!(most_kinds(&network), 8);
        let tables = Tables::new(&network, 0.5);
        let found: Vec<_> = tables
            .populations
            .iter()
            .map(|kind| (kind.first_neuron, kind.threshold, kind.n_drives))
            .collect();
        let alike = base().threshold.map_or(0.0, |all| all.get(0)) as f32;
        let expected = [
            (0, 9.0, 1),
            (3, 8.0, 1),
            (4, 9.0, 1),
            (5, 7.0, 1),
            (6, alike, 0),
            (9, NEVER, 0),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn changes_of_rates_lie_after_the_drives() {
        let mut network = Network::builder().seed(1);
        let first = network.population("first", 2, Neuron::leaky_integrate_and_fire());
        let second = network.population("second", 3, Neuron::leaky_integrate_and_fire());
        network.poisson(
            second,
            0,
            PoissonRate::from(vec![(0.75, 4.0), (2.0, 0.0)]),
            1.0,
        );
        network.poisson(first, 0, 0.0, 1.0);
        network.poisson(second, 0, 0.5, 1.0);
        network.poisson(second, 0, PoissonRate::from(vec![(1.0, 0.0)]), 1.0);
        let network = network.build_in_rows().expect("it is a network");
        let tables = Tables::new(&network, 0.5);
        let drives = &tables.drives;
        let lists: Vec<_> = drives
            .iter()
            .map(|d| (d.first_change, d.n_changes))
            .collect();
        assert_eq!(lists, [(2, 2), (4, 0), (0, 0), (0, 0)]);
        let changes: Vec<_> = drives[2..]
            .iter()
            .map(|d| (d.mean, d.window, d.offset))
            .collect();
        assert_eq!(changes, [(0.25, 1, 0.25), (0.0, 4, 0.0)]);
        assert_eq!((drives[0].mean, drives[1].mean), (0.0, 2.0));
        // Neuron 2 is the first of its population.
        let places = [drives[0].first, drives[1].first].map(|first| first.wrapping_add(2));
        assert_eq!((places, tables.upcoming.len()), ([0, 3], 6));
        let is_after = |next: &SparseNext| (next.window, next.offset) >= (1, 0.25);
        assert!(tables.upcoming[..3].iter().all(is_after));
    }
}
