//! Large networks.

mod gpu;
mod gradient;
mod networks;
mod same_spikes;
