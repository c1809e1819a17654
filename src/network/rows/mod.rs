//! The form of a network for one long run: synapses in compressed rows.

mod build;
mod described;
mod made;
mod network;
mod parted;
#[expect(clippy::module_inception, reason = "the rows of networks in rows")]
mod rows;

pub use network::{NetworkInRows, NeuronInRows, PlacedSynapse, PopulationInRows};
pub use parted::NetworkInParts;

pub(crate) use network::Partition;
pub(super) use network::initial_value;
pub(crate) use rows::{PerSynapse, Rows};
