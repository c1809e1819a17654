//! Derivatives by the neurons' own values while events stay: carried forward beside what else is done.

use super::{Request, Schedule, Window, gather, populations};
use crate::gpu::kernels::own_values::OwnValuesParameters;
use crate::gpu::kernels::own_values_readout::OwnValuesReadoutParameters;
use crate::gpu::kernels::own_values_sum::OwnValuesSumParameters;
use crate::gpu::layout::{NONE, WORKGROUP};
use crate::gpu::tables::{PopulationTable, Tables};

/// Carries those of a population through a window whose arrivals are listed.
pub(super) fn carry(
    schedule: &mut Schedule,
    (tables, request): (&Tables, &Request<'_>),
    window: &Window,
    population: &PopulationTable,
    tile_width: u32,
) {
    let workgroups = [population.size.div_ceil(WORKGROUP), request.n_samples(), 1];
    if population.is_spiking {
        let parameters = OwnValuesParameters {
            window: window.ix,
            window_end: window.end,
            is_run_start: window.is_run_start(),
            first_unit: population.first_unit,
            population_size: population.size,
            tile_width,
        };
        schedule.push(parameters, workgroups);
    } else {
        let (_, duration) = tables.plan.bounds(tables.plan.n_windows() - 1);
        let parameters = OwnValuesReadoutParameters {
            window: window.ix,
            window_end: window.end,
            is_run_start: window.is_run_start(),
            first_unit: population.first_unit,
            population_size: population.size,
            readout: population.readout,
            first_requested: window.first_requested,
            end_requested: window.end_requested,
            duration: duration as f32,
            tile_width,
        };
        schedule.push(parameters, workgroups);
    }
}

/// Carries all of them through the run, before a sweep.
pub(super) fn through(schedule: &mut Schedule, tables: &Tables, request: &Request<'_>) {
    for ix in 0..tables.plan.n_windows() {
        let window = Window::new(tables, ix, request.voltage_times);
        for stage in tables.plan.stages() {
            for population in populations(tables, stage) {
                gather(schedule, tables, population, &window, request.n_samples());
                carry(schedule, (tables, request), &window, population, 0);
            }
        }
    }
}

/// Adds up what a sweep has said of them.
pub(super) fn sum(schedule: &mut Schedule, tables: &Tables, request: &Request<'_>) {
    for population in &tables.populations {
        let parameters = OwnValuesSumParameters {
            first_unit: population.first_unit,
            population_size: population.size,
            readout: match population.is_spiking {
                true => NONE,
                false => population.readout,
            },
            tile_width: 0,
            slope_floor: request.slope_floor,
        };
        schedule.push(parameters, [request.n_slots, 1, 1]);
    }
}
