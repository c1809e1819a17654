//! Large networks.

mod any_network;
mod carried;
mod field;
mod gpu;
mod gpu_forward;
mod gpu_gradient;
mod gpu_mutants;
mod gpu_ranks;
mod gpu_recorded;
mod gpu_refusals;
mod gradient;
mod memory;
mod networks;
mod rank_derivatives;
mod ranks;
mod recorded;
mod refusals;
mod resumed;
mod same_spikes;
mod spike_loss;
mod sweeps;
