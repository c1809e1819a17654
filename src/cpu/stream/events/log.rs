//! What happened in a block, in order.

use std::ops::Range;

/// Something that happened to neurons; its time is since the block's start, in ms.
///
/// What happens to one neuron is in order of time, spikes before arrivals at one time; a spike lies before all that it causes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Entry {
    /// A neuron, counted through the network, fired; dV/dt at that time.
    Spike {
        neuron: u32,
        offset: f64,
        slope: f64,
        /// Which of the spikes that were fired; counted through the run.
        id: u64,
    },
    /// Its potential was released; dV/dt from then on.
    Release {
        neuron: u32,
        offset: f64,
        slope: f64,
    },
    /// A spike arrived.
    Run(Run),
    /// An arrival of a drive.
    Driven {
        drive: u32,
        neuron: u32,
        offset: f64,
    },
}

/// Synapses of one spike that are reached at one time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    /// Which of the spikes that were fired; counted through the run.
    pub id: u64,
    /// Which partition and which group of the network.
    pub part: u32,
    pub group: u32,
    pub synapses: Range<usize>,
    /// Since the block's start, in ms.
    pub offset: f64,
}
