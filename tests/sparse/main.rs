//! Large networks.

mod gradient;
mod networks;
mod same_spikes;
