//! The slowest that spikes may be whose slopes are divided by.

use super::layout::SparseEvent;
use super::tables::kinds;
use crate::dynamics::slope_scale;
use crate::network::{NetworkInRows, Neuron, Reset};

/// The smallest slope that is divided by: a neuron's scale may vanish in single precision.
const LEAST_SLOPE: f32 = 1e-37;

/// Where the neurons of each kind end, and their slope floor.
#[derive(Debug)]
pub(super) struct SlopeFloors(Vec<(u32, f64)>);

impl SlopeFloors {
    /// `slope_floor` is relative to a neuron's own scale.
    pub fn new(network: &NetworkInRows, slope_floor: f64) -> Self {
        let floors = network.populations().iter().flat_map(|population| {
            let all = kinds(population);
            let is_shared = all.len() == 1;
            all.map(move |own| {
                let end = match is_shared {
                    true => population.neurons.end,
                    false => population.neurons.start + own as u32 + 1,
                };
                (end, slope_floor * scale_of(&population.neuron, own))
            })
        });
        Self(floors.collect())
    }

    /// Bounds the slopes of neurons' spikes; how many were slower.
    pub fn bound(&self, events: &mut [SparseEvent], n_neurons: u32) -> u64 {
        let mut grazing = 0;
        for event in events {
            if event.unit < n_neurons && event.is_release == 0 {
                let kind = self.0.partition_point(|(end, _)| *end <= event.unit);
                let slowest = self.0[kind].1;
                grazing += u64::from(f64::from(event.slope) < slowest);
                event.slope = event.slope.max(slowest as f32).max(LEAST_SLOPE);
            }
        }
        grazing
    }
}

/// What slopes at the threshold of neuron number `own` of a population are measured by; zero for a readout, which reaches none.
fn scale_of(neuron: &Neuron, own: usize) -> f64 {
    let Some(threshold) = neuron.threshold.as_ref().map(|all| all.get(own)) else {
        return 0.0;
    };
    let climb = match &neuron.reset {
        Reset::To { potential, .. } => threshold - potential.get(own),
        Reset::Subtract => threshold,
    };
    let rate = 1.0 / neuron.tau_membrane.get(own);
    slope_scale(rate, threshold - neuron.rest.get(own), climb)
}
