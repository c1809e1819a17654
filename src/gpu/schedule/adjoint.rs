//! The plan executed backward: windows and stages in reverse.

use super::list::passes;
use super::{
    Capacities, EVENTS, Request, Schedule, TURNS, Window, gather, groups, over_spikes, own_values,
    populations, propagators, stage_populations, totals,
};
use crate::gpu::kernels::adjoint::AdjointParameters;
use crate::gpu::kernels::adjoint_readout::AdjointReadoutParameters;
use crate::gpu::kernels::adjoint_sequential::AdjointSequentialParameters;
use crate::gpu::kernels::adjoint_start::AdjointStartParameters;
use crate::gpu::kernels::deliver::DeliverParameters;
use crate::gpu::kernels::deliver_synapses::DeliverSynapsesParameters;
use crate::gpu::kernels::sum_delays::SumDelaysParameters;
use crate::gpu::layout::{Projection, WORKGROUP};
use crate::gpu::tables::{PopulationTable, Tables};
use crate::plan::{Stage, StageKind};

/// In how many groups a stage keeps shares of adjoints of arrival times apart, and for how many arrivals each has room.
fn shares(tables: &Tables, capacities: &Capacities, stage: &Stage) -> (u32, u32) {
    let size = |population: &PopulationTable| match stage.kind {
        StageKind::Parallel if !population.has_own_lists => population.size.div_ceil(WORKGROUP),
        _ => population.size,
    };
    let populations = populations(tables, stage);
    let stride = populations.iter().map(|p| capacities.of(p)).max();
    let stride = stride.unwrap_or(0);
    (populations.into_iter().map(size).sum(), stride)
}

/// The most shares that any stage keeps apart.
pub(in crate::gpu) fn most_shares(tables: &Tables, capacities: &Capacities) -> u64 {
    let stages = tables.plan.stages().iter();
    let shares = stages.map(|stage| {
        let (n_groups, stride) = shares(tables, capacities, stage);
        u64::from(n_groups) * u64::from(stride)
    });
    shares.max().unwrap_or(0)
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

/// Where a population's shares of adjoints of arrival times lie: the first group, how many groups, and for how many arrivals each has
/// room.
#[derive(Debug, Clone, Copy)]
struct Shares {
    first: u32,
    n: u32,
    stride: u32,
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
            gather(
                &mut self.schedule,
                self.tables,
                population,
                window,
                n_samples,
            );
        }
        let (n_groups, stride) = shares(self.tables, self.capacities, stage);
        if stage.kind == StageKind::Sequential {
            self.sequential(window, &populations, stride);
            let mut first = 0;
            for population in populations {
                let shares = Shares {
                    first,
                    n: population.size,
                    stride,
                };
                self.deliver(window, population, shares);
                first += population.size;
            }
            return;
        }
        let population = populations[0];
        if population.is_spiking {
            propagators(&mut self.schedule, population, window, n_samples, 0.0);
        }
        let n_passes = u64::from(self.capacities.of(population).div_ceil(EVENTS).max(1));
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
        let shares = Shares {
            first: 0,
            n: n_groups,
            stride,
        };
        self.deliver(window, population, shares);
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
            has_own_lists: u32::from(population.has_own_lists),
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
            has_own_lists: u32::from(population.has_own_lists),
            needs_arrival_times: u32::from(!self.delivered(population).is_empty()),
            needs_delays: u32::from(self.request.needs_delays),
        }
    }

    fn sequential(&mut self, window: &Window, populations: &[&PopulationTable], share_stride: u32) {
        let (tables, capacities) = (self.tables, self.capacities);
        let (n_neurons, n_spikes) = totals(tables, populations);
        // A turn of its budget is a handful of the loops' turns.
        let most_events = TURNS / 8;
        let per_invocation = n_neurons.div_ceil(u64::from(WORKGROUP));
        let turns = per_invocation * u64::from(share_stride) + 4 * (n_spikes + 1);
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
                share_stride,
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

    fn deliver(&mut self, window: &Window, population: &PopulationTable, shares: Shares) {
        let n_slots = self.request.n_slots;
        for projection in self.delivered(population) {
            if population.has_own_lists {
                let parameters = DeliverSynapsesParameters {
                    window: window.ix,
                    window_end: window.end,
                    first_list: population.first_list,
                    projection,
                    first_group: shares.first,
                    share_stride: shares.stride,
                };
                let table = &self.tables.projections[projection as usize];
                let groups = over_spikes(table, &self.schedule.sizes, n_slots);
                self.schedule.push(parameters, [groups, n_slots, 1]);
            } else {
                let parameters = DeliverParameters {
                    window: window.ix,
                    list: population.first_list,
                    projection,
                    first_group: shares.first,
                    n_shares: shares.n,
                    share_stride: shares.stride,
                };
                let groups = groups(self.capacities.arrivals, n_slots);
                self.schedule.push(parameters, [groups, n_slots, 1]);
            }
            let is_shared = self.tables.projections[projection as usize].is_per_synapse == 0;
            if self.request.needs_delays && is_shared {
                let parameters = SumDelaysParameters {
                    first_list: population.first_list,
                    n_lists: population.n_lists,
                    projection,
                    first_group: shares.first,
                    share_stride: shares.stride,
                };
                self.schedule.push(parameters, [n_slots, 1, 1]);
            }
        }
    }
}
