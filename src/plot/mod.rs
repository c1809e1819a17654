//! Pictures of spikes, voltages, training, parameters and decisions, as SVG, and a run's report.
//!
//! [`report`] makes one page of a run's folder. Every other function takes plain numbers and returns the text of an SVG file;
//! [`write_atomically`](crate::files::write_atomically) saves it. Times are in
//! ms. Every colour has two shades, of which the reader's preference for light or dark pages chooses. Empty data and values that are not finite are refused with an
//! [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) that names the field.

mod axis;
mod canvas;
mod check;
mod colour;
mod confusion;
mod decision;
mod distribution;
mod frame;
mod histogram;
mod labels;
mod legend;
mod marks;
mod overview;
mod raster;
mod rates;
mod report;
mod scatter;
mod traces;
mod training;
mod voltage;
mod words;

pub use confusion::{Confusion, confusion};
pub use decision::{Decision, DecisionSample, decision};
pub use distribution::{Distribution, DistributionGroup, distribution};
pub use histogram::{FirstSpikes, first_spikes};
pub use overview::overview;
pub use raster::{Raster, RasterGroup, raster};
pub use rates::{RateGroup, Rates, rates};
pub use report::report;
pub use scatter::{Scatter, ScatterScale, scatter};
pub use traces::{Trace, TracePanel, Traces, traces};
pub use training::{Training, training};
pub use voltage::{Voltage, VoltageSpike, voltage};

#[cfg(test)]
mod extremes;
#[cfg(test)]
mod gallery;
#[cfg(test)]
mod seen;
