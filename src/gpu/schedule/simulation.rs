//! The plan executed forward.

use std::ops::Range;

use super::list::passes;
use super::{
    Capacities, Request, Schedule, TURNS, Window, gather, groups, most_events, populations,
    propagators, stage_populations, totals, turns_of_crossing,
};
use crate::gpu::kernels::advance::AdvanceParameters;
use crate::gpu::kernels::advance_sequential::AdvanceSequentialParameters;
use crate::gpu::kernels::order::OrderParameters;
use crate::gpu::kernels::readout::ReadoutParameters;
use crate::gpu::layout::WORKGROUP;
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
    let mut run = Run {
        tables,
        capacities,
        request,
        duration: duration as f32,
        schedule: Schedule::new(request.sizes(tables, capacities), tables.receptors),
    };
    for ix in windows {
        let window = Window::new(tables, ix, request.voltage_times);
        for stage in tables.plan.stages() {
            let populations = populations(tables, stage);
            for population in &populations {
                gather(
                    &mut run.schedule,
                    tables,
                    population,
                    &window,
                    request.n_slots,
                );
            }
            match stage.kind {
                StageKind::Sequential => run.sequential(&window, &populations),
                StageKind::Parallel if populations[0].is_spiking => {
                    run.advance(&window, populations[0]);
                }
                StageKind::Parallel => run.readout(&window, populations[0]),
            }
        }
    }
    run.schedule
}

struct Run<'a> {
    tables: &'a Tables,
    capacities: &'a Capacities,
    request: &'a Request<'a>,
    duration: f32,
    schedule: Schedule,
}

impl Run<'_> {
    /// How many dispatches take a parallel stage through a window.
    fn n_passes(&self, population: &PopulationTable) -> u64 {
        let events = most_events(self.tables.receptors);
        let each = self.capacities.of(population).div_ceil(events).max(1);
        u64::from(each) * u64::from(self.capacities.patience)
    }

    fn advance(&mut self, window: &Window, population: &PopulationTable) {
        let n_slots = self.request.n_slots;
        propagators(&mut self.schedule, population, window, n_slots, 0.0);
        for pass in passes(self.n_passes(population)) {
            let parameters = AdvanceParameters {
                window: window.ix,
                window_end: window.end,
                is_first_pass: pass.is_first,
                is_last_pass: pass.is_last,
                is_run_start: pass.is_first * window.is_run_start(),
                most_events: most_events(self.tables.receptors),
                first_unit: population.first_unit,
                population_size: population.size,
                slope_floor: self.request.slope_floor,
                spike_budget: self.request.spike_budget,
                has_intervals: u32::from(population.shares_intervals()),
            };
            let groups = population.size.div_ceil(WORKGROUP);
            self.schedule.push(parameters, [groups, n_slots, 1]);
        }
        let source = &self.tables.sources[population.source];
        let parameters = OrderParameters {
            window: window.ix,
            first_unit: population.first_unit,
            source: population.source as u32,
            source_base: source.base,
            source_capacity: source.capacity,
            spike_budget: self.request.spike_budget,
        };
        let groups = groups(self.capacities.fired, n_slots);
        self.schedule.push(parameters, [groups, n_slots, 1]);
    }

    fn readout(&mut self, window: &Window, population: &PopulationTable) {
        for pass in passes(self.n_passes(population)) {
            let parameters = ReadoutParameters {
                window: window.ix,
                window_end: window.end,
                is_first_pass: pass.is_first,
                is_last_pass: pass.is_last,
                is_run_start: pass.is_first * window.is_run_start(),
                most_events: most_events(self.tables.receptors),
                first_unit: population.first_unit,
                population_size: population.size,
                readout: population.readout,
                first_requested: window.first_requested,
                end_requested: window.end_requested,
                duration: self.duration,
            };
            let groups = population.size.div_ceil(WORKGROUP);
            let workgroups = [groups, self.request.n_slots, 1];
            self.schedule.push(parameters, workgroups);
        }
    }

    fn sequential(&mut self, window: &Window, populations: &[&PopulationTable]) {
        let tables = self.tables;
        let (n_neurons, n_spikes) = totals(tables, populations);
        let n_populations = populations.len() as u32;
        let crossing = turns_of_crossing(tables.receptors);
        let each = 2 * u64::from(n_populations) + tables.projections.len() as u64 + crossing;
        let turns = n_neurons.div_ceil(u64::from(WORKGROUP)) * each + 10;
        let most_events = (u64::from(TURNS) / turns).max(1) as u32;
        // In a window most events are arrivals; spikes there are no more than fit.
        let n_windows = tables.plan.n_windows() as u64;
        let arrivals = populations.iter().map(|p| self.capacities.of(p));
        let most = arrivals.map(u64::from).sum::<u64>() + n_spikes / n_windows;
        let n_passes = most / u64::from(most_events) + 1;
        for pass in passes(n_passes * u64::from(self.capacities.patience)) {
            let parameters = AdvanceSequentialParameters {
                populations: stage_populations(tables, populations),
                n_populations,
                window: window.ix,
                window_end: window.end,
                is_first_pass: pass.is_first,
                is_last_pass: pass.is_last,
                is_run_start: pass.is_first * window.is_run_start(),
                most_events,
                slope_floor: self.request.slope_floor,
                spike_budget: self.request.spike_budget,
            };
            let workgroups = [self.request.n_slots, 1, 1];
            self.schedule.push(parameters, workgroups);
        }
    }
}
