//! One long run of a large network: what it is told, what it answers, and where it is.
//!
//! [`Stream`] is what the engines for such runs have in common:
//! [`CpuStream`](crate::cpu::stream::CpuStream) and, on a device, `gpu::stream::GpuStream`.

mod contract;
mod derivatives;
mod options;
mod recorder;
mod spike;
mod state;
mod travelling;

pub use contract::Stream;
pub use derivatives::{SpikeDerivatives, StreamParameter};
pub use options::StreamOptions;
pub use recorder::{StateRecorder, StateSample};
pub use spike::StreamSpike;
pub use state::StreamState;

pub(crate) use derivatives::check_derivatives;
pub(crate) use spike::Handover;
pub(crate) use state::{HeldNeuron, UnderwaySpike};
pub(crate) use travelling::{SPIKE_WORDS, merged, packed};
