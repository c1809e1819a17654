//! The mathematics of one neuron, in f64, free of any engine.
//!
//! A leaky integrate-and-fire neuron with an exponential synapse, between events:
//!
//! ```text
//! dV/dt = -b (V - c) + I        dI/dt = -a I
//! a = 1/tau_synapse   b = 1/tau_membrane   c = rest
//! ```
//!
//! Everything here works with the potential *above rest*, `V - c`, so that
//! the flow is linear. Times are in ms, rates in 1/ms.

mod bracket;
mod crossing;
mod currents;
mod ends;
mod exponential_sum;
mod flow;
mod given;
mod highest;
mod interval;
mod jump;
mod neuron;
mod neuron_flow;
mod root;
mod walk;

pub(crate) use bracket::{FREE, SHRINK};
pub(crate) use crossing::extremum;
pub use crossing::{Crossing, first_crossing};
pub use currents::{CurrentState, CurrentsFlow, MAX_CURRENTS};
pub(crate) use ends::Ends;
pub(crate) use flow::{EXPM1_SERIES, expm1_series};
pub use flow::{Flow, Propagator, expm1_over_x};
pub use given::{GivenEvent, GivenStep};
pub(crate) use highest::{Highest, highest, highest_of_several};
pub use interval::{Interval, time_resolution};
pub use jump::{ArrivalJump, SpikeJump, release_derivative};
pub use neuron::{NeuronDynamics, NeuronState, ResetRule, SpikeSink};
pub(crate) use neuron::{later, slope_scale};
pub use neuron_flow::NeuronFlow;
pub(crate) use root::solve;
