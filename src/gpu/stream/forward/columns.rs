//! What the columns are of, as kernels see them.

use std::collections::HashMap;

use super::super::layout::{
    DRIVE_WEIGHT, NO_EVENT, SOME_THRESHOLD, SYNAPSE_DELAY, SYNAPSE_WEIGHT, SparseColumn,
};
use super::super::tables::in_order;
use crate::network::NetworkInRows;
use crate::stream::StreamParameter;
use crate::{Error, Result};

/// The columns, one for each parameter.
#[derive(Debug)]
pub(super) struct Columns {
    pub list: Vec<SparseColumn>,
    /// Neurons and columns of potentials at the start.
    pub initial: Vec<(u32, usize)>,
    /// Of a channel of all generators and which of its spikes, the columns of its time.
    times: HashMap<(usize, usize), Vec<usize>>,
}

impl Columns {
    /// Of checked parameters.
    ///
    /// # Errors
    /// More synapses than are counted in 32 bits, where one is chosen.
    pub fn new(network: &NetworkInRows, parameters: &[StreamParameter]) -> Result<Self> {
        let mut columns = Self {
            list: Vec::with_capacity(parameters.len()),
            initial: Vec::new(),
            times: HashMap::new(),
        };
        for (number, parameter) in parameters.iter().enumerate() {
            let column = columns.column(network, number, *parameter)?;
            columns.list.push(column);
        }
        Ok(columns)
    }

    fn column(
        &mut self,
        network: &NetworkInRows,
        number: usize,
        parameter: StreamParameter,
    ) -> Result<SparseColumn> {
        let of = |kind, first, end| SparseColumn { kind, first, end };
        Ok(match parameter {
            StreamParameter::Weight(place) => of(SYNAPSE_WEIGHT, synapse(network, place)?, 0),
            StreamParameter::Delay(place) => of(SYNAPSE_DELAY, synapse(network, place)?, 0),
            StreamParameter::Threshold(id) => {
                let neurons = &network.population(id).neurons;
                of(SOME_THRESHOLD, neurons.start, neurons.end)
            }
            StreamParameter::NeuronThreshold(neuron) => of(SOME_THRESHOLD, neuron, neuron + 1),
            StreamParameter::Drive(drive) => {
                // One that never comes is in no table.
                let place = in_order(network).position(|other| other == drive);
                place.map_or(of(NO_EVENT, 0, 0), |place| {
                    of(DRIVE_WEIGHT, place as u32, 0)
                })
            }
            StreamParameter::GeneratorTime {
                generators,
                channel,
                spike,
            } => {
                let before = network.generators[..generators.0].iter();
                let first: usize = before.map(|g| g.trains.len()).sum();
                let key = (first + channel as usize, spike);
                self.times.entry(key).or_default().push(number);
                of(NO_EVENT, 0, 0)
            }
            StreamParameter::InitialPotential(neuron) => {
                self.initial.push((neuron, number));
                of(NO_EVENT, 0, 0)
            }
        })
    }

    /// Whether a drive's weight has one.
    pub fn has_drives(&self) -> bool {
        self.list.iter().any(|column| column.kind == DRIVE_WEIGHT)
    }

    /// The columns of the time of a spike of a channel of all generators.
    pub fn of_time(&self, channel: usize, spike: usize) -> &[usize] {
        self.times.get(&(channel, spike)).map_or(&[], Vec::as_slice)
    }
}

/// The number of a synapse as kernels count them.
fn synapse(network: &NetworkInRows, place: u64) -> Result<u32> {
    if network.synapses() > u64::from(u32::MAX) {
        return Err(Error::invalid(
            "number of synapses",
            network.synapses(),
            "a GPU counts in 32 bits those of which one is chosen; use the CPU",
        ));
    }
    Ok(place as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Network, Neuron, PopulationId};

    #[test]
    fn every_parameter_has_its_column() {
        let mut network = Network::builder().seed(1);
        let neuron = Neuron::leaky_integrate_and_fire;
        let first = network.population("first", 2, neuron());
        let second = network.population("second", 3, neuron());
        network.generators("one", vec![vec![1.0]; 2]);
        let two = network.generators("two", vec![vec![1.0, 2.0]; 2]);
        // Tables are in order of populations, and have what comes alone.
        network.poisson(second, 0, 1.0, 1.0);
        network.poisson(first, 0, 0.0, 1.0);
        network.poisson(first, 0, 1.0, 1.0);
        let network = network.build_in_rows().expect("it is a network");
        let time = StreamParameter::GeneratorTime {
            generators: two,
            channel: 1,
            spike: 1,
        };
        let parameters = [
            StreamParameter::Delay(7),
            StreamParameter::Threshold(PopulationId(1)),
            StreamParameter::NeuronThreshold(1),
            StreamParameter::Drive(0),
            StreamParameter::Drive(1),
            time,
            StreamParameter::InitialPotential(4),
            time,
        ];
        let columns = Columns::new(&network, &parameters).expect("there are few synapses");
        let found: Vec<_> = columns
            .list
            .iter()
            .map(|c| (c.kind, c.first, c.end))
            .collect();
        let none = (NO_EVENT, 0, 0);
        let expected = [
            (SYNAPSE_DELAY, 7, 0),
            (SOME_THRESHOLD, 2, 5),
            (SOME_THRESHOLD, 1, 2),
            (DRIVE_WEIGHT, 1, 0),
            none,
            none,
            none,
            none,
        ];
        assert_eq!(found, expected);
        assert!(columns.has_drives());
        assert_eq!(columns.initial, [(4, 6)]);
        assert_eq!(
            (columns.of_time(3, 1), columns.of_time(2, 1)),
            (&[5, 7][..], &[][..])
        );
    }
}
