//! A training whose parameters, recordings, gradients and optimiser live on the GPU.

use std::sync::Arc;

use super::adjoint::per_slot;
use super::columns::columns;
use super::context::Context;
use super::engine::Memory;
use super::kernel::Role;
use super::layout::GRAZING;
use super::memory;
use super::record::Stretch;
use super::schedule::{self, Request, Schedule, Update};
use super::shown::Shown;
use super::simulate::MOST_REPEATS;
use super::tables::Tables;
use crate::engine::GradientOptions;
use crate::event::SpikeBatch;
use crate::network::{Network, Parameters, TensorKind};
use crate::problem::{Problem, SimulationOptions, Stop};
use crate::session::{
    BatchOutcome, DeviceLoss, DeviceOptimiser, OptimiserState, Session, SessionPlan,
};
use crate::{Error, Result};

/// A [`Session`] on a GPU; it has device memory of its own, apart from its engine's.
pub struct GpuSession {
    pub(super) task: Training,
    pub(super) memory: Memory,
    /// Updates so far.
    pub(super) n_steps: i32,
}

/// What is trained, and on what.
pub(super) struct Training {
    pub(super) context: Arc<Context>,
    budget: u64,
    pub(super) network: Arc<Network>,
    parameters: Parameters,
    simulation: SimulationOptions,
    slope_floor: f64,
    loss: DeviceLoss,
    pub(super) optimiser: DeviceOptimiser,
    raise_silent: f64,
}

impl GpuSession {
    pub(super) fn new(context: Arc<Context>, budget: u64, plan: &SessionPlan<'_>) -> Result<Self> {
        // A kernel runs to the end of the run: first spikes are the same either way.
        let simulation = SimulationOptions {
            stop: Stop::AtDuration,
            ..plan.simulation.clone()
        };
        let task = Training {
            context,
            budget,
            network: plan.network.clone(),
            parameters: plan.parameters.clone(),
            simulation,
            slope_floor: plan.slope_floor,
            loss: plan.loss,
            optimiser: plan.optimiser,
            raise_silent: plan.raise_silent,
        };
        let mut memory = Memory::default();
        task.upload(&mut memory)?;
        Ok(Self {
            task,
            memory,
            n_steps: 0,
        })
    }

    fn run(
        &mut self,
        inputs: &SpikeBatch,
        labels: &[usize],
        update: Option<Update>,
    ) -> Result<BatchOutcome> {
        let (task, memory) = (&self.task, &mut self.memory);
        pollster::block_on(task.run(memory, inputs, labels, update))
    }
}

impl Training {
    fn problem<'b>(&'b self, inputs: &'b SpikeBatch) -> Problem<'b> {
        Problem {
            network: &self.network,
            parameters: &self.parameters,
            inputs,
            options: &self.simulation,
        }
    }

    /// Writes parameters, which of them are trained, and an optimiser that remembers nothing.
    fn upload(&self, memory: &mut Memory) -> Result<()> {
        let layout = self.network.layout();
        let nothing = SpikeBatch::new();
        let problem = self.problem(&nothing);
        let n_sources = self.network.inputs().len() + self.network.populations().len();
        let tables = Tables::new(&problem, &vec![0; n_sources])?;
        let weights = columns(&problem, &tables, &GradientOptions::default());
        let mut trained = vec![0.0_f32; layout.len()];
        for column in &weights {
            trained[column.value as usize] = 1.0;
        }
        let bytes = ((3 * layout.len() + self.network.n_neurons()) * 4) as u64;
        let buffers = &mut memory.buffers;
        buffers.fill(&self.context, Role::Columns, &weights)?;
        buffers.fill(&self.context, Role::Trained, &trained)?;
        buffers.ensure(&self.context, Role::Totals, bytes)?;
        buffers.clear(&self.context, Role::Totals, bytes);
        self.write_values(memory)
    }

    fn write_values(&self, memory: &mut Memory) -> Result<()> {
        let values = self.parameters.values().iter();
        let values: Vec<f32> = values.map(|&value| value as f32).collect();
        memory.buffers.fill(&self.context, Role::Values, &values)
    }

