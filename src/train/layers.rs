//! The layers of an experiment.

use ndarray::Array2;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::settings::is_default;
use crate::data::{Stream, numbered_stream};
use crate::network::{Distribution, Projection, Rule, Values};
use crate::{Error, Result};

/// What is added to a layer's number to draw the delays of its recurrent synapses.
const RECURRENT: u64 = 1 << 32;

/// One layer and the synapses towards it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerSettings {
    /// How many neurons.
    pub size: usize,
    /// The mean of the initial weights.
    pub weight_mean: f64,
    /// Their standard deviation.
    pub weight_deviation: f64,
    /// The potential that the neurons decay to without input. Above the
    /// threshold it makes every neuron fire in the end, so that none is
    /// without gradient.
    #[serde(default, alias = "drive")]
    pub rest: f64,
    /// Whether its neurons only integrate, without threshold: the last layer's where the loss looks at voltages, and
    /// no other's. Left out it is what the loss asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readout: Option<bool>,
    /// The membrane time constant of this layer, in ms; that of `[neuron]` where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tau_membrane: Option<f64>,
    /// The synaptic time constant of this layer, in ms; that of `[neuron]` where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tau_synapse: Option<f64>,
    /// With which probability a pair of a neuron of the layer before and one of this has a synapse; every pair has one where
    /// this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Poisson spikes that every neuron gets beside its input; none where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poisson: Option<NoiseSettings>,
    /// The delays of the synapses from the layer before; none where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delays: Option<DelaySettings>,
    /// Synapses from each of its neurons to each; none where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrent: Option<RecurrentSettings>,
    /// What of it is trained beside delays, and how fast; its weights where this is left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub train: TrainedSettings,
}

/// At which multiples of the learning rate a layer's values are trained; 0 keeps them as they are.
///
/// How values are kept within their range is said at [`ParameterGroups`](super::ParameterGroups).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainedSettings {
    /// All weights towards the layer, recurrent ones as well; 1 where this is left out.
    pub weights: f64,
    /// The thresholds, one for each neuron; 0 where this is left out.
    pub thresholds: f64,
    /// The membrane time constant, which the layer's neurons share; 0 where this is left out. The rate is that of its
    /// logarithm: relative change.
    pub tau_membrane: f64,
    /// The synaptic time constant, in the same way.
    pub tau_synapse: f64,
    /// The potential to which the layer's neurons decay, which they share; 0 where this is left out.
    pub rest: f64,
    /// Their potential at the start of a sample, in the same way.
    pub initial: f64,
}

impl Default for TrainedSettings {
    fn default() -> Self {
        Self {
            weights: 1.0,
            thresholds: 0.0,
            tau_membrane: 0.0,
            tau_synapse: 0.0,
            rest: 0.0,
            initial: 0.0,
        }
    }
}

/// Independent Poisson spikes at every neuron of a layer: others in each epoch, the same in every evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseSettings {
    /// How many at each neuron, per ms.
    pub rate: f64,
    /// What each adds to the current; it is not trained.
    pub weight: f64,
}

/// Delays, one for each synapse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelaySettings {
    /// The initial delays lie evenly between 0 and this, in ms.
    pub latest: f64,
    /// At which multiple of the learning rate they are trained; 0 keeps them as they are.
    pub rate: f64,
}

/// Synapses of a layer from itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecurrentSettings {
    /// The mean of the initial weights.
    pub weight_mean: f64,
    /// Their standard deviation.
    pub weight_deviation: f64,
    /// With which probability a pair of neurons has a synapse; every pair has one where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// The delay of all these synapses, in ms; it is not trained. Either this or `delays`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<f64>,
    /// A delay for each of these synapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delays: Option<DelaySettings>,
}

impl LayerSettings {
    /// The projection from the layer before, of `width` neurons or channels, to this one, the `layer`-th.
    pub(super) fn forward(&self, width: usize, seed: u64, layer: usize) -> Result<Projection> {
        check_probability(&format!("layers.{layer}"), self.probability)?;
        let projection = random(self.probability, self.weight_mean, self.weight_deviation);
        Ok(match self.delays {
            None => projection,
            Some(delays) => {
                let key = format!("layers.{layer}.delays");
                match self.probability {
                    Some(_) => projection.delay(delays.values(&key)?),
                    None => {
                        let stream = (seed, layer as u64);
                        projection.delays(delays.draw(&key, (width, self.size), stream)?)
                    }
                }
            }
        })
    }

