//! Cases: small networks in JSON files, with the spikes and Jacobians they should give.
//!
//! This file, `case.json`, has two neurons in a chain:
//!
//! ```json
#![doc = include_str!("example.json")]
//! ```
//!
//! ```text
#![doc = include_str!("format.txt")]
//! ```
//!
//! Any other member is refused, so that a misspelt one is not ignored.
//!
//! [`Case::read`] checks a file, [`Case::run`] gives the answer in the case's own numbering, and [`Case::network`] turns
//! it into a network that any engine can run:
//!
//! ```
//! use spikefront::Method;
//! use spikefront::case::Case;
//! use spikefront::cpu::CpuEngine;
//!
//! let case = Case::read("src/case/example.json")?;
//! let answer = case.run(&CpuEngine::new(), Method::Forward)?;
//! for (spike, row) in answer.spikes.iter().zip(&answer.jacobian.weights) {
//!     println!("neuron {} fires at {} ms; d(time)/d(weights) = {row:?}", spike.neuron, spike.time);
//! }
//! # assert_eq!(answer.spikes.len(), 4);
//! # Ok::<(), spikefront::Error>(())
//! ```

mod bundle;
mod columns;
mod compare;
mod differences;
mod network;
mod number;
mod read;
mod result;
mod run;
mod validate;
mod wire;

pub use columns::Group;
pub use compare::{Comparison, GroupDifference};
pub use differences::Differences;
pub use network::CaseNetwork;
pub use read::Case;
pub use result::{CaseJacobian, CaseResult, CaseSpike};
