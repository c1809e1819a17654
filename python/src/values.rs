//! Distributions of weights, delays and starting values.

use pyo3::prelude::*;
use spikefront::network::Values as Drawn;

use crate::arrays;
use crate::error::invalid;

/// A distribution that weights, delays or starting values are drawn from.
///
/// Made by :func:`normal`, :func:`log_normal` and :func:`uniform`. A value outside its bounds is drawn again.
#[pyclass(module = "spikefront", frozen, from_py_object)]
#[derive(Debug, Clone, Copy)]
pub struct Values(pub Drawn);

#[pymethods]
impl Values {
    fn __repr__(&self) -> String {
        format!("{:?}", self.0.distribution)
    }
}

fn bounded(mut values: Drawn, lowest: Option<f64>, highest: Option<f64>) -> Values {
    if let Some(lowest) = lowest {
        values = values.at_least(lowest);
    }
    if let Some(highest) = highest {
        values = values.at_most(highest);
    }
    Values(values)
}

/// A normal distribution.
///
/// Parameters
/// ----------
/// mean, deviation : float
///     Mean and standard deviation.
/// lowest, highest : float, optional
///     What lies outside is drawn again.
///
/// Returns
/// -------
/// Values
#[pyfunction]
#[pyo3(signature = (mean, deviation, *, lowest=None, highest=None))]
pub fn normal(mean: f64, deviation: f64, lowest: Option<f64>, highest: Option<f64>) -> Values {
    bounded(Drawn::normal(mean, deviation), lowest, highest)
}

/// A log-normal distribution, given by mean and standard deviation of the values themselves, not of their logarithms.
///
/// Parameters
/// ----------
/// mean, deviation : float
///     Mean (above zero) and standard deviation of the values.
/// lowest, highest : float, optional
///     What lies outside is drawn again.
///
/// Returns
/// -------
/// Values
#[pyfunction]
#[pyo3(signature = (mean, deviation, *, lowest=None, highest=None))]
pub fn log_normal(mean: f64, deviation: f64, lowest: Option<f64>, highest: Option<f64>) -> Values {
    bounded(Drawn::log_normal(mean, deviation), lowest, highest)
}

/// A uniform distribution between two values.
///
/// Parameters
/// ----------
/// lowest, highest : float
///     Between what.
///
/// Returns
/// -------
/// Values
#[pyfunction]
pub fn uniform(lowest: f64, highest: f64) -> Values {
    Values(Drawn::uniform(lowest, highest))
}

/// One value for all synapses, one each `[source x target]`, or a distribution.
pub enum Given {
    Drawn(Drawn),
    Each(numpy::ndarray::Array2<f64>),
}

/// What was given for the weights or delays of a projection.
pub fn given(of: &Bound<'_, PyAny>, field: &str) -> PyResult<Given> {
    match drawn(of)? {
        Some(values) => Ok(Given::Drawn(values)),
        None => arrays::matrix(of, field).map(Given::Each),
    }
}

/// One value or a distribution.
pub fn values(of: &Bound<'_, PyAny>, field: &str) -> PyResult<Drawn> {
    let found = drawn(of)?;
    found.ok_or_else(|| {
        invalid(
            field,
            of.get_type(),
            "give a number or a distribution such as normal(mean, deviation)",
        )
    })
}

fn drawn(of: &Bound<'_, PyAny>) -> PyResult<Option<Drawn>> {
    if let Ok(values) = of.cast::<Values>() {
        return Ok(Some(values.get().0));
    }
    Ok(of.extract::<f64>().ok().map(Into::into))
}
