//! How often the loops of kernels turn: what each population meets in each window, found from a recording.

use std::ops::Range;

use crate::event::Recording;
use crate::gpu::layout::{NONE, Projection, Spike};
use crate::gpu::record::Stretch;
use crate::gpu::tables::{PopulationTable, Tables};
use crate::problem::Problem;

/// A window and a time since its start.
pub(super) type Time = (u32, f32);

/// What a population meets in a window, added up over samples where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Met {
    /// Arrivals in lists: of a population whose synapses have delays of their own in all lists of its neurons.
    pub arrivals: f64,
    /// Arrivals times neurons that meet them.
    pub visits: f64,
    /// The same of neurons that fire in this window or later.
    pub awaited: f64,
    /// Arrivals before the last spike of the run of the neuron that meets them.
    pub wanted: f64,
    /// Of these, those that a sequential stage sends itself at once, which no list holds while it is simulated.
    pub instant: f64,
    /// The most arrivals that a neuron of a sample meets.
    pub longest: f64,
    /// Spikes, and in each sample their square.
    pub fired: f64,
    pub fired_squared: f64,
    /// Spikes of neurons that fire more than once in this window, times all spikes of the sample in it.
    pub fired_again: f64,
    /// The most spikes of a sample.
    pub most_fired: f64,
}

/// The most arrivals of a list, one that neurons share and one of a neuron, and the most spikes of a population in a window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Most {
    pub arrivals: u32,
    pub own_arrivals: u32,
    pub fired: u32,
}

/// What is met in each window.
pub(super) struct Trips {
    /// `[window][population]`.
    pub met: Vec<Vec<Met>>,
    /// Arrivals, `[window][projection]`; of a population whose synapses have delays of their own each counts once for a neuron.
    pub by_projection: Vec<Vec<f64>>,
}

impl Trips {
    /// Those of some samples.
    pub fn new(
        problem: &Problem<'_>,
        tables: &Tables,
        recording: &Recording,
        samples: Range<usize>,
    ) -> Self {
        let n_windows = tables.plan.n_windows();
        let mut trips = Self {
            met: vec![vec![Met::default(); tables.populations.len()]; n_windows],
            by_projection: vec![vec![0.0; tables.projections.len()]; n_windows],
        };
        for sample in samples {
            let stretch = Stretch::recorded(tables, problem, recording, sample);
            trips.sample(problem, tables, &stretch);
        }
        trips
    }

    /// What a list holds at most, and what a population fires at most in a window.
    pub fn most(&self, tables: &Tables) -> Most {
        let mut most = Most::default();
        for window in &self.met {
            for (met, population) in window.iter().zip(&tables.populations) {
                let longest = match population.has_own_lists {
                    true => &mut most.own_arrivals,
                    false => &mut most.arrivals,
                };
                *longest = (*longest).max(met.longest as u32);
                most.fired = most.fired.max(met.most_fired as u32);
            }
        }
        most
    }

    fn sample(&mut self, problem: &Problem<'_>, tables: &Tables, stretch: &Stretch) {
        for (ix, population) in tables.populations.iter().enumerate() {
            let last = last_spikes(population, stretch);
            let base = tables.sources[population.source].base;
            self.spikes((ix, population), base, &stretch.sources[population.source]);
            if !population.has_own_lists {
                let lists = self.lists(tables, stretch, population, |projection, _| {
                    (projection.whole_windows, projection.remainder)
                });
                for (window, times) in lists.iter().enumerate() {
                    let met = &mut self.met[window][ix];
                    met.arrivals += times.len() as f64;
                    meet(met, window as u32, times, &last);
                }
                continue;
            }
            let values = problem.parameters.values();
            let length = tables.plan.window();
            for (neuron, last) in last.iter().enumerate() {
                let delay = |projection: &Projection, unit: u32| match projection.is_per_synapse {
                    0 => (projection.whole_windows, projection.remainder),
                    _ => {
                        let row = unit as usize * population.size as usize + neuron;
                        let delay = values[projection.delays as usize + row];
                        let whole = ((delay / length) as u32).max(projection.least_windows);
                        (whole, (delay - f64::from(whole) * length) as f32)
                    }
                };
                let lists = self.lists(tables, stretch, population, delay);
                for (window, times) in lists.iter().enumerate() {
                    let met = &mut self.met[window][ix];
                    met.arrivals += times.len() as f64;
                    meet(met, window as u32, times, std::slice::from_ref(last));
                }
            }
        }
    }

