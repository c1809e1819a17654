//! Simulations of large networks as TOML files.
//!
//! [`SimulationFile`] is such a file; [`SimulationFile::describe`] turns it into the builder of the network that it
//! describes, the same that Rust programs use. [`SimulationFile::every_key`] explains the format.

mod arrivals;
mod change;
mod check;
mod describe;
mod generator;
mod late;
mod memory;
mod neurons;
mod of_builder;
mod rule;
mod settings;
mod several;
mod text;
mod units;
mod values;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use neurons::NeuronsSettings;
pub use rule::RuleSettings;
pub use settings::{
    GeneratorSettings, PoissonSettings, PopulationSettings, ProjectionSettings, ReceptorSettings,
    RecordSettings, ResetSettings, RunSettings,
};
pub use values::{DrawnSettings, RateSettings, ValueSettings};

/// A simulation with every key, explained.
const EVERY_KEY: &str = include_str!("../../../presets/every-simulation-key.toml");

/// A large network, what is fed into it, how long it runs and what is recorded.
///
/// ```
/// use spikefront::networks::SimulationFile;
///
/// let file = SimulationFile::from_toml(r#"
///     [simulation]
///     duration = 100.0
///
///     [[population]]
///     name = "cells"
///     size = 100
///     tau_membrane = 20.0
///     threshold = 15.0
///     rest = 0.0
///     reset = { kind = "to", potential = 0.0, refractory = 2.0 }
///     receptors = [{ name = "fast", tau = 2.0 }]
///
///     [[projection]]
///     source = "cells"
///     target = "cells"
///     rule = { kind = "fixed_in_degree", in_degree = 10 }
///     weight_of_peak = 0.5
///     delay = { kind = "uniform", lowest = 1.0, highest = 2.0 }
///
///     [[poisson]]
///     target = "cells"
///     rate = 4.0
///     weight_of_peak = 0.5
/// "#, "example.toml")?;
/// let file = file.set("population.cells.threshold=12")?;
/// let network = file.describe()?.build_in_rows()?;
/// assert_eq!((network.neurons(), network.synapses()), (100, 1000));
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulationFile {
    /// How long, from when on and with which random numbers.
    pub simulation: RunSettings,
    /// Neurons, in the order in which they are numbered.
    #[serde(rename = "population", default)]
    pub populations: Vec<PopulationSettings>,
    /// Spikes at given times.
    #[serde(rename = "generator", default, skip_serializing_if = "Vec::is_empty")]
    pub generators: Vec<GeneratorSettings>,
    /// Synapses.
    #[serde(
        rename = "projection",
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "several::projections"
    )]
    pub projections: Vec<ProjectionSettings>,
    /// Poisson arrivals.
    #[serde(
        rename = "poisson",
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "several::drives"
    )]
    pub drives: Vec<PoissonSettings>,
    /// What is written.
    #[serde(rename = "record", default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordSettings>,
    /// Where files that it names are looked for.
    #[serde(skip)]
    folder: PathBuf,
}

impl SimulationFile {
    /// The text of a simulation that has every key there is, each with what it means.
    pub fn every_key() -> &'static str {
        EVERY_KEY
    }
}

#[cfg(test)]
mod drawn_tests;
#[cfg(test)]
mod readout_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod tests;
