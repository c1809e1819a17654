//! Forward propagation of one tile of columns: windows and stages in order.

use super::{
    Capacities, Request, Schedule, TURNS, dispatch, gather, in_window, members, of_population,
    with_members,
};
use crate::gpu::kernels;
use crate::gpu::layout::{Step, WORKGROUP};
use crate::gpu::tables::Tables;
use crate::plan::StageKind;

/// Places that one dispatch contracts.
const PLACES: u32 = 16_384;

/// Which columns a tile holds.
#[derive(Debug, Clone, Copy)]
pub(in crate::gpu) struct Tile {
    pub first_column: u32,
    pub n_columns: u32,
    pub width: u32,
}

/// The dispatches that carry a tile of columns through a run and contract it.
pub(in crate::gpu) fn forward(
    tables: &Tables,
    capacities: &Capacities,
    request: &Request<'_>,
    tile: Tile,
) -> Schedule {
    let mut schedule = Schedule::new();
    let mut run = request.common(tables, capacities);
    run.slope_floor = request.slope_floor;
    run.n_values = request.n_values;
    run.n_input_places = tables.n_input_places();
    (run.first_column, run.n_columns) = (tile.first_column, tile.n_columns);
    run.tile_width = tile.width;
    let columns = tile.n_columns.div_ceil(WORKGROUP);
    let of_units = |step: &Step| [columns, step.size, step.n_slots];
    let start = Step {
        size: run.n_units,
        ..run
    };
    schedule.push(dispatch(
        &kernels::sensitivity_start::SOURCE,
        start,
        of_units(&start),
    ));
    for window in 0..tables.plan.n_windows() {
        let step = in_window(&run, tables, window, request.voltage_times);
        for stage in tables.plan.stages() {
            let members = members(tables, stage);
            for population in &members {
                schedule.push(gather(of_population(&step, tables, population)));
            }
            if stage.kind == StageKind::Sequential {
                sequential(
                    &mut schedule,
                    tables,
                    capacities,
                    with_members(step, tables, &members),
                );
            }
            for population in &members {
                let kernel = match population.is_spiking {
                    true => &kernels::sensitivity::SOURCE,
                    false => &kernels::sensitivity_readout::SOURCE,
                };
                let step = of_population(&step, tables, population);
                schedule.push(dispatch(kernel, step, of_units(&step)));
            }
        }
    }
    contract(&mut schedule, tables, run);
    schedule
}

fn sequential(schedule: &mut Schedule, tables: &Tables, capacities: &Capacities, mut step: Step) {
    let members = &step.members[..step.n_members as usize];
    let n_spikes: u32 = members
        .iter()
        .map(|m| tables.sources[m[2] as usize].capacity)
        .sum();
    // A spike's neuron is carried over at most all arrivals; finding the first spikes of a dispatch again takes
    // a turn or two of each before it.
    step.events = (TURNS / capacities.arrivals.saturating_add(64)).max(1);
    let columns = step.n_columns.div_ceil(WORKGROUP);
    for first_place in (0..n_spikes).step_by(step.events as usize) {
        let step = Step {
            first_place,
            ..step
        };
        let workgroups = [columns, step.n_slots, 1];
        schedule.push(dispatch(
            &kernels::sensitivity_sequential::SOURCE,
            step,
            workgroups,
        ));
    }
}

fn contract(schedule: &mut Schedule, tables: &Tables, run: Step) {
    let columns = run.n_columns.div_ceil(WORKGROUP);
    let mut is_first = 1;
    for (source, table) in tables
        .sources
        .iter()
        .enumerate()
        .filter(|(_, s)| !s.is_input)
    {
        // A source without room for spikes still brings in what readouts show.
        for offset in (0..table.capacity.max(1)).step_by(PLACES as usize) {
            let step = Step {
                source: source as u32,
                source_base: table.base,
                first_place: table.base + offset,
                end_place: table.base + offset.saturating_add(PLACES).min(table.capacity),
                is_first,
                ..run
            };
            is_first = 0;
            schedule.push(dispatch(
                &kernels::contract::SOURCE,
                step,
                [columns, run.n_slots, 1],
            ));
        }
    }
}
