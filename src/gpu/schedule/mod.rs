//! What a run dispatches, as plain data: made and tested without a device.

mod adjoint;
mod forward;
mod gather;
mod list;
mod own_values;
mod packed;
mod product;
mod simulation;
#[cfg(test)]
mod tests;
mod tiles;
mod training;
mod update;

pub(super) use adjoint::{adjoint, most_shares};
pub(super) use forward::{Tile, contract, forward};
pub(super) use list::{Dispatch, Schedule};
pub(super) use packed::{pack_spikes, spread_derivatives, spread_inputs, spread_recorded};
pub(super) use simulation::simulation;
pub use tiles::Carry;
pub(super) use tiles::{most_factors, most_spikes};
pub(super) use training::{loss, note_fired, reduce, seen_spikes};
pub(super) use update::{
    Renewal, Update, Watched, gradient_norm, keep_below, n_parts, optimise, raise_silent, renew,
};

use super::kernels::propagators::PropagatorsParameters;
use super::layout::{STAGE_POPULATIONS, Sizes, StagePopulation, WORKGROUP};
use super::receptors::Receptors;
use super::shown::Shown;
use super::tables::{PopulationTable, Tables};
use crate::engine::GradientOptions;
use crate::plan::Stage;
use crate::problem::Problem;
use gather::{gather, over_spikes};

/// Events that an invocation works through in one dispatch of a parallel stage. An event is one turn of
/// the loop and at most 72 of a crossing's: inside the 65,535 after which one
/// software driver ends an invocation, and short enough for a desktop's watchdog.
const EVENTS: u32 = 896;

/// The same of neurons with several currents: a crossing's turns are then those of the roots that bracket it as well.
const EVENTS_OF_SEVERAL: u32 = 128;

/// Turns of a crossing's loops at most, and of what else an event is.
fn turns_of_crossing(receptors: Receptors) -> u64 {
    match receptors {
        Receptors::One => 77,
        // Ten roots of 32 halvings each come before it.
        Receptors::Several => 77 + 360,
    }
}

/// Events of neurons that an invocation works through in one dispatch of a parallel stage of a simulation.
fn most_events(receptors: Receptors) -> u32 {
    match receptors {
        Receptors::One => EVENTS,
        Receptors::Several => EVENTS_OF_SEVERAL,
    }
}

/// Workgroups along one dimension of a dispatch: what every device of WebGPU has.
const MOST_GROUPS: u32 = 65_535;

/// Workgroups that keep the largest devices busy.
const BUSY: u32 = 4096;

/// Loop turns of an invocation in one dispatch of a sequential stage.
const TURNS: u32 = 50_000;

/// How much of everything there is room for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Capacities {
    /// Spikes of each source in a slot, inputs first.
    pub spikes: Vec<u32>,
    /// Spikes of one population in one window of a slot.
    pub fired: u32,
    /// Arrivals in one list: one that the neurons of a population share, and one of a neuron.
    pub arrivals: u32,
    pub own_arrivals: u32,
    /// How many times as many dispatches as the arrivals alone would ask for.
    pub patience: u32,
}

impl Capacities {
    /// Arrivals in a list of a population.
    pub fn of(&self, population: &PopulationTable) -> u32 {
        match population.has_own_lists {
            true => self.own_arrivals,
            false => self.arrivals,
        }
    }
}

/// What a run is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub n_slots: u32,
    /// Whether all slots are one sample, each with a cotangent of its own.
    pub is_one_sample: bool,
    pub slope_floor: f32,
    pub needs_delays: bool,
    /// Whether the adjoints of input times are asked for.
    pub needs_inputs: bool,
    /// Whether derivatives by the neurons' own values are.
    pub needs_own: bool,
    /// Which ways of carrying sensitivities may be taken.
    pub carry: Carry,
    pub voltage_times: &'a [f64],
    pub has_maxima: bool,
    pub n_values: u32,
    /// Spikes that a sample may fire.
    pub spike_budget: u32,
}

impl<'a> Request<'a> {
    /// A simulation.
    pub fn simulation(problem: &Problem<'a>, n_slots: usize) -> Self {
        Self {
            n_slots: n_slots as u32,
            is_one_sample: false,
            slope_floor: 0.0,
            needs_delays: false,
            needs_inputs: false,
            needs_own: false,
            carry: Carry::Chosen,
            voltage_times: &problem.options.voltage_times,
            has_maxima: problem.options.record_maxima,
            n_values: problem.network.layout().len() as u32,
            spike_budget: spike_budget(problem),
        }
    }

    /// A gradient.
    pub fn gradient(problem: &Problem<'a>, options: &GradientOptions, n_slots: usize) -> Self {
        Self {
            slope_floor: options.slope_floor as f32,
            needs_delays: options.delays,
            needs_inputs: options.input_times,
            needs_own: options.asks_of_neurons(),
            ..Self::simulation(problem, n_slots)
        }
    }

    /// How many samples there are: one's lists serve all slots where they are one sample's.
    fn n_samples(&self) -> u32 {
        match self.is_one_sample {
            true => 1,
            false => self.n_slots,
        }
    }

    /// A schedule of it, without dispatches.
    pub fn schedule(&self, tables: &Tables, capacities: &Capacities) -> Schedule {
        Schedule::new(self.sizes(tables, capacities), tables.receptors)
    }

