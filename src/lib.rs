//! Exact gradients of spiking neural networks, forward in time.

pub mod case;
pub mod cpu;
pub mod data;
pub mod dynamics;
mod engine;
mod error;
pub mod event;
pub mod files;
pub mod loss;
pub mod model;
pub mod optim;
pub mod plan;
pub mod plot;
mod problem;
pub mod train;

pub use engine::{Cotangent, Engine, Gradient, GradientOptions, Jacobian, Method};
pub use error::{Error, ErrorKind, Result};
pub use problem::{Problem, SimulationOptions, Stop};