    fn spikes(&mut self, (ix, population): (usize, &PopulationTable), base: u32, spikes: &[Spike]) {
        if !population.is_spiking {
            return;
        }
        for of_window in spikes.chunk_by(|a, b| a.window == b.window) {
            let n = of_window.len() as f64;
            let window = of_window[0].window;
            // A place among the stretch's, and the source's own begin with `base`.
            let is_here =
                |place: u32| place != NONE && spikes[(place - base) as usize].window == window;
            let is_again = |spike: &&Spike| is_here(spike.next) || is_here(spike.previous);
            let again = of_window.iter().filter(is_again).count();
            let met = &mut self.met[window as usize][ix];
            met.fired += n;
            met.fired_squared += n * n;
            met.fired_again += again as f64 * n;
            met.most_fired = met.most_fired.max(n);
        }
    }

    /// The times of a list's arrivals in each window, in order.
    fn lists(
        &mut self,
        tables: &Tables,
        stretch: &Stretch,
        population: &PopulationTable,
        delay: impl Fn(&Projection, u32) -> (u32, f32),
    ) -> Vec<Vec<(f32, bool)>> {
        let mut lists = vec![Vec::new(); tables.plan.n_windows()];
        let first = population.first_projection;
        for ix in first..first + population.n_projections {
            let projection = &tables.projections[ix as usize];
            for spike in &stretch.sources[projection.source as usize] {
                let delay = delay(projection, spike.unit);
                let is_instant = projection.is_inner != 0 && delay == (0, 0.0);
                if let Some((window, time)) =
                    arrival(tables, (spike.window, spike.time), delay, is_instant)
                {
                    lists[window as usize].push((time, is_instant));
                    self.by_projection[window as usize][ix as usize] += 1.0;
                }
            }
        }
        for list in &mut lists {
            list.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        lists
    }
}

/// When a spike arrives after a delay of whole windows and a remainder, as `shaders/delay.wgsl` has it; none after the run's end.
pub(super) fn arrival(
    tables: &Tables,
    (window, time): Time,
    (whole_windows, remainder): (u32, f32),
    is_instant: bool,
) -> Option<Time> {
    let length = tables.plan.window() as f32;
    let sum = time + remainder;
    let is_carried = !is_instant && sum >= length;
    let window = window + whole_windows + u32::from(is_carried);
    let time = if is_carried { sum - length } else { sum };
    let n_windows = tables.plan.n_windows();
    if window as usize >= n_windows {
        return None;
    }
    let (from, to) = tables.plan.bounds(window as usize);
    let is_inside = window as usize + 1 < n_windows || is_instant || time < (to - from) as f32;
    is_inside.then_some((window, time))
}

/// For each neuron its last spike of the run.
fn last_spikes(population: &PopulationTable, stretch: &Stretch) -> Vec<Option<Time>> {
    let mut last = vec![None; population.size as usize];
    if population.is_spiking {
        for spike in &stretch.sources[population.source] {
            last[spike.unit as usize] = Some((spike.window, spike.time));
        }
    }
    last
}

/// Neurons meet a list.
fn meet(met: &mut Met, window: u32, times: &[(f32, bool)], last: &[Option<Time>]) {
    let n = times.len() as f64;
    met.visits += n * last.len() as f64;
    met.longest = met.longest.max(n);
    let instant = times.iter().filter(|(_, is_instant)| *is_instant).count();
    met.instant += instant as f64 * last.len() as f64;
    for (last_window, last_time) in last.iter().flatten() {
        if *last_window < window {
            continue;
        }
        met.awaited += n;
        met.wanted += match *last_window == window {
            true => times.partition_point(|(time, _)| time < last_time) as f64,
            false => n,
        };
    }
}