    /// What all dispatches of a run share.
    pub fn sizes(&self, tables: &Tables, capacities: &Capacities) -> Sizes {
        let shown = Shown {
            n_times: self.voltage_times.len(),
            has_maxima: self.has_maxima,
        };
        Sizes {
            n_slots: self.n_slots,
            sample_stride: u32::from(!self.is_one_sample),
            n_windows: tables.plan.n_windows() as u32,
            window_length: tables.plan.window() as f32,
            n_sources: tables.sources.len() as u32,
            n_inputs: tables.n_inputs() as u32,
            n_units: tables.neurons.len() as u32,
            n_readouts: tables.n_readouts,
            n_values: self.n_values,
            n_projections: tables.projections.len() as u32,
            n_lists: tables.n_lists,
            n_shared_lists: tables.n_shared_lists,
            arrivals_capacity: capacities.arrivals,
            own_capacity: capacities.own_arrivals,
            fired_capacity: capacities.fired,
            spikes_capacity: tables.stretch(),
            n_input_places: tables.n_input_places(),
            n_times: shown.n_times as u32,
            n_shown: shown.n_shown() as u32,
            n_shares: most_shares(tables, capacities) as u32,
            has_own: u32::from(self.needs_own),
        }
    }
}

/// The spike budget as devices count.
pub(super) fn spike_budget(problem: &Problem<'_>) -> u32 {
    u32::try_from(problem.options.spike_budget).unwrap_or(u32::MAX)
}

/// A window, and the requested times that lie in it.
#[derive(Debug, Clone, Copy)]
struct Window {
    ix: u32,
    /// Since its start, in ms.
    end: f32,
    first_requested: u32,
    end_requested: u32,
}

impl Window {
    /// Whether the run starts with it.
    fn is_run_start(&self) -> u32 {
        u32::from(self.ix == 0)
    }

    fn new(tables: &Tables, ix: usize, voltage_times: &[f64]) -> Self {
        let (from, to) = tables.plan.bounds(ix);
        let requested = requested_in(tables, voltage_times, ix);
        Self {
            ix: ix as u32,
            end: (to - from) as f32,
            first_requested: requested.start as u32,
            end_requested: requested.end as u32,
        }
    }
}

/// The populations of a stage.
fn populations<'a>(tables: &'a Tables, stage: &Stage) -> Vec<&'a PopulationTable> {
    let populations = stage.populations.iter();
    populations
        .map(|id| &tables.populations[id.index()])
        .collect()
}

/// The populations of a sequential stage as its kernels have them.
fn stage_populations(
    tables: &Tables,
    populations: &[&PopulationTable],
) -> [StagePopulation; STAGE_POPULATIONS as usize] {
    let mut stage = [StagePopulation::default(); STAGE_POPULATIONS as usize];
    for (slot, population) in stage.iter_mut().zip(populations) {
        *slot = StagePopulation {
            first_unit: population.first_unit,
            size: population.size,
            source: population.source as u32,
            source_base: tables.sources[population.source].base,
        };
    }
    stage
}

/// How many neurons populations have, and for how many of their spikes there is room.
fn totals(tables: &Tables, populations: &[&PopulationTable]) -> (u64, u64) {
    let neurons = populations
        .iter()
        .map(|population| u64::from(population.size));
    let spikes = populations
        .iter()
        .map(|population| u64::from(tables.sources[population.source].capacity));
    (neurons.sum(), spikes.sum())
}

/// The workgroups of each of so many slots over places of which there may be many, and most are empty: invocations take more
/// than one where slots alone keep a device busy.
fn groups(places: u32, n_slots: u32) -> u32 {
    places.div_ceil(WORKGROUP).min(most_groups(n_slots))
}

/// The workgroups of each of so many slots that keep a device busy.
fn most_groups(n_slots: u32) -> u32 {
    (BUSY / n_slots.max(1)).max(1)
}

/// Computes the flow over each interval between the arrivals of a population that shares it, which have been listed; and
/// frames of `frame_length` ms, if that is not 0.
fn propagators(
    schedule: &mut Schedule,
    population: &PopulationTable,
    window: &Window,
    n_samples: u32,
    frame_length: f32,
) {
    if population.shares_intervals() {
        let parameters = PropagatorsParameters {
            window_end: window.end,
            first_unit: population.first_unit,
            frame_length,
            frame_rate: if frame_length > 0.0 {
                1.0 / frame_length
            } else {
                0.0
            },
        };
        // One more for the window's end.
        let groups = groups(schedule.sizes.arrivals_capacity + 1, n_samples);
        schedule.push(parameters, [groups, n_samples, 1]);
    }
}

/// Which of the requested times lie in a window: its end belongs to the next, but that of the run to the last.
pub(super) fn requested_in(
    tables: &Tables,
    voltage_times: &[f64],
    window: usize,
) -> std::ops::Range<usize> {
    let (from, to) = tables.plan.bounds(window);
    let is_last = window + 1 == tables.plan.n_windows();
    let first = voltage_times.partition_point(|&time| time < from);
    let end = voltage_times.partition_point(|&time| time < to || is_last);
    first..end
}

/// The workgroups of a kernel that has an invocation for each parameter.
pub(super) fn over_values(n_values: u32) -> [u32; 3] {
    in_rows(n_values.div_ceil(WORKGROUP))
}

/// So many workgroups, in rows of as many as a device dispatches along one dimension.
pub(super) fn in_rows(groups: u32) -> [u32; 3] {
    [groups.min(MOST_GROUPS), groups.div_ceil(MOST_GROUPS), 1]
}
