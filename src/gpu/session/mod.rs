//! A training whose parameters, recordings, gradients and optimiser live on the GPU.

mod arranged;
mod batch;
mod judged;
mod state;
mod tensors;
mod training;

use std::sync::Arc;

use super::context::Context;
use super::engine::Memory;
use super::kernel::Role;
use super::schedule::Update;
use crate::event::SpikeBatch;
use crate::session::{BatchOutcome, OptimiserState, Session, SessionPlan, Step};
use crate::{Error, Result};
use arranged::Arrangement;
pub(super) use tensors::Tensor;
use training::Training;

/// A [`Session`] on a GPU; it has device memory of its own, apart from its engine's.
pub struct GpuSession {
    task: Training,
    memory: Memory,
    arrangement: Arrangement,
    /// Updates so far.
    n_steps: i32,
}

impl GpuSession {
    /// A session whose device memory is `memory`, of which nothing is used yet.
    pub(super) fn new(
        context: Arc<Context>,
        budget: u64,
        mut memory: Memory,
        plan: &SessionPlan<'_>,
    ) -> Result<Self> {
        let task = Training::new(context, budget, plan)?;
        let arrangement = Arrangement::new(&task);
        task.upload(&mut memory, arrangement.n_watched())?;
        Ok(Self {
            task,
            memory,
            arrangement,
            n_steps: 0,
        })
    }

    fn run(
        &mut self,
        inputs: &SpikeBatch,
        labels: &[usize],
        update: Option<Update>,
    ) -> Result<BatchOutcome> {
        let before = self.memory.buffers.traffic();
        let outcome = pollster::block_on(self.task.run(
            &mut self.memory,
            &mut self.arrangement,
            inputs,
            labels,
            update,
        ))?;
        let after = self.memory.buffers.traffic();
        Ok(BatchOutcome {
            bytes_read: after.bytes_read - before.bytes_read,
            bytes_written: after.bytes_written - before.bytes_written,
            writes: after.writes - before.writes,
            submissions: after.submissions - before.submissions,
            ..outcome
        })
    }
}

impl Session for GpuSession {
    fn step(&mut self, inputs: &SpikeBatch, labels: &[usize], step: Step) -> Result<BatchOutcome> {
        let n = self.n_steps.saturating_add(1);
        let outcome = self.run(inputs, labels, Some(Update { step, n }))?;
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
        for tensor in &task.tensors {
            let range = tensor.range();
            let values = &mut task.parameters.values_mut()[range.clone()];
            for (value, &found) in values.iter_mut().zip(&found[range]) {
                *value = f64::from(found);
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
        self.arrangement.begin_anew(&self.task);
        self.task.write_values(&mut self.memory)
    }

    fn optimiser(&mut self) -> Result<OptimiserState> {
        self.read_optimiser()
    }

    fn set_optimiser(&mut self, state: &OptimiserState) -> Result<()> {
        self.write_optimiser(state)
    }
}
