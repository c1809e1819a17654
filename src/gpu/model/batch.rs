//! The work of a simulation and of gradients over a batch, without a device.

use std::collections::BTreeMap;
use std::ops::Range;

use super::batch_parts::ALL;
use super::counted::Counted;
use super::part::Prices;
use super::reach::{Reach, Reached};
use super::trips::Trips;
use super::work::Work;
use crate::engine::{GradientOptions, Method};
use crate::event::Recording;
use crate::gpu::blocks;
use crate::gpu::buffers::BLOCK;
use crate::gpu::columns::columns;
use crate::gpu::forward::rows_per_column;
use crate::gpu::kernels::sensitivity_tiled;
use crate::gpu::layout::{AS_IT_IS, Column};
use crate::gpu::memory::MOST_SLOTS;
use crate::gpu::record::{self, Stretch};
use crate::gpu::schedule::{self, Capacities, Request, Schedule, Tile, Update};
use crate::gpu::session::Tensor;
use crate::gpu::shown::Shown;
use crate::gpu::tables::Tables;
use crate::problem::Problem;
use crate::session::{DeviceOptimiser, Step};
use crate::{Error, Result};

/// What a batch asks of a device: counted from the schedule that a device would be given and from a recording of any engine.
///
/// Samples are taken in chunks of as many as a device takes at most, whatever its memory; buffers have the room that they have after a
/// first run.
///
/// ```
/// use spikefront::cpu::CpuEngine;
/// use spikefront::gpu::model::{Batch, Device};
/// # use spikefront::event::SpikeBatch;
/// # use spikefront::network::{Network, Neuron, Projection};
/// # use spikefront::{Engine, Problem, SimulationOptions, ndarray};
/// # let mut network = Network::builder();
/// # let input = network.input("input", 1);
/// # let neuron = network.population("neuron", 1, Neuron::leaky_integrate_and_fire());
/// # network.connect(input, neuron, Projection::dense(ndarray::array![[0.6]]));
/// # let network = network.build()?;
/// # let parameters = network.parameters(0);
/// # let mut inputs = SpikeBatch::new();
/// # inputs.push_channels(&[vec![2.0]])?;
/// # let options = SimulationOptions::new(40.0);
/// # let problem = Problem { network: &network, parameters: &parameters, inputs: &inputs, options: &options };
///
/// let recording = CpuEngine::new().simulate(&problem)?;
/// let work = Batch::new(&problem, &recording)?.simulation()?;
/// println!("{} ms on an H100", 1e3 * Device::H100.total(&work));
/// # Ok::<(), spikefront::Error>(())
/// ```
pub struct Batch<'a> {
    problem: &'a Problem<'a>,
    recording: &'a Recording,
    capacities: Capacities,
    tables: Tables,
    /// Samples that are taken at once, and what they meet.
    chunks: Vec<(Range<usize>, Trips)>,
}

impl<'a> Batch<'a> {
    /// A problem, and the recording of it.
    ///
    /// # Errors
    /// A recording of another number of samples; a network that is given by rule, or that the GPU engine refuses.
    pub fn new(problem: &'a Problem<'a>, recording: &'a Recording) -> Result<Self> {
        let n_samples = problem.inputs.n_samples();
        if recording.n_samples() != n_samples {
            return Err(Error::invalid(
                "number of samples in the recording",
                recording.n_samples(),
                format!("the problem has {n_samples}; give the recording of that"),
            ));
        }
        if !problem.network.is_in_matrices() {
            return Err(Error::unavailable(
                "a cost model of projections by rule",
                "give them as matrices",
            ));
        }
        let inputs = record::input_capacities(problem.network, problem.inputs);
        let mut capacities = record::first_capacities(problem.network, &inputs);
        let fired = record::recorded_capacities(problem.network, recording);
        for (held, needed) in capacities.spikes[inputs.len()..].iter_mut().zip(fired) {
            *held = grown(*held, needed);
        }
        let tables = Tables::new(problem, &capacities.spikes)?;
        let mut chunks = Vec::new();
        for first in (0..n_samples).step_by(MOST_SLOTS as usize) {
            let samples = first..(first + MOST_SLOTS as usize).min(n_samples);
            let trips = Trips::new(problem, &tables, recording, samples.clone());
            let most = trips.most(&tables);
            capacities.arrivals = grown(capacities.arrivals, most.arrivals);
            capacities.own_arrivals = grown(capacities.own_arrivals, most.own_arrivals);
            capacities.fired = grown(capacities.fired, most.fired);
            chunks.push((samples, trips));
        }
        Ok(Self {
            problem,
            recording,
            capacities,
            tables,
            chunks,
        })
    }

