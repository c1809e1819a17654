//! Derivatives of spike times with respect to chosen parameters, forward in time, on a device.
//!
//! A block of windows is simulated as ever, and what happened is noted. Then, window by window: `sparse_trace` notes what arrives
//! again, and where it comes from; `sparse_meet` puts each neuron's arrivals in order; `sparse_carry`, an invocation for each neuron
//! and parameter, carries the derivatives of the neuron's state to its arrivals, spikes and releases, and writes the row of each
//! spike: where spikes arrive in their own window, once more than the longest chain has spikes that arrive in it. Rows of spikes that may still arrive go with the next block. Every sum has a fixed order.

mod carry;
mod columns;
mod room;

use super::open::WORD;
use super::slopes::SlopeFloors;
use super::{GpuStream, GpuStreamOptions};
use crate::Result;
use crate::gpu::kernel::Role;
use crate::network::NetworkInRows;
use crate::stream::{SpikeDerivatives, StreamParameter, check_derivatives};
use carry::Carry;
use columns::Columns;

/// Windows in a block of a simulation that begins with room for one of everything.
const TIGHT_BLOCK: u32 = 5;

/// The derivatives of every spike time until `until` ms with respect to `parameters`, in single precision; the same contract as
/// [`cpu::stream::stream_derivatives`](crate::cpu::stream::stream_derivatives), and the same answer: how many spikes were slower than
/// `slope_floor`. The same adapter gives the same bits, however often room grew.
///
/// For each parameter the device holds 16 bytes for each neuron, and 8 more for each receptor.
///
/// # Errors
/// Those of a simulation, those of `spikes`, a parameter that the network does not have, or more of them than fit: the error says how many do.
pub fn stream_derivatives(
    network: &NetworkInRows,
    device: &GpuStreamOptions,
    parameters: &[StreamParameter],
    slope_floor: f64,
    until: f64,
    spikes: impl FnMut(SpikeDerivatives) -> Result<()>,
) -> Result<u64> {
    pollster::block_on(stream_derivatives_async(
        network,
        device,
        parameters,
        slope_floor,
        until,
        spikes,
    ))
}

/// As [`stream_derivatives`], where blocking is not possible.
///
/// # Errors
/// As there.
pub async fn stream_derivatives_async(
    network: &NetworkInRows,
    device: &GpuStreamOptions,
    parameters: &[StreamParameter],
    slope_floor: f64,
    until: f64,
    mut spikes: impl FnMut(SpikeDerivatives) -> Result<()>,
) -> Result<u64> {
    check_derivatives(network, parameters, slope_floor, until)?;
    let columns = Columns::new(network, parameters)?;
    let (n_receptors, has_drives) = (network.receptors(), columns.has_drives());
    let mut simulation = GpuStream::begun(network, device, WORD).await?;
    simulation.check_until(until)?;
    room::check(&mut simulation, n_receptors, parameters.len())?;
    simulation.complete(network).await?;
    simulation.note_events(device.tight);
    if !parameters.is_empty() {
        room::make(&mut simulation, n_receptors, &columns).await?;
    }
    let channels = network.generators.iter().map(|g| g.trains.len()).sum();
    let floors = SlopeFloors::new(network, slope_floor);
    let mut carry = Carry::new(columns, n_receptors as u32, floors, channels);
    let like = |simulation: &GpuStream| simulation.device.buffer_like(Role::Upcoming);
    let drawn = has_drives.then(|| [like(&simulation), like(&simulation)]);
    let window = simulation.window();
    while f64::from(simulation.now) * window < until {
        if let Some([before, _]) = &drawn {
            simulation.device.copy(Role::Upcoming, before, false);
        }
        let first = simulation.now;
        let most = if device.tight { TIGHT_BLOCK } else { u32::MAX };
        let n_windows = simulation.windows_left(until).min(most);
        let block = simulation.block(n_windows).await?;
        let moved = carry
            .block(&mut simulation, first, block, drawn.as_ref())
            .await?;
        for (fired, rows) in moved {
            let inside = fired.partition_point(|spike| spike.time(window) <= until);
            if inside > 0 {
                spikes(SpikeDerivatives {
                    spikes: &fired[..inside],
                    rows: &rows[..inside * parameters.len()],
                })?;
            }
        }
    }
    Ok(carry.grazing)
}
