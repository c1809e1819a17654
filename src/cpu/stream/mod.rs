//! Large networks on the CPU, in windows of their shortest delay; where some synapse has none, from event to event (`events`).
//!
//! What a window's arrivals do to a neuron adds up, so neurons that cannot reach their threshold in it need
//! no order: all are advanced by the window at once (`dense`), and each arrival is added with what is left of it at the
//! window's end (`deliver`). A bound of each potential says which neurons may fire; those, few, are taken through their own arrivals in
//! order of time and fire where they exactly do (`walk`). The window is bookkeeping, not a grid.

mod adjoint;
mod by_event;
mod contract;
mod deliver;
mod deliver_each;
mod dense;
mod events;
mod factors;
mod forward;
mod handed_on;
mod happened;
mod kinds;
mod part;
mod poisson;
mod queue;
mod ranked;
mod record;
mod resume;
mod sampled;
mod simulation;
mod way;

pub use crate::engine::{StreamGradient, StreamGradientOptions};
pub use crate::stream::{
    SpikeDerivatives, StateRecorder, StateSample, StreamOptions, StreamParameter, StreamSpike,
};
pub use adjoint::stream_gradient;
pub use by_event::spikes_by_event;
pub use forward::stream_derivatives;
pub use ranked::{ParameterGradient, RankStream, rank_derivatives, rank_gradient};
pub use simulation::CpuStream;

use simulation::Fired;
