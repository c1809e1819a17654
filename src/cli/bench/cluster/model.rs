//! What one rank of many has to hold, to compute and to receive.

use spikefront::cpu::stream::RankStream;
use spikefront::ranks::{HEAD_WORDS, inline_words};

use super::measured::Measured;

/// Bytes of what comes before the words of a message.
pub const HEAD_BYTES: f64 = bytes(HEAD_WORDS);
/// Bytes of a spike.
pub const SPIKE_BYTES: f64 = bytes(RankStream::SPIKE_WORDS);

const fn bytes(words: usize) -> f64 {
    (words * size_of::<u64>()) as f64
}

/// What messages and spikes of others are assumed to take.
pub struct Links {
    /// In seconds.
    pub latency: f64,
    /// In bytes a second.
    pub bandwidth: f64,
    /// In seconds.
    pub spike: f64,
}

/// A network on some ranks, one thread each; what is said of a rank is of each of them. Bytes and seconds.
pub struct Plan {
    pub ranks: u64,
    pub neurons: f64,
    pub own_synapses: f64,
    pub synapse_bytes: f64,
    /// Where the rows of all sources begin.
    pub start_bytes: f64,
    pub neuron_bytes: f64,
    /// In one interval.
    pub spikes: f64,
    pub received_bytes: f64,
    pub exchange: f64,
    pub compute: f64,
    /// Seconds of computation and exchange for a second of the network's time.
    pub real_time_factor: f64,
    /// Until all synapses are made: where in-degrees are fixed, and where a projection has a fixed total number.
    pub build_by_target: f64,
    pub build_by_total: f64,
}

impl Plan {
    /// The measured network at another number of neurons.
    pub fn new(measured: &Measured, links: &Links, neurons: f64, ranks: u64) -> Self {
        let n = ranks as f64;
        let own = neurons / n;
        let own_synapses = own * measured.in_degree;
        let spikes = neurons * measured.spikes * measured.interval;
        let spike_bytes = spikes * SPIKE_BYTES;
        let words = (spike_bytes / n / bytes(1)).ceil() as usize;
        let inline = inline_words(words, ranks as usize);
        let slots = n * bytes(HEAD_WORDS + inline);
        let message = |bytes: f64| n.log2().ceil() * links.latency + bytes / links.bandwidth;
        // Spikes that do not go along with the signal take a second message.
        let (received_bytes, exchange) = match (ranks, words <= inline) {
            (1, _) => (0.0, 0.0),
            (_, true) => (slots, message(slots)),
            (_, false) => (slots + spike_bytes, message(slots) + message(spike_bytes)),
        };
        let arrivals = own * measured.arrivals * measured.interval;
        let compute = arrivals * measured.arrival_seconds + spikes * links.spike;
        let make = own_synapses * measured.make_seconds;
        Self {
            ranks,
            neurons,
            own_synapses,
            synapse_bytes: own_synapses * measured.synapse_bytes,
            start_bytes: neurons * measured.start_bytes,
            neuron_bytes: own * measured.neuron_bytes,
            spikes,
            received_bytes,
            exchange,
            compute,
            real_time_factor: (compute + exchange) / (measured.interval * 1e-3),
            build_by_target: make + own_synapses * measured.draw_seconds,
            build_by_total: make + neurons * measured.in_degree * measured.draw_seconds,
        }
    }
}
