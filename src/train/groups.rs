//! Which parameters are trained, and how fast each kind of them.

use std::ops::Range;

use super::Trainer;
use super::transforms::{TrainedTensor, Transform, Transforms};
use crate::network::{Network, PopulationId, ProjectionId, Reset, TensorKind};
use crate::{Error, GradientOptions, Result};

/// The share of its first distance from what it must stay above that a threshold keeps.
const THRESHOLD_SHARE: f64 = 0.01;

/// Weights and delays by projection; thresholds, time constants, rest and initial potentials by population, each with a
/// learning rate of its own.
///
/// A rate is given as a multiple of the trainer's learning rate, so that one schedule serves all: the step
/// that the optimiser makes is multiplied by it. What is not named here stays as it is, bit for bit.
///
/// After each step values are projected back to where a network can be run:
///
/// * a delay to zero or more;
/// * a threshold to a floor above the potential after a reset and the initial potential (above zero
///   and the initial potential where the reset subtracts): it keeps a hundredth of the distance that the
///   network was built with;
/// * an initial potential that is trained to below the threshold, by a hundredth of the distance that the network was built
///   with; the threshold's floor then depends on the reset alone.
///
/// Steps of a time constant are taken in its logarithm: with g = dL/d(tau) the optimiser sees tau g, and its step s makes
/// of tau `tau exp(multiple s)`. So it stays above zero, and a rate says by which share it changes. One value that all
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
    transforms: Transforms,
}

impl ParameterGroups {
    /// Nothing is trained.
    pub fn new(network: &Network) -> Self {
        Self {
            multiples: vec![0.0; network.layout().len()],
            transforms: Transforms::new(network),
        }
    }

