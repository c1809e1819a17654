//! How long each kernel ran, by the device's own clock.

use std::collections::BTreeMap;

use super::context::Context;
use crate::Result;

/// Time spent in one kernel.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct KernelTime {
    /// How many dispatches.
    pub dispatches: usize,
    /// Seconds on the device.
    pub seconds: f64,
}

/// Times by kernel.
pub type Profile = BTreeMap<&'static str, KernelTime>;

/// Time stamps around the dispatches of one submission.
pub(super) struct Stamps {
    set: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    readable: wgpu::Buffer,
    n: u32,
}

impl Stamps {
    /// Room for `n` dispatches.
    pub fn new(context: &Context, n: usize) -> Self {
        let n = 2 * n as u32;
        let size = u64::from(n) * u64::from(wgpu::QUERY_SIZE);
        let buffer = |usage| {
            context.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("time stamps"),
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        Self {
            set: context.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("time stamps"),
                ty: wgpu::QueryType::Timestamp,
                count: n,
            }),
            resolved: buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC),
            readable: buffer(wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ),
            n,
        }
    }

    /// Where the pass of the dispatch `ix` writes when it begins and ends.
    pub fn writes(&self, ix: usize) -> wgpu::ComputePassTimestampWrites<'_> {
        wgpu::ComputePassTimestampWrites {
            query_set: &self.set,
            beginning_of_pass_write_index: Some(2 * ix as u32),
            end_of_pass_write_index: Some(2 * ix as u32 + 1),
        }
    }

    /// Brings the stamps to where the host can read them.
    pub fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.set, 0..self.n, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.readable, 0, self.readable.size());
    }

    /// Waits, and adds the time of each dispatch to its kernel's.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn collect<'a>(
        &self,
        context: &Context,
        kernels: impl Iterator<Item = &'a &'static str>,
        profile: &mut Profile,
    ) -> Result<()> {
        let slice = self.readable.slice(..);
        let view = context.map(slice).await?;
        let stamps: Vec<u64> = bytemuck::pod_collect_to_vec(&view);
        drop(view);
        self.readable.unmap();
        let period = f64::from(context.queue.get_timestamp_period()) * 1e-9;
        for (kernel, pair) in kernels.zip(stamps.chunks_exact(2)) {
            let time = profile.entry(kernel).or_default();
            time.dispatches += 1;
            time.seconds += pair[1].saturating_sub(pair[0]) as f64 * period;
        }
        Ok(())
    }
}
