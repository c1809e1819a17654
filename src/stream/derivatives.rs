//! Derivatives of spike times with respect to chosen parameters, whichever engine carries them.

use super::StreamSpike;
use crate::network::{InputId, NetworkInRows, PopulationId, check_slope_floor};
use crate::{Error, Result};

/// What a spike time is differentiated with respect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamParameter {
    /// The weight of a synapse: its place in [`NetworkInRows::placed_synapses`].
    Weight(u64),
    /// The delay of a synapse, likewise.
    Delay(u64),
    /// The threshold of a population, for all neurons alike.
    Threshold(PopulationId),
    /// The threshold of a neuron, counted through the network.
    NeuronThreshold(u32),
    /// The weight of a Poisson drive, in the order in which drives were described.
    Drive(usize),
    /// The time of a generator's spike.
    GeneratorTime {
        /// Which generators.
        generators: InputId,
        /// Which of them.
        channel: u32,
        /// Which of its spikes.
        spike: usize,
    },
    /// The potential of a neuron, counted through the network, at the start.
    InitialPotential(u32),
}

/// Spikes with the derivatives of their times.
#[derive(Debug, Clone, Copy)]
pub struct SpikeDerivatives<'a> {
    /// Those of one window, by time, then neuron.
    pub spikes: &'a [StreamSpike],
    /// `[spike x parameter]`, row by row; ms per unit of the parameter.
    pub rows: &'a [f64],
}

/// Whether derivatives with respect to `parameters` can be asked of a run until `until` ms.
///
/// # Errors
/// A slope floor or an end that is out of range, a parameter that the network does not have.
pub(crate) fn check_derivatives(
    network: &NetworkInRows,
    parameters: &[StreamParameter],
    slope_floor: f64,
    until: f64,
) -> Result<()> {
    check_slope_floor(slope_floor)?;
    if !until.is_finite() {
        return Err(Error::invalid("until", until, "give a finite time in ms"));
    }
    let mut all = parameters.iter().enumerate();
    all.try_for_each(|(ix, parameter)| check(network, ix, *parameter))
}

fn check(network: &NetworkInRows, ix: usize, parameter: StreamParameter) -> Result<()> {
    let synapses = network.synapses();
    let (value, count, what) = match parameter {
        StreamParameter::Weight(place) | StreamParameter::Delay(place) => {
            (place, synapses, "synapses")
        }
        StreamParameter::Threshold(id) => (
            id.0 as u64,
            network.populations().len() as u64,
            "populations",
        ),
        StreamParameter::Drive(drive) => {
            (drive as u64, network.drives.len() as u64, "Poisson drives")
        }
        StreamParameter::NeuronThreshold(neuron) | StreamParameter::InitialPotential(neuron) => {
            (u64::from(neuron), network.neurons() as u64, "neurons")
        }
        StreamParameter::GeneratorTime {
            generators,
            channel,
            spike,
        } => {
            let trains = network.generators.get(generators.0).map(|g| &g.trains);
            let train = trains.and_then(|trains| trains.get(channel as usize));
            let spikes = train.map_or(0, Vec::len);
            (spike as u64, spikes as u64, "spikes of that generator")
        }
    };
    let refuse = |remedy: String| {
        let field = format!("parameters[{ix}]");
        Err(Error::invalid(field, format!("{parameter:?}"), remedy))
    };
    if value >= count {
        return refuse(format!("the network has {count} {what}, counted from 0"));
    }
    let mut populations = network.populations().iter();
    let of_threshold = match parameter {
        StreamParameter::Threshold(id) => Some(network.population(id)),
        StreamParameter::NeuronThreshold(neuron) => {
            populations.find(|population| population.neurons.contains(&neuron))
        }
        _ => None,
    };
    match of_threshold.filter(|population| population.neuron.threshold.is_none()) {
        None => Ok(()),
        Some(readout) => refuse(format!("the readout \"{}\" has no threshold", readout.name)),
    }
}
