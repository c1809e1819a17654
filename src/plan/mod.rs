//! The causal plan: in which order, and in which windows of time, populations are advanced.
//!
//! Plain data, made from a network's delays without any device.

mod causal;
mod graph;

pub use causal::{CausalPlan, Stage, StageKind, SynapticCycles};
