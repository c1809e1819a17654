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
//!
//! Features: `gpu` (the GPU engine), `files` (data sets, cases, experiments and checkpoints, training), `plot` (pictures), `hdf5` and
//! `cli` (the program); all are on by default. Without any there are networks, the CPU engine, losses and optimisers.

// Some of what the engines share only the GPU engine or readers of files use.
#![cfg_attr(
    not(all(feature = "gpu", feature = "files")),
    allow(dead_code, unused_imports)
)]

pub mod activity;
#[cfg(feature = "files")]
pub mod case;
#[cfg(feature = "files")]
pub mod compare;
pub mod cpu;
#[cfg(feature = "files")]
pub mod data;
pub mod dynamics;
mod engine;
mod error;
pub mod event;
#[cfg(feature = "files")]
pub mod files;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod loss;
#[cfg(feature = "files")]
pub mod memory;
pub mod model;
pub mod networks;
pub mod optim;
pub mod plan;
#[cfg(feature = "plot")]
pub mod plot;
mod problem;
pub mod session;
pub mod sparse;
#[cfg(feature = "files")]
pub mod train;

pub use engine::{Cotangent, Engine, Gradient, GradientOptions, Jacobian, Method};
pub use error::{Error, ErrorKind, Result};
pub use problem::{Problem, SimulationOptions, Stop};

/// Compiles and runs what README shows.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Compiles and runs what the guide shows.
#[cfg(doctest)]
#[doc = include_str!("../docs/GUIDE.md")]
struct Guide;
