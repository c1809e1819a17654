//! All parameters of a network in one flat vector, with views that have names.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::neuron_values::NeuronValues;
use super::{
    Delays, Layout, Network, Neuron, PerNeuron, PopulationId, ProjectionId, Purpose, TensorKind,
    Weights,
};
use crate::{Error, Result};

/// The largest magnitude of a parameter or a potential: products of two, over any time constant that makes sense,
/// do not overflow, so that what is too large is refused by name rather than lost in an infinity.
pub(super) const LARGEST: f64 = 1e100;

/// The kinds of tensors that populations have.
const OF_POPULATIONS: [TensorKind; 5] = [
    TensorKind::Threshold,
    TensorKind::TauMembrane,
    TensorKind::TauSynapse,
    TensorKind::Rest,
    TensorKind::Initial,
];

/// Whether engines can compute with a parameter or a potential.
pub(super) fn is_usable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// Parameter values of one network, flat, in the order of its [`Layout`].
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    layout: Layout,
    values: Vec<f64>,
}

impl Parameters {
    /// Values laid out as `layout` says.
    pub(crate) fn of(layout: Layout, values: Vec<f64>) -> Self {
        Self { layout, values }
    }

    pub(super) fn initial(network: &Network, seed: u64) -> Self {
        let layout = network.layout.clone();
        let mut values = vec![0.0; layout.len()];
        for (ix, connection) in network.connections.iter().enumerate() {
            let id = ProjectionId(ix);
            let weights = &mut values[layout.weights(id)];
            match (&connection.projection.weights, connection.synapses()) {
                (Weights::Drawn(drawn), None) => drawn.fill(seed, ix, weights),
                _ => connection.fill(network.seed, seed, Purpose::Weight, weights),
            }
            let delays = &mut values[layout.delays(id)];
            match connection.projection.delays {
                Delays::Shared(delay) if connection.has_shared_delay() => delays.fill(delay),
                _ => connection.fill(network.seed, seed, Purpose::Delay, delays),
            }
        }
        for (ix, drive) in network.drives.iter().enumerate() {
            values[layout.drive(ix)] = drive.described.weight;
        }
        for (ix, population) in network.populations.iter().enumerate() {
            for kind in OF_POPULATIONS {
                let tensors = layout.of_kind(PopulationId(ix), kind);
                for (tensor, given) in tensors.zip(population.neuron.given(kind)) {
                    for (neuron, value) in values[tensor.range.clone()].iter_mut().enumerate() {
                        *value = given.get(neuron);
                    }
                }
            }
        }
        Self { layout, values }
    }

    /// The flat vector.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The flat vector, to write. Engines check what they are given.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// Which part of the vector means what.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A projection's weights, `[source x target]`, or `[1 x synapses]` where not all are connected to all.
    pub fn weights(&self, network: &Network, projection: ProjectionId) -> ArrayView2<'_, f64> {
        let shape = network.connections[projection.0].shape();
        ArrayView2::from_shape(shape, &self.values[self.layout.weights(projection)])
            .expect("the layout was made from the same sizes")
    }

    /// A projection's weights, shaped as by [`weights`](Self::weights), to write.
    pub fn weights_mut(
        &mut self,
        network: &Network,
        projection: ProjectionId,
    ) -> ArrayViewMut2<'_, f64> {
        let shape = network.connections[projection.0].shape();
        ArrayViewMut2::from_shape(shape, &mut self.values[self.layout.weights(projection)])
            .expect("the layout was made from the same sizes")
    }

    /// A population's neurons with the values that are here in place of those of the description.
    pub fn neuron(&self, network: &Network, population: PopulationId) -> Neuron {
        let mut neuron = network.populations[population.0].neuron.clone();
        for kind in OF_POPULATIONS {
            let tensors = self.layout.of_kind(population, kind);
            for (tensor, given) in tensors.zip(neuron.given_mut(kind)) {
                let values = &self.values[tensor.range.clone()];
                *given = match given {
                    PerNeuron::Same(_) if kind != TensorKind::Threshold => values[0].into(),
                    _ => values.to_vec().into(),
                };
            }
        }
        neuron
    }

    /// What engines read of a population's neurons.
    pub(crate) fn neurons<'a>(
        &'a self,
        network: &'a Network,
        population: PopulationId,
    ) -> NeuronValues<'a> {
        let of = |kind| {
            let tensors = self.layout.of_kind(population, kind);
            tensors.map(|tensor| &self.values[tensor.range.clone()])
        };
        NeuronValues::new(&network.populations[population.0].neuron.reset, of)
    }

    /// Checks that the values belong to `network` and that engines can use them.
    ///
    /// # Errors
    /// Another network's layout, a value that is not finite or beyond 1e100 in magnitude, a negative delay, a time constant
    /// that is not above zero, a threshold at or below the reset or initial potential.
    pub fn check(&self, network: &Network) -> Result<()> {
        if self.layout != network.layout {
            return Err(Error::invalid(
                "parameters",
                format!("laid out for {} values", self.layout.len()),
                format!(
                    "use parameters made from this network, which has {}",
                    network.layout.len()
                ),
            ));
        }
        // One fold over the whole vector first: this runs at every step of a training.
        let suspicious = self.values.iter().any(|value| !is_usable(*value));
        if suspicious {
            for tensor in self.layout.tensors() {
                let values = &self.values[tensor.range.clone()];
                if let Some(ix) = values.iter().position(|value| !is_usable(*value)) {
                    return Err(Error::invalid(
                        format!("{}[{ix}]", tensor.name),
                        format!("{:e}", values[ix]),
                        format!(
                            "keep every parameter finite and within {LARGEST:e}; in a training a smaller learning rate may help"
                        ),
                    ));
                }
            }
        }
        for ix in 0..network.connections.len() {
            let range = self.layout.delays(ProjectionId(ix));
            if let Some(delay) = self.values[range].iter().find(|&&delay| delay < 0.0) {
                return Err(Error::invalid(
                    format!("{}/delay", network.connections[ix].name),
                    delay,
                    "give a delay in ms, zero or more",
                ));
            }
        }
        for (ix, population) in network.populations.iter().enumerate() {
            let neuron = self.neuron(network, PopulationId(ix));
            neuron.check(&population.name, population.size)?;
        }
        Ok(())
    }
}
