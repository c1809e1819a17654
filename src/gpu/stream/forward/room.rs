//! What the derivatives of all neurons' states take on the device.

use super::super::GpuStream;
use super::super::layout::SparseOrigin;
use super::columns::Columns;
use crate::gpu::kernel::{Role, Source};
use crate::gpu::kernels::{sparse_carry, sparse_meet, sparse_trace};
use crate::{Error, Result};

/// The kernels that carry derivatives.
const SOURCES: [&Source; 3] = [
    &sparse_trace::SOURCE,
    &sparse_meet::SOURCE,
    &sparse_carry::SOURCE,
];

/// Words of a neuron's derivatives beside those of currents; see `shaders/sparse_carry.wgsl`.
const WORDS: u64 = 4;
/// Words for each current.
const WORDS_OF_CURRENT: u64 = 2;
/// Columns lie along a dimension of a dispatch.
const MOST_COLUMNS: u64 = u16::MAX as u64;

/// Bytes that a column takes.
fn column_bytes(simulation: &GpuStream, n_receptors: usize) -> u64 {
    4 * (WORDS + WORDS_OF_CURRENT * n_receptors as u64) * u64::from(simulation.n_neurons)
}

/// Whether there is room for so many columns, in all and in one binding.
///
/// # Errors
/// Fewer that fit.
pub(super) fn check(simulation: &mut GpuStream, n_receptors: usize, columns: usize) -> Result<()> {
    let (each, columns) = (column_bytes(simulation, n_receptors), columns as u64);
    let limits = &simulation.device.context.limits;
    let bound = limits
        .max_storage_buffer_binding_size
        .min(limits.max_buffer_size);
    // Without them the simulation fits, or says itself that it does not.
    simulation.check_memory()?;
    let left = match simulation.memory {
        Some(memory) => memory - simulation.bytes(),
        None => u64::MAX,
    };
    let most = bound.min(left);
    let fit = (most / each.max(1)).min(MOST_COLUMNS);
    if columns > fit {
        return Err(Error::memory(
            "the derivatives of all neurons' states",
            each.saturating_mul(columns),
            most,
            format!("{fit} parameters fit at once: give fewer at a time, or use the CPU"),
        ));
    }
    simulation.kept = each * columns;
    Ok(())
}

/// Makes the kernels, and the buffer of derivatives: at first zero, but for potentials at the start.
///
/// # Errors
/// More than the adapter binds; a device that refuses a kernel.
pub(super) async fn make(
    simulation: &mut GpuStream,
    n_receptors: usize,
    columns: &Columns,
) -> Result<()> {
    simulation.device.compile(&SOURCES).await?;
    let each = column_bytes(simulation, n_receptors);
    let bytes = each * columns.list.len() as u64;
    let why = format!(
        "{} parameters are too many for this adapter",
        columns.list.len()
    );
    simulation.ensure_or(
        Role::Sensitivities,
        bytes,
        "the derivatives of all neurons' states",
        &why,
    )?;
    let device = &mut simulation.device;
    for &(neuron, column) in &columns.initial {
        let at = each / 4 * column as u64 + u64::from(neuron);
        device
            .buffers
            .write(&device.context, Role::Sensitivities, at, &[1.0_f32])?;
    }
    Ok(())
}

/// Makes room for the arrivals of a window, as many as the simulation has.
///
/// # Errors
/// More than the adapter binds.
pub(super) fn make_origins(simulation: &mut GpuStream) -> Result<()> {
    let each = u64::from(simulation.room.queued) + 1;
    let bytes = u64::from(simulation.n_neurons) * each * size_of::<SparseOrigin>() as u64;
    simulation.ensure(Role::Origins, bytes, "where arrivals come from")
}
