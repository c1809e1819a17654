//! Lists the arrivals at each neuron of a population with delays per synapse.

use crate::gpu::kernel::{Source, source};

/// `shaders/gather_synapses.wgsl`.
pub const SOURCE: Source = source!("gather_synapses": "types", "counters", "delay", "windows");
