//! Networks of other programs: graphs of the Neuromorphic Intermediate Representation (NIR), in HDF5 files.
//!
//! A [`NirGraph`] is what such a file holds. [`NirGraph::network`] makes a network of it, and tells what it had to choose where the
//! file leaves something open; [`NirGraph::of_network`] is the way back. Both refuse by name what one side can say and the other
//! cannot.
//!
//! Recurrent networks that snnTorch trained (`CubaLIF` with `w_in = tau_syn/step` and `r = tau_mem/step`, each matrix of recurrent
//! weights an `Affine` or `Linear` in a loop with its neurons) are read as follows. Potentials and currents follow NIR's equations
//! in continuous time; snnTorch takes steps, 0.1 ms long beside time constants of 0.2 to 1 ms in the published ones, so that
//! spikes agree with its own only as far as a step is short. A spike adds its weight to the current, as there. Recurrent spikes
//! arrive at once, where snnTorch has them arrive a step later: a graph says so with a `Delay` in the loop. Biases are constant
//! currents, on from before the start, where snnTorch's build up over the first synaptic time constants. A file without `v_reset`
//! resets to 0; snnTorch exports neurons that subtract their threshold without it too, so whoever knows must
//! say so ([`NirOptions::reset`]).
//!
//! ```
//! use spikefront::ndarray::array;
//! use spikefront::network::{Network, Neuron, Projection, Reset};
//! use spikefront::nir::{NirGraph, NirOptions, NirWriteOptions};
//!
//! let mut network = Network::builder();
//! let input = network.input("input", 2);
//! let neuron = Neuron::leaky_integrate_and_fire().reset(Reset::to(0.0));
//! let output = network.population("output", 1, neuron);
//! network.connect(input, output, Projection::dense(array![[0.3], [0.4]]).delay(1.0));
//! let network = network.build()?;
//!
//! let graph = NirGraph::of_network(&network, &network.parameters(0), &NirWriteOptions::default())?;
//! let kinds: Vec<&str> = graph.nodes().iter().map(|node| node.kind.as_str()).collect();
//! assert_eq!(kinds, ["Input", "CubaLIF", "Linear", "Delay", "Output"]);
//! // `graph.write(path)` and `NirGraph::read(path)` go through a file.
//! let read = graph.network(&NirOptions::default())?;
//! assert_eq!(read.builder.build()?, network);
//! assert!(read.notes[0].starts_with("times are in seconds"));
//! # Ok::<(), spikefront::Error>(())
//! ```
//!
//! Source: J. E. Pedersen et al., "Neuromorphic intermediate representation: A unified instruction set for interoperable
//! brain-inspired computing" (Nature Communications 2024).

mod choices;
mod from_graph;
mod graph;
mod neurons;
mod options;
mod read;
mod signals;
mod sizes;
mod to_graph;
mod write;

pub use from_graph::NirNetwork;
pub use graph::{NirGraph, NirNode};
pub use options::{NirOptions, NirReset, NirSpikeJump, NirTimeUnit};
pub use to_graph::NirWriteOptions;
