//! The device's side of a large network: buffers, kernels, and the one place that submits work.

use super::layout::SparseStep;
use crate::Result;
use crate::gpu::buffers::Buffers;
use crate::gpu::context::Context;
use crate::gpu::kernel::{Kernel, Role, Source};
use crate::gpu::kernels::{sparse_advance, sparse_deliver, sparse_order};
use crate::gpu::profile::{Profile, Stamps};

/// What a run changes and a repeated block starts from.
const SAVED: [Role; 2] = [Role::SparseStates, Role::Upcoming];

/// One dispatch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dispatch {
    pub kernel: usize,
    /// Which step.
    pub step: usize,
    /// Which part of the synapses.
    pub part: usize,
    pub workgroups: u32,
}

/// The kernels in the order in which a window runs them.
pub(super) const DELIVER: usize = 0;
pub(super) const ADVANCE: usize = 1;
pub(super) const ORDER: usize = 2;
const SOURCES: [&Source; 3] = [
    &sparse_deliver::SOURCE,
    &sparse_advance::SOURCE,
    &sparse_order::SOURCE,
];

#[derive(Debug)]
pub(super) struct Device {
    pub context: Context,
    pub buffers: Buffers,
    /// One for each part.
    pub synapses: Vec<wgpu::Buffer>,
    pub profile: Profile,
    kernels: Vec<Kernel>,
    /// Copies of what is [`SAVED`].
    saved: Vec<wgpu::Buffer>,
}

impl Device {
    /// Compiles the kernels.
    ///
    /// # Errors
    /// A device that refuses one.
    pub async fn new(context: Context) -> Result<Self> {
        let mut kernels = Vec::new();
        for source in SOURCES {
            kernels.push(Kernel::new(&context, source).await?);
        }
        Ok(Self {
            context,
            buffers: Buffers::default(),
            synapses: Vec::new(),
            profile: Profile::new(),
            kernels,
            saved: Vec::new(),
        })
    }

    /// Makes the buffers that hold what a block can be repeated from.
    pub fn make_saved(&mut self) {
        for role in SAVED {
            let descriptor = wgpu::BufferDescriptor {
                label: Some("saved"),
                size: self.buffers.get(role).size(),
                usage: wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            };
            self.saved
                .push(self.context.device.create_buffer(&descriptor));
        }
    }

    /// Saves the state, or brings back what was saved.
    pub fn copy_state(&self, is_back: bool) {
        let mut encoder = self
            .context
            .device
            .create_command_encoder(&Default::default());
        for (role, saved) in SAVED.into_iter().zip(&self.saved) {
            let held = self.buffers.get(role);
            let (from, to) = if is_back {
                (saved, held)
            } else {
                (held, saved)
            };
            encoder.copy_buffer_to_buffer(from, 0, to, 0, held.size());
        }
        self.context.queue.submit([encoder.finish()]);
    }

    /// Runs dispatches in order, timing each where the device was opened to be profiled.
    ///
    /// # Errors
    /// A fault or loss of the device.
    pub async fn run(&mut self, steps: &[SparseStep], schedule: &[Dispatch]) -> Result<()> {
        let context = &self.context;
        let alignment = context.limits.min_uniform_buffer_offset_alignment;
        let stride = size_of::<SparseStep>().next_multiple_of(alignment as usize);
        let mut bytes = vec![0_u8; stride * steps.len()];
        for (step, to) in steps.iter().zip(bytes.chunks_exact_mut(stride)) {
            to[..size_of::<SparseStep>()].copy_from_slice(bytemuck::bytes_of(step));
        }
        self.buffers.fill(context, Role::Step, &bytes)?;
        // Kernels that read no synapses have the same binding whatever the part.
        let groups: Vec<Vec<wgpu::BindGroup>> = self
            .kernels
            .iter()
            .map(|kernel| self.bind_groups(kernel))
            .collect();
        let encode = |pass: &mut wgpu::ComputePass<'_>, dispatch: &Dispatch| {
            pass.set_pipeline(&self.kernels[dispatch.kernel].pipeline);
            let group = &groups[dispatch.kernel][dispatch.part];
            pass.set_bind_group(0, group, &[(stride * dispatch.step) as u32]);
            pass.dispatch_workgroups(dispatch.workgroups, 1, 1);
        };
        let mut encoder = context.device.create_command_encoder(&Default::default());
        if context.has_clock {
            // A pass for each dispatch, as time stamps come with passes.
            let stamps = Stamps::new(context, schedule.len());
            for (ix, dispatch) in schedule.iter().enumerate() {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                    label: Some(self.kernels[dispatch.kernel].name),
                    timestamp_writes: Some(stamps.writes(ix)),
                });
                encode(&mut pass, dispatch);
            }
            stamps.resolve(&mut encoder);
            context.queue.submit([encoder.finish()]);
            let names = schedule.iter().map(|d| &self.kernels[d.kernel].name);
            stamps.collect(context, names, &mut self.profile).await?;
        } else {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for dispatch in schedule {
                encode(&mut pass, dispatch);
            }
            drop(pass);
            context.queue.submit([encoder.finish()]);
        }
        context.check()
    }

    /// For each part of the synapses; one where the kernel reads none.
    fn bind_groups(&self, kernel: &Kernel) -> Vec<wgpu::BindGroup> {
        let reads_synapses = kernel.roles.contains(&Role::Synapses);
        let n = if reads_synapses {
            self.synapses.len()
        } else {
            1
        };
        let step = wgpu::BindGroupEntry {
            binding: Role::Step as u32,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: self.buffers.get(Role::Step),
                offset: 0,
                size: wgpu::BufferSize::new(size_of::<SparseStep>() as u64),
            }),
        };
        let group = |part: usize| {
            let storage = kernel.roles.iter().map(|&role| {
                let buffer = match role {
                    Role::Synapses => &self.synapses[part],
                    _ => self.buffers.get(role),
                };
                wgpu::BindGroupEntry {
                    binding: role as u32,
                    resource: buffer.as_entire_binding(),
                }
            });
            let entries: Vec<_> = std::iter::once(step.clone()).chain(storage).collect();
            self.context
                .device
                .create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some(kernel.name),
                    layout: &kernel.layout,
                    entries: &entries,
                })
        };
        (0..n).map(group).collect()
    }
}
