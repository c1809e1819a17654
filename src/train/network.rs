//! The network of an experiment, and what of it is trained.

use super::{Experiment, ParameterGroups, TrainedSettings, size};
use crate::network::{Network, Neuron, PopulationId, ProjectionId, Source};
use crate::{Error, Result};

/// Where a layer is in the network.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Layer {
    population: PopulationId,
    /// From the layer before.
    forward: ProjectionId,
    /// From itself.
    recurrent: Option<ProjectionId>,
}

/// A network and what of it is trained.
pub(super) struct Trainable {
    pub(super) network: Network,
    /// From the inputs on.
    pub(super) populations: Vec<PopulationId>,
    pub(super) output: PopulationId,
    /// With their rates; none where it is the weights alone.
    pub(super) groups: Option<ParameterGroups>,
}

/// What helps against neurons or layers beside a graph.
pub(super) const OF_GRAPH: &str = "leave it out: the network is that of nir.file";

impl Experiment {
    /// Whether the network is that of a file.
    pub(super) fn has_graph(&self) -> bool {
        #[cfg(feature = "hdf5")]
        return self.nir.is_some();
        #[cfg(not(feature = "hdf5"))]
        return false;
    }

    /// The network for inputs of `n_channels`, and its output population.
    ///
    /// # Errors
    /// No layers, a readout that does not suit the loss, or a setting out of its range; a file of a network that cannot be read or
    /// does not fit.
    pub fn network(&self, n_channels: usize) -> Result<(Network, PopulationId)> {
        let made = self.trainable(n_channels)?;
        Ok((made.network, made.output))
    }

    /// The network for inputs of `n_channels`, with what is trained.
    pub(super) fn trainable(&self, n_channels: usize) -> Result<Trainable> {
        #[cfg(feature = "hdf5")]
        if let Some(graph) = &self.nir {
            if self.neuron.is_some() {
                return Err(Error::invalid("neuron", "given", OF_GRAPH));
            }
            if !self.layers.is_empty() {
                return Err(Error::invalid("layers", "given", OF_GRAPH));
            }
            return graph.trainable(n_channels, self.loss.kind);
        }
        let (network, layers) = self.layered(n_channels)?;
        let groups = self.groups(&network, &layers)?;
        let populations: Vec<PopulationId> = layers.iter().map(|l| l.population).collect();
        Ok(Trainable {
            network,
            output: *populations.last().expect("a network has layers"),
            populations,
            groups,
        })
    }

    /// The network and its layers, of which there is at least one.
    fn layered(&self, n_channels: usize) -> Result<(Network, Vec<Layer>)> {
        if self.layers.is_empty() {
            let remedy = "give at least the output layer";
            return Err(Error::invalid("layers", "an empty list", remedy));
        }
        size::check(&self.layers, n_channels)?;
        let mut network = Network::builder().seed(self.seed);
        let mut source = Source::from(network.input("input", n_channels));
        let mut width = n_channels;
        let mut layers = Vec::new();
        for (ix, layer) in self.layers.iter().enumerate() {
            let name = match ix {
                _ if ix + 1 == self.layers.len() => "output".to_owned(),
                0 => "hidden".to_owned(),
                _ => format!("hidden{}", ix + 1),
            };
            let population = network.population(name, layer.size, self.neurons(ix)?);
            let projection = layer.forward(width, self.seed, ix)?;
            let forward = network.connect(source, population, projection);
            if let Some(noise) = layer.poisson {
                noise.check(ix, layer.size, self.duration)?;
                network.poisson(population, 0, noise.rate, noise.weight);
            }
            let recurrent = layer.recurrent(self.seed, ix)?;
            let recurrent = recurrent.map(|p| network.connect(population, population, p));
            layers.push(Layer {
                population,
                forward,
                recurrent,
            });
            (source, width) = (population.into(), layer.size);
        }
        Ok((network.build()?, layers))
    }

