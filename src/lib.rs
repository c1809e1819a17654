//! Exact gradients of spiking neural networks, forward in time.
//!
//! A [`Problem`] is a network, its parameters, its input spikes and how to run them. An
//! [`Engine`] simulates it, event by event without a time grid, and differentiates the
//! [`event::Recording`] that this leaves behind: by forward propagation (Lee, Haghighatshoar
//! and Karbasi, AISTATS 2023) or by the adjoint (Wunderlich and Pehle 2021), two ways
//! to the same numbers. Begin with [`model::Network::builder`], then [`cpu::CpuEngine`];
//! [`train::Trainer`] is there for those who want networks trained.
//!
//! Times are in milliseconds throughout.

pub mod activity;
pub mod case;
pub mod compare;
pub mod cpu;
pub mod data;
pub mod dynamics;
mod engine;
mod error;
pub mod event;
pub mod files;
pub mod gpu;
pub mod loss;
pub mod memory;
pub mod model;
pub mod networks;
pub mod optim;
pub mod plan;
pub mod plot;
mod problem;
pub mod session;
pub mod sparse;
pub mod train;

pub use engine::{Cotangent, Engine, Gradient, GradientOptions, Jacobian, Method};
pub use error::{Error, ErrorKind, Result};
pub use problem::{Problem, SimulationOptions, Stop};

/// Compiles and runs what README shows.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