    /// All kinds of parameters that a gradient is asked for, at the trainer's learning rate.
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
        for id in (0..network.populations().len()).map(PopulationId) {
            if gradient.tau_membrane {
                groups = groups.tau_membrane(network, id, 1.0)?;
            }
            if gradient.tau_synapse {
                groups = groups.tau_synapse(network, id, 1.0)?;
            }
            if gradient.rest {
                groups = groups.rest(network, id, 1.0)?;
            }
            if gradient.initial {
                groups = groups.initial(network, id, 1.0)?;
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
        let floors = vec![0.0; range.len()];
        self.transforms.set(&range, Transform::Floor(floors));
        self.train("delays", range, multiple)
    }

    /// Trains the thresholds of a population at `multiple` times the trainer's learning rate; 0 for not at all.
    ///
    /// # Errors
    /// A population of another network or without thresholds; a multiple that is negative or not finite.
    pub fn thresholds(self, network: &Network, id: PopulationId, multiple: f64) -> Result<Self> {
        self.check_network(network)?;
        let population = network.populations().get(id.index());
        let Some(range) = population.and_then(|_| network.layout().thresholds(id)) else {
            return Err(Error::invalid(
                "population whose thresholds are to be trained",
                format!("number {}", id.index()),
                "name one of this network that can fire",
            ));
        };
        let groups = self.train("thresholds", range, multiple)?;
        Ok(groups.keep_apart(network, id))
    }

    /// Trains the membrane time constants of a population at `multiple` times the trainer's learning rate; 0 for not
    /// at all.
    ///
    /// # Errors
    /// A population of another network; a multiple that is negative or not finite.
    pub fn tau_membrane(self, network: &Network, id: PopulationId, multiple: f64) -> Result<Self> {
        self.of_neurons(network, id, TensorKind::TauMembrane, multiple)
    }

    /// Trains the synaptic time constants of a population, as [`tau_membrane`](Self::tau_membrane) does its membranes'.
    ///
    /// # Errors
    /// As there.
    pub fn tau_synapse(self, network: &Network, id: PopulationId, multiple: f64) -> Result<Self> {
        self.of_neurons(network, id, TensorKind::TauSynapse, multiple)
    }

    /// Trains the potentials to which neurons of a population decay, as [`tau_membrane`](Self::tau_membrane) does
    /// time constants.
    ///
    /// # Errors
    /// As there.
    pub fn rest(self, network: &Network, id: PopulationId, multiple: f64) -> Result<Self> {
        self.of_neurons(network, id, TensorKind::Rest, multiple)
    }

    /// Trains the potentials at the start of a run of a population, as [`tau_membrane`](Self::tau_membrane) does
    /// time constants.
    ///
    /// # Errors
    /// As there.
    pub fn initial(self, network: &Network, id: PopulationId, multiple: f64) -> Result<Self> {
        let groups = self.of_neurons(network, id, TensorKind::Initial, multiple)?;
        Ok(groups.keep_apart(network, id))
    }

    /// Trains a tensor of [`TensorKind::OF_NEURONS`].
    fn of_neurons(
        mut self,
        network: &Network,
        id: PopulationId,
        kind: TensorKind,
        multiple: f64,
    ) -> Result<Self> {
        self.check_network(network)?;
        let (what, transform) = match kind {
            TensorKind::Rest => ("rest potentials", Transform::Identity),
            TensorKind::Initial => ("initial potentials", Transform::Identity),
            _ => ("time constants", Transform::Logarithm),
        };
        let known = (id.index() < network.populations().len())
            .then(|| network.layout().of_population(id, kind))
            .flatten();
        let Some(range) = known else {
            return Err(Error::invalid(
                format!("population whose {what} are to be trained"),
                format!("number {}", id.index()),
                "name one of this network",
            ));
        };
        self.transforms.set(&range, transform);
        self.train(what, range, multiple)
    }

    /// Keeps the thresholds of a population above its resets and initial potentials: whichever of the two is trained gives way.
    fn keep_apart(mut self, network: &Network, id: PopulationId) -> Self {
        let population = network.population(id);
        let layout = network.layout();
        let initial = layout.of_population(id, TensorKind::Initial);
        let (Some(thresholds), Some(range), Some(initial)) =
            (&population.neuron.threshold, layout.thresholds(id), initial)
        else {
            return self;
        };
        let is_initial_trained = self.multiples[initial.clone()].iter().any(|&m| m > 0.0);
        let (mut floors, mut margins) = (Vec::new(), Vec::new());
        for neuron in 0..population.size {
            let (threshold, start) = (
                thresholds.get(neuron),
                population.neuron.initial.get(neuron),
            );
            let reset = match &population.neuron.reset {
                Reset::Subtract => 0.0,
                Reset::To { potential, .. } => potential.get(neuron),
            };
            let lowest = if is_initial_trained {
                reset
            } else {
                reset.max(start)
            };
            floors.push(lowest + THRESHOLD_SHARE * (threshold - lowest));
            margins.push(THRESHOLD_SHARE * (threshold - start));
        }
        self.transforms.set(&range, Transform::Floor(floors));
        self.transforms.set(
            &initial,
            Transform::Below {
                thresholds: range,
                margins,
            },
        );
        self
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
        let tensors = network.layout().tensors();
        let is_trained = |kind: TensorKind| {
            let mut own = tensors.iter().filter(|tensor| tensor.kind == kind);
            own.any(|tensor| {
                self.multiples[tensor.range.clone()]
                    .iter()
                    .any(|&m| m > 0.0)
            })
        };
        options.weights = is_trained(TensorKind::Weight);
        options.delays = is_trained(TensorKind::Delay);
        options.thresholds = is_trained(TensorKind::Threshold);
        options.tau_membrane = is_trained(TensorKind::TauMembrane);
        options.tau_synapse = is_trained(TensorKind::TauSynapse);
        options.rest = is_trained(TensorKind::Rest);
        options.initial = is_trained(TensorKind::Initial);
    }

    /// Clears the gradient of what is not trained.
    pub(super) fn mask(&self, gradient: &mut [f64]) {
        for (gradient, &multiple) in gradient.iter_mut().zip(&self.multiples) {
            if multiple == 0.0 {
                *gradient = 0.0;
            }
        }
    }

    /// What is trained, tensor by tensor.
    pub(super) fn trained(&self) -> Vec<TrainedTensor> {
        self.transforms.trained(&self.multiples)
    }

    /// The forms in which values are trained.
    pub(super) fn transforms(&self) -> &Transforms {
        &self.transforms
    }

    /// Turns what an optimiser's step made of `before`, transformed, into the groups' own step of the values, projected.
    pub(super) fn settle(&self, before: &[f64], stepped: &mut [f64]) {
        self.transforms.settle(before, &self.multiples, stepped);
    }

    /// Takes back whatever else has moved what is not trained.
    pub(super) fn hold(&self, before: &[f64], values: &mut [f64]) {
        let pairs = values.iter_mut().zip(before).zip(&self.multiples);
        for ((value, &before), _) in pairs.filter(|(_, multiple)| **multiple == 0.0) {
            *value = before;
        }
    }
}

impl Trainer {
    /// How many values are trained.
    pub fn n_trained(&self) -> usize {
        self.groups.multiples.iter().filter(|&&m| m > 0.0).count()
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
