//! Which parameters are trained, and how fast each kind of them.

use std::ops::Range;

use super::Trainer;
use super::time_constants::{Slot, TimeConstant};
use crate::network::{Network, PopulationId, ProjectionId, Reset};
use crate::{Error, GradientOptions, Result};

/// The share of its first distance from what it must stay above that a threshold keeps.
const THRESHOLD_SHARE: f64 = 0.01;

/// The floor of a value that has none.
const NO_FLOOR: f64 = f64::MIN;

/// Weights and delays by projection, thresholds and time constants by population, each with a learning rate of its own.
///
/// A rate is given as a multiple of the trainer's learning rate, so that one schedule serves all: the step
/// that the optimiser makes is multiplied by it. What is not named here stays as it is, bit for bit.
///
/// After each step values are projected back to where a network can be run:
///
/// * a delay to zero or more;
/// * a threshold to a floor above the potential after a reset and the initial potential (above zero
///   and the initial potential where the reset subtracts): it keeps a hundredth of the distance that the
///   network was built with.
///
/// Steps of a time constant are taken in its logarithm: with g = dL/d(tau) the optimiser sees tau g, and its step s makes
/// of tau `tau exp(multiple s)`. So it stays above zero, and a rate says by which share it changes. One that all
/// neurons of a population share is one parameter; given as a list, each neuron's is trained by itself.
///
/// ```
/// use spikefront::network::{Network, Neuron, Projection};
/// use spikefront::train::{ParameterGroups, TrainerSettings};
/// # use spikefront::network::Distribution;
/// # let mut network = Network::builder();
/// # let input = network.input("input", 2);
/// # let hidden = network.population("hidden", 3, Neuron::leaky_integrate_and_fire());
/// # let random = Projection::random(Distribution::Uniform { lowest: 0.0, highest: 1.0 });
/// # let into = network.connect(input, hidden, random.delay(1.0));
/// # let network = network.build()?;
/// let groups = ParameterGroups::new(&network)
///     .weights(&network, into, 1.0)?
///     .delays(&network, into, 20.0)?
///     .thresholds(&network, hidden, 0.1)?;
/// let mut settings = TrainerSettings::new(40.0);
/// settings.groups = Some(groups);
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterGroups {
    /// For each value of the flat vector: what its step is multiplied by; zero where it is not trained.
    multiples: Vec<f64>,
    /// For each value of the flat vector: what it must not fall below.
    floors: Vec<f64>,
    /// The time constants that are trained.
    slots: Vec<Slot>,
}

impl ParameterGroups {
    /// Nothing is trained.
    pub fn new(network: &Network) -> Self {
        Self {
            multiples: vec![0.0; network.layout().len()],
            floors: vec![NO_FLOOR; network.layout().len()],
            slots: Vec::new(),
        }
    }

    /// All weights, delays, thresholds and time constants that a gradient is asked for, at the trainer's learning rate.
    pub(super) fn of(network: &Network, gradient: &GradientOptions) -> Result<Self> {
        let mut groups = Self::new(network);
        for ix in 0..network.connections().len() {
            if gradient.weights {
                groups = groups.weights(network, ProjectionId(ix), 1.0)?;
            }
            if gradient.delays {
                groups = groups.delays(network, ProjectionId(ix), 1.0)?;
            }
        }
        let populations = network.populations().iter().enumerate();
        for (ix, _) in populations.filter(|(_, p)| gradient.thresholds && p.is_spiking()) {
            groups = groups.thresholds(network, PopulationId(ix), 1.0)?;
        }
        for ix in 0..network.populations().len() {
            if gradient.time_constants {
                groups = groups.tau_membrane(network, PopulationId(ix), 1.0)?;
                groups = groups.tau_synapse(network, PopulationId(ix), 1.0)?;
            }
        }
        Ok(groups)
    }

    /// Trains the weights of a projection at `multiple` times the trainer's learning rate; 0 for not at all.
    ///
    /// # Errors
    /// A projection of another network; a multiple that is negative or not finite.
    pub fn weights(self, network: &Network, id: ProjectionId, multiple: f64) -> Result<Self> {
        self.check_projection(network, id)?;
        let range = network.layout().weights(id);
        self.train("weights", range, multiple)
    }

    /// Trains the delays of a projection at `multiple` times the trainer's learning rate; 0 for not at all.
    ///
    /// # Errors
    /// A projection of another network; a multiple that is negative or not finite.
    pub fn delays(mut self, network: &Network, id: ProjectionId, multiple: f64) -> Result<Self> {
        self.check_projection(network, id)?;
        let range = network.layout().delays(id);
        self.floors[range.clone()].fill(0.0);
        self.train("delays", range, multiple)
    }

    /// Trains the thresholds of a population at `multiple` times the trainer's learning rate; 0 for not at all.
    ///
    /// # Errors
    /// A population of another network or without thresholds; a multiple that is negative or not finite.
    pub fn thresholds(
        mut self,
        network: &Network,
        id: PopulationId,
        multiple: f64,
    ) -> Result<Self> {
        self.check_network(network)?;
        let population = network.populations().get(id.index());
        let known = population.and_then(|population| {
            let thresholds = population.neuron.threshold.as_ref()?;
            Some((population, thresholds, network.layout().thresholds(id)?))
        });
        let Some((population, thresholds, range)) = known else {
            return Err(Error::invalid(
                "population whose thresholds are to be trained",
                format!("number {}", id.index()),
                "name one of this network that can fire",
            ));
        };
        for (neuron, floor) in self.floors[range.clone()].iter_mut().enumerate() {
            let reset = match &population.neuron.reset {
                Reset::Subtract => 0.0,
                Reset::To { potential, .. } => potential.get(neuron),
            };
            let lowest = reset.max(population.neuron.initial.get(neuron));
            *floor = lowest + THRESHOLD_SHARE * (thresholds.get(neuron) - lowest);
        }
        self.train("thresholds", range, multiple)
    }

