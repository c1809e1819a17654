//! A training whose parameters, recordings, gradients and optimiser live on the GPU.

use super::adjoint::per_slot;
use super::columns::columns;
use super::context::Context;
use super::engine::Memory;
use super::gradient::reduce;
use super::kernel::Role;
use super::kernels;
use super::layout::{GRAZING, Step, WORKGROUP};
use super::memory;
use super::record::Stretch;
use super::schedule::{self, Request};
use super::simulate::MOST_REPEATS;
use super::tables::Tables;
use crate::engine::GradientOptions;
use crate::event::SpikeBatch;
use crate::model::{Network, Parameters, TensorKind};
use crate::problem::{Problem, SimulationOptions, Stop};
use crate::session::{
    BatchOutcome, DeviceLoss, DeviceOptimiser, DeviceSilent, Session, SessionPlan,
};
use crate::{Error, Result};

/// A [`Session`] on a GPU; it has device memory of its own, apart from its engine's.
pub struct GpuSession<'a> {
    context: &'a Context,
    budget: u64,
    memory: Memory,
    network: &'a Network,
    parameters: Parameters,
    simulation: SimulationOptions,
    slope_floor: f64,
    loss: DeviceLoss,
    optimiser: DeviceOptimiser,
    raise_silent: f64,
    /// Updates so far.
    n_steps: i32,
    /// Learning rate of the update in progress; none where a batch is only judged.
    rate: Option<f64>,
}

impl<'a> GpuSession<'a> {
    pub(super) fn new(
        context: &'a Context,
        budget: u64,
        plan: &SessionPlan<'a, '_>,
    ) -> Result<Self> {
        // A kernel runs to the end of the run: first spikes are the same either way.
        let simulation = SimulationOptions {
            stop: Stop::AtDuration,
            ..plan.simulation.clone()
        };
        let mut session = Self {
            context,
            budget,
            memory: Memory::default(),
            network: plan.network,
            parameters: plan.parameters.clone(),
            simulation,
            slope_floor: plan.slope_floor,
            loss: plan.loss,
            optimiser: plan.optimiser,
            raise_silent: plan.raise_silent,
            n_steps: 0,
            rate: None,
        };
        session.upload()?;
        Ok(session)
    }

    /// Writes parameters, which of them are trained, and an optimiser that remembers nothing.
    fn upload(&mut self) -> Result<()> {
        let layout = self.network.layout();
        let mut trained = vec![0.0_f32; layout.len()];
        for tensor in layout
            .tensors()
            .iter()
            .filter(|t| t.kind == TensorKind::Weight)
        {
            trained[tensor.range.clone()].fill(1.0);
        }
        let bytes = ((3 * layout.len() + self.network.n_neurons()) * 4) as u64;
        let buffers = &mut self.memory.buffers;
        buffers.fill(self.context, Role::Trained, &trained)?;
        buffers.ensure(self.context, Role::Totals, bytes)?;
        buffers.clear(self.context, Role::Totals, bytes);
        self.write_values()
    }

    fn write_values(&mut self) -> Result<()> {
        let values: Vec<f32> = self.parameters.values().iter().map(|&v| v as f32).collect();
        self.memory
            .buffers
            .fill(self.context, Role::Values, &values)
    }

    async fn run(&mut self, inputs: &SpikeBatch, labels: &[usize]) -> Result<BatchOutcome> {
        let parameters = self.parameters.clone();
        let simulation = self.simulation.clone();
        let problem = Problem {
            network: self.network,
            parameters: &parameters,
            inputs,
            options: &simulation,
        };
        problem.check()?;
        self.check_labels(labels, inputs)?;
        for _ in 0..MOST_REPEATS {
            if let Some(outcome) = self.attempt(&problem, labels).await? {
                return Ok(outcome);
            }
        }
        Err(self
            .context
            .failure("a step did not end however much room it was given"))
    }

