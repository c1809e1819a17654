//! The plan executed backward: windows and stages in reverse.

use super::{
    Capacities, EVENTS, Request, Schedule, TURNS, dispatch, gather, in_window, members,
    of_population, passes, with_members,
};
use crate::gpu::kernels;
use crate::gpu::layout::{Projection, Step, WORKGROUP};
use crate::gpu::tables::{PopulationTable, Tables};
use crate::plan::{Stage, StageKind};

/// The most shares of an arrival-time adjoint that any stage keeps apart.
pub(in crate::gpu) fn n_groups(tables: &Tables, stage: &Stage) -> u32 {
    let size = |population: &PopulationTable| match stage.kind {
        StageKind::Parallel if !population.is_per_synapse() => population.size.div_ceil(WORKGROUP),
        _ => population.size,
    };
    stage
        .populations
        .iter()
        .map(|id| size(&tables.populations[id.index()]))
        .sum()
}

/// The dispatches of an adjoint sweep.
pub(in crate::gpu) fn adjoint(
    tables: &Tables,
    capacities: &Capacities,
    request: &Request<'_>,
) -> Schedule {
    let mut schedule = Schedule::new();
    let mut run = request.common(tables, capacities);
    run.sample_step = u32::from(!request.is_one_sample);
    run.slope_floor = request.slope_floor;
    run.needs_delays = u32::from(request.needs_delays);
    run.n_values = request.n_values;
    let workgroups = [run.n_units.div_ceil(WORKGROUP), run.n_slots, 1];
    schedule.push(dispatch(&kernels::adjoint_start::SOURCE, run, workgroups));
    for window in (0..tables.plan.n_windows()).rev() {
        let step = in_window(&run, tables, window, request.voltage_times);
        for stage in tables.plan.stages().iter().rev() {
            reverse_stage(&mut schedule, tables, capacities, request, stage, step);
        }
    }
    schedule
}

fn reverse_stage(
    schedule: &mut Schedule,
    tables: &Tables,
    capacities: &Capacities,
    request: &Request<'_>,
    stage: &Stage,
    mut step: Step,
) {
    let members = members(tables, stage);
    step.n_groups = n_groups(tables, stage);
    for population in &members {
        let mut listed = of_population(&step, tables, population);
        if request.is_one_sample {
            // One sample's lists serve all slots.
            listed.n_slots = 1;
        }
        schedule.push(gather(listed));
    }
    if stage.kind == StageKind::Sequential {
        sequential(
            schedule,
            tables,
            capacities,
            with_members(step, tables, &members),
        );
        let mut first_group = 0;
        for population in &members {
            let step = of_population(&step, tables, population);
            deliver(
                schedule,
                tables,
                request,
                step,
                (first_group, population.size),
            );
            first_group += population.size;
        }
        return;
    }
    let population = members[0];
    let mut step = of_population(&step, tables, population);
    let delivered = delivered(tables, request, &step);
    step.needs_origins = u32::from(!delivered.is_empty());
    step.events = EVENTS;
    let kernel = match population.is_spiking {
        true => &kernels::adjoint::SOURCE,
        false => &kernels::adjoint_readout::SOURCE,
    };
    let workgroups = [step.size.div_ceil(WORKGROUP), step.n_slots, 1];
    let n_passes = u64::from(capacities.arrivals.div_ceil(EVENTS).max(1));
    passes(schedule, n_passes, step, |step| {
        dispatch(kernel, step, workgroups)
    });
    deliver(schedule, tables, request, step, (0, step.n_groups));
}

fn sequential(schedule: &mut Schedule, tables: &Tables, capacities: &Capacities, mut step: Step) {
    let members = &step.members[..step.n_members as usize];
    let per_invocation = members
        .iter()
        .map(|m| m[1])
        .sum::<u32>()
        .div_ceil(WORKGROUP);
    let n_spikes: u32 = members
        .iter()
        .map(|m| tables.sources[m[2] as usize].capacity)
        .sum();
    let is_per_synapse = tables
        .populations
        .iter()
        .any(PopulationTable::is_per_synapse);
    step.n_candidates = if is_per_synapse {
        step.arrivals_capacity
    } else {
        0
    };
    // A turn of its budget is a handful of the loops' turns.
    step.events = TURNS / 8;
    let turns =
        u64::from(per_invocation) * u64::from(capacities.arrivals) + 4 * (u64::from(n_spikes) + 1);
    let n_passes = (turns / u64::from(step.events) + 1) * u64::from(capacities.patience);
    let workgroups = [step.n_slots, 1, 1];
    passes(schedule, n_passes, step, |step| {
        dispatch(&kernels::adjoint_sequential::SOURCE, step, workgroups)
    });
}

/// The projections of a population whose arrivals' times somebody asks for.
fn delivered(tables: &Tables, request: &Request<'_>, step: &Step) -> Vec<u32> {
    let range = step.first_projection..step.first_projection + step.n_projections;
    let is_asked = |projection: &Projection| {
        let is_input = tables.sources[projection.source as usize].is_input;
        !is_input || request.needs_inputs || request.needs_delays
    };
    range
        .filter(|&ix| is_asked(&tables.projections[ix as usize]))
        .collect()
}

fn deliver(
    schedule: &mut Schedule,
    tables: &Tables,
    request: &Request<'_>,
    step: Step,
    (first_group, n_shares): (u32, u32),
) {
    for projection in delivered(tables, request, &step) {
        let step = Step {
            projection,
            first_group,
            n_shares,
            ..step
        };
        let workgroups = [step.arrivals_capacity.div_ceil(WORKGROUP), step.n_slots, 1];
        schedule.push(dispatch(&kernels::deliver::SOURCE, step, workgroups));
        let is_shared = tables.projections[projection as usize].is_per_synapse == 0;
        if request.needs_delays && is_shared {
            let workgroups = [step.n_slots, 1, 1];
            schedule.push(dispatch(&kernels::sum_delays::SOURCE, step, workgroups));
        }
    }
}
