//! Exact gradients of spiking neural networks, forward in time.

mod error;
pub mod data;
pub mod event;
pub mod files;
pub mod plot;

pub use error::{Error, ErrorKind, Result};
