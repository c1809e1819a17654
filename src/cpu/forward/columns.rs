//! Which parameter each column of a sensitivity belongs to.
//!
//! Columns are ordered by target neuron, populations in causal order: a neuron's
//! own columns lie together, and so do those of everything upstream of it. What
//! is not zero in a spike's row is then a short range, and a layered network's
//! rows stay block-sparse without any index.

use std::ops::Range;

use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::engine::GradientOptions;
use crate::network::{PopulationId, ProjectionId, Tensor};

/// The columns of one population's neurons: of each neuron the weights of matrices, those of lists, delays of its own of
/// matrices, those of lists, and a threshold.
pub(super) struct Own {
    /// Each neuron's first column, and where the last one's end.
    starts: Vec<usize>,
    /// Rows of matrices whose weights have a column: all or none.
    n_weights: usize,
    /// For each row of a matrix: the place of its synaptic delay among a neuron's columns, but for listed weights.
    delay_of_row: Vec<Option<usize>>,
    /// For each listed row the place of its weight, and of a delay of its own, among its target's columns; empty where
    /// there are no lists.
    listed: Vec<[Option<u32>; 2]>,
    /// For each neuron how many listed weights have columns; empty where none have.
    listed_weights: Vec<u32>,
    /// Whether weights have columns.
    pub has_weights: bool,
    has_threshold: bool,
}

impl Own {
    /// The column of the weight of a row at a neuron.
    pub fn weight(&self, neuron: usize, row: usize) -> Option<usize> {
        let place = match row.checked_sub(self.delay_of_row.len()) {
            None => (row < self.n_weights).then_some(row),
            Some(listed) => self.listed[listed][0].map(|place| place as usize),
        };
        place.map(|place| self.starts[neuron] + place)
    }

    /// The column of the delay of a row at a neuron, where that is the synapse's own.
    pub fn delay(&self, neuron: usize, row: usize) -> Option<usize> {
        let place = match row.checked_sub(self.delay_of_row.len()) {
            None => {
                let listed = self.listed_weights.get(neuron).copied().unwrap_or(0);
                self.delay_of_row[row].map(|place| place + listed as usize)
            }
            Some(listed) => self.listed[listed][1].map(|place| place as usize),
        };
        place.map(|place| self.starts[neuron] + place)
    }

    /// The column of a neuron's threshold.
    pub fn threshold(&self, neuron: usize) -> Option<usize> {
        self.has_threshold.then(|| self.starts[neuron + 1] - 1)
    }
}

/// The columns of one of a population's [own tensors](crate::network::Layout::own_tensors).
#[derive(Clone, Copy)]
pub(super) struct OwnColumn {
    first: usize,
    is_shared: bool,
}

impl OwnColumn {
    /// That of a neuron.
    pub fn of(self, neuron: usize) -> usize {
        self.first + if self.is_shared { 0 } else { neuron }
    }
}

/// The order of all columns, and where each lies in the flat gradient.
pub(super) struct Columns {
    pub own: Vec<Own>,
    /// For each projection with a shared delay: its column.
    pub shared_delay: Vec<Option<usize>>,
    /// The column of the sample's first input spike.
    pub first_input: Option<usize>,
    /// For each population: the columns of its neurons' own values, in the order of
    /// [`Own`](crate::cpu::own_values::Own).
    pub own_values: Vec<Vec<Option<OwnColumn>>>,
    /// Where each column lies: in the flat vector, or after it among the input spikes.
    pub flat: Vec<usize>,
    /// Where the columns end that have a target neuron of their own.
    pub n_owned: usize,
}

impl Columns {
    pub fn new(compiled: &Compiled<'_>, options: &GradientOptions, n_inputs: usize) -> Self {
        let network = compiled.problem.network;
        let layout = network.layout();
        let mut flat = Vec::new();
        let mut own: Vec<Option<Own>> = compiled.populations.iter().map(|_| None).collect();
        let order = compiled
            .plan
            .stages()
            .iter()
            .flat_map(|stage| &stage.populations);
        for ix in order.map(|id| id.index()) {
            own[ix] = Some(own_columns(&compiled.populations[ix], options, &mut flat));
        }
        let n_owned = flat.len();
        let connections = network.connections().iter().enumerate();
        let shared_delay = connections
            .map(|(ix, connection)| {
                (options.delays && connection.has_shared_delay()).then(|| {
                    flat.push(layout.delays(ProjectionId(ix)).start);
                    flat.len() - 1
                })
            })
            .collect();
        let first_input = options.input_times.then_some(flat.len());
        if options.input_times {
            flat.extend(layout.len()..layout.len() + n_inputs);
        }
        let own_values = (0..compiled.populations.len())
            .map(|ix| {
                let column = |tensor: &Tensor| {
                    let column = OwnColumn {
                        first: flat.len(),
                        is_shared: tensor.range.len() == 1,
                    };
                    options.asks(tensor.kind).then(|| {
                        flat.extend(tensor.range.clone());
                        column
                    })
                };
                let tensors = layout.own_tensors(PopulationId(ix)).iter();
                tensors.map(column).collect()
            })
            .collect();
        Self {
            own: own
                .into_iter()
                .map(|own| own.expect("the plan holds every population once"))
                .collect(),
            shared_delay,
            first_input,
            own_values,
            flat,
            n_owned,
        }
    }

