//! What the optimiser of a training on the GPU remembers, to be read and written.

use super::GpuSession;
use crate::Result;
use crate::gpu::kernel::Role;
use crate::session::{DeviceOptimiser, OptimiserState};

impl GpuSession {
    /// What it remembers, in the order in which it lies behind the gradient.
    fn remembered(&self) -> &'static [&'static str] {
        match self.task.optimiser {
            DeviceOptimiser::Sgd { .. } => &["velocity"],
            DeviceOptimiser::Adam { .. } => &["mean", "square"],
        }
    }

    pub(super) fn read_optimiser(&mut self) -> Result<OptimiserState> {
        let n_bytes = (self.task.network.layout().len() * 4) as u64;
        let parts: Vec<_> = (1..)
            .zip(self.remembered())
            .map(|(part, _)| (Role::Totals, part * n_bytes..(part + 1) * n_bytes))
            .collect();
        let buffers = &mut self.memory.buffers;
        let read = pollster::block_on(buffers.read_parts(&self.task.context, &parts))?;
        let arrays = self.remembered().iter().zip(&read);
        let arrays = arrays.map(|(name, bytes)| {
            let values: Vec<f32> = bytemuck::pod_collect_to_vec(bytes);
            (
                (*name).to_owned(),
                values.into_iter().map(f64::from).collect(),
            )
        });
        Ok(OptimiserState {
            steps: self.n_steps as u64,
            arrays: if self.n_steps == 0 {
                Vec::new()
            } else {
                arrays.collect()
            },
        })
    }

    pub(super) fn write_optimiser(&mut self, state: &OptimiserState) -> Result<()> {
        let n_values = self.task.network.layout().len();
        let names = self.remembered();
        let arrays = match *names {
            [name] => state.named([name], Some(n_values))?.to_vec(),
            _ => state.named(["mean", "square"], Some(n_values))?.to_vec(),
        };
        let buffers = &mut self.memory.buffers;
        let context = &self.task.context;
        buffers.clear(context, Role::Totals, (3 * n_values * 4) as u64);
        for (part, array) in (1..).zip(arrays) {
            let values: Vec<f32> = array.iter().map(|&value| value as f32).collect();
            buffers.write(context, Role::Totals, part * n_values as u64, &values)?;
        }
        self.n_steps = i32::try_from(state.steps).unwrap_or(i32::MAX);
        Ok(())
    }
}
