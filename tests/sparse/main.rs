//! Large networks.

mod networks;
mod same_spikes;
