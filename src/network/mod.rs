//! What a network is: populations of neurons, what is fed into them, and projections between them.
//!
//! A [`NetworkBuilder`] describes every network, from a handful of neurons to a cortical column. From one description two forms
//! are made:
//!
//! * [`Network`] is for batches of samples: its [`Parameters`] lie in one flat vector in double precision, engines
//!   simulate many samples at once, and everything can be differentiated and trained.
//! * [`NetworkInRows`] is for one long run of a large network: its weights lie in single precision in rows, one row for the synapses
//!   of a source. [`NetworkInParts`] is the same for a device that holds more synapses than the host.

mod arrivals;
mod batch;
mod builder;
mod check;
mod computed;
mod connectivity;
mod drives;
mod layout;
mod named;
mod neuron;
mod neuron_values;
mod one_by_one;
mod parameters;
mod peak;
mod projection;
mod random;
mod rate;
mod rows;
mod rule;
mod structure;
mod synapses;
mod too_large;
mod truncated;
mod values;

pub use builder::NetworkBuilder;
pub(crate) use check::check_slope_floor;
pub use layout::{Layout, Tensor, TensorKind};
pub use neuron::{MAX_RECEPTORS, Neuron, PerNeuron, Reset};
pub use parameters::Parameters;
pub use peak::weight_of_peak;
pub use projection::{Delays, Projection, Weights};
pub use rate::PoissonRate;
pub use rows::{NetworkInParts, NetworkInRows, NetworkShare, PlacedSynapse, PopulationInRows};
pub use rule::{Rule, Synapse};
pub use structure::{
    Connection, Input, InputId, Network, Population, PopulationId, ProjectionId, Source,
};
pub use values::{Distribution, Values};

pub(crate) use arrivals::{Intervals, drive_draws};
pub(crate) use builder::PoissonDrive;
pub(crate) use computed::{Computed, Form};
pub(crate) use random::{Draws, Purpose};
pub(crate) use rows::{Joined, PerSynapse, Rows, Totals};
pub(crate) use synapses::SynapseTable;