    /// The neurons of a layer.
    fn neurons(&self, ix: usize) -> Result<Neuron> {
        let layer = &self.layers[ix];
        let Some(common) = &self.neuron else {
            let remedy = "give [neuron] with tau_membrane, tau_synapse and threshold";
            return Err(Error::invalid("neuron", "not given", remedy));
        };
        let neuron = if self.is_readout(ix)? {
            Neuron::leaky_integrator()
        } else {
            if common.threshold <= 0.0 {
                let remedy = "give a threshold above zero, the potential that neurons begin at";
                return Err(Error::invalid("neuron.threshold", common.threshold, remedy));
            }
            if let Some(reset_to) = common.reset_to.filter(|&to| to >= common.threshold) {
                let remedy = format!("keep it below neuron.threshold, {}", common.threshold);
                return Err(Error::invalid("neuron.reset_to", reset_to, remedy));
            }
            Neuron::leaky_integrate_and_fire()
                .threshold(common.threshold)
                .reset(common.reset()?)
        };
        Ok(neuron
            .tau_membrane(layer.tau_membrane.unwrap_or(common.tau_membrane))
            .tau_synapse(layer.tau_synapse.unwrap_or(common.tau_synapse))
            .rest(layer.rest))
    }

    /// Whether a layer has no threshold.
    fn is_readout(&self, ix: usize) -> Result<bool> {
        let layer = &self.layers[ix];
        let kind = self.loss.kind;
        let is_last = ix + 1 == self.layers.len();
        let is_asked = is_last && kind.is_on_readout();
        let refuse = |key: &str, value: &str, remedy: String| {
            Err(Error::invalid(format!("layers.{ix}.{key}"), value, remedy))
        };
        match (layer.readout, is_asked) {
            (Some(true), false) if !is_last => {
                let remedy = "leave it out: only the last layer can be a readout";
                return refuse("readout", "true", remedy.to_owned());
            }
            (Some(true), false) => {
                let remedy = format!(
                    "leave it out, or choose a loss on readouts (maximum, final_voltage, integral): \
                     a loss of kind {:?} looks at spikes",
                    kind.name()
                );
                return refuse("readout", "true", remedy);
            }
            (Some(false), true) => {
                let remedy = format!(
                    "leave it out, or choose a loss on spikes (first_spike, ...): \
                     a loss of kind {:?} looks at voltages, which a layer that fires does not show",
                    kind.name()
                );
                return refuse("readout", "false", remedy);
            }
            _ => {}
        }
        if is_asked && layer.recurrent.is_some() {
            let remedy = "leave it out: a readout sends no spikes";
            return refuse("recurrent", "given", remedy.to_owned());
        }
        Ok(is_asked)
    }

    /// What is trained with its rates, where it is not the weights alone.
    fn groups(&self, network: &Network, layers: &[Layer]) -> Result<Option<ParameterGroups>> {
        let mut groups = ParameterGroups::new(network);
        let mut is_plain = true;
        for (ix, (settings, layer)) in self.layers.iter().zip(layers).enumerate() {
            let train = settings.train;
            let forward = settings.delays.map_or(0.0, |delays| delays.rate);
            let recurrent = settings.recurrent.and_then(|recurrent| recurrent.delays);
            let recurrent = recurrent.map_or(0.0, |delays| delays.rate);
            let pairs = [(Some(layer.forward), forward), (layer.recurrent, recurrent)];
            for (id, rate) in pairs {
                let Some(id) = id else { continue };
                groups = groups.weights(network, id, train.weights)?;
                groups = groups.delays(network, id, rate)?;
                is_plain &= rate == 0.0;
            }
            let population = layer.population;
            if network.population(population).is_spiking() {
                groups = groups.thresholds(network, population, train.thresholds)?;
            } else if train.thresholds != 0.0 {
                let key = format!("layers.{ix}.train.thresholds");
                let remedy = "leave it out: a readout has none";
                return Err(Error::invalid(key, train.thresholds, remedy));
            }
            groups = groups.tau_membrane(network, population, train.tau_membrane)?;
            groups = groups.tau_synapse(network, population, train.tau_synapse)?;
            groups = groups.rest(network, population, train.rest)?;
            groups = groups.initial(network, population, train.initial)?;
            is_plain &= train == TrainedSettings::default();
        }
        Ok((!is_plain).then_some(groups))
    }
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
