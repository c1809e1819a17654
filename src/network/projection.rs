//! The description of the synapses from one group to another.

use ndarray::Array2;

use super::{Rule, Synapse, Values};

/// The weights of a projection: what a spike adds to the synaptic current of its target.
#[derive(Debug, Clone, PartialEq)]
pub enum Weights {
    /// Given, `[source x target]`.
    Given(Array2<f64>),
    /// One value for all synapses, or each drawn independently.
    Drawn(Values),
}

/// The delays of a projection, in ms.
#[derive(Debug, Clone, PartialEq)]
pub enum Delays {
    /// One for all synapses: one parameter.
    Shared(f64),
    /// One for each synapse, `[source x target]`: as many parameters as weights.
    Given(Array2<f64>),
    /// One for each synapse, drawn independently: as many parameters as weights.
    Drawn(Values),
}

/// The synapses from one group to another: which there are, their weights and their delays.
///
/// ```
/// use spikefront::ndarray::array;
/// use spikefront::network::{Distribution, Projection, Rule, Synapse, Values};
///
/// // All to all, with these weights [source x target] and one delay of 1 ms.
/// let given = Projection::dense(array![[0.1, 0.2], [0.3, 0.4]]).delay(1.0);
/// // All to all, weights drawn when parameters are made.
/// let drawn = Projection::random(Distribution::Normal { mean: 0.1, deviation: 0.05 });
/// // A tenth of all pairs, each synapse with a delay of its own, onto the target's second receptor.
/// let sparse = Projection::by_rule(Rule::FixedProbability(0.1), Values::normal(0.2, 0.1))
///     .delay(Values::uniform(1.0, 5.0))
///     .receptor(1)
///     .without_autapses();
/// // These synapses.
/// let list = Projection::list(vec![Synapse { source: 0, target: 1, weight: 0.5, delay: 2.0 }]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    pub(crate) rule: Rule,
    pub(crate) weights: Weights,
    pub(crate) delays: Delays,
    /// Which of the target's synaptic currents the synapses add to.
    pub(crate) receptor: usize,
    /// Whether a neuron may be connected to itself.
    pub(crate) autapses: bool,
}

impl Projection {
    /// Every source has a synapse to every target, with the given weights `[source x target]`, without delay.
    pub fn dense(weights: Array2<f64>) -> Self {
        Self::new(Rule::AllToAll, Weights::Given(weights))
    }

    /// Every source has a synapse to every target; weights are drawn, or one value for all, without delay.
    pub fn random(weights: impl Into<Values>) -> Self {
        Self::by_rule(Rule::AllToAll, weights)
    }

    /// The synapses that a rule makes; weights are drawn, or one value for all, without delay.
    pub fn by_rule(rule: Rule, weights: impl Into<Values>) -> Self {
        Self::new(rule, Weights::Drawn(weights.into()))
    }

    /// These synapses, with weights and delays of their own.
    pub fn list(synapses: Vec<Synapse>) -> Self {
        Self::by_rule(Rule::List(synapses), 0.0)
    }

    fn new(rule: Rule, weights: Weights) -> Self {
        Self {
            rule,
            weights,
            delays: Delays::Shared(0.0),
            receptor: 0,
            autapses: true,
        }
    }

    /// Gives all synapses one delay in ms, or each one of its own from a distribution.
    #[must_use]
    pub fn delay(mut self, delay: impl Into<Values>) -> Self {
        let delay = delay.into();
        self.delays = match delay.constant() {
            Some(delay) => Delays::Shared(delay),
            None => Delays::Drawn(delay),
        };
        self
    }

    /// Gives each synapse its own delay, in ms, `[source x target]`.
    #[must_use]
    pub fn delays(mut self, delays: Array2<f64>) -> Self {
        self.delays = Delays::Given(delays);
        self
    }

    /// Puts the synapses onto another receptor of the target than the first, counted from 0.
    #[must_use]
    pub fn receptor(mut self, receptor: usize) -> Self {
        self.receptor = receptor;
        self
    }

    /// Rules out that a neuron is connected to itself.
    #[must_use]
    pub fn without_autapses(mut self) -> Self {
        self.autapses = false;
        self
    }
}
