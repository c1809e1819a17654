//! Pictures of spikes, voltages, training, parameters and decisions, as SVG, and a run's report.
//!
//! [`report`] makes one page of a run's folder. Every other function takes plain numbers and returns the text of an SVG file;
//! [`write_atomically`](crate::files::write_atomically) saves it. Times are in
//! ms. Empty data and values that are not finite are refused with an
//! [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) that names the field.

mod axis;
mod canvas;
mod check;
mod confusion;
mod decision;
mod distribution;
mod frame;
mod histogram;
mod labels;
mod legend;
mod raster;
mod rates;
mod report;
mod scatter;
mod style;
mod traces;
mod training;
mod voltage;

pub use confusion::{Confusion, confusion};
pub use decision::{Decision, DecisionSample, decision};
pub use distribution::{Distribution, DistributionGroup, distribution};
pub use histogram::{FirstSpikes, first_spikes};
pub use raster::{RasterGroup, raster};
pub use rates::{RateGroup, rates};
pub use report::report;
pub use scatter::{Scatter, ScatterScale, scatter};
pub use traces::{Trace, TracePanel, traces};
pub use training::{Training, training};
pub use voltage::{Voltage, VoltageSpike, voltage};

#[cfg(test)]
mod gallery;
