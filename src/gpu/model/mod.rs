//! A cost model of the kernels that needs no device.
//!
//! What a run asks of a device is counted, not measured: how often each loop of each kernel turns follows from the schedule, which is plain
//! data, and from a recording of any engine (`trips`, `reach`; of long runs `met`); what a turn does is read from the kernel's own text (`shader`), piece by
//! piece (`batch_parts`, `stream_parts`). [`Device`] turns this work into time, and says what binds.

mod batch;
mod batch_parts;
mod carried;
mod cost;
mod counted;
mod device;
mod long_run;
mod met;
mod multiplied;
mod part;
mod product;
mod reach;
mod shader;
mod simulated;
mod stream_parts;
mod swept;
mod trips;
mod turns;
mod work;

#[cfg(test)]
mod met_tests;
#[cfg(test)]
mod shader_tests;
#[cfg(test)]
mod trips_tests;

pub use batch::Batch;
pub use cost::Cost;
pub use device::{Bound, Device, Prediction};
pub use long_run::{LongRun, LongRunCounts};
pub use work::{Launch, Work};
