//! Data sets and the encoding of features as spikes.

use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::prelude::*;
use spikefront::data::{self as sets, Dataset, LatencyEncoder};

use crate::arrays;
use crate::error::raise;
use crate::spikes::Spikes;

type Set<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<i64>>);

fn set<'py>(py: Python<'py>, set: &Dataset) -> Set<'py> {
    let labels = set.labels().iter().map(|&label| label as i64);
    (
        set.features().clone().into_pyarray(py),
        PyArray1::from_iter(py, labels),
    )
}

/// Yin-Yang (Kriener, Göltz and Petrovici 2022): points in a circle, three classes.
///
/// Parameters
/// ----------
/// size : int
///     How many.
/// seed : int
///     The published division is 5000 of seed 42 to train, 1000 of 41 to validate and 1000 of 40 to test.
///
/// Returns
/// -------
/// features, labels : array
///     x, y, 1 - x, 1 - y, `[sample x 4]`, from 0 to 1; and classes 0 to 2.
#[pyfunction]
fn yin_yang(py: Python<'_>, size: usize, seed: u32) -> PyResult<Set<'_>> {
    let fits = |there: u64| format!("{} samples fit", there / 80);
    // Four features and a label, here and in Python.
    spikefront::memory::check("samples", (size as u64).saturating_mul(80), fits).map_err(raise)?;
    Ok(set(py, &sets::yin_yang(size, seed)))
}

/// The hand-written digits of 8 x 8 pixels of the UCI repository.
///
/// Returns
/// -------
/// features, labels : array
///     `[sample x 64]`, from 0 to 1; and classes 0 to 9.
#[pyfunction]
fn digits(py: Python<'_>) -> Set<'_> {
    set(py, &sets::digits())
}

/// Fisher's iris flowers.
///
/// Returns
/// -------
/// features, labels : array
///     `[sample x 4]`, from 0 to 1; and classes 0 to 2.
#[pyfunction]
fn iris(py: Python<'_>) -> Set<'_> {
    set(py, &sets::iris())
}

/// Each feature as one spike on a channel of its own: v in [0, 1] spikes at ``earliest + v * (latest - earliest)``.
///
/// Parameters
/// ----------
/// features : array of float
///     `[sample x feature]`, from 0 to 1.
/// earliest, latest : float
///     In ms.
/// bias : float, optional
///     When one more channel, the last, spikes in every sample, in ms.
/// inverted : bool
///     Whether large values come early.
/// skip_below : float, optional
///     A feature below this sends no spike.
///
/// Returns
/// -------
/// Spikes
#[pyfunction]
#[pyo3(signature = (features, earliest, latest, *, bias=None, inverted=false, skip_below=None))]
fn encode_latency(
    features: &Bound<'_, PyAny>,
    earliest: f64,
    latest: f64,
    bias: Option<f64>,
    inverted: bool,
    skip_below: Option<f64>,
) -> PyResult<Spikes> {
    let features = arrays::matrix(features, "features")?;
    let encoded = || {
        let mut encoder = LatencyEncoder::new(earliest, latest)?;
        if let Some(time) = bias {
            encoder = encoder.with_bias(time)?;
        }
        if inverted {
            encoder = encoder.inverted();
        }
        if let Some(value) = skip_below {
            encoder = encoder.skip_below(value)?;
        }
        encoder.encode_features(features.view())
    };
    encoded().map(Spikes::new).map_err(raise)
}

/// Data sets, and features as spikes.
#[pymodule]
pub mod data {
    #[pymodule_export]
    use super::{digits, encode_latency, iris, yin_yang};
}
