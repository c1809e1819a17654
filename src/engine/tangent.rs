//! One direction of parameters and input times, and what a run does along it.

use super::Gradient;
use super::cotangent::in_order;
use crate::event::Recording;
use crate::network::TensorKind;
use crate::problem::Problem;
use crate::{Error, Result};

/// A direction in which parameters and input times change, of the sizes of a [`Gradient`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Direction {
    /// One for each parameter, in the order of the network's layout.
    pub parameters: Vec<f64>,
    /// One for each input spike of the batch, in ms; empty where input times stay.
    pub input_times: Vec<f64>,
}

impl Direction {
    /// Along which nothing changes; fill in what does.
    pub fn zeros(problem: &Problem<'_>) -> Self {
        Self {
            parameters: vec![0.0; problem.network.layout().len()],
            ..Self::default()
        }
    }

    /// Whether any neuron's time constants, rest or initial potential change along it.
    pub(crate) fn moves_own_values(&self, problem: &Problem<'_>) -> bool {
        let tensors = problem.network.layout().tensors().iter();
        let mut own = tensors.filter(|tensor| TensorKind::OF_NEURONS.contains(&tensor.kind));
        own.any(|tensor| {
            self.parameters[tensor.range.clone()]
                .iter()
                .any(|by| *by != 0.0)
        })
    }

    /// The scalar product with a gradient: the change of the loss along this direction, per unit.
    pub fn dot(&self, gradient: &Gradient) -> f64 {
        let product = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| x * y).sum() };
        product(&self.parameters, &gradient.parameters)
            + product(&self.input_times, &gradient.input_times)
    }
}

/// The derivatives of everything that a recording holds along one direction: the Jacobian times the direction.
///
/// Laid out as a [`Cotangent`](super::Cotangent) is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tangent {
    /// Of each spike time of the recording, in its order, in ms per unit of the direction.
    pub spike_times: Vec<f64>,
    /// For each readout: of the integrals of V, `[sample x neuron]`.
    pub integrals: Vec<Vec<f64>>,
    /// For each readout: of V at the requested times, `[sample x time x neuron]`.
    pub voltages: Vec<Vec<f64>>,
    /// For each readout: of the largest V, `[sample x neuron]`; empty where maxima were not recorded.
    pub maxima: Vec<Vec<f64>>,
    /// How many spikes were slower than the slope floor.
    pub grazing_spikes: usize,
}

impl Tangent {
    /// All zero, of the sizes of a recording.
    pub fn zeros(recording: &Recording) -> Self {
        let cotangent = super::Cotangent::zeros(recording);
        Self {
            spike_times: cotangent.spike_times,
            integrals: cotangent.integrals,
            voltages: cotangent.voltages,
            maxima: cotangent.maxima,
            grazing_spikes: 0,
        }
    }

    /// All of it in one list: spike times, then for each readout its integrals, voltages and maxima.
    pub fn entries(&self) -> impl Iterator<Item = f64> {
        in_order(
            &self.spike_times,
            [&self.integrals, &self.voltages, &self.maxima],
        )
    }

    /// Refuses one that is not finite.
    pub(crate) fn finite(self) -> Result<Self> {
        let found = self.entries().find(|value| !value.is_finite());
        match found {
            None => Ok(self),
            Some(value) => Err(Error::invalid(
                "derivative along the direction",
                value,
                "weights, times or the direction are too large or too small for double precision: rescale them, or raise \
                 the slope floor",
            )),
        }
    }
}
