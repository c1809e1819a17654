//! Large networks on the GPU, in windows of their shortest delay, or in passes through windows where some delays are shorter.
//!
//! A window is two kernels. `sparse_deliver` appends the spikes of earlier windows to their targets' queues, which
//! takes integer atomics only; `sparse_advance` puts each neuron's few arrivals in order, makes those of its drives, finds its
//! crossings, and lists its spikes, which the host puts in order. Many windows are read back at once (`block`); where room
//! was short it grows and they are repeated from where they began. Where states are recorded (`record`), `sparse_record` takes chosen neurons
//! through the window beforehand. Where spikes arrive in their own window, `sparse_advance` first goes through it in passes, between which
//! `sparse_relay` delivers what the spikes of one cause, until they cause no others (`shaders/sparse_pass.wgsl`). The order in which the device does things shows in no bit.

mod block;
mod contract;
mod delays;
mod dispatches;
mod drawn;
mod forward;
mod generated;
mod gradient;
pub mod layout;
mod open;
mod passes;
mod ranked;
mod record;
mod room;
mod simulation;
mod slopes;
mod submit;
mod synapses;
mod tables;
mod upload;

pub use crate::engine::{StreamGradient, StreamGradientOptions};
pub use crate::stream::{SpikeDerivatives, StreamParameter};
pub use forward::{stream_derivatives, stream_derivatives_async};
pub use gradient::{stream_gradient, stream_gradient_async};
pub use ranked::GpuRankStream;
pub use simulation::{GpuStream, GpuStreamOptions};

pub(super) use dispatches::{PARTS_AT_ONCE, WINDOWS_SUBMITTED, delivering_groups};
pub(super) use drawn::windows_at_once;
