//! Which parameters have a column, and where they act.

use crate::network::{InputId, NetworkInRows};
use crate::stream::StreamParameter;

/// A synapse whose weight or delay has a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChosenSynapse {
    /// Its place among all synapses.
    pub place: u64,
    pub column: usize,
    pub is_delay: bool,
}

/// The columns by what they act on.
#[derive(Debug)]
pub(super) struct Chosen {
    parameters: Vec<StreamParameter>,
    /// By place.
    synapses: Vec<ChosenSynapse>,
    /// Where the rows of each partition and group begin among all synapses.
    starts: Vec<Vec<u64>>,
}

impl Chosen {
    /// Of checked parameters.
    pub fn new(network: &NetworkInRows, parameters: &[StreamParameter]) -> Self {
        let mut synapses = Vec::new();
        for (column, parameter) in parameters.iter().enumerate() {
            if let StreamParameter::Weight(place) | StreamParameter::Delay(place) = *parameter {
                synapses.push(ChosenSynapse {
                    place,
                    column,
                    is_delay: matches!(parameter, StreamParameter::Delay(_)),
                });
            }
        }
        synapses.sort_by_key(|chosen| chosen.place);
        let mut next = 0;
        let starts = network.partitions.iter().map(|partition| {
            let rows = partition.rows.iter().map(|rows| {
                let start = next;
                next += rows.len() as u64;
                start
            });
            rows.collect()
        });
        Self {
            parameters: parameters.to_vec(),
            starts: starts.collect(),
            synapses,
        }
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.parameters.len()
    }

    /// The chosen synapses from number `from` to before number `to` of a group's rows in a partition.
    pub fn synapses(&self, part: usize, group: usize, from: usize, to: usize) -> &[ChosenSynapse] {
        let start = self.starts[part][group];
        let place = |ix: usize| {
            self.synapses
                .partition_point(|c| c.place < start + ix as u64)
        };
        &self.synapses[place(from)..place(to)]
    }

    /// The number of a chosen synapse within its group's rows.
    pub fn within(&self, part: usize, group: usize, chosen: &ChosenSynapse) -> usize {
        (chosen.place - self.starts[part][group]) as usize
    }

    /// The columns of the threshold of a neuron of a population.
    pub fn thresholds(&self, population: usize, neuron: u32) -> impl Iterator<Item = usize> + '_ {
        self.columns(move |parameter| match parameter {
            StreamParameter::Threshold(id) => id.0 == population,
            StreamParameter::NeuronThreshold(own) => *own == neuron,
            _ => false,
        })
    }

    /// The columns of a drive's weight.
    pub fn drives(&self, drive: usize) -> impl Iterator<Item = usize> + '_ {
        self.columns(move |parameter| *parameter == StreamParameter::Drive(drive))
    }

    /// Neurons and columns of potentials at the start.
    pub fn initial(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        let all = self.parameters.iter().enumerate();
        all.filter_map(|(column, parameter)| match parameter {
            StreamParameter::InitialPotential(neuron) => Some((*neuron, column)),
            _ => None,
        })
    }

    /// How a generator's spike moves with the parameters; `None` where it does not.
    pub fn generator_row(&self, id: InputId, channel: u32, spike: usize) -> Option<Vec<f64>> {
        let wanted = StreamParameter::GeneratorTime {
            generators: id,
            channel,
            spike,
        };
        let mut columns = self.columns(|parameter| *parameter == wanted).peekable();
        columns.peek()?;
        let mut row = vec![0.0; self.len()];
        columns.for_each(|column| row[column] = 1.0);
        Some(row)
    }

    fn columns(&self, accept: impl Fn(&StreamParameter) -> bool) -> impl Iterator<Item = usize> {
        let all = self.parameters.iter().enumerate();
        all.filter(move |(_, parameter)| accept(parameter))
            .map(|(column, _)| column)
    }
}
