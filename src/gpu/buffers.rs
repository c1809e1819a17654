//! The buffers of an engine, by role, and the one place that submits work and reads it back.

use std::collections::BTreeMap;
use std::ops::Range;

use bytemuck::Pod;

use super::context::Context;
use super::groups::{Groups, kernel_of};
use super::kernel::{Kernels, Role};
use super::pending::Pending;
use super::profile::{Profile, Stamps};
use super::schedule::{Dispatch, Schedule};
use crate::{Error, Result};

/// Dispatches in one submission: bounds how long a desktop waits for its own.
pub(super) const BLOCK: usize = 512;

/// Device memory, by role; grown when more is asked for, never shrunk.
///
/// What is written, cleared, run and read is done in the order in which it is asked for; it is handed over to the device when that is said,
/// when many dispatches wait, and when something is read.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    held: BTreeMap<Role, wgpu::Buffer>,
    groups: Groups,
    pending: Pending,
    staging: Option<wgpu::Buffer>,
    /// The parts of a large network's synapses.
    pub synapses: Vec<wgpu::Buffer>,
    /// For each part, the derivatives by its weights and delays.
    pub derivatives: Vec<wgpu::Buffer>,
    bytes_read: u64,
}

/// What the host and the device have exchanged so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Traffic {
    pub bytes_read: u64,
    pub bytes_written: u64,
    pub writes: usize,
    pub submissions: usize,
}

impl Buffers {
    /// Makes sure that a buffer has at least `bytes`; its content is lost where it grows.
    ///
    /// # Errors
    /// More than a binding may have.
    pub fn ensure(&mut self, context: &Context, role: Role, bytes: u64) -> Result<()> {
        let bytes = bytes.max(256).next_multiple_of(16);
        if self
            .held
            .get(&role)
            .is_some_and(|buffer| buffer.size() >= bytes)
        {
            return Ok(());
        }
        let most = context.limits.max_buffer_size.min(match role {
            Role::Parameters => u64::MAX,
            _ => context.limits.max_storage_buffer_binding_size,
        });
        if bytes > most {
            let remedy = "use a smaller batch, a smaller network, or the CPU engine".to_owned();
            return Err(Error::memory(
                format!("the buffer of {}", role.name()),
                bytes,
                most,
                remedy,
            ));
        }
        let kind = match role {
            Role::Parameters => wgpu::BufferUsages::UNIFORM,
            _ => wgpu::BufferUsages::STORAGE,
        };
        let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(role.name()),
            size: bytes,
            usage: kind | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.held.insert(role, buffer);
        self.groups.clear();
        Ok(())
    }

    /// A buffer that has been made.
    pub fn get(&self, role: Role) -> &wgpu::Buffer {
        self.held
            .get(&role)
            .expect("every role of a schedule has been ensured")
    }