    async fn run(
        &self,
        memory: &mut Memory,
        inputs: &SpikeBatch,
        labels: &[usize],
        update: Option<Update>,
    ) -> Result<BatchOutcome> {
        let problem = self.problem(inputs);
        problem.check()?;
        self.check_labels(labels, inputs)?;
        for _ in 0..MOST_REPEATS {
            if let Some(outcome) = self.attempt(memory, &problem, labels, update).await? {
                return Ok(outcome);
            }
        }
        Err(self
            .context
            .failure("a step did not end however much room it was given"))
    }

    /// Runs a whole batch; none if something had too little room, of which nothing remains.
    async fn attempt(
        &self,
        memory: &mut Memory,
        problem: &Problem<'_>,
        labels: &[usize],
        update: Option<Update>,
    ) -> Result<Option<BatchOutcome>> {
        let n_samples = problem.inputs.n_samples();
        let (context, budget) = (&*self.context, self.budget);
        let n_values = self.network.layout().len();
        let mut inner = memory.inner(context, budget);
        let capacities = inner.capacities(problem);
        let tables = Tables::new(problem, &capacities.spikes)?;
        let per_slot = per_slot(&tables, &capacities, Shown::default(), n_values);
        let most = memory::slots(context, budget, n_samples, &per_slot)?;
        inner.make_room(problem, &tables, &per_slot, most)?;
        let labels: Vec<u32> = labels.iter().map(|&label| label as u32).collect();
        inner.buffers.fill(context, Role::Labels, &labels)?;
        inner
            .buffers
            .ensure(context, Role::Results, (n_samples * 8) as u64)?;
        for first in (0..n_samples).step_by(most) {
            let n_slots = most.min(n_samples - first);
            let samples = first..first + n_slots;
            inner.upload(
                &tables,
                samples.map(|sample| Stretch::inputs(&tables, problem, sample)),
            );
            let spikes = n_slots * tables.stretch() as usize;
            inner
                .buffers
                .clear(context, Role::Adjoints, (spikes * 4) as u64);
            let request = Request {
                slope_floor: self.slope_floor as f32,
                voltage_times: &[],
                has_maxima: false,
                ..Request::simulation(problem, n_slots)
            };
            let (duration, windows) = (problem.options.duration, 0..tables.plan.n_windows());
            let mut schedule =
                schedule::simulation(&tables, &capacities, &request, duration, windows);
            schedule::first_spike(&mut schedule, &tables, &self.loss, problem, first);
            if update.is_some() {
                inner.run(&schedule).await?;
                // What readouts showed lies where the sweep looks for the loss's derivatives by it: none.
                let shown = n_slots as u64 * u64::from(tables.n_readouts) * 4;
                inner.buffers.clear(context, Role::Observed, shown);
                inner
                    .buffers
                    .clear(context, Role::Gradient, (n_slots * n_values * 4) as u64);
                schedule = schedule::adjoint(&tables, &capacities, &request);
                schedule::reduce(&mut schedule, first == 0);
                schedule::note_fired(&mut schedule, first == 0);
            }
            inner.run(&schedule).await?;
        }
        if let Some(update) = update {
            inner.run(&self.updates(n_values, update)).await?;
        }
        let is_raised = update.is_some() && self.raise_silent > 0.0;
        let n_flags = if is_raised {
            self.network.n_neurons()
        } else {
            0
        };
        let flags = (3 * n_values * 4) as u64;
        let wanted = [
            (Role::Counters, 0..memory::counters_head(&tables)),
            (Role::Results, 0..(n_samples * 8) as u64),
            (Role::Totals, flags..flags + (n_flags * 4) as u64),
        ];
        let read = inner.buffers.read_parts(context, &wanted).await?;
        let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&read[0]);
        if inner.grow(problem, &tables, &counters, 0, tables.plan.n_windows())? {
            return Ok(None);
        }
        let results: Vec<[f32; 2]> = bytemuck::pod_collect_to_vec(&read[1]);
        let loss = results
            .iter()
            .map(|result| f64::from(result[0]))
            .sum::<f64>();
        Ok(Some(BatchOutcome {
            loss: loss / n_samples as f64,
            n_correct: results.iter().filter(|result| result[1] != 0.0).count(),
            grazing_spikes: counters[GRAZING as usize] as usize,
            raised_neurons: self.n_silent(&bytemuck::pod_collect_to_vec(&read[2])),
        }))
    }

    /// How many neurons with a threshold have no flag of having fired; 0 where no flags were read.
    fn n_silent(&self, flags: &[f32]) -> usize {
        let populations = self.network.populations().iter();
        populations
            .filter(|population| population.is_spiking())
            .filter_map(|population| flags.get(population.units()))
            .map(|flags| flags.iter().filter(|&&flag| flag == 0.0).count())
            .sum()
    }

    /// The dispatches that end a batch.
    fn updates(&self, n_values: usize, update: Update) -> Schedule {
        let n_values = n_values as u32;
        let mut schedule = Schedule::default();
        schedule::optimise(&mut schedule, n_values, self.optimiser, update);
        if self.raise_silent > 0.0 {
            let tensors = self.network.layout().tensors().iter();
            let weights = tensors.filter(|tensor| tensor.kind == TensorKind::Weight);
            let n_weights = weights.map(|tensor| tensor.range.len() as u32).sum();
            schedule::raise_silent(&mut schedule, n_values, n_weights, self.raise_silent);
        }
        schedule
    }

    fn check_labels(&self, labels: &[usize], inputs: &SpikeBatch) -> Result<()> {
        let DeviceLoss::FirstSpike { population, .. } = self.loss;
        let n_classes = self.network.population(population).size;
        if labels.len() != inputs.n_samples() {
            let remedy = format!("give one for each of the {} samples", inputs.n_samples());
            return Err(Error::invalid("number of labels", labels.len(), remedy));
        }
        match labels.iter().position(|&label| label >= n_classes) {
            None => Ok(()),
            Some(ix) => Err(Error::invalid(
                format!("label of sample {ix}"),
                labels[ix],
                format!("the output population has {n_classes} neurons, counted from 0"),
            )),
        }
    }
}

