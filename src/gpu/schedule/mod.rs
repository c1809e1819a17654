//! What a run dispatches, as plain data: made and tested without a device.

mod adjoint;
mod forward;
mod simulation;
mod training;

pub(super) use adjoint::{adjoint, n_groups};
pub(super) use forward::{Tile, forward};
pub(super) use simulation::simulation;
pub(super) use training::{Update, first_spike, note_fired, optimise};

use super::kernel::Source;
use super::kernels;
use super::layout::{Step, WORKGROUP};
use super::shown::Shown;
use super::tables::{PopulationTable, Tables};
use crate::engine::GradientOptions;
use crate::plan::Stage;
use crate::problem::Problem;

/// Events that an invocation works through in one dispatch of a parallel stage. An event is one turn of
/// the loop and at most 72 of a crossing's: inside the 65,535 after which one
/// software driver ends an invocation, and short enough for a desktop's watchdog.
const EVENTS: u32 = 896;

/// Loop turns of an invocation in one dispatch of a sequential stage.
const TURNS: u32 = 50_000;

/// One dispatch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dispatch {
    pub kernel: &'static str,
    pub step: Step,
    pub workgroups: [u32; 3],
}

/// How much of everything there is room for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Capacities {
    /// Spikes of each source in a slot, inputs first.
    pub spikes: Vec<u32>,
    /// Spikes of one population in one window of a slot.
    pub fired: u32,
    /// Arrivals in one list.
    pub arrivals: u32,
    /// How many times as many dispatches as the arrivals alone would ask for.
    pub patience: u32,
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
            ..Self::simulation(problem, n_slots)
        }
    }

    /// A step with what all dispatches share, and what readouts show.
    fn common(&self, tables: &Tables, capacities: &Capacities) -> Step {
        let shown = Shown {
            n_times: self.voltage_times.len(),
            has_maxima: self.has_maxima,
        };
        Step {
            n_times: shown.n_times as u32,
            n_shown: shown.n_shown() as u32,
            ..common(tables, capacities, self.n_slots)
        }
    }
}

/// The dispatches of a run, in order.
pub(super) type Schedule = Vec<Dispatch>;

/// The spike budget as devices count.
pub(super) fn spike_budget(problem: &Problem<'_>) -> u32 {
    u32::try_from(problem.options.spike_budget).unwrap_or(u32::MAX)
}

/// A step with everything that all dispatches of a run share.
pub(super) fn common(tables: &Tables, capacities: &Capacities, n_slots: u32) -> Step {
    Step {
        n_slots,
        sample_step: 1,
        n_windows: tables.plan.n_windows() as u32,
        window_length: tables.plan.window() as f32,
        n_sources: tables.sources.len() as u32,
        n_inputs: tables.n_inputs() as u32,
        n_units: tables.neurons.len() as u32,
        n_lists: tables.n_lists,
        arrivals_capacity: capacities.arrivals,
        fired_capacity: capacities.fired,
        stretch: tables.stretch(),
        n_readouts: tables.n_readouts,
        ..Step::default()
    }
}

/// A step of one window, with the requested times that lie in it.
pub(super) fn in_window(step: &Step, tables: &Tables, window: usize, times: &[f64]) -> Step {
    let (from, to) = tables.plan.bounds(window);
    let requested = requested_in(tables, times, window);
    Step {
        window: window as u32,
        window_end: (to - from) as f32,
        is_start: u32::from(window == 0),
        first_time: requested.start as u32,
        end_time: requested.end as u32,
        ..*step
    }
}

/// The populations of a stage.
fn members<'a>(tables: &'a Tables, stage: &Stage) -> Vec<&'a PopulationTable> {
    let members = stage.populations.iter();
    members.map(|id| &tables.populations[id.index()]).collect()
}

/// A step of one population.
pub(super) fn of_population(step: &Step, tables: &Tables, population: &PopulationTable) -> Step {
    let source = &tables.sources[population.source];
    Step {
        first_unit: population.first_unit,
        size: population.size,
        stage: population.stage,
        source: population.source as u32,
        source_base: source.base,
        source_capacity: source.capacity,
        first_projection: population.first_projection,
        n_projections: population.n_projections,
        first_list: population.first_list,
        is_per_synapse: u32::from(population.is_per_synapse()),
        readout: population.readout,
        ..*step
    }
}

/// The dispatch that lists a population's arrivals in a window.
pub(super) fn gather(step: Step) -> Dispatch {
    let places = step.arrivals_capacity.div_ceil(WORKGROUP);
    if step.is_per_synapse == 0 {
        let workgroups = [places, step.n_slots, 1];
        return dispatch(&kernels::gather::SOURCE, step, workgroups);
    }
    let workgroups = [places, step.size + 1, step.n_slots];
    dispatch(&kernels::gather_synapses::SOURCE, step, workgroups)
}

/// A dispatch of a kernel.
pub(super) fn dispatch(kernel: &Source, step: Step, workgroups: [u32; 3]) -> Dispatch {
    Dispatch {
        kernel: kernel.name,
        step,
        workgroups,
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

/// A step of a sequential stage.
pub(super) fn with_members(step: Step, tables: &Tables, members: &[&PopulationTable]) -> Step {
    let mut step = Step {
        n_members: members.len() as u32,
        stage: members[0].stage,
        ..step
    };
    for (slot, member) in step.members.iter_mut().zip(members) {
        let source = &tables.sources[member.source];
        *slot = [
            member.first_unit,
            member.size,
            member.source as u32,
            source.base,
        ];
    }
    step
}

/// The workgroups of a kernel that has an invocation for each parameter.
pub(super) fn over_values(n_values: u32) -> [u32; 3] {
    let groups = n_values.div_ceil(WORKGROUP);
    [groups.min(65_535), groups.div_ceil(65_535), 1]
}

/// The same step in `n` dispatches, the first and the last marked.
fn passes(schedule: &mut Schedule, n: u64, step: Step, make: impl Fn(Step) -> Dispatch) {
    for pass in 0..n {
        schedule.push(make(Step {
            is_first: u32::from(pass == 0),
            is_last: u32::from(pass + 1 == n),
            is_start: u32::from(pass == 0) * step.is_start,
            ..step
        }));
    }
}
