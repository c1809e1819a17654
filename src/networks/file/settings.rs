//! The sections of a simulation's file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::neurons::NeuronsSettings;
use super::rule::RuleSettings;
use super::values::{RateSettings, ValueSettings};

/// How long, from when on and with which random numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// How much biological time, in ms.
    pub duration: f64,
    /// From when on spikes and states are recorded, in ms; a tenth of the duration unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Of synapses, starting values and Poisson arrivals.
    #[serde(default)]
    pub seed: u64,
    /// The length of a window in ms; the longest unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<f64>,
}

/// Neurons of one kind. What is drawn from a distribution is drawn once for each neuron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationSettings {
    /// Its name.
    pub name: String,
    /// How many neurons.
    pub size: u32,
    /// Membrane time constant in ms.
    pub tau_membrane: ValueSettings,
    /// The potential at which a neuron fires; none in a readout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<ValueSettings>,
    /// The potential towards which V decays.
    pub rest: ValueSettings,
    /// What a spike does; none in a readout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<ResetSettings>,
    /// Whether its neurons are readouts: they have no threshold and never fire, and their states can be recorded.
    #[serde(default, skip_serializing_if = "is_not")]
    pub readout: bool,
    /// The synaptic currents of a neuron.
    pub receptors: Vec<ReceptorSettings>,
    /// Potentials at the start; the reset's, zero where the threshold is subtracted, of readouts the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_potential: Option<ValueSettings>,
    /// Currents at the start by the names of receptors; zero.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub initial_currents: BTreeMap<String, ValueSettings>,
}

/// What a spike does to its neuron's potential.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ResetSettings {
    /// V is held at a potential for a time, then released.
    To {
        /// The held potential.
        potential: ValueSettings,
        /// How long, in ms.
        #[serde(default)]
        refractory: ValueSettings,
    },
    /// `V -= threshold`.
    Subtract {},
}

/// A synaptic current.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceptorSettings {
    /// Its name.
    pub name: String,
    /// Its time constant in ms.
    pub tau: ValueSettings,
}

/// Spikes at given times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorSettings {
    /// Its name, a source of projections.
    pub name: String,
    /// For each channel its spike times in ms. Either this or a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<Vec<Vec<f64>>>,
    /// An .npz file with arrays `times` (ms), `units` (the channel of each spike) and, where it holds several samples,
    /// `offsets` (where each begins and the last ends).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Which sample of the file, counted from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sample: usize,
    /// How many channels, if more than the file's largest unit tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
}

/// The synapses from a population or a generator onto one receptor of a population.
///
/// In a file `source` and `target` may each be a list of names: one projection for each pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectionSettings<N = String> {
    /// The name of a population or of a generator.
    pub source: N,
    /// The name of a population.
    pub target: N,
    /// The name of one of the target's receptors; may be left out where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receptor: Option<String>,
    /// Which synapses there are.
    pub rule: RuleSettings,
    /// What a spike adds to the current, in mV/ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<ValueSettings>,
    /// The same, given by the peak of the potential that one spike causes, in mV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_of_peak: Option<ValueSettings>,
    /// Delays in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<ValueSettings>,
    /// Whether a neuron may be connected to itself.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub autapses: bool,
}

/// Independent Poisson arrivals at every neuron of a population.
///
/// In a file `target` may be a list of names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoissonSettings<N = String> {
    /// The name of a population.
    pub target: N,
    /// The name of one of its receptors; may be left out where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receptor: Option<String>,
    /// Arrivals per ms at each neuron.
    pub rate: RateSettings,
    /// What an arrival adds to the current, in mV/ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// The same, given by the peak of the potential that one arrival causes, in mV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_of_peak: Option<f64>,
}

/// What is written of a run, by its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RecordSettings {
    /// Spikes; those of all neurons where there is no such section.
    Spikes {
        /// The name of a population.
        population: String,
        /// Which neurons; all.
        #[serde(skip_serializing_if = "Option::is_none")]
        neurons: Option<NeuronsSettings>,
    },
    /// Potentials and currents of some neurons at regular times.
    States {
        /// The name of a population.
        population: String,
        /// Which neurons.
        neurons: NeuronsSettings,
        /// Every so many ms, counted from time 0.
        every: f64,
    },
}

impl RecordSettings {
    /// The population that is recorded.
    pub fn population(&self) -> &str {
        match self {
            Self::Spikes { population, .. } | Self::States { population, .. } => population,
        }
    }
}

fn is_not(value: &bool) -> bool {
    !*value
}

fn is_zero(value: &usize) -> bool {
    *value == 0
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}
