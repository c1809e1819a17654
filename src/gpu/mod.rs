//! The GPU engine: WGSL kernels advance all neurons of all samples in parallel, the host
//! makes the schedule and resolves what no kernel can.
//!
//! Read `tables.rs` for how a network lies in memory, `schedule.rs` for what runs in which order,
//! `shaders/types.wgsl` for the structs; every kernel is `shaders/NAME.wgsl` with `kernels/NAME.rs`.

mod buffers;
mod context;
mod engine;
pub mod kernel;
pub mod kernels;
pub mod layout;
mod gradient;
mod memory;
mod record;
mod schedule;
mod simulate;
mod tables;

pub use context::AdapterChoice;
pub use engine::{GpuEngine, GpuOptions, Statistics};
