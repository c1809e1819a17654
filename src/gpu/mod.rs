//! The GPU engine: WGSL kernels advance all neurons of all samples in parallel, the host
//! makes the schedule and resolves what no kernel can.
//!
//! Read `tables.rs` for how a network lies in memory, `schedule/` for what runs in which order,
//! `shaders/types.wgsl` for the structs; every kernel is `shaders/NAME.wgsl` with `kernels/NAME.rs`.

mod adapters;
mod adjoint;
mod awaited;
mod blocks;
mod buffers;
mod ceilings;
mod columns;
mod context;
mod direction;
mod engine;
mod fired;
mod forward;
mod gradient;
mod groups;
pub mod kernel;
pub mod kernels;
pub mod layout;
mod memory;
pub mod model;
mod options;
mod packed;
mod pending;
mod plan;
mod profile;
mod reach;
mod readback;
pub mod receptors;
mod record;
mod role;
mod rows;
mod run;
mod schedule;
mod session;
mod shader_module;
mod shown;
mod simulate;
pub mod stream;
mod tables;
mod threads;

pub use adapters::{
    AdapterDescription, AdapterKind, AdapterLimits, DRIVER_REMEDY, adapters, adapters_async,
};
pub use ceilings::Ceilings;
pub use engine::{GpuEngine, Statistics};
pub use options::{AdapterChoice, DeviceLimits, GpuOptions};
pub use profile::{KernelTime, Profile};
#[doc(hidden)]
pub use schedule::Carry;
pub use session::GpuSession;