    /// A simulation: a submission and a readback for each block of windows, and for what was fired.
    ///
    /// # Errors
    /// A kernel without the loops that are counted.
    pub fn simulation(&self) -> Result<Work> {
        let mut work = Work::default();
        let most = self.most();
        for (samples, trips) in &self.chunks {
            let request = Request::simulation(self.problem, samples.len());
            let mut bringing = request.schedule(&self.tables, &self.capacities);
            schedule::spread_inputs(&mut bringing, &self.tables, &most, request.n_slots);
            let mut window = 0;
            while window < self.tables.plan.n_windows() {
                let windows = blocks::block(&self.tables, window);
                window = windows.end;
                let duration = self.problem.options.duration;
                let simulated = schedule::simulation(
                    &self.tables,
                    &self.capacities,
                    &request,
                    duration,
                    windows,
                );
                bringing.append(&simulated);
                work.extend(self.count(&bringing, trips, &[])?);
                bringing.clear();
                work.readbacks += 1;
            }
            let mut schedule = request.schedule(&self.tables, &self.capacities);
            schedule::pack_spikes(&mut schedule, &self.tables, &most);
            work.extend(self.count(&schedule, trips, &[])?);
            work.readbacks += 1;
        }
        Ok(work)
    }

    /// How many spikes each source has in a sample, at most.
    fn most(&self) -> Vec<u32> {
        let network = self.problem.network;
        let mut most = record::input_capacities(network, self.problem.inputs);
        most.extend(record::recorded_capacities(network, self.recording));
        most
    }

    /// A gradient by the adjoint, with the sum over samples.
    ///
    /// # Errors
    /// As of [`simulation`](Self::simulation).
    pub fn adjoint(&self, options: &GradientOptions) -> Result<Work> {
        let mut work = Work::default();
        let most = self.most();
        for (samples, trips) in &self.chunks {
            let request = Request::gradient(self.problem, options, samples.len());
            let mut schedule = request.schedule(&self.tables, &self.capacities);
            schedule::spread_recorded(&mut schedule, &self.tables, &most, request.n_slots);
            work.extend(self.count(&schedule, trips, &[])?);
            let mut schedule = schedule::adjoint(&self.tables, &self.capacities, &request);
            schedule::reduce(&mut schedule, samples.start == 0);
            work.extend(self.count(&schedule, trips, &[])?);
            work.readbacks += 1;
        }
        Ok(work)
    }

    /// A gradient by forward propagation, tile by tile; of the first sample alone.
    ///
    /// # Errors
    /// As of [`simulation`](Self::simulation).
    pub fn forward(&self, options: &GradientOptions) -> Result<Work> {
        let options = options.method(Method::Forward);
        let columns = columns(self.problem, &self.tables, &options);
        let shown = Shown::new(self.problem.options);
        let request = Request::gradient(self.problem, &options, 1);
        let per_column = 4 * rows_per_column(&self.tables, shown);
        let width = (options.tile_memory / per_column.max(1)).clamp(1, columns.len().max(1));
        let trips = Trips::new(self.problem, &self.tables, self.recording, 0..1);
        let mut work = Work::default();
        for first in (0..columns.len()).step_by(width) {
            let n = width.min(columns.len() - first);
            let tile = Tile {
                first_column: first as u32,
                n_columns: n as u32,
                width: width as u32,
            };
            let own = &columns[first..first + n];
            let (tables, capacities) = (&self.tables, &self.capacities);
            let mut schedule = schedule::forward(tables, capacities, &request, tile, own);
            schedule::contract(&mut schedule, tables, 1, tile);
            if first + n == columns.len() {
                schedule::reduce(&mut schedule, true);
            }
            work.extend(self.count(&schedule, &trips, &columns)?);
        }
        work.readbacks += 1;
        Ok(work)
    }

