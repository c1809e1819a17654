//! Populations with several receptors in batches.

mod given;
mod gradients;
mod networks;
mod refusals;
mod sameness;
mod spikes;
