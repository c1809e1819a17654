//! Brings synapses to the device, a little at a time: the host never holds them twice.

use std::collections::VecDeque;
use std::ops::Range;

use rayon::prelude::*;

use super::delays::Delays;
use super::synapses::{Part, Placed, n_synapses};
use crate::gpu::context::Context;
use crate::gpu::readback::Submitted;
use crate::network::{Joined, PerSynapse};
use crate::{Error, Result};

/// Synapses that a thread brings at a time, unless a row has more.
const CHUNK: usize = 1 << 17;
/// Chunks that threads bring before it is looked at how much is underway.
const AT_ONCE: usize = 32;
/// Bytes that go in one submission.
const SUBMITTED: u64 = 64 << 20;
/// Submissions that may be underway.
const UNDERWAY: usize = 2;

/// Rows on their way to the device.
pub(super) struct Upload<'a> {
    context: &'a Context,
    delays: &'a Delays,
    /// Bytes that have been written since the last submission.
    written: u64,
    underway: VecDeque<Submitted>,
}

impl<'a> Upload<'a> {
    pub fn new(context: &'a Context, delays: &'a Delays) -> Self {
        Self {
            context,
            delays,
            written: 0,
            underway: VecDeque::new(),
        }
    }

    /// Writes rows to where they were placed.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn piece(
        &mut self,
        buffer: &wgpu::Buffer,
        rows: Joined<'_>,
        placed: &Placed,
    ) -> Result<()> {
        let chunks = chunks(rows, &placed.units);
        for chunks in chunks.chunks(AT_ONCE) {
            let written = chunks
                .par_iter()
                .map(|units| self.write(buffer, rows, placed, units));
            self.written += written.sum::<u64>();
            if self.written >= SUBMITTED {
                self.submit();
                while self.underway.len() > UNDERWAY {
                    self.wait().await?;
                }
            }
        }
        Ok(())
    }

    /// Waits for all that is underway.
    ///
    /// # Errors
    /// As above.
    pub async fn finish(mut self) -> Result<()> {
        self.submit();
        while !self.underway.is_empty() {
            self.wait().await?;
        }
        Ok(())
    }

    fn submit(&mut self) {
        self.underway.push_back(self.context.submitted());
        self.written = 0;
    }

    /// Waits for the oldest submission.
    async fn wait(&mut self) -> Result<()> {
        match self.underway.pop_front() {
            Some(submitted) => self.context.done(submitted).await,
            None => Ok(()),
        }
    }

    /// Writes some of the rows of a piece. How many bytes that were.
    fn write(
        &self,
        buffer: &wgpu::Buffer,
        rows: Joined<'_>,
        placed: &Placed,
        units: &Range<usize>,
    ) -> u64 {
        let piece = &placed.piece;
        let first = rows.start(placed.units.start);
        let place = |unit: usize| (rows.start(unit) - first) as u32;
        // The end of the last row is known with the last rows.
        let end = units.end + usize::from(units.end == placed.units.end);
        let starts: Vec<u32> = (units.start..end).map(place).collect();
        let n = n_synapses(rows, units);
        let room = |values: &PerSynapse| match values {
            PerSynapse::Each(_) => Vec::with_capacity(n),
            PerSynapse::Same(_) => Vec::new(),
        };
        let mut targets = Vec::with_capacity(n);
        let mut weights = room(rows.weights());
        let mut delays = room(rows.delays());
        let (has_weights, has_delays) = (weights.capacity() > 0, delays.capacity() > 0);
        let mut row = Vec::new();
        for unit in units.clone() {
            rows.row(unit, &mut row);
            targets.extend(row.iter().map(|synapse| synapse.target));
            if has_weights {
                weights.extend(row.iter().map(|synapse| synapse.weight.to_bits()));
            }
            if has_delays {
                delays.extend(row.iter().map(|synapse| self.delays.count(synapse.delay)));
            }
        }
        let (row, synapse) = (
            (units.start - placed.units.start) as u32,
            place(units.start),
        );
        let mut written = 0;
        for (from, next, words) in [
            (piece.starts, row, starts),
            (piece.targets, synapse, targets),
            (piece.weights, synapse, weights),
            (piece.delays, synapse, delays),
        ] {
            if !words.is_empty() {
                let offset = 4 * u64::from(from + next);
                let bytes: &[u8] = bytemuck::cast_slice(&words);
                self.context.queue.write_buffer(buffer, offset, bytes);
                written += bytes.len() as u64;
            }
        }
        written
    }
}

/// Rows in stretches that a thread brings at a time.
fn chunks(rows: Joined<'_>, units: &Range<usize>) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut next = units.start;
    for unit in units.clone() {
        let end = unit + 1;
        if end == units.end || n_synapses(rows, &(next..end + 1)) > CHUNK {
            chunks.push(next..end);
            next = end;
        }
    }
    chunks
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