    /// Cuts the columns into tiles of at most `width`; columns without a target neuron
    /// of their own reach everywhere and get tiles apart.
    pub fn tiles(&self, width: usize) -> Vec<Range<usize>> {
        let cut = |range: Range<usize>| {
            let end = range.end;
            range
                .step_by(width)
                .map(move |first| first..(first + width).min(end))
        };
        cut(0..self.n_owned)
            .chain(cut(self.n_owned..self.flat.len()))
            .collect()
    }

    /// The neurons of a population that have columns of their own in a tile.
    pub fn neurons_in(&self, population: usize, tile: &Range<usize>) -> Range<usize> {
        let starts = &self.own[population].starts;
        let size = starts.len() - 1;
        let first = starts[1..].partition_point(|&end| end <= tile.start);
        let last = starts[..size].partition_point(|&start| start < tile.end);
        first.min(last)..last
    }
}

/// The columns of a population's neurons, whose places in the flat vector go behind those that are there.
fn own_columns(
    population: &CompiledPopulation,
    options: &GradientOptions,
    flat: &mut Vec<usize>,
) -> Own {
    let n_rows = population.n_rows();
    let n_weights = if options.weights { n_rows } else { 0 };
    let mut n_matrix = n_weights;
    let delay_of_row: Vec<Option<usize>> = (0..n_rows)
        .map(|row| {
            let own = population.incoming_of(row as u32).shared_delay.is_none();
            (own && options.delays).then(|| {
                n_matrix += 1;
                n_matrix - 1
            })
        })
        .collect();
    let has_threshold = options.thresholds && population.is_spiking;
    // Of each neuron the places of listed weights and delays in the flat vector, in the order of rows.
    let mut lists: Vec<[Vec<usize>; 2]> = match population.has_lists {
        true => vec![[Vec::new(), Vec::new()]; population.size],
        false => Vec::new(),
    };
    let mut ranks: Vec<(usize, [Option<usize>; 2])> = Vec::new();
    for incoming in &population.incoming {
        let Some(table) = &incoming.table else {
            continue;
        };
        let has_own_delay = incoming.shared_delay.is_none();
        for synapse in 0..table.len() {
            let target = table.target(synapse);
            let places = [
                options.weights.then_some(incoming.weights + synapse),
                (options.delays && has_own_delay).then(|| incoming.delay_of(synapse)),
            ];
            let of_target = &mut lists[target];
            ranks.push((
                target,
                std::array::from_fn(|kind| {
                    let rank = of_target[kind].len();
                    of_target[kind].extend(places[kind]);
                    places[kind].map(|_| rank)
                }),
            ));
        }
    }
    let n_delays = n_matrix - n_weights;
    let n_listed = |neuron: usize| lists.get(neuron).map_or(0, |[weights, _]| weights.len());
    let listed = ranks.iter().map(|&(target, [weight, delay])| {
        let before_delays = n_weights + n_listed(target) + n_delays;
        [
            weight.map(|rank| (n_weights + rank) as u32),
            delay.map(|rank| (before_delays + rank) as u32),
        ]
    });
    let own = Own {
        starts: vec![flat.len()],
        n_weights,
        delay_of_row,
        listed: listed.collect(),
        listed_weights: (0..lists.len()).map(|ix| n_listed(ix) as u32).collect(),
        has_weights: options.weights,
        has_threshold,
    };
    let mut starts = own.starts;
    for neuron in 0..population.size {
        let weights = (0..n_weights).map(|row| population.weight_of(row, neuron));
        flat.extend(weights);
        let [weights, delays] = match lists.get(neuron) {
            Some(lists) => lists.each_ref().map(Vec::as_slice),
            None => [&[][..]; 2],
        };
        flat.extend(weights);
        let rows = own.delay_of_row.iter().enumerate();
        let own_delays = rows.filter(|(_, place)| place.is_some());
        flat.extend(own_delays.map(|(row, _)| population.delay_of(row, neuron)));
        flat.extend(delays);
        if has_threshold {
            flat.push(population.first_threshold + neuron);
        }
        starts.push(flat.len());
    }
    Own { starts, ..own }
}
