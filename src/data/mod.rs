//! Data sets, their splits and their encoding as spike times.
//!
//! A [`Dataset`] holds features in `[0, 1]` and labels. It comes from a
//! generator ([`yin_yang`], [`xor`], [`delayed_xor`] as spikes), from a table that ships with the crate
//! ([`iris`], [`digits`]) or from files that the user has ([`mnist`],
//! [`fashion_mnist`]); [`stratified_split`] cuts it in two,
//! [`LatencyEncoder`] turns each feature into the time of one spike, and
//! [`Batches`] deals the samples out. Features of one's own come from files as a [`FeatureTable`] and are brought to
//! `[0, 1]` by a [`Scaling`]. [`Workload`] reads the benchmark files
//! that bring their own spikes and weights, and [`SpikeTrains`] are sets whose samples
//! are spikes to begin with, from `.npz` files or, with the feature `hdf5`, from those
//! of the Heidelberg sets.
//!
//! Everything random flows from one seed through [`stream`], so that a run can
//! be repeated and its parts do not disturb one another. Times are in ms.

mod batches;
mod columns;
mod dataset;
mod delayed_xor;
mod digits;
mod encode;
mod features;
#[cfg(test)]
mod fixtures;
mod growing;
#[cfg(feature = "hdf5")]
mod hdf5;
#[cfg(feature = "hdf5")]
mod hdf5_number;
#[cfg(feature = "hdf5")]
mod heidelberg;
mod idx;
mod iris;
mod mnist;
mod npy;
mod npz;
mod npz_writer;
mod scaling;
mod seed;
mod spike_npz;
mod spike_samples;
mod spike_trains;
mod spike_writer;
mod split;
mod state_writer;
mod table;
mod units;
mod until_failure;
mod workload;
mod xor;
mod yin_yang;

pub use batches::Batches;
pub use columns::ColumnNames;
pub use dataset::{Dataset, Splits};
pub use delayed_xor::delayed_xor;
pub use digits::digits;
pub use encode::LatencyEncoder;
pub use features::FeatureTable;
pub use growing::{Grown, KeptParts};
#[cfg(feature = "hdf5")]
pub(crate) use hdf5_number::Number;
#[cfg(feature = "hdf5")]
pub use heidelberg::{heidelberg_digits, speech_commands};
pub use iris::iris;
pub(crate) use mnist::{Images, image_splits};
pub use mnist::{fashion_mnist, mnist};
pub(crate) use npz::Npz;
pub(crate) use npz_writer::NpzWriter;
pub use scaling::Scaling;
pub use seed::{Stream, numbered_stream, stream};
pub(crate) use spike_samples::add_spikes;
pub use spike_samples::write_recording;
pub use spike_trains::{SpikeSplits, SpikeTrains};
pub use spike_writer::SpikeWriter;
pub use split::stratified_split;
pub use state_writer::StateWriter;
pub(crate) use units::{SECONDS, is_tau_in_seconds, spikes_in_seconds};
pub use workload::Workload;
pub use xor::xor;
pub use yin_yang::{yin_yang, yin_yang_splits};
