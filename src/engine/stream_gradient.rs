//! The gradient over a long run, whichever engine computes it.

use super::GradientOptions;
use crate::network::check_slope_floor;
use crate::{Error, Result};

/// How a gradient is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct StreamGradientOptions {
    /// The length of a window in ms, as in a simulation.
    pub window: Option<f64>,
    /// So many windows of the run are remembered at a time. The run is simulated twice: once to its end,
    /// with the state kept at the start of each segment, then segment by segment from the last, so that memory is that of all
    /// states at starts of segments and of what happens in one segment (where some synapse has no delay, 48 bytes for each spike,
    /// release and arrival at one time). Nothing else depends on it.
    pub segment: u64,
    /// A spike slower than this counts as this fast, and as grazing; relative to its neuron's own scale, as
    /// [`GradientOptions::slope_floor`](crate::GradientOptions::slope_floor) says.
    pub slope_floor: f64,
}

setters!(StreamGradientOptions {
    window: Option<f64>,
    segment: u64,
    slope_floor: f64,
});

impl Default for StreamGradientOptions {
    fn default() -> Self {
        Self {
            window: None,
            segment: 1000,
            slope_floor: GradientOptions::default().slope_floor,
        }
    }
}

/// dL/d(parameter) of a large network.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamGradient {
    /// For each synapse, in the order of [`NetworkInRows::placed_synapses`](crate::network::NetworkInRows::placed_synapses).
    pub weights: Vec<f64>,
    /// For each synapse, likewise; per ms.
    pub delays: Vec<f64>,
    /// For each population: of its threshold, where that moves for all neurons alike; zero for readouts.
    pub thresholds: Vec<f64>,
    /// For each neuron: of its own threshold; zero for readouts.
    pub neuron_thresholds: Vec<f64>,
    /// For each Poisson drive, in the order in which they were described: of the weight of its arrivals.
    pub drives: Vec<f64>,
    /// For each group of generators, channel by channel: of the times of its spikes, per ms.
    pub generator_times: Vec<Vec<Vec<f64>>>,
    /// For each neuron: of its potential at the start.
    pub initial_potentials: Vec<f64>,
    /// How many spikes there were.
    pub spikes: u64,
    /// How many of them were slower than the slope floor.
    pub grazing: u64,
}

impl StreamGradientOptions {
    /// Whether the gradient of a run until `until` ms can be computed so.
    ///
    /// # Errors
    /// An option out of range, or an end that is not finite.
    pub(crate) fn check(&self, until: f64) -> Result<()> {
        if self.segment == 0 {
            return Err(Error::invalid("segment", 0, "give at least one window"));
        }
        check_slope_floor(self.slope_floor)?;
        if !until.is_finite() {
            return Err(Error::invalid("until", until, "give a finite time in ms"));
        }
        Ok(())
    }
}