impl Session for GpuSession {
    fn step(&mut self, inputs: &SpikeBatch, labels: &[usize], rate: f64) -> Result<BatchOutcome> {
        let n = self.n_steps.saturating_add(1);
        let outcome = self.run(inputs, labels, Some(Update { rate, n }))?;
        self.n_steps = n;
        Ok(outcome)
    }

    fn evaluate(&mut self, inputs: &SpikeBatch, labels: &[usize]) -> Result<BatchOutcome> {
        self.run(inputs, labels, None)
    }

    fn parameters(&mut self) -> Result<Vec<f64>> {
        let task = &mut self.task;
        let layout = task.network.layout();
        let wanted = [(Role::Values, (layout.len() * 4) as u64)];
        let read = pollster::block_on(self.memory.buffers.read(&task.context, &wanted))?;
        let found: Vec<f32> = bytemuck::pod_collect_to_vec(&read[0]);
        // What is not trained keeps the digits that single precision has not.
        for tensor in layout.tensors() {
            if tensor.kind == TensorKind::Weight {
                let values = &mut task.parameters.values_mut()[tensor.range.clone()];
                for (value, &found) in values.iter_mut().zip(&found[tensor.range.clone()]) {
                    *value = f64::from(found);
                }
            }
        }
        Ok(task.parameters.values().to_vec())
    }

    fn set_parameters(&mut self, values: &[f64]) -> Result<()> {
        let held = self.task.parameters.values_mut();
        if values.len() != held.len() {
            let remedy = format!("the network has {}", held.len());
            return Err(Error::invalid("number of parameters", values.len(), remedy));
        }
        held.copy_from_slice(values);
        self.task.parameters.check(&self.task.network)?;
        self.task.write_values(&mut self.memory)
    }

    fn optimiser(&mut self) -> Result<OptimiserState> {
        self.read_optimiser()
    }

    fn set_optimiser(&mut self, state: &OptimiserState) -> Result<()> {
        self.write_optimiser(state)
    }
}
