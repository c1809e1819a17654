//! Batches of networks whose neurons have several receptors.

mod agreement;
mod alike;
mod topologies;
mod training;
