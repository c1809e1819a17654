//! Spikes, and batches of them.

mod batch;
mod recording;

pub use batch::SpikeBatch;
pub(crate) use recording::{Fingerprint, Share};
pub use recording::{Maximum, ReadoutRecording, Recording};

/// A spike: which unit, when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spike {
    /// The input channel or the neuron, counted over all groups in order of creation.
    pub unit: usize,
    /// When, in ms from the start of the run.
    pub time: f64,
}
