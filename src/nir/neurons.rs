//! The neurons of a graph, with constants in the units of its file.

use super::sizes::each;
use super::{NirGraph, NirNode, NirOptions, NirReset};
use crate::network::{Neuron, PerNeuron, Reset};
use crate::{Error, Result};

/// The nodes that have a counterpart here.
const KNOWN: [&str; 11] = [
    "Input", "Output", "Affine", "Linear", "Scale", "Delay", "Flatten", "CubaLIF", "CubaLI", "LIF",
    "LI",
];

/// A node of neurons; each list has one value for each of them.
#[derive(Debug, Clone)]
pub(super) struct Neurons {
    /// The number of its node.
    pub node: usize,
    pub size: usize,
    pub tau_membrane: Vec<f64>,
    /// Of neurons with a synaptic current.
    pub synapse: Option<Synapse>,
    pub resistance: Vec<f64>,
    pub leak: Vec<f64>,
    /// Of neurons that fire.
    pub threshold: Option<Vec<f64>>,
    /// Where the file says it.
    pub reset: Option<Vec<f64>>,
}

/// The synaptic current of neurons.
#[derive(Debug, Clone)]
pub(super) struct Synapse {
    pub tau: Vec<f64>,
    /// 1 where the file does not say it, as NIR defines it.
    pub input_weight: Vec<f64>,
}

/// Whether nodes of this type are neurons.
pub(super) fn is_neuron(kind: &str) -> bool {
    matches!(kind, "CubaLIF" | "CubaLI" | "LIF" | "LI")
}

/// Refuses a node that has no counterpart here.
pub(super) fn check_kind(node: &NirNode) -> Result<()> {
    if KNOWN.contains(&node.kind.as_str()) {
        return Ok(());
    }
    let remedy = match node.kind.as_str() {
        "IF" | "I" => "potentials leak here: use a LIF or CubaLIF with a long time constant".to_owned(),
        "Conv1d" | "Conv2d" | "SumPool2d" | "AvgPool2d" => {
            "there are no convolutions and no pooling here: write it out as a Linear, [target x source]".to_owned()
        }
        _ => format!("there is no counterpart of it here; known are {}", KNOWN.join(", ")),
    };
    Err(Error::invalid(
        format!("type of node {:?}", node.name),
        &node.kind,
        remedy,
    ))
}

impl Neurons {
    /// The neurons of a node of so many.
    pub fn read(graph: &NirGraph, number: usize, size: usize) -> Result<Self> {
        let node = &graph.nodes[number];
        let get = |name: &str| {
            let values = each(node, name, size)?;
            match values.iter().find(|value| !value.is_finite()) {
                None => Ok(values),
                Some(value) => Err(node.refused(name, value, "give finite values")),
            }
        };
        let is_given = |name: &str| node.parameters.contains_key(name);
        let optional = |name: &str| is_given(name).then(|| get(name)).transpose();
        let fires = matches!(node.kind.as_str(), "CubaLIF" | "LIF");
        let has_current = matches!(node.kind.as_str(), "CubaLIF" | "CubaLI");
        let time = |name: &str| {
            let values = get(name)?;
            match values.iter().find(|tau| **tau <= 0.0) {
                None => Ok(values),
                Some(tau) => Err(node.refused(name, tau, "give a time above zero")),
            }
        };
        Ok(Self {
            node: number,
            size,
            tau_membrane: time(if has_current { "tau_mem" } else { "tau" })?,
            synapse: match has_current {
                false => None,
                true => Some(Synapse {
                    tau: time("tau_syn")?,
                    input_weight: optional("w_in")?.unwrap_or_else(|| vec![1.0; size]),
                }),
            },
            resistance: get("r")?,
            leak: get("v_leak")?,
            threshold: fires.then(|| get("v_threshold")).transpose()?,
            reset: match fires {
                false => None,
                true => optional("v_reset")?,
            },
        })
    }

    /// The longest time constant.
    pub fn longest(&self) -> f64 {
        let synapses = self.synapse.iter().flat_map(|synapse| &synapse.tau);
        let all = self.tau_membrane.iter().chain(synapses);
        all.copied().fold(0.0, f64::max)
    }

    /// The neuron of a population, whose times are `unit` ms; `constant` is what its input is at all times.
    pub fn neuron(&self, unit: f64, constant: Option<&[f64]>, options: &NirOptions) -> Neuron {
        let in_ms = |times: &[f64]| times.iter().map(|time| time * unit).collect();
        let neuron = match &self.threshold {
            None => Neuron::leaky_integrator(),
            Some(threshold) => {
                Neuron::leaky_integrate_and_fire().threshold(compact(threshold.clone()))
            }
        };
        let neuron = neuron.tau_membrane(compact(in_ms(&self.tau_membrane)));
        let neuron = match &self.synapse {
            None => neuron,
            Some(synapse) => neuron.tau_synapse(compact(in_ms(&synapse.tau))),
        };
        let zero = || vec![0.0; self.size];
        let to = self.reset.clone().unwrap_or_else(zero);
        let held = |ix: usize| match &self.threshold {
            Some(threshold) => self.leak[ix] >= threshold[ix],
            None => false,
        };
        let begin = (0..self.size).map(|ix| if held(ix) { to[ix] } else { self.leak[ix] });
        let neuron = neuron.initial(compact(begin.collect()));
        let rest = constant.map(|constant| self.rest(constant));
        let neuron = neuron.rest(compact(rest.unwrap_or_else(|| self.leak.clone())));
        match (self.threshold.is_some(), options.reset) {
            (true, Some(NirReset::Subtract)) => neuron.reset(Reset::Subtract),
            (true, _) => neuron.reset(Reset::to(compact(to))),
            (false, _) => neuron,
        }
    }

    /// Where potentials go while their input is constant.
    fn rest(&self, constant: &[f64]) -> Vec<f64> {
        let rest = |ix: usize| {
            let weight = self.synapse.as_ref().map_or(1.0, |s| s.input_weight[ix]);
            self.leak[ix] + self.resistance[ix] * (weight * constant[ix])
        };
        (0..self.size).map(rest).collect()
    }
}

/// One value where all are the same.
fn compact(values: Vec<f64>) -> PerNeuron {
    match values.windows(2).all(|pair| pair[0] == pair[1]) {
        true if !values.is_empty() => PerNeuron::Same(values[0]),
        _ => PerNeuron::Each(values),
    }
}
