//! The plan executed backward: windows and stages in reverse.

use super::list::passes;
use super::{
    Capacities, EVENTS, Request, Schedule, TURNS, Window, gather, groups, own_values, populations,
    propagators, stage_populations, totals,
};
use crate::gpu::kernels::adjoint::AdjointParameters;
use crate::gpu::kernels::adjoint_readout::AdjointReadoutParameters;
use crate::gpu::kernels::adjoint_sequential::AdjointSequentialParameters;
use crate::gpu::kernels::adjoint_start::AdjointStartParameters;
use crate::gpu::kernels::deliver::DeliverParameters;
use crate::gpu::kernels::sum_delays::SumDelaysParameters;
use crate::gpu::layout::{Projection, WORKGROUP};
use crate::gpu::tables::{PopulationTable, Tables};
use crate::plan::{Stage, StageKind};

/// The shares of an arrival-time adjoint that a stage keeps apart.
fn n_groups(tables: &Tables, stage: &Stage) -> u32 {
    let size = |population: &PopulationTable| match stage.kind {
        StageKind::Parallel if !population.is_per_synapse() => population.size.div_ceil(WORKGROUP),
        _ => population.size,
    };
    populations(tables, stage).into_iter().map(size).sum()
}

/// The most that any stage keeps apart.
pub(in crate::gpu) fn most_groups(tables: &Tables) -> u32 {
    let stages = tables.plan.stages().iter();
    stages
        .map(|stage| n_groups(tables, stage))
        .max()
        .unwrap_or(1)
}

/// The dispatches of an adjoint sweep.
pub(in crate::gpu) fn adjoint(
    tables: &Tables,
    capacities: &Capacities,
    request: &Request<'_>,
) -> Schedule {
    let mut sweep = Sweep {
        tables,
        capacities,
        request,
        schedule: Schedule::new(request.sizes(tables, capacities), tables.receptors),
    };
    if request.needs_own {
        own_values::through(&mut sweep.schedule, tables, request);
    }
    let groups = sweep.schedule.sizes.n_units.div_ceil(WORKGROUP);
    let start = AdjointStartParameters {};
    sweep.schedule.push(start, [groups, request.n_slots, 1]);
    for ix in (0..tables.plan.n_windows()).rev() {
        let window = Window::new(tables, ix, request.voltage_times);
        for stage in tables.plan.stages().iter().rev() {
            sweep.stage(&window, stage);
        }
    }
    if request.needs_own {
        own_values::sum(&mut sweep.schedule, tables, request);
    }
    sweep.schedule
}

struct Sweep<'a> {
    tables: &'a Tables,
    capacities: &'a Capacities,
    request: &'a Request<'a>,
    schedule: Schedule,
}

