//! A network from a NIR file in place of layers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::layers::TrainedSettings;
use super::network::Trainable;
use super::noted_file::noted;
use super::settings::is_default;
use super::{Experiment, LossKind, ParameterGroups};
use crate::network::{Network, PopulationId};
use crate::nir::{NirGraph, NirOptions};
use crate::{Error, Result, count};

/// The network of an experiment as a graph in the Neuromorphic Intermediate Representation, with the weights that the training
/// begins with; see [`NirGraph::network`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphSettings {
    /// The file; seen from where the program was started.
    pub file: PathBuf,
    /// Which node has an output neuron for each class; the one that leads to an `Output` where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// At which multiple of the learning rate delays are trained; 0, which is the default, keeps them as they are.
    #[serde(default, skip_serializing_if = "is_default")]
    pub delays: f64,
    /// What the file was when the run began: another one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What the file does not say and its reader must know.
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: NirOptions,
    /// What is trained beside delays, of every population, and how fast; the weights where this is left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub train: TrainedSettings,
}

impl GraphSettings {
    /// The network of a file, of which the weights are trained.
    pub fn new(file: PathBuf) -> Self {
        Self {
            file,
            output: None,
            delays: 0.0,
            digest: None,
            options: NirOptions::default(),
            train: TrainedSettings::default(),
        }
    }

    /// The same with an absolute path and the digest of the file as it is.
    ///
    /// # Errors
    /// A file that cannot be read, or another one than before.
    pub fn fixed(&self) -> Result<Self> {
        let what = ("file of the network", "nir");
        let (file, digest) = noted(what, &self.file, self.digest.as_ref())?;
        Ok(Self {
            file,
            digest: Some(digest),
            ..self.clone()
        })
    }

    /// The network for inputs of `n_channels` and a loss.
    pub(super) fn trainable(&self, n_channels: usize, loss: LossKind) -> Result<Trainable> {
        self.fixed()?;
        let read = NirGraph::read(&self.file)?.network(&self.options)?;
        let network = read.builder.build()?;
        if network.n_channels() != n_channels {
            return Err(Error::invalid(
                format!("inputs of {}", self.file.display()),
                count(network.n_channels(), "channel"),
                format!(
                    "name the network of data like these, which have {}",
                    count(n_channels, "channel")
                ),
            ));
        }
        let output = self.output(&network, &read.outputs)?;
        let (name, is_spiking) = (
            &network.population(output).name,
            network.population(output).is_spiking(),
        );
        if is_spiking == loss.is_on_readout() {
            let (has, remedy) = match is_spiking {
                true => ("a threshold", "first_spike, ..."),
                false => ("no threshold", "integral, maximum, final_voltage"),
            };
            return Err(Error::invalid(
                "loss.kind",
                format!("{:?}", loss.name()),
                format!("the output {name:?} has {has}: choose one of {remedy}"),
            ));
        }
        let groups = self.groups(&network)?;
        Ok(Trainable {
            populations: network.population_ids().collect(),
            network,
            output,
            groups,
        })
    }

    fn output(&self, network: &Network, outputs: &[String]) -> Result<PopulationId> {
        match (&self.output, outputs) {
            (Some(name), _) => network.population_named(name),
            (None, [one]) => network.population_named(one),
            (None, several) => {
                let there = match several.len() {
                    0 => "no population leads to an Output".to_owned(),
                    _ => format!("{} lead to an Output", several.join(", ")),
                };
                let remedy = format!("{there}: name the one with a neuron for each class");
                Err(Error::invalid("nir.output", "not given", remedy))
            }
        }
    }

    /// What is trained with its rates, where it is not the weights alone.
    fn groups(&self, network: &Network) -> Result<Option<ParameterGroups>> {
        let train = self.train;
        if train == TrainedSettings::default() && self.delays == 0.0 {
            return Ok(None);
        }
        let mut groups = ParameterGroups::new(network);
        for id in network.projection_ids() {
            groups = groups.weights(network, id, train.weights)?;
            groups = groups.delays(network, id, self.delays)?;
        }
        for id in network.population_ids() {
            if network.population(id).is_spiking() {
                groups = groups.thresholds(network, id, train.thresholds)?;
            }
            groups = groups.tau_membrane(network, id, train.tau_membrane)?;
            groups = groups.tau_synapse(network, id, train.tau_synapse)?;
            groups = groups.rest(network, id, train.rest)?;
            groups = groups.initial(network, id, train.initial)?;
        }
        Ok(Some(groups))
    }
}

impl Experiment {
    /// The same with the network of a file in place of neurons and layers.
    #[must_use]
    pub fn with_graph(mut self, graph: GraphSettings) -> Self {
        self.nir = Some(graph);
        self.neuron = None;
        self.layers.clear();
        self
    }
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
