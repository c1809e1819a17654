//! The form of a network for one long run: synapses in compressed rows.

mod build;
mod compressed;
mod described;
mod made;
mod network;
mod parted;

pub use network::{NetworkInRows, PlacedSynapse, PopulationInRows};
pub use parted::NetworkInParts;

pub(crate) use compressed::{PerSynapse, Rows};
pub(crate) use network::Partition;
pub(super) use network::initial_value;
