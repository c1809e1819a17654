//! Gradients and Jacobians, by the names of parameters.

use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::network::Network;
use crate::parameters;

/// The gradient of a scalar loss, summed over the batch.
#[pyclass(module = "spikefront", frozen, get_all)]
pub struct Gradient {
    /// One array for each tensor of parameters, by its name and of its shape; zero where it was not asked for.
    parameters: Py<PyDict>,
    /// With respect to the time of each input spike of :attr:`Recording.inputs`, in 1/ms; empty where it was not asked for.
    input_times: Py<PyArray1<f64>>,
    /// How many spikes were slower than the slope floor.
    grazing_spikes: usize,
}

impl Gradient {
    pub fn new(py: Python<'_>, network: &Network, found: spikefront::Gradient) -> PyResult<Self> {
        Ok(Self {
            parameters: parameters::named(py, network.described.layout(), None, &found.parameters)?
                .unbind(),
            input_times: found.input_times.into_pyarray(py).unbind(),
            grazing_spikes: found.grazing_spikes,
        })
    }
}

/// The derivatives of everything that one sample recorded.
///
/// Rows are the sample's spike times in order, then for each readout its voltages `[time x neuron]`, its integrals `[neuron]` and,
/// where they were recorded, its maxima `[neuron]`.
#[pyclass(module = "spikefront", frozen, get_all)]
pub struct Jacobian {
    /// With respect to each tensor of parameters, by its name: `[row x ...]`; zero where it was not asked for.
    parameters: Py<PyDict>,
    /// With respect to the times of the sample's input spikes, `[row x input spike]`.
    input_times: Py<PyArray2<f64>>,
    /// How many of the rows are spike times.
    n_spikes: usize,
    /// How many spikes were slower than the slope floor.
    grazing_spikes: usize,
}

impl Jacobian {
    pub fn new(py: Python<'_>, network: &Network, found: spikefront::Jacobian) -> PyResult<Self> {
        let rows = found.parameters.nrows();
        let values: Vec<f64> = found.parameters.into_iter().collect();
        Ok(Self {
            parameters: parameters::named(py, network.described.layout(), Some(rows), &values)?
                .unbind(),
            input_times: found.input_times.into_pyarray(py).unbind(),
            n_spikes: found.n_spikes,
            grazing_spikes: found.grazing_spikes,
        })
    }
}
