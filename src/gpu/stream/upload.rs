//! Brings synapses to the device, a little at a time: the host never holds them twice.

use super::delays::Delays;
use super::synapses::{Part, Placed, synapses};
use crate::gpu::context::Context;
use crate::network::{PerSynapse, Rows};
use crate::{Error, Result};

/// Values that are written at once.
const CHUNK: usize = 1 << 20;
/// Bytes that may be underway.
const UNDERWAY: u64 = 64 << 20;

struct Upload<'a> {
    context: &'a Context,
    buffer: &'a wgpu::Buffer,
    underway: u64,
}

impl Upload<'_> {
    /// Writes words from the word `at` on.
    async fn write(&mut self, at: u32, words: &[u8]) -> Result<()> {
        let offset = 4 * u64::from(at);
        self.context.queue.write_buffer(self.buffer, offset, words);
        self.underway += words.len() as u64;
        if self.underway >= UNDERWAY {
            self.context.queue.submit([]);
            self.context.finished().await?;
            self.underway = 0;
        }
        Ok(())
    }

    /// Writes what `word` makes of each value.
    async fn made<T: Copy>(
        &mut self,
        at: u32,
        values: &[T],
        word: impl Fn(T) -> u32,
    ) -> Result<()> {
        let mut next = at;
        for chunk in values.chunks(CHUNK) {
            let words: Vec<u32> = chunk.iter().map(|&value| word(value)).collect();
            self.write(next, bytemuck::cast_slice(&words)).await?;
            next += chunk.len() as u32;
        }
        Ok(())
    }

    async fn piece(&mut self, rows: &Rows, placed: &Placed, delays: &Delays) -> Result<()> {
        let piece = &placed.piece;
        let own = synapses(rows, &placed.units);
        let start = |unit: usize| match unit == placed.units.end {
            true => own.len() as u32,
            false => (rows.row(unit).start - own.start) as u32,
        };
        let units: Vec<usize> = (placed.units.start..=placed.units.end).collect();
        self.made(piece.starts, &units, start).await?;
        self.made(piece.targets, &rows.targets[own.clone()], |target| target)
            .await?;
        if let PerSynapse::Each(weights) = &rows.weights {
            self.made(piece.weights, &weights[own.clone()], f32::to_bits)
                .await?;
        }
        if let PerSynapse::Each(each) = &rows.delays {
            self.made(piece.delays, &each[own], |delay| delays.count(delay))
                .await?;
        }
        Ok(())
    }
}

/// A buffer for a part's synapses.
///
/// # Errors
/// A device that has no room for it.
pub(super) async fn buffer_for(context: &Context, part: &Part) -> Result<wgpu::Buffer> {
    let size = (4 * part.capacity).max(256);
    let memory = context
        .device
        .push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("synapses"),
        size,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    if memory.pop().await.is_some() {
        return Err(Error::memory(
            "a part of the synapses",
            size,
            0,
            "the adapter has no more memory; use a smaller network, another adapter, or the CPU"
                .to_owned(),
        ));
    }
    Ok(buffer)
}

/// Writes rows to where they were placed, and waits for the device.
///
/// # Errors
/// A device that fails.
pub(super) async fn upload(
    context: &Context,
    buffer: &wgpu::Buffer,
    rows: &Rows,
    placed: &Placed,
    delays: &Delays,
) -> Result<()> {
    let mut upload = Upload {
        context,
        buffer,
        underway: 0,
    };
    upload.piece(rows, placed, delays).await?;
    context.queue.submit([]);
    context.finished().await
}