    /// What a training step on the device adds to a simulation and an adjoint: the update.
    ///
    /// # Errors
    /// As of [`simulation`](Self::simulation).
    pub fn update(&self) -> Result<Work> {
        let mut schedule = Schedule::default();
        let n_values = self.problem.network.layout().len() as u32;
        let adam = DeviceOptimiser::Adam {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        };
        let all = Tensor {
            first: 0,
            n: n_values,
            multiple: 1.0,
            form: AS_IT_IS,
            first_limit: 0,
            below: None,
        };
        let step = Step {
            rate: 1e-3,
            raise_silent: 0.0,
        };
        let update = Update { step, n: 1 };
        schedule::optimise(&mut schedule, n_values, &all, adam, update);
        self.count(&schedule, &self.chunks[0].1, &[])
    }

    fn count(&self, schedule: &Schedule, trips: &Trips, columns: &[Column]) -> Result<Work> {
        let mut counted = Counted {
            tables: &self.tables,
            schedule,
            trips,
            columns,
            reached: BTreeMap::new(),
            multiplied: BTreeMap::new(),
            listed: (0, 0),
        };
        self.reach(&mut counted)?;
        counted.multiply(&|| Stretch::recorded(&self.tables, self.problem, self.recording, 0));
        let mut prices = Prices::new(self.tables.receptors, ALL);
        let weights = 4.0 * self.problem.network.layout().len() as f64;
        let mut work = Work::default();
        for dispatch in &schedule.dispatches {
            counted.listed = counted.listed_by(dispatch).unwrap_or(counted.listed);
            let turns = counted.turns(dispatch);
            let launch = turns.launch(&mut prices, dispatch.kernel, weights)?;
            work.kernels
                .entry(dispatch.kernel)
                .or_default()
                .push(launch);
        }
        work.submissions += schedule.dispatches.len().div_ceil(BLOCK);
        Ok(work)
    }

    /// From when on blocks of sensitivities are reached, for the populations and columns that the schedule carries in blocks.
    fn reach(&self, counted: &mut Counted<'_>) -> Result<()> {
        let tiled = sensitivity_tiled::SOURCE.name;
        let mut stretch = None;
        for dispatch in counted
            .schedule
            .dispatches
            .iter()
            .filter(|d| d.kernel == tiled)
        {
            let parameters: sensitivity_tiled::SensitivityTiledParameters =
                counted.parameters(dispatch);
            let population = counted.population(parameters.first_unit);
            let first = parameters.first_column + parameters.first_in_tile;
            if counted.reached.contains_key(&(population, first)) {
                continue;
            }
            let end = (parameters.first_column + parameters.end_in_tile) as usize;
            let stretch = stretch.get_or_insert_with(|| {
                Stretch::recorded(&self.tables, self.problem, self.recording, 0)
            });
            let reach = Reach::new(&self.tables, stretch);
            let table = &self.tables.populations[population];
            let reached = Reached::new(&reach, table, &counted.columns[first as usize..end]);
            counted.reached.insert((population, first), reached);
        }
        Ok(())
    }
}

/// What a buffer has room for after a run that needed so much.
fn grown(held: u32, needed: u32) -> u32 {
    match needed > held {
        true => needed.max(held.saturating_mul(2)),
        false => held,
    }
}