impl Sweep<'_> {
    fn stage(&mut self, window: &Window, stage: &Stage) {
        let populations = populations(self.tables, stage);
        let n_samples = self.request.n_samples();
        for population in &populations {
            gather(&mut self.schedule, population, window, n_samples);
        }
        if stage.kind == StageKind::Sequential {
            self.sequential(window, &populations);
            let mut first_group = 0;
            for population in populations {
                self.deliver(window, population, first_group, population.size);
                first_group += population.size;
            }
            return;
        }
        let population = populations[0];
        if population.is_spiking {
            propagators(&mut self.schedule, population, window, n_samples, 0.0);
        }
        let n_passes = u64::from(self.capacities.arrivals.div_ceil(EVENTS).max(1));
        for pass in passes(n_passes) {
            let groups = population.size.div_ceil(WORKGROUP);
            let workgroups = [groups, self.request.n_slots, 1];
            if population.is_spiking {
                let parameters = self.spiking(window, population, pass.is_first);
                self.schedule.push(parameters, workgroups);
            } else {
                let parameters = self.readout(window, population, pass.is_first);
                self.schedule.push(parameters, workgroups);
            }
        }
        self.deliver(window, population, 0, n_groups(self.tables, stage));
    }

    fn spiking(
        &self,
        window: &Window,
        population: &PopulationTable,
        is_first_pass: u32,
    ) -> AdjointParameters {
        AdjointParameters {
            window: window.ix,
            window_end: window.end,
            is_first_pass,
            most_events: EVENTS,
            first_unit: population.first_unit,
            population_size: population.size,
            first_list: population.first_list,
            is_per_synapse: u32::from(population.is_per_synapse()),
            needs_arrival_times: u32::from(!self.delivered(population).is_empty()),
            needs_delays: u32::from(self.request.needs_delays),
            slope_floor: self.request.slope_floor,
            has_intervals: u32::from(population.shares_intervals()),
        }
    }

    fn readout(
        &self,
        window: &Window,
        population: &PopulationTable,
        is_first_pass: u32,
    ) -> AdjointReadoutParameters {
        AdjointReadoutParameters {
            window: window.ix,
            window_end: window.end,
            is_first_pass,
            most_events: EVENTS,
            first_unit: population.first_unit,
            population_size: population.size,
            readout: population.readout,
            first_requested: window.first_requested,
            end_requested: window.end_requested,
            first_list: population.first_list,
            is_per_synapse: u32::from(population.is_per_synapse()),
            needs_arrival_times: u32::from(!self.delivered(population).is_empty()),
            needs_delays: u32::from(self.request.needs_delays),
        }
    }

    fn sequential(&mut self, window: &Window, populations: &[&PopulationTable]) {
        let (tables, capacities) = (self.tables, self.capacities);
        let (n_neurons, n_spikes) = totals(tables, populations);
        let has_candidates = tables
            .populations
            .iter()
            .any(PopulationTable::is_per_synapse);
        // A turn of its budget is a handful of the loops' turns.
        let most_events = TURNS / 8;
        let per_invocation = n_neurons.div_ceil(u64::from(WORKGROUP));
        let turns = per_invocation * u64::from(capacities.arrivals) + 4 * (n_spikes + 1);
        let n_passes = turns / u64::from(most_events) + 1;
        for pass in passes(n_passes * u64::from(capacities.patience)) {
            let parameters = AdjointSequentialParameters {
                populations: stage_populations(tables, populations),
                n_populations: populations.len() as u32,
                window: window.ix,
                window_end: window.end,
                is_first_pass: pass.is_first,
                is_last_pass: pass.is_last,
                most_events,
                n_candidates: u32::from(has_candidates) * capacities.arrivals,
                needs_delays: u32::from(self.request.needs_delays),
                slope_floor: self.request.slope_floor,
            };
            let workgroups = [self.request.n_slots, 1, 1];
            self.schedule.push(parameters, workgroups);
        }
    }

    /// The projections of a population whose arrivals' times somebody asks for.
    fn delivered(&self, population: &PopulationTable) -> Vec<u32> {
        let first = population.first_projection;
        let is_asked = |projection: &Projection| {
            let is_input = self.tables.sources[projection.source as usize].is_input;
            !is_input || self.request.needs_inputs || self.request.needs_delays
        };
        (first..first + population.n_projections)
            .filter(|&ix| is_asked(&self.tables.projections[ix as usize]))
            .collect()
    }

    fn deliver(
        &mut self,
        window: &Window,
        population: &PopulationTable,
        first_group: u32,
        n_shares: u32,
    ) {
        let list = match population.is_per_synapse() {
            true => population.first_list + population.size,
            false => population.first_list,
        };
        let n_slots = self.request.n_slots;
        for projection in self.delivered(population) {
            let parameters = DeliverParameters {
                window: window.ix,
                list,
                projection,
                first_group,
                n_shares,
            };
            let groups = groups(self.capacities.arrivals, n_slots);
            self.schedule.push(parameters, [groups, n_slots, 1]);
            let is_shared = self.tables.projections[projection as usize].is_per_synapse == 0;
            if self.request.needs_delays && is_shared {
                let parameters = SumDelaysParameters {
                    list,
                    projection,
                    first_group,
                };
                self.schedule.push(parameters, [n_slots, 1, 1]);
            }
        }
    }
}
