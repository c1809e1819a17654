//! Time constants that are trained.

use std::collections::BTreeMap;

use crate::network::{Network, PerNeuron, PopulationId};
use crate::{Error, Result};

/// Which of a neuron's two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeConstant {
    Membrane,
    Synapse,
}

/// The time constants of one population that are trained: one where its neurons share it, else one for each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slot {
    pub(super) population: PopulationId,
    pub(super) which: TimeConstant,
    /// What the trainer's learning rate is multiplied by.
    pub(super) multiple: f64,
}

impl Slot {
    /// `"hidden/tau_membrane"`.
    fn name(&self, network: &Network) -> String {
        let member = match self.which {
            TimeConstant::Membrane => "tau_membrane",
            TimeConstant::Synapse => "tau_synapse",
        };
        format!("{}/{member}", network.population(self.population).name)
    }

    fn constants<'a>(&self, network: &'a Network) -> &'a PerNeuron {
        let neuron = &network.population(self.population).neuron;
        match self.which {
            TimeConstant::Membrane => &neuron.tau_membrane,
            TimeConstant::Synapse => &neuron.tau_synapse[0],
        }
    }

    fn values(&self, network: &Network) -> Vec<f64> {
        match self.constants(network) {
            PerNeuron::Same(value) => vec![*value],
            PerNeuron::Each(values) => values.clone(),
        }
    }

    /// The network with other values of these.
    fn set(&self, network: &Network, values: &[f64]) -> Result<Network> {
        let neuron = &network.population(self.population).neuron;
        let new = match (self.constants(network), values) {
            (PerNeuron::Same(_), &[value]) => PerNeuron::Same(value),
            (PerNeuron::Each(old), values) if old.len() == values.len() => values.to_vec().into(),
            _ => {
                let expected = self.values(network).len();
                return Err(Error::invalid(
                    format!("number of trained values of {}", self.name(network)),
                    values.len(),
                    format!("the network has {expected}"),
                ));
            }
        };
        match self.which {
            TimeConstant::Membrane => {
                network.with_time_constants(self.population, new, neuron.tau_synapse[0].clone())
            }
            TimeConstant::Synapse => {
                network.with_time_constants(self.population, neuron.tau_membrane.clone(), new)
            }
        }
    }
}

/// The logarithms of all that are trained, in order.
pub(super) fn logarithms(slots: &[Slot], network: &Network) -> Vec<f64> {
    let values = slots.iter().flat_map(|slot| slot.values(network));
    values.map(f64::ln).collect()
}

/// dL/d(ln tau) = tau dL/d(tau) of all that are trained, in order, from the derivative by the time constants of all
/// neurons, membranes first.
pub(super) fn gradient(slots: &[Slot], network: &Network, all: &[f64]) -> Vec<f64> {
    let (membranes, synapses) = all.split_at(all.len() / 2);
    let of = |slot: &Slot| {
        let half = match slot.which {
            TimeConstant::Membrane => membranes,
            TimeConstant::Synapse => synapses,
        };
        let slopes = &half[network.population(slot.population).units()];
        match slot.constants(network) {
            PerNeuron::Same(value) => vec![value * slopes.iter().sum::<f64>()],
            PerNeuron::Each(values) => values.iter().zip(slopes).map(|(v, s)| v * s).collect(),
        }
    };
    slots.iter().flat_map(of).collect()
}

/// The network after an optimiser's step of the logarithms from `before` to `after`, each slot's multiplied by its
/// own rate. What has not moved stays as it is, bit for bit.
pub(super) fn stepped(
    slots: &[Slot],
    network: &Network,
    before: &[f64],
    after: &[f64],
) -> Result<Network> {
    let mut steps = before
        .iter()
        .zip(after)
        .map(|(before, after)| after - before);
    let mut network = network.clone();
    for slot in slots {
        let old = slot.values(&network);
        let pairs = old.iter().zip(&mut steps);
        let new: Vec<f64> = pairs
            .map(|(old, step)| old * (slot.multiple * step).exp())
            .collect();
        network = slot.set(&network, &new)?;
    }
    Ok(network)
}

/// All that are trained, by their names, in ms.
pub(super) fn named(slots: &[Slot], network: &Network) -> BTreeMap<String, Vec<f64>> {
    let pairs = slots
        .iter()
        .map(|slot| (slot.name(network), slot.values(network)));
    pairs.collect()
}

/// The network with what [`named`] gave.
pub(super) fn restored(
    slots: &[Slot],
    network: &Network,
    values: &BTreeMap<String, Vec<f64>>,
) -> Result<Network> {
    let mut network = network.clone();
    let names: Vec<String> = slots.iter().map(|slot| slot.name(&network)).collect();
    if !values.keys().all(|name| names.contains(name)) || values.len() != names.len() {
        let of = |names: Vec<&str>| match names.is_empty() {
            true => "none".to_owned(),
            false => names.join(", "),
        };
        return Err(Error::invalid(
            "trained time constants",
            of(values.keys().map(String::as_str).collect()),
            format!(
                "here are trained: {}",
                of(names.iter().map(String::as_str).collect())
            ),
        ));
    }
    for (slot, name) in slots.iter().zip(&names) {
        network = slot.set(&network, &values[name])?;
    }
    Ok(network)
}

#[cfg(test)]
#[path = "time_constants_tests.rs"]
mod tests;
