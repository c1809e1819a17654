//! What a network is: populations of neurons, projections between them, and
//! their parameters in one flat vector.

mod builder;
mod initial;
mod network;
mod neuron;
mod parameters;
mod projection;

pub use builder::NetworkBuilder;
pub use initial::Distribution;
pub use network::{
    Connection, Input, InputId, Network, Population, PopulationId, ProjectionId, Source,
};
pub use neuron::{Neuron, PerNeuron, Reset};
pub use parameters::{Layout, Parameters, Tensor, TensorKind};
pub use projection::{Delays, Projection, Weights};
