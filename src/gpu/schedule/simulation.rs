//! The plan executed forward.

use std::ops::Range;

use super::{
    Capacities, EVENTS, Request, Schedule, TURNS, dispatch, gather, in_window, members,
    of_population, passes, with_members,
};
use crate::gpu::kernels;
use crate::gpu::layout::{Step, WORKGROUP};
use crate::gpu::tables::{PopulationTable, Tables};
use crate::plan::StageKind;

/// The dispatches of a simulation of `duration` ms, or of some of its windows.
pub(in crate::gpu) fn simulation(
    tables: &Tables,
    capacities: &Capacities,
    request: &Request<'_>,
    duration: f64,
    windows: Range<usize>,
) -> Schedule {
    let mut schedule = Schedule::new();
    let mut run = request.common(tables, capacities);
    run.slope_floor = request.slope_floor;
    run.duration = duration as f32;
    run.spike_budget = request.spike_budget;
    let plan = &tables.plan;
    for window in windows {
        let step = in_window(&run, tables, window, request.voltage_times);
        for stage in plan.stages() {
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
            } else {
                parallel(
                    &mut schedule,
                    capacities,
                    of_population(&step, tables, members[0]),
                    members[0],
                );
            }
        }
    }
    schedule
}

fn parallel(
    schedule: &mut Schedule,
    capacities: &Capacities,
    mut step: Step,
    population: &PopulationTable,
) {
    let kernel = match population.is_spiking {
        true => &kernels::advance::SOURCE,
        false => &kernels::readout::SOURCE,
    };
    step.events = EVENTS;
    let n_passes =
        u64::from(capacities.arrivals.div_ceil(EVENTS).max(1)) * u64::from(capacities.patience);
    let workgroups = [step.size.div_ceil(WORKGROUP), step.n_slots, 1];
    passes(schedule, n_passes, step, |step| {
        dispatch(kernel, step, workgroups)
    });
    if population.is_spiking {
        let workgroups = [step.fired_capacity.div_ceil(WORKGROUP), step.n_slots, 1];
        schedule.push(dispatch(&kernels::order::SOURCE, step, workgroups));
    }
}

fn sequential(schedule: &mut Schedule, tables: &Tables, capacities: &Capacities, mut step: Step) {
    let members = &step.members[..step.n_members as usize];
    let n_neurons: u64 = members.iter().map(|member| u64::from(member[1])).sum();
    let n_spikes: u64 = members
        .iter()
        .map(|member| u64::from(tables.sources[member[2] as usize].capacity))
        .sum();
    let each = 2 * u64::from(step.n_members) + tables.projections.len() as u64 + 77;
    let turns = n_neurons.div_ceil(u64::from(WORKGROUP)) * each + 10;
    step.events = (u64::from(TURNS) / turns).max(1) as u32;
    // In a window most events are arrivals; spikes there are no more than fit.
    let most = u64::from(capacities.arrivals) + n_spikes / tables.plan.n_windows() as u64;
    let n_passes = (most / u64::from(step.events) + 1) * u64::from(capacities.patience);
    let workgroups = [step.n_slots, 1, 1];
    passes(schedule, n_passes, step, |step| {
        dispatch(&kernels::advance_sequential::SOURCE, step, workgroups)
    });
}
