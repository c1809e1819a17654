//! What a network is: populations of neurons, projections between them, and
//! their parameters in one flat vector.

mod builder;
mod initial;
mod layout;
mod network;
mod neuron;
mod parameters;
mod projection;
mod values;

pub use builder::NetworkBuilder;
pub use initial::Distribution;
pub use layout::{Layout, Tensor, TensorKind};
pub use network::{
    Connection, Input, InputId, Network, Population, PopulationId, ProjectionId, Source,
};
pub use neuron::{Neuron, PerNeuron, Reset};
pub use parameters::Parameters;
pub use projection::{Delays, Projection, Weights};