    /// Trains the membrane time constants of a population at `multiple` times the trainer's learning rate; 0 for not
    /// at all. CPU engine only.
    ///
    /// # Errors
    /// A population of another network; a multiple that is negative or not finite.
    pub fn tau_membrane(self, network: &Network, id: PopulationId, multiple: f64) -> Result<Self> {
        self.time_constants(network, id, TimeConstant::Membrane, multiple)
    }

    /// Trains the synaptic time constants of a population, as [`tau_membrane`](Self::tau_membrane) does its membranes'.
    ///
    /// # Errors
    /// As there.
    pub fn tau_synapse(self, network: &Network, id: PopulationId, multiple: f64) -> Result<Self> {
        self.time_constants(network, id, TimeConstant::Synapse, multiple)
    }

    fn time_constants(
        mut self,
        network: &Network,
        population: PopulationId,
        which: TimeConstant,
        multiple: f64,
    ) -> Result<Self> {
        self.check_network(network)?;
        if population.index() >= network.populations().len() {
            return Err(Error::invalid(
                "population whose time constants are to be trained",
                format!("number {}", population.index()),
                "name one of this network",
            ));
        }
        check_multiple("time constants", multiple)?;
        let slots = &mut self.slots;
        slots.retain(|slot| (slot.population, slot.which) != (population, which));
        if multiple > 0.0 {
            slots.push(Slot {
                population,
                which,
                multiple,
            });
        }
        Ok(self)
    }

    /// The time constants that are trained.
    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    fn train(mut self, what: &str, range: Range<usize>, multiple: f64) -> Result<Self> {
        check_multiple(what, multiple)?;
        self.multiples[range].fill(multiple);
        Ok(self)
    }

    fn check_projection(&self, network: &Network, id: ProjectionId) -> Result<()> {
        self.check_network(network)?;
        if id.0 < network.connections().len() {
            return Ok(());
        }
        Err(Error::invalid(
            "projection to be trained",
            format!("number {}", id.0),
            "name a projection of this network",
        ))
    }

    /// Checks that the groups were made for such a network.
    pub(super) fn check_network(&self, network: &Network) -> Result<()> {
        let n = network.layout().len();
        if self.multiples.len() == n {
            return Ok(());
        }
        Err(Error::invalid(
            "parameter groups",
            format!("made for {} values", self.multiples.len()),
            format!("make them for the network that is trained, which has {n}"),
        ))
    }

    /// Asks for the gradients that are needed, and no others.
    pub(super) fn ask(&self, network: &Network, options: &mut GradientOptions) {
        let layout = network.layout();
        let is_trained = |range: Range<usize>| self.multiples[range].iter().any(|&m| m > 0.0);
        let mut projections = (0..network.connections().len()).map(ProjectionId);
        options.weights = projections.clone().any(|id| is_trained(layout.weights(id)));
        options.delays = projections.any(|id| is_trained(layout.delays(id)));
        let mut populations = (0..network.populations().len()).map(PopulationId);
        options.time_constants = !self.slots.is_empty();
        options.thresholds = populations.any(|id| layout.thresholds(id).is_some_and(is_trained));
    }

    /// Clears the gradient of what is not trained.
    pub(super) fn mask(&self, gradient: &mut [f64]) {
        for (gradient, &multiple) in gradient.iter_mut().zip(&self.multiples) {
            if multiple == 0.0 {
                *gradient = 0.0;
            }
        }
    }

    /// Turns an optimiser's step from `before` to `values` into the groups' own, and projects it.
    pub(super) fn settle(&self, before: &[f64], values: &mut [f64]) {
        let rules = self.multiples.iter().zip(&self.floors);
        for ((value, &before), (&multiple, &floor)) in values.iter_mut().zip(before).zip(rules) {
            if multiple == 0.0 {
                *value = before;
                continue;
            }
            // Exact where the rate is the trainer's.
            if multiple != 1.0 {
                *value = before + multiple * (*value - before);
            }
            *value = value.max(floor);
        }
    }

    /// Takes back whatever else has moved what is not trained.
    pub(super) fn hold(&self, before: &[f64], values: &mut [f64]) {
        let pairs = values.iter_mut().zip(before).zip(&self.multiples);
        for ((value, &before), _) in pairs.filter(|(_, multiple)| **multiple == 0.0) {
            *value = before;
        }
    }
}

impl Trainer<'_> {
    /// How many values are trained.
    pub fn n_trained(&self) -> usize {
        let parameters = self.groups.multiples.iter().filter(|&&m| m > 0.0);
        let taus = self.time_constants().into_values();
        parameters.count() + taus.map(|values| values.len()).sum::<usize>()
    }
}

fn check_multiple(what: &str, multiple: f64) -> Result<()> {
    if multiple.is_finite() && multiple >= 0.0 {
        return Ok(());
    }
    Err(Error::invalid(
        format!("learning rate of {what}"),
        format!("{multiple} times the trainer's"),
        "give a finite multiple, zero or more",
    ))
}

#[cfg(test)]
#[path = "groups_tests.rs"]
mod tests;
