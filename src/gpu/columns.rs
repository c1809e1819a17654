//! What forward propagation differentiates with respect to, one column each.

use super::layout::{
    Column, DELAY, DIRECTION, INITIAL, INPUT_TIME, NONE, REST, SHARED_DELAY, TAU_MEMBRANE,
    TAU_SYNAPSE, THRESHOLD, WEIGHT,
};
use super::tables::Tables;
use crate::engine::GradientOptions;
use crate::network::{Connection, PopulationId, ProjectionId, TensorKind};
use crate::problem::Problem;

/// The kind of the columns of a tensor's entries.
fn kind_of(kind: TensorKind) -> u32 {
    match kind {
        TensorKind::Weight => WEIGHT,
        TensorKind::Delay => DELAY,
        TensorKind::Threshold => THRESHOLD,
        TensorKind::TauMembrane => TAU_MEMBRANE,
        TensorKind::TauSynapse => TAU_SYNAPSE,
        TensorKind::Rest => REST,
        TensorKind::Initial => INITIAL,
    }
}

/// Everything at once, along a direction.
pub(super) const ALONG: Column = Column {
    kind: DIRECTION,
    index: NONE,
    value: NONE,
    unit: NONE,
    stage: 0,
};

/// The columns that are asked for: parameters in the order of the flat vector by tensor, then input spikes by place.
pub(super) fn columns(
    problem: &Problem<'_>,
    tables: &Tables,
    options: &GradientOptions,
) -> Vec<Column> {
    let network = problem.network;
    let layout = network.layout();
    let mut columns = Vec::new();
    let mut table_ix = 0;
    for (ix, population) in network.populations().iter().enumerate() {
        let id = PopulationId(ix);
        let table = &tables.populations[ix];
        let synapses = |kind: u32, start: usize, connection: &Connection| {
            let lists = connection.table.clone();
            (0..connection.n_synapses()).map(move |k| {
                let target = match &lists {
                    Some(table) => table.target(k),
                    None => k % population.size,
                };
                Column {
                    kind,
                    index: (start + k) as u32,
                    value: (start + k) as u32,
                    unit: table.first_unit + target as u32,
                    stage: table.stage,
                }
            })
        };
        // In the order in which `Tables` has them.
        for ProjectionId(projection) in network.incoming(id) {
            let connection = &network.connections()[projection];
            let (weights, delays) = (
                layout.weights(ProjectionId(projection)),
                layout.delays(ProjectionId(projection)),
            );
            if options.weights {
                columns.extend(synapses(WEIGHT, weights.start, connection));
            }
            if options.delays && connection.has_shared_delay() {
                columns.push(Column {
                    kind: SHARED_DELAY,
                    index: table_ix,
                    value: delays.start as u32,
                    unit: NONE,
                    stage: table.stage,
                });
            } else if options.delays {
                columns.extend(synapses(DELAY, delays.start, connection));
            }
            table_ix += 1;
        }
        if let (true, Some(range)) = (options.thresholds, layout.thresholds(id)) {
            columns.extend(range.enumerate().map(|(neuron, value)| Column {
                kind: THRESHOLD,
                index: value as u32,
                value: value as u32,
                unit: table.first_unit + neuron as u32,
                stage: table.stage,
            }));
        }
        for tensor in layout.own_tensors(id) {
            if !options.asks(tensor.kind) {
                continue;
            }
            let is_shared = tensor.range.len() < population.size;
            let values = tensor.range.clone().enumerate();
            columns.extend(values.map(|(neuron, value)| Column {
                kind: kind_of(tensor.kind),
                index: value as u32,
                value: value as u32,
                unit: match is_shared {
                    true => NONE,
                    false => table.first_unit + neuron as u32,
                },
                stage: table.stage,
            }));
        }
    }
    if options.input_times {
        columns.extend((0..tables.n_input_places()).map(|place| Column {
            kind: INPUT_TIME,
            index: place,
            value: 0,
            unit: NONE,
            stage: 0,
        }));
    }
    columns
}
