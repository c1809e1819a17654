//! A case as a network: populations by kind of reset, synapses as dense projections.

use super::bundle;
use super::read::Case;
use super::wire::{NeuronEntry, ResetEntry};
use crate::Result;
use crate::SimulationOptions;
use crate::event::{Spike, SpikeBatch};
use crate::network::{Network, NetworkBuilder, Neuron, Parameters, PopulationId, Reset};

/// A case ready to run, and where each of its parts lies in the network.
///
/// An absent synapse is one of weight zero, whose column is not reported; it has
/// the shortest delay of its projection, so that it does not change the plan.
/// Several synapses from one source to one target lie in several projections.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseNetwork {
    pub(super) network: Network,
    pub(super) parameters: Parameters,
    pub(super) inputs: SpikeBatch,
    pub(super) options: SimulationOptions,
    pub(super) weights: Vec<usize>,
    pub(super) delays: Vec<Option<usize>>,
    pub(super) units: Vec<usize>,
    pub(super) thresholds: Vec<usize>,
    pub(super) input_spikes: Vec<usize>,
    pub(super) has_delay_derivatives: bool,
}

impl CaseNetwork {
    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Its parameters, with the case's values.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The input spikes, one sample.
    pub fn inputs(&self) -> &SpikeBatch {
        &self.inputs
    }

    /// How to run it.
    pub fn options(&self) -> &SimulationOptions {
        &self.options
    }

    /// The place of each synapse's weight in the flat parameters.
    pub fn weights(&self) -> &[usize] {
        &self.weights
    }

    /// The place of each synapse's delay in the flat parameters; `None` where all delays are zero and shared.
    pub fn delays(&self) -> &[Option<usize>] {
        &self.delays
    }

    /// The network's number of each neuron.
    pub fn units(&self) -> &[usize] {
        &self.units
    }

    /// The place of each neuron's threshold in the flat parameters.
    pub fn thresholds(&self) -> &[usize] {
        &self.thresholds
    }

    /// The place of each input spike, input by input, in the sample.
    pub fn input_spikes(&self) -> &[usize] {
        &self.input_spikes
    }
}

impl Case {
    /// The network of this case, its parameters and its inputs.
    ///
    /// # Errors
    /// A network too large for the dense projections that cases are made of.
    pub fn network(&self) -> Result<CaseNetwork> {
        let mut builder = Network::builder();
        let input = (self.n_inputs() > 0).then(|| builder.input("input", self.n_inputs()));
        let groups = self.populations(&mut builder);
        let synapses = bundle::connect(self, &mut builder, input, &groups)?;
        let network = builder.build()?;
        let parameters = network.parameters(0);
        let layout = network.layout();
        let weights = synapses
            .iter()
            .map(|place| layout.weights(place.projection).start + place.entry)
            .collect();
        let delays = synapses
            .iter()
            .map(|place| {
                let range = layout.delays(place.projection);
                place.has_own_delay.then_some(range.start + place.entry)
            })
            .collect();
        let units = groups
            .iter()
            .map(|place| network.population(place.population).first_unit + place.member)
            .collect();
        let thresholds = groups
            .iter()
            .map(|place| {
                let range = layout.thresholds(place.population);
                range.map_or(0, |range| range.start) + place.member
            })
            .collect();
        let (inputs, input_spikes) = self.sample()?;
        let mut options = SimulationOptions::new(self.end);
        options.spike_budget = self.spike_budget;
        Ok(CaseNetwork {
            parameters,
            inputs,
            options,
            weights,
            delays,
            units,
            thresholds,
            input_spikes,
            has_delay_derivatives: self.has_delay_derivatives(),
            network,
        })
    }

    /// One population for each kind of reset there is; returns each neuron's place.
    fn populations(&self, builder: &mut NetworkBuilder) -> Vec<NeuronPlace> {
        let subtracts = |ix: usize| matches!(self.neurons[ix].reset, ResetEntry::Subtract {});
        let mut places = vec![None; self.n_neurons()];
        for (name, is_subtracted) in [("soft", true), ("hard", false)] {
            let members: Vec<usize> = (0..self.n_neurons())
                .filter(|&ix| subtracts(ix) == is_subtracted)
                .collect();
            if members.is_empty() {
                continue;
            }
            let population = builder.population(name, members.len(), self.neuron(&members));
            for (member, &ix) in members.iter().enumerate() {
                places[ix] = Some(NeuronPlace {
                    population,
                    member,
                    size: members.len(),
                });
            }
        }
        places.into_iter().flatten().collect()
    }

    fn neuron(&self, members: &[usize]) -> Neuron {
        let each = |value: fn(&NeuronEntry) -> f64| -> Vec<f64> {
            members.iter().map(|&ix| value(&self.neurons[ix])).collect()
        };
        let held: Vec<(f64, f64)> = members
            .iter()
            .filter_map(|&ix| match self.neurons[ix].reset {
                ResetEntry::Subtract {} => None,
                ResetEntry::To {
                    potential,
                    refractory,
                } => Some((potential, refractory)),
            })
            .collect();
        let reset = if held.is_empty() {
            Reset::Subtract
        } else {
            let (potential, refractory): (Vec<f64>, Vec<f64>) = held.into_iter().unzip();
            Reset::To {
                potential: potential.into(),
                refractory: refractory.into(),
            }
        };
        Neuron::leaky_integrate_and_fire()
            .tau_membrane(each(|neuron| neuron.tau_membrane))
            .tau_synapse(each(|neuron| neuron.tau_synapse))
            .threshold(each(|neuron| neuron.threshold))
            .rest(each(|neuron| neuron.rest))
            .initial(each(|neuron| neuron.initial))
            .reset(reset)
    }

    /// The input spikes sorted by (time, input), and the place of each among them.
    fn sample(&self) -> Result<(SpikeBatch, Vec<usize>)> {
        let listed: Vec<Spike> = self
            .input_spikes
            .iter()
            .enumerate()
            .flat_map(|(unit, times)| times.iter().map(move |&time| Spike { unit, time }))
            .collect();
        let mut order: Vec<usize> = (0..listed.len()).collect();
        // Stable, and listed input by input: ties stay in order of input and of listing.
        order.sort_by(|&x, &y| listed[x].time.total_cmp(&listed[y].time));
        let mut places = vec![0; listed.len()];
        for (place, &ix) in order.iter().enumerate() {
            places[ix] = place;
        }
        let sorted: Vec<Spike> = order.iter().map(|&ix| listed[ix]).collect();
        let mut batch = SpikeBatch::new();
        batch.push_sample(&sorted)?;
        Ok((batch, places))
    }
}

/// Where a neuron lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct NeuronPlace {
    pub population: PopulationId,
    pub member: usize,
    /// The population's size.
    pub size: usize,
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