    /// Runs a whole batch; none if something had too little room, of which nothing remains.
    async fn attempt(
        &mut self,
        problem: &Problem<'_>,
        labels: &[usize],
    ) -> Result<Option<BatchOutcome>> {
        let n_samples = problem.inputs.n_samples();
        let (context, budget, rate) = (self.context, self.budget, self.rate);
        let n_values = self.network.layout().len();
        let mut inner = self.memory.inner(context, budget);
        let capacities = inner.capacities(problem);
        let tables = Tables::new(problem, &capacities.spikes)?;
        let per_slot = per_slot(&tables, &capacities, 0, n_values);
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
                n_slots: n_slots as u32,
                is_one_sample: false,
                slope_floor: self.slope_floor as f32,
                needs_delays: false,
                needs_inputs: false,
                voltage_times: &[],
                n_values: n_values as u32,
            };
            let mut schedule =
                schedule::simulation(&tables, &capacities, &request, problem.options.duration);
            schedule.push(first_spike(
                &tables,
                &schedule::common(&tables, &capacities, n_slots as u32),
                &self.loss,
                problem,
                first,
            ));
            if rate.is_some() {
                inner
                    .buffers
                    .clear(context, Role::Gradient, (n_slots * n_values * 4) as u64);
                schedule.extend(schedule::adjoint(&tables, &capacities, &request));
                schedule.push(reduce(&tables, &capacities, &request, first == 0));
                let fired = Step {
                    n_values: n_values as u32,
                    is_start: u32::from(first == 0),
                    ..schedule::common(&tables, &capacities, n_slots as u32)
                };
                let workgroups = [fired.n_units.div_ceil(WORKGROUP), 1, 1];
                schedule.push(schedule::dispatch(
                    &kernels::note_fired::SOURCE,
                    fired,
                    workgroups,
                ));
            }
            inner.run(&schedule).await?;
        }
        if let Some(rate) = rate {
            let step = Step {
                n_values: n_values as u32,
                ..Step::default()
            };
            let mut schedule = vec![update(step, self.optimiser, rate, self.n_steps + 1)];
            if self.raise_silent > 0.0 {
                let weights = columns(problem, &tables, &GradientOptions::default());
                inner.buffers.fill(context, Role::Columns, &weights)?;
                let step = Step {
                    n_columns: weights.len() as u32,
                    scale: self.raise_silent as f32,
                    ..step
                };
                let workgroups = schedule::over_values(step.n_columns);
                schedule.push(schedule::dispatch(
                    &kernels::raise_silent::SOURCE,
                    step,
                    workgroups,
                ));
            }
            inner.run(&schedule).await?;
        }
        let wanted = [
            (Role::Counters, memory::counters_head(&tables)),
            (Role::Results, (n_samples * 8) as u64),
        ];
        let read = inner.buffers.read(context, &wanted).await?;
        let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&read[0]);
        if inner.grow(problem, &tables, &counters, 0)? {
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
        }))
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

impl Session for GpuSession<'_> {
    fn step(&mut self, inputs: &SpikeBatch, labels: &[usize], rate: f64) -> Result<BatchOutcome> {
        self.rate = Some(rate);
        let outcome = pollster::block_on(self.run(inputs, labels))?;
        self.n_steps = self.n_steps.saturating_add(1);
        Ok(outcome)
    }

    fn evaluate(&mut self, inputs: &SpikeBatch, labels: &[usize]) -> Result<BatchOutcome> {
        self.rate = None;
        pollster::block_on(self.run(inputs, labels))
    }

    fn parameters(&mut self) -> Result<Vec<f64>> {
        let bytes = (self.network.layout().len() * 4) as u64;
        let wanted = [(Role::Values, bytes)];
        let read = pollster::block_on(self.memory.buffers.read(self.context, &wanted))?;
        let found: Vec<f32> = bytemuck::pod_collect_to_vec(&read[0]);
        // What is not trained keeps the digits that single precision has not.
        for tensor in self.network.layout().tensors() {
            if tensor.kind == TensorKind::Weight {
                let values = &mut self.parameters.values_mut()[tensor.range.clone()];
                for (value, &found) in values.iter_mut().zip(&found[tensor.range.clone()]) {
                    *value = f64::from(found);
                }
            }
        }
        Ok(self.parameters.values().to_vec())
    }

    fn set_parameters(&mut self, values: &[f64]) -> Result<()> {
        let held = self.parameters.values_mut();
        if values.len() != held.len() {
            let remedy = format!("the network has {}", held.len());
            return Err(Error::invalid("number of parameters", values.len(), remedy));
        }
        held.copy_from_slice(values);
        self.parameters.check(self.network)?;
        self.write_values()
    }
}

fn first_spike(
    tables: &Tables,
    common: &Step,
    loss: &DeviceLoss,
    problem: &Problem<'_>,
    first_sample: usize,
) -> schedule::Dispatch {
    let DeviceLoss::FirstSpike {
        population,
        scale,
        early,
        silent,
    } = *loss;
    let table = &tables.populations[population.index()];
    let (strength, early_scale) = early.unwrap_or((0.0, 1.0));
    let step = Step {
        scale: scale as f32,
        early_strength: strength as f32,
        early_scale: early_scale as f32,
        silent: match silent {
            DeviceSilent::AtEnd => 0,
            DeviceSilent::LeftOut => 1,
        },
        duration: problem.options.duration as f32,
        n_samples: problem.inputs.n_samples() as u32,
        first_place: first_sample as u32,
        ..schedule::of_population(common, tables, table)
    };
    let workgroups = [step.n_slots.div_ceil(WORKGROUP), 1, 1];
    schedule::dispatch(&kernels::first_spike::SOURCE, step, workgroups)
}

/// The dispatch of the `n`th update.
fn update(mut step: Step, optimiser: DeviceOptimiser, rate: f64, n: i32) -> schedule::Dispatch {
    step.rate = rate as f32;
    let workgroups = schedule::over_values(step.n_values);
    match optimiser {
        DeviceOptimiser::Sgd { momentum } => {
            step.beta1 = momentum as f32;
            schedule::dispatch(&kernels::sgd::SOURCE, step, workgroups)
        }
        DeviceOptimiser::Adam {
            beta1,
            beta2,
            epsilon,
        } => {
            (step.beta1, step.beta2) = (beta1 as f32, beta2 as f32);
            step.epsilon = epsilon as f32;
            step.correction1 = (1.0 - beta1.powi(n)) as f32;
            step.correction2 = (1.0 - beta2.powi(n)) as f32;
            schedule::dispatch(&kernels::adam::SOURCE, step, workgroups)
        }
    }
}
