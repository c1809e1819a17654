//! Pictures of spikes, voltages, training and decisions, as SVG.
//!
//! Every function takes plain numbers and returns the text of an SVG file;
//! [`write_atomically`](crate::files::write_atomically) saves it. Times are in
//! ms. Empty data and values that are not finite are refused with an
//! [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) that names the field.

mod axis;
mod canvas;
mod check;
mod decision;
mod frame;
mod histogram;
mod labels;
mod legend;
mod raster;
mod scatter;
mod style;
mod training;
mod voltage;

pub use decision::{Decision, DecisionSample, decision};
pub use histogram::{FirstSpikes, first_spikes};
pub use raster::{RasterGroup, raster};
pub use scatter::{Scatter, ScatterScale, scatter};
pub use training::{Training, training};
pub use voltage::{Voltage, VoltageSpike, voltage};

#[cfg(test)]
mod gallery;
