//! What is underway to the device: commands in the order in which they were given, handed over together.
//!
//! What the host writes lies in memory that both see until the device has copied it; that memory is used again. So writing takes
//! neither a call of the driver nor memory of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::context::Context;
use crate::Result;

/// The least piece of memory through which the host writes, in bytes.
const PIECE: u64 = 1 << 20;

/// More bytes than these the host hands to the driver, which frees what it takes: no memory is kept for what is written once.
const MOST_KEPT: u64 = 64 << 20;

/// A piece of memory that the host writes and the device copies from.
#[derive(Debug)]
struct Piece {
    buffer: wgpu::Buffer,
    /// Bytes that are taken until the device has copied them.
    taken: u64,
    /// Whether the host may write it.
    is_open: Arc<AtomicBool>,
}

impl Piece {
    fn has_room(&self, bytes: u64) -> bool {
        self.is_open.load(Ordering::Acquire) && self.taken + bytes <= self.buffer.size()
    }
}

/// Commands that have not been handed over yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    encoder: Option<wgpu::CommandEncoder>,
    pieces: Vec<Piece>,
    /// How often commands have been handed over.
    pub n_submissions: usize,
    /// How often the host has written something.
    pub n_writes: usize,
    /// How many bytes that was.
    pub bytes_written: u64,
}

impl Pending {
    /// Where commands are recorded.
    pub fn encoder(&mut self, context: &Context) -> &mut wgpu::CommandEncoder {
        self.encoder
            .get_or_insert_with(|| context.device.create_command_encoder(&Default::default()))
    }

    /// Writes bytes to a buffer, after the commands so far.
    ///
    /// # Errors
    /// A device that fails, or has no memory to write through.
    pub fn write(
        &mut self,
        context: &Context,
        buffer: &wgpu::Buffer,
        offset: u64,
        bytes: &[u8],
    ) -> Result<()> {
        let n = bytes.len() as u64;
        if n == 0 {
            return Ok(());
        }
        self.n_writes += 1;
        self.bytes_written += n;
        if n > MOST_KEPT {
            self.submit(context);
            context.queue.write_buffer(buffer, offset, bytes);
            return Ok(());
        }
        let ix = self.piece(context, n);
        let piece = &mut self.pieces[ix];
        let from = piece.taken;
        piece.taken = (from + n).next_multiple_of(wgpu::MAP_ALIGNMENT);
        piece
            .buffer
            .slice(from..from + n)
            .get_mapped_range_mut()
            .map_err(|error| context.failure(&error.to_string()))?
            .copy_from_slice(bytes);
        let piece = piece.buffer.clone();
        self.encoder(context)
            .copy_buffer_to_buffer(&piece, from, buffer, offset, n);
        Ok(())
    }

    /// A piece that has room for so many bytes.
    fn piece(&mut self, context: &Context, bytes: u64) -> usize {
        let mut pieces = self.pieces.iter();
        if let Some(ix) = pieces.position(|piece| piece.has_room(bytes)) {
            return ix;
        }
        self.pieces.push(Piece {
            buffer: context.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("what the host writes"),
                size: bytes.next_power_of_two().max(PIECE),
                usage: wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: true,
            }),
            taken: 0,
            is_open: Arc::new(AtomicBool::new(true)),
        });
        self.pieces.len() - 1
    }

    /// Sets the first `bytes` of a buffer to zero, after the commands so far.
    pub fn clear(&mut self, context: &Context, buffer: &wgpu::Buffer, bytes: u64) {
        let bytes = bytes.next_multiple_of(4).min(buffer.size());
        if bytes > 0 {
            self.encoder(context).clear_buffer(buffer, 0, Some(bytes));
        }
    }

    /// Hands the commands so far over to the device.
    pub fn submit(&mut self, context: &Context) {
        let Some(encoder) = self.encoder.take() else {
            return;
        };
        let taken = |piece: &&mut Piece| piece.taken > 0;
        for piece in self.pieces.iter_mut().filter(taken) {
            piece.is_open.store(false, Ordering::Release);
            piece.buffer.unmap();
        }
        context.queue.submit([encoder.finish()]);
        self.n_submissions += 1;
        for piece in self.pieces.iter_mut().filter(taken) {
            piece.taken = 0;
            let is_open = Arc::clone(&piece.is_open);
            piece
                .buffer
                .slice(..)
                .map_async(wgpu::MapMode::Write, move |mapped| {
                    is_open.store(mapped.is_ok(), Ordering::Release);
                });
        }
    }
}
