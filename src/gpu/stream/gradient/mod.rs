//! The gradient over a long run, backward in time, on a device.
//!
//! An arrival only reads the adjoint of its target, so a neuron's own spikes and releases are all that its sweep has to
//! meet. Window by window from the last: `sparse_collect` takes each spike to where its arrivals were, adds what they found
//! to the derivatives of its synapses, and gathers what moves its time; `sparse_adjoint` takes every neuron back to the
//! window's start. After some windows `sparse_draw` draws their Poisson arrivals again and adds up what those found. Every
//! sum has a fixed order. Where spikes arrive in their own
//! window, it is gone through in passes: two or three more than the longest chain has spikes that arrive. The run is simulated again in segments (`segment`), from states that the host keeps, so that
//! memory is bounded (`room`).

mod dispatches;
mod events;
mod result;
mod room;
mod segment;
mod sweep;

use super::{GpuStream, GpuStreamOptions};
use crate::Result;
use crate::engine::{StreamGradient, StreamGradientOptions};
use crate::network::NetworkInRows;
use crate::stream::StreamSpike;
use room::Kept;
use sweep::Sweep;

/// The gradient of a loss of the spikes until `until` ms, in single precision; the same contract as
/// [`cpu::stream::stream_gradient`](crate::cpu::stream::stream_gradient).
///
/// `spikes` sees all spikes on the way forward, in order, window by window, as from [`GpuStream::run`]; `cotangent` is then
/// called with the spikes of a window and fills in dL/d(spike time) for each (0 where the loss does not depend on it), from
/// the last window to the first. The length of a window is that of `options`, unless it has none that of `device`. The same
/// adapter gives the same bits, whatever the number of segments and however often room grew.
///
/// Beside the simulation a device holds 8 bytes for each synapse, and the adjoints of all neurons for as many windows as
/// the longest delay spans, or 33 if that is more; the host holds a state for each segment, and 16 bytes for each synapse in the end.
///
/// # Errors
/// Those of a simulation, those of `spikes`, options out of range, or more memory than there may be.
pub fn stream_gradient(
    network: &NetworkInRows,
    options: &StreamGradientOptions,
    device: &GpuStreamOptions,
    until: f64,
    spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
    cotangent: impl FnMut(&[StreamSpike], &mut [f64]),
) -> Result<StreamGradient> {
    pollster::block_on(stream_gradient_async(
        network, options, device, until, spikes, cotangent,
    ))
}

/// As [`stream_gradient`], where blocking is not possible.
///
/// # Errors
/// As there.
pub async fn stream_gradient_async(
    network: &NetworkInRows,
    options: &StreamGradientOptions,
    device: &GpuStreamOptions,
    until: f64,
    mut spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
    mut cotangent: impl FnMut(&[StreamSpike], &mut [f64]),
) -> Result<StreamGradient> {
    options.check(until)?;
    let mut device = *device;
    device.simulation.window = options.window.or(device.simulation.window);
    let (mut simulation, kept) = Kept::open(network, &device, options.segment, until).await?;
    let window = simulation.window();
    let mut checkpoints = Vec::new();
    while f64::from(simulation.now) * window < until {
        checkpoints.push(simulation.checkpoint().await?);
        let end = u64::from(simulation.now).saturating_add(options.segment) as f64 * window;
        simulation.run_async(end.min(until), &mut spikes).await?;
    }
    let mut sweep = Sweep::new(network, &simulation, kept, options.slope_floor, until);
    sweep.begin(&mut simulation, network, device.tight).await?;
    let mut end = simulation.now;
    while let Some(checkpoint) = checkpoints.pop() {
        let segment = sweep.replay(&mut simulation, checkpoint, end).await?;
        end = segment.first;
        sweep
            .segment(&mut simulation, segment, &mut cotangent)
            .await?;
    }
    sweep.finish(&mut simulation, network).await
}