    /// What the host and the device have exchanged so far.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            bytes_read: self.bytes_read,
            bytes_written: self.pending.bytes_written,
            writes: self.pending.n_writes,
            submissions: self.pending.n_submissions,
        }
    }

    /// Writes elements from the element `first` on.
    ///
    /// # Errors
    /// A device that fails, or has no memory to write through.
    pub fn write<T: Pod>(
        &mut self,
        context: &Context,
        role: Role,
        first: u64,
        data: &[T],
    ) -> Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        let offset = first * size_of::<T>() as u64;
        let buffer = self.get(role).clone();
        let bytes = bytemuck::cast_slice(data);
        self.pending.write(context, &buffer, offset, bytes)
    }

    /// Writes a whole buffer, making room.
    ///
    /// # Errors
    /// As [`ensure`](Self::ensure) and [`write`](Self::write).
    pub fn fill<T: Pod>(&mut self, context: &Context, role: Role, data: &[T]) -> Result<()> {
        self.ensure(context, role, size_of_val(data) as u64)?;
        self.write(context, role, 0, data)
    }

    /// Writes the parameters of a network, in single precision.
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    pub fn fill_values(&mut self, context: &Context, values: &[f64]) -> Result<()> {
        let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        self.fill(context, Role::Values, &values)
    }

    /// Sets the first `bytes` of a buffer to zero.
    pub fn clear(&mut self, context: &Context, role: Role, bytes: u64) {
        let buffer = self.get(role).clone();
        self.pending.clear(context, &buffer, bytes);
    }

    /// Copies the first `bytes` of a buffer to the start of another.
    pub fn copy(&mut self, context: &Context, from: &wgpu::Buffer, to: &wgpu::Buffer, bytes: u64) {
        let encoder = self.pending.encoder(context);
        encoder.copy_buffer_to_buffer(from, 0, to, 0, bytes);
    }

    /// Runs dispatches in order, timing each where a profile is given. The last of them, fewer than are handed over at once, wait
    /// for what follows.
    ///
    /// # Errors
    /// A fault or loss of the device.
    pub async fn record(
        &mut self,
        context: &Context,
        kernels: &Kernels,
        schedule: &Schedule,
        mut profile: Option<&mut Profile>,
    ) -> Result<()> {
        for block in schedule.dispatches.chunks(BLOCK) {
            let offsets = self.write_parameters(context, schedule, block)?;
            let mut groups = std::mem::take(&mut self.groups);
            for dispatch in block {
                groups.bind(context, kernels, self, dispatch);
            }
            self.groups = groups;
            let groups = &self.groups;
            let encode = |pass: &mut wgpu::ComputePass<'_>, ix: usize, dispatch: &Dispatch| {
                let kernel = kernel_of(kernels, dispatch);
                let n_offsets = usize::from(kernel.has_parameters());
                pass.set_pipeline(&kernel.pipeline);
                pass.set_bind_group(0, groups.of(dispatch), &offsets[ix..ix + n_offsets]);
                let [x, y, z] = dispatch.workgroups;
                pass.dispatch_workgroups(x, y, z);
            };
            let encoder = self.pending.encoder(context);
            if let Some(profile) = &mut profile {
                // A pass for each dispatch, as time stamps come with passes.
                let stamps = Stamps::new(context, block.len());
                for (ix, dispatch) in block.iter().enumerate() {
                    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                        label: Some(dispatch.kernel),
                        timestamp_writes: Some(stamps.writes(ix)),
                    });
                    encode(&mut pass, ix, dispatch);
                }
                stamps.resolve(encoder);
                self.pending.submit(context);
                let names = block.iter().map(|dispatch| &dispatch.kernel);
                stamps.collect(context, names, profile).await?;
                continue;
            }
            {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                for (ix, dispatch) in block.iter().enumerate() {
                    encode(&mut pass, ix, dispatch);
                }
            }
            if block.len() == BLOCK {
                self.pending.submit(context);
            }
        }
        context.check()
    }

    /// Hands over to the device what has been given so far.
    ///
    /// # Errors
    /// A fault or loss of the device.
    pub fn submit(&mut self, context: &Context) -> Result<()> {
        self.pending.submit(context);
        context.check()
    }

    /// Writes the sizes of a run and the parameters of some of its dispatches; where those of each begin.
    fn write_parameters(
        &mut self,
        context: &Context,
        schedule: &Schedule,
        block: &[Dispatch],
    ) -> Result<Vec<u32>> {
        let alignment = context.limits.min_uniform_buffer_offset_alignment as usize;
        let mut bytes = bytemuck::bytes_of(&schedule.sizes).to_vec();
        let mut offsets = Vec::with_capacity(block.len());
        for dispatch in block {
            bytes.resize(bytes.len().next_multiple_of(alignment), 0);
            offsets.push(bytes.len() as u32);
            bytes.extend_from_slice(schedule.parameters(dispatch));
        }
        self.fill(context, Role::Parameters, &bytes)?;
        Ok(offsets)
    }

    /// Reads the first bytes of buffers back: one round trip for all of them.
    ///
    /// # Errors
    /// A fault or loss of the device.
    pub async fn read(
        &mut self,
        context: &Context,
        wanted: &[(Role, u64)],
    ) -> Result<Vec<Vec<u8>>> {
        let parts: Vec<_> = wanted.iter().map(|&(role, n)| (role, 0..n)).collect();
        self.read_parts(context, &parts).await
    }

    /// Reads ranges of bytes of buffers back, each from a multiple of four on: one round trip for all of them.
    ///
    /// # Errors
    /// A fault or loss of the device.
    pub async fn read_parts(
        &mut self,
        context: &Context,
        wanted: &[(Role, Range<u64>)],
    ) -> Result<Vec<Vec<u8>>> {
        let buffer = |(role, part): &(Role, Range<u64>)| (self.get(*role).clone(), part.clone());
        let wanted: Vec<_> = wanted.iter().map(buffer).collect();
        self.read_buffers(context, &wanted).await
    }

    /// As [`read_parts`](Self::read_parts), of any buffers.
    ///
    /// # Errors
    /// As there.
    pub async fn read_buffers(
        &mut self,
        context: &Context,
        wanted: &[(wgpu::Buffer, Range<u64>)],
    ) -> Result<Vec<Vec<u8>>> {
        let copied = |read: &[&[u8]]| read.iter().map(|bytes| bytes.to_vec()).collect();
        self.read_mapped(context, wanted, copied).await
    }

    /// As [`read_buffers`](Self::read_buffers): what `take` makes of the bytes where the device has written them.
    ///
    /// # Errors
    /// As there.
    pub async fn read_mapped<R>(
        &mut self,
        context: &Context,
        wanted: &[(wgpu::Buffer, Range<u64>)],
        take: impl FnOnce(&[&[u8]]) -> R,
    ) -> Result<R> {
        let n_bytes = |part: &Range<u64>| part.end - part.start;
        let total: u64 = wanted
            .iter()
            .map(|(_, part)| n_bytes(part).next_multiple_of(8))
            .sum();
        let total = total.max(8);
        self.bytes_read += total;
        // Taken out while it is mapped: a caller who gives up on the way leaves none behind that is.
        let kept = self.staging.take().filter(|kept| kept.size() >= total);
        let staging = kept.unwrap_or_else(|| {
            context.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("staging"),
                size: total.next_power_of_two(),
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        });
        let encoder = self.pending.encoder(context);
        let mut offset = 0;
        for (buffer, part) in wanted {
            let bytes = n_bytes(part);
            if bytes > 0 {
                encoder.copy_buffer_to_buffer(
                    buffer,
                    part.start,
                    &staging,
                    offset,
                    bytes.next_multiple_of(4),
                );
            }
            offset += bytes.next_multiple_of(8);
        }
        self.pending.submit(context);
        let slice = staging.slice(..total);
        let view = context.map(slice).await?;
        let mut offset = 0;
        let mut read = Vec::with_capacity(wanted.len());
        for (_, part) in wanted {
            let bytes = n_bytes(part) as usize;
            read.push(&view[offset..offset + bytes]);
            offset += bytes.next_multiple_of(8);
        }
        let taken = take(&read);
        drop(view);
        staging.unmap();
        self.staging = Some(staging);
        Ok(taken)
    }
}
