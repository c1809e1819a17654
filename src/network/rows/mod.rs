//! The form of a network for one long run: synapses in compressed rows.

mod agreed;
mod build;
mod compressed;
mod described;
mod joined;
mod made;
mod network;
mod parted;
mod share;

pub use network::{NetworkInRows, PlacedSynapse, PopulationInRows};
pub use parted::NetworkInParts;
pub use share::NetworkShare;

pub(crate) use agreed::Totals;
pub(crate) use compressed::{PerSynapse, Rows};
pub(crate) use joined::Joined;
pub(super) use network::initial_value;
