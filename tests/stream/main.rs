//! Large networks.

mod field;
mod gpu;
mod gpu_gradient;
mod gpu_mutants;
mod gradient;
mod memory;
mod networks;
mod recorded;
mod refusals;
mod resumed;
mod same_spikes;
mod spike_loss;
mod sweeps;
