//! `spikefront nir`, and what other commands say of its files.

#[cfg(feature = "hdf5")]
mod command;
#[cfg(feature = "hdf5")]
mod describe;
mod refuse;
#[cfg(feature = "hdf5")]
mod simulate;

#[cfg(feature = "hdf5")]
pub use command::{NirArgs, run};
pub use refuse::refuse;
