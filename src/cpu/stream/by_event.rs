//! A large network from event to event: the plainest way to the same spikes.

use super::simulation::CpuStream;
use crate::Result;
use crate::network::NetworkInRows;
use crate::stream::StreamOptions;

/// The spikes of a network until `until` ms as (time in ms, neuron counted through the network), by time, then neuron.
///
/// One priority queue of all arrivals; after each arrival its target's next crossing is solved for (`events`). Slow, and independent
/// of windows' bounds and of partitions: what [`CpuStream`] is compared with where every delay is above zero, and its own way
/// where one is not.
///
/// # Errors
/// A neuron that fires without end.
pub fn spikes_by_event(network: &NetworkInRows, until: f64) -> Result<Vec<(f64, u32)>> {
    let longest = StreamOptions::longest_block(network);
    let block = if until > 0.0 {
        longest.min(until)
    } else {
        longest
    };
    let mut simulation = CpuStream::by_event(network, block);
    let mut all = Vec::new();
    simulation.run(until, |spikes| {
        let timed = spikes.iter().map(|spike| (spike.time(block), spike.neuron));
        all.extend(timed);
        Ok(())
    })?;
    Ok(all)
}