    /// The projection from this layer, the `layer`-th, to itself, if there is one.
    pub(super) fn recurrent(&self, seed: u64, layer: usize) -> Result<Option<Projection>> {
        let Some(recurrent) = self.recurrent else {
            return Ok(None);
        };
        let key = format!("layers.{layer}.recurrent");
        check_probability(&key, recurrent.probability)?;
        let (mean, deviation) = (recurrent.weight_mean, recurrent.weight_deviation);
        let projection = random(recurrent.probability, mean, deviation);
        let refuse =
            |value: &str, remedy: &str| Err(Error::invalid(format!("{key}.delay"), value, remedy));
        Ok(Some(match (recurrent.delay, recurrent.delays) {
            (Some(delay), None) => projection.delay(delay),
            (None, Some(delays)) if recurrent.probability.is_some() => {
                projection.delay(delays.values(&format!("{key}.delays"))?)
            }
            (None, Some(delays)) => {
                let stream = (seed, RECURRENT + layer as u64);
                let shape = (self.size, self.size);
                projection.delays(delays.draw(&format!("{key}.delays"), shape, stream)?)
            }
            (None, None) => {
                return refuse(
                    "not given",
                    "give one for all synapses, in ms (0 for none), or delays for each",
                );
            }
            (Some(delay), Some(_)) => {
                return refuse(
                    &format!("{delay} ms, beside delays"),
                    "give one for all synapses or delays for each",
                );
            }
        }))
    }
}

/// The most Poisson spikes of a layer in a sample.
const MOST_ARRIVALS: f64 = 1e6;

impl NoiseSettings {
    /// For the `layer`-th layer, of `size` neurons, in runs of `duration` ms.
    ///
    /// # Errors
    /// A rate that is negative, not finite or so high that it is likely meant in another unit; a weight that is not finite.
    pub(super) fn check(&self, layer: usize, size: usize, duration: f64) -> Result<()> {
        let key = |member: &str| format!("layers.{layer}.poisson.{member}");
        if !(self.rate.is_finite() && self.rate >= 0.0) {
            let remedy = "give a finite rate in 1/ms, zero or more";
            return Err(Error::invalid(key("rate"), self.rate, remedy));
        }
        if !self.weight.is_finite() {
            let remedy = "give a finite value";
            return Err(Error::invalid(key("weight"), self.weight, remedy));
        }
        let arrivals = self.rate * size as f64 * duration;
        if arrivals <= MOST_ARRIVALS {
            return Ok(());
        }
        Err(Error::invalid(
            key("rate"),
            format!(
                "{}, which makes {arrivals:.1e} spikes in a sample",
                self.rate
            ),
            format!(
                "give one that makes {MOST_ARRIVALS:e} at most; rates are per ms: 100 spikes a second are 0.1"
            ),
        ))
    }
}

fn check_probability(section: &str, probability: Option<f64>) -> Result<()> {
    match probability {
        Some(p) if !(p > 0.0 && p <= 1.0) => Err(Error::invalid(
            format!("{section}.probability"),
            p,
            "give a number above 0 and at most 1, or leave it out to connect all pairs",
        )),
        _ => Ok(()),
    }
}

fn random(probability: Option<f64>, mean: f64, deviation: f64) -> Projection {
    let rule = probability.map_or(Rule::AllToAll, Rule::FixedProbability);
    Projection::by_rule(rule, Distribution::Normal { mean, deviation })
}

impl DelaySettings {
    /// What the delays of synapses that a rule makes are drawn from.
    fn values(&self, key: &str) -> Result<Values> {
        self.check(key)?;
        Ok(Values::uniform(0.0, self.latest))
    }

    fn check(&self, key: &str) -> Result<()> {
        if self.latest.is_finite() && self.latest >= 0.0 {
            return Ok(());
        }
        Err(Error::invalid(
            format!("{key}.latest"),
            format!("{} ms", self.latest),
            "give a finite number, zero or more",
        ))
    }

    /// A delay for each synapse, `[source, target]`, drawn by the seed and a number of its own.
    fn draw(
        &self,
        key: &str,
        shape: (usize, usize),
        (seed, number): (u64, u64),
    ) -> Result<Array2<f64>> {
        self.check(key)?;
        let mut rng = numbered_stream(seed, Stream::Delays, number);
        Ok(Array2::from_shape_fn(shape, |_| {
            self.latest * rng.random::<f64>()
        }))
    }
}
