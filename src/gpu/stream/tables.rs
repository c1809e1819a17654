//! Neurons and drives of a large network in device memory.

use super::layout::{SparseCell, SparseDrive, SparseNext, SparsePopulation, SparseState};
use crate::dynamics::Flow;
use crate::gpu::layout::{NEVER, NONE};
use crate::network::{
    Draws, NetworkInRows, PoissonDrive, PopulationInRows as Described, Purpose, Reset, word_to_unit,
};

/// Part of the sizes of a population's potentials that their bounds may be off by: far above what single precision
/// loses, far below what matters.
const SLIVER: f64 = 1e-5;

/// What the device holds of a network beside its synapses, at time 0.
#[derive(Debug)]
pub(super) struct Tables {
    pub populations: Vec<SparsePopulation>,
    /// In order of their populations.
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
        for (number, population) in network.populations().iter().enumerate() {
            let first_drive = tables.drives.len() as u32;
            for (stream, drive, rate) in coming(network, number) {
                tables.push_drive(network, stream, (drive, rate), window);
            }
            let n_drives = tables.drives.len() as u32 - first_drive;
            tables.populations.push(SparsePopulation {
                first_drive,
                n_drives,
                ..constants(population, window)
            });
            let states = population
                .neurons
                .clone()
                .map(|neuron| initial(network, population, neuron));
            tables.states.extend(states);
        }
        tables
    }

    fn push_drive(
        &mut self,
        network: &NetworkInRows,
        stream: usize,
        (drive, rate): (&PoissonDrive, f64),
        window: f64,
    ) {
        let draws = Draws::new(network.seed, Purpose::Drive, stream);
        let ([key0, key1], stream) = draws.address();
        self.drives.push(SparseDrive {
            mean: ((1.0 / rate) as f32).min(NEVER),
            weight: drive.weight as f32,
            receptor: drive.receptor as u32,
            first: self.upcoming.len() as u32,
            key0,
            key1,
            stream,
            reserved: 0,
        });
        let neurons = network.populations()[drive.population].neurons.clone();
        self.upcoming.extend(neurons.map(|neuron| {
            let [word, ..] = draws.words(neuron, 0);
            let time = -word_to_unit(word).ln() / rate;
            let number = (time / window).floor();
            SparseNext {
                // A conversion saturates: what is beyond the last window never comes.
                window: number as u32,
                offset: (time - number * window).clamp(0.0, window) as f32,
                number: 0,
            }
        }));
    }
}

/// The drives of a population, with their numbers and rates. One that never comes would need an infinite interval; what changes
/// in time was refused.
fn coming(
    network: &NetworkInRows,
    population: usize,
) -> impl Iterator<Item = (usize, &PoissonDrive, f64)> {
    let drives = network.drives.iter().enumerate();
    drives.filter_map(move |(number, drive)| {
        let rate = drive.rate.constant().filter(|rate| *rate > 0.0)?;
        (drive.population == population).then_some((number, drive, rate))
    })
}

/// The numbers of all drives that come, in the order of the tables.
pub(super) fn in_order(network: &NetworkInRows) -> impl Iterator<Item = usize> {
    let populations = 0..network.populations().len();
    populations.flat_map(|population| coming(network, population).map(|(number, ..)| number))
}

/// What a population's neurons have in common, but for drives.
fn constants(population: &Described, window: f64) -> SparsePopulation {
    // What differs from neuron to neuron, and readouts, were refused: the first stands for all.
    let neuron = &population.neuron;
    let tau_membrane = neuron.tau_membrane.get(0);
    let rate = 1.0 / tau_membrane;
    let (mut rates, mut synapse, mut gain) = ([0.0; 4], [0.0; 4], [0.0; 4]);
    for (k, tau) in neuron.tau_synapse.iter().enumerate() {
        let flow = Flow::new(tau_membrane, tau.get(0));
        rates[k] = flow.synapse_rate as f32;
        synapse[k] = (-flow.synapse_rate * window).exp_m1() as f32;
        gain[k] = flow.propagator(window).gain as f32;
    }
    let rest = neuron.rest.get(0);
    let threshold = neuron.threshold.as_ref().map_or(f64::MAX, |all| all.get(0));
    let (reset, hold) = match &neuron.reset {
        Reset::Subtract => (threshold - rest - threshold, None),
        Reset::To {
            potential,
            refractory,
        } => (potential.get(0) - rest, Some(refractory.get(0))),
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
        threshold: threshold as f32,
        reset_potential: reset as f32,
        is_held: hold.is_some().into(),
        held_windows: whole as u32,
        held_rest: (refractory - whole * window).clamp(0.0, window) as f32,
        n_receptors: neuron.tau_synapse.len() as u32,
        first_neuron: population.neurons.start,
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
    let potential = population.initial(network.seed, neuron, None) - population.neuron.rest.get(0);
    (cell.potential, cell.lost) = split(potential);
    SparseState {
        cell,
        release_window: NONE,
        ..SparseState::default()
    }
}
