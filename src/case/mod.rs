//! Cases: small networks in JSON files, with the spikes and Jacobians they should give.
//!
//! ```json
//! {
//!   "inputs": 1,
//!   "neurons": [{"tau_membrane": 20, "tau_synapse": 5, "threshold": 1, "reset": {"kind": "soft"}}],
//!   "synapses": [{"source": {"input": 0}, "target": 0, "weight": 0.6, "delay": 0.5}],
//!   "input_spikes": [[1.0]],
//!   "end": 40
//! }
//! ```
//!
//! Times are in ms. A neuron may have a `drive` and an `initial` potential (both
//! 0 by default); its reset is `{"kind": "soft"}` or `{"kind": "hard",
//! "potential": v, "refractory": t}`. A synapse comes from `{"input": k}` or
//! `{"neuron": k}`. A case may have a `name`, and in `expected` what it should
//! give. Any other member is refused, so that a misspelt one is not ignored.
//!
//! [`Case::read`] checks a file, [`Case::network`] turns it into a network that
//! any engine can run, and [`CaseResult`] holds the answer in the case's own
//! numbering.

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
