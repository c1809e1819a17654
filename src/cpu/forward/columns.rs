//! Which parameter each column of a sensitivity belongs to.
//!
//! Columns are ordered by target neuron, populations in causal order: a neuron's
//! own columns lie together, and so do those of everything upstream of it. What
//! is not zero in a spike's row is then a short range, and a layered network's
//! rows stay block-sparse without any index.

use std::ops::Range;

use crate::cpu::compiled::Compiled;
use crate::engine::GradientOptions;
use crate::network::{PopulationId, ProjectionId, Tensor};

/// The columns of one population's neurons.
pub(super) struct Own {
    /// The first neuron's first column.
    pub first: usize,
    /// Columns of one neuron: weights, delays of its own, a threshold.
    pub per_neuron: usize,
    /// Rows whose weights have a column: all or none.
    pub n_weights: usize,
    /// For each row: the place of its synaptic delay among a neuron's columns.
    pub delay_of_row: Vec<Option<usize>>,
    /// The place of the threshold among a neuron's columns.
    pub threshold: Option<usize>,
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
    /// For each incoming row group of each population: the projection it is.
    pub projections: Vec<Vec<usize>>,
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
            let population = &compiled.populations[ix];
            let first = flat.len();
            let rows = 0..population.n_rows();
            let n_weights = if options.weights {
                population.n_rows()
            } else {
                0
            };
            let mut place = n_weights;
            let delay_of_row: Vec<Option<usize>> = rows
                .clone()
                .map(|row| {
                    let own = population.incoming_of(row as u32).shared_delay.is_none();
                    (own && options.delays).then(|| {
                        place += 1;
                        place - 1
                    })
                })
                .collect();
            let threshold = (options.thresholds && population.is_spiking).then_some(place);
            for neuron in 0..population.size {
                flat.extend(
                    population.row_weight[..n_weights]
                        .iter()
                        .map(|start| start + neuron),
                );
                flat.extend(
                    rows.clone()
                        .filter(|&row| delay_of_row[row].is_some())
                        .map(|row| population.row_delay[row] + neuron),
                );
                flat.extend(threshold.map(|_| population.first_threshold + neuron));
            }
            own[ix] = Some(Own {
                first,
                per_neuron: place + usize::from(threshold.is_some()),
                n_weights,
                delay_of_row,
                threshold,
            });
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
        let projections = (0..compiled.populations.len())
            .map(|ix| {
                let incoming = network.connections().iter().enumerate();
                incoming
                    .filter(|(_, connection)| connection.target.index() == ix)
                    .map(|(projection, _)| projection)
                    .collect()
            })
            .collect();
        Self {
            own: own
                .into_iter()
                .map(|own| own.expect("the plan holds every population once"))
                .collect(),
            shared_delay,
            projections,
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

    /// The first column of a neuron.
    pub fn of_neuron(&self, population: usize, neuron: usize) -> usize {
        let own = &self.own[population];
        own.first + neuron * own.per_neuron
    }

    /// The neurons of a population that have columns of their own in a tile.
    pub fn neurons_in(&self, population: usize, size: usize, tile: &Range<usize>) -> Range<usize> {
        let own = &self.own[population];
        if own.per_neuron == 0 {
            return 0..0;
        }
        let first = tile.start.saturating_sub(own.first) / own.per_neuron;
        let last = tile.end.saturating_sub(own.first).div_ceil(own.per_neuron);
        first.min(size)..last.min(size)
    }
}
