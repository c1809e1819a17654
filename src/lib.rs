//! Exact gradients of spiking neural networks, forward in time.
//!
//! A [`Problem`] is a network, its parameters, its input spikes and how to run them. An
//! [`Engine`] simulates it, event by event without a time grid, and differentiates the
//! [`event::Recording`] that this leaves behind: by forward propagation (Lee, Haghighatshoar
//! and Karbasi, AISTATS 2023) or by the adjoint (Wunderlich and Pehle 2021), two ways
//! to the same numbers. Begin with [`network::Network::builder`], then [`cpu::CpuEngine`];
//! [`train::Trainer`] is there for those who want networks trained.
//!
//! Times are in milliseconds throughout.
//!
//! Two neurons in a chain, and how the second one's spike time depends on both weights:
//!
//! ```
//! use spikefront::cpu::CpuEngine;
//! use spikefront::event::{Spike, SpikeBatch};
//! use spikefront::network::{Network, Neuron, Projection};
//! use spikefront::ndarray::array;
//! use spikefront::{Engine, GradientOptions, Method, Problem, SimulationOptions};
//!
//! let mut network = Network::builder();
//! let input = network.input("input", 1);
//! let first = network.population("first", 1, Neuron::leaky_integrate_and_fire());
//! let second = network.population("second", 1, Neuron::leaky_integrate_and_fire());
//! let to_first = network.connect(input, first, Projection::dense(array![[0.4]]));
//! let to_second = network.connect(first, second, Projection::dense(array![[0.4]]).delay(1.0)); // ms, as all times
//! let network = network.build()?;
//! let parameters = network.parameters(0);
//!
//! let mut inputs = SpikeBatch::new();
//! inputs.push_sample(&[Spike { unit: 0, time: 2.0 }])?;
//! let options = SimulationOptions::new(40.0);
//! let problem = Problem { network: &network, parameters: &parameters, inputs: &inputs, options: &options };
//!
//! let engine = CpuEngine::new();
//! let recording = engine.simulate(&problem)?;
//! assert_eq!(recording.neurons(), [0, 1]); // in order of time, counted over all populations
//!
//! let options = GradientOptions::default().method(Method::Forward);
//! let jacobian = engine.jacobian(&problem, &recording, 0, &options)?;
//! // Rows are spikes, columns parameters; where those of a projection are, the layout says.
//! let slope = |spike, projection| jacobian.parameters[[spike, network.layout().weights(projection).start]];
//! // A larger first weight makes both spikes earlier, a larger second weight the second one only.
//! assert!(slope(0, to_first) < 0.0 && slope(1, to_first) < 0.0);
//! assert!(slope(0, to_second) == 0.0 && slope(1, to_second) < 0.0);
//! # Ok::<(), spikefront::Error>(())
//! ```
//!
//! Features: `gpu` (the GPU engine), `files` (data sets, cases, experiments and checkpoints, training), `plot` (pictures), `hdf5` and
//! `cli` (the program); all are on by default. Without any there are networks, the CPU engine, losses and optimisers.

// Some of what the engines share only the GPU engine or readers of files use.
#![cfg_attr(
    not(all(feature = "gpu", feature = "files")),
    allow(dead_code, unused_imports)
)]

// Before all others, which use its macro.
#[macro_use]
mod setters;

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
pub mod memory;
pub mod network;
pub mod networks;
#[cfg(feature = "hdf5")]
pub mod nir;
pub mod optim;
pub mod plan;
#[cfg(feature = "plot")]
pub mod plot;
mod problem;
pub mod ranks;
pub mod session;
pub mod statistics;
pub mod stream;
#[cfg(feature = "files")]
pub mod train;

/// The crate of the arrays that this one takes and returns, in the version that it uses.
pub use ndarray;

pub use engine::{
    Cotangent, Direction, Engine, Gradient, GradientOptions, Jacobian, Method, Tangent,
};
#[doc(hidden)]
pub use error::count;
pub use error::{Error, ErrorKind, Result};
pub use problem::{
    GivenSpikes, MissingSpike, Problem, SimulationOptions, SpikeReport, StateTrace, Stop,
};

/// Compiles and runs what README shows.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Compiles and runs what the guide shows.
#[cfg(doctest)]
#[doc = include_str!("../docs/GUIDE.md")]
struct Guide;
