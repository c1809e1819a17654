//! What a case file says, member by member, before anything is checked.

use serde::Deserialize;

use super::number::Number;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseFile {
    pub name: Option<String>,
    pub inputs: usize,
    pub neurons: Vec<NeuronEntry>,
    pub synapses: Vec<SynapseEntry>,
    pub input_spikes: Vec<Vec<f64>>,
    pub end: f64,
    pub expected: Option<ExpectedEntry>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NeuronEntry {
    pub tau_membrane: f64,
    pub tau_synapse: f64,
    pub threshold: f64,
    #[serde(default, alias = "drive")]
    pub rest: f64,
    #[serde(default)]
    pub initial: f64,
    pub reset: ResetEntry,
}

/// `Subtract` is a variant with braces because serde looks for unknown members only in those.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum ResetEntry {
    #[serde(alias = "soft")]
    Subtract {},
    #[serde(alias = "hard")]
    To { potential: f64, refractory: f64 },
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SynapseEntry {
    pub source: SourceEntry,
    pub target: usize,
    pub weight: f64,
    pub delay: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum SourceEntry {
    Input(usize),
    Neuron(usize),
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedEntry {
    pub spikes: Vec<SpikeEntry>,
    /// How close the case comes to a grazing spike: for people, not for checks.
    #[serde(rename = "smallest_slope")]
    pub _smallest_slope: Option<Number>,
    /// How many derivatives the slope floor bounded, where a program wrote it.
    #[serde(default)]
    pub grazing_spikes: usize,
    pub jacobian: JacobianEntry,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpikeEntry {
    pub neuron: usize,
    pub time: Number,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JacobianEntry {
    pub weights: Vec<Vec<Number>>,
    pub delays: Option<Vec<Vec<Number>>>,
    pub thresholds: Vec<Vec<Number>>,
    pub input_times: Vec<Vec<Number>>,
}

/// What the JSON reader says of a text, cut in the middle where it repeats a long value of the
/// file: the place comes last.
pub(super) fn complaint(error: &serde_json::Error) -> String {
    const HEAD: usize = 300;
    const TAIL: usize = 200;
    let text = crate::error::plain(&error.to_string());
    let length = text.chars().count();
    if length <= HEAD + TAIL {
        return text;
    }
    let head: String = text.chars().take(HEAD).collect();
    let tail: String = text.chars().skip(length - TAIL).collect();
    format!("{head} ... {tail}")
}
