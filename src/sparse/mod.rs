//! Large networks: sparse projections in compressed rows, delays, several synaptic currents a neuron,
//! Poisson drive.
//!
//! [`SparseNetwork::builder`] describes a network by rules; `cpu::sparse` simulates it, exactly and
//! without a time grid. Times are in ms.

mod builder;
mod check;
mod described;
mod network;
mod neuron;
mod parted;
mod peak;
mod random;
mod rate;
mod rows;
mod rule;
mod spike;
mod state;
mod values;

pub use builder::{SparseNetworkBuilder, Synapses};
pub use network::{
    GeneratorId, PlacedSynapse, SparseNetwork, SparsePopulation, SparsePopulationId, SparseSource,
};
pub use neuron::{MAX_RECEPTORS, SparseNeuron, SparseReset};
pub use parted::PartedNetwork;
pub use peak::weight_of_peak;
pub use rate::PoissonRate;
pub use rule::{Rule, Synapse};
pub use spike::{SparseOptions, SparseSpike};
pub use state::SimulationState;
pub use values::{Distribution, Values};

pub(crate) use network::{Partition, PoissonDrive};
pub(crate) use random::{Draws, Purpose, word_to_unit};
pub(crate) use rows::{PerSynapse, Rows};
pub(crate) use spike::Handover;
pub(crate) use state::{HeldNeuron, UnderwaySpike};
