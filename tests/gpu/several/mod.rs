//! Batches of networks whose neurons have several receptors.

mod agreement;
