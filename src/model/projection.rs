//! The description of the synapses from one group to another.

use ndarray::Array2;

use super::Distribution;

/// The initial weights of a projection.
#[derive(Debug, Clone, PartialEq)]
pub enum Weights {
    /// Given, `[source x target]`.
    Values(Array2<f64>),
    /// Drawn, each independently, when parameters are made from a seed.
    Random(Distribution),
}

/// The delays of a projection, in ms.
#[derive(Debug, Clone, PartialEq)]
pub enum Delays {
    /// One for all synapses: one parameter.
    Shared(f64),
    /// One for each synapse, `[source x target]`: as many parameters as weights.
    PerSynapse(Array2<f64>),
}

/// A dense projection: every source unit has a synapse to every target neuron.
///
/// (Projections in compressed rows, for large sparse networks, will be a second
/// way to say which synapses exist; engines already ask a projection for the
/// synapses of a row.)
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    pub(crate) weights: Weights,
    pub(crate) delays: Delays,
}

impl Projection {
    /// A dense projection with the given weights `[source x target]`, without delay.
    pub fn dense(weights: Array2<f64>) -> Self {
        Self {
            weights: Weights::Values(weights),
            delays: Delays::Shared(0.0),
        }
    }

    /// A dense projection whose weights are drawn when parameters are made from a seed, without delay.
    pub fn random(distribution: Distribution) -> Self {
        Self {
            weights: Weights::Random(distribution),
            delays: Delays::Shared(0.0),
        }
    }

    /// Gives all synapses one delay, in ms.
    pub fn delay(mut self, delay: f64) -> Self {
        self.delays = Delays::Shared(delay);
        self
    }

    /// Gives each synapse its own delay, in ms, `[source x target]`.
    pub fn delays(mut self, delays: Array2<f64>) -> Self {
        self.delays = Delays::PerSynapse(delays);
        self
    }
}
