//! Spikes on their way from rank to rank, in words.

use super::StreamSpike;

/// Words that a spike takes.
pub(crate) const SPIKE_WORDS: usize = 2;

/// Spikes of windows from number `first` on, in words.
pub(crate) fn packed(first: u64, own: &[StreamSpike]) -> Vec<u64> {
    let words = own.iter().flat_map(|spike| {
        let within = (spike.window - first) << u32::BITS;
        // Its offset; its window within the interval and its neuron.
        let words: [u64; SPIKE_WORDS] = [spike.offset.to_bits(), within | u64::from(spike.neuron)];
        words
    });
    words.collect()
}

/// The spikes of each window in the one order in which every rank delivers them.
pub(crate) fn merged(all: &[Vec<u64>], first: u64, windows: usize) -> Vec<Vec<StreamSpike>> {
    let mut merged = vec![Vec::new(); windows];
    for &[offset, which] in all.iter().flat_map(|words| words.as_chunks().0) {
        let within = which >> u32::BITS;
        // An interval is as long on every rank.
        if let Some(spikes) = merged.get_mut(within as usize) {
            spikes.push(StreamSpike {
                window: first + within,
                offset: f64::from_bits(offset),
                neuron: which as u32,
            });
        }
    }
    for spikes in &mut merged {
        spikes.sort_unstable_by(StreamSpike::in_order);
    }
    merged
}
