//! Spikes of a batch of samples, ragged.

use std::sync::Arc;

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use spikefront::event::{Recording, Spike, SpikeBatch};

use crate::arrays;
use crate::error::{invalid, raise};

/// The spikes of a batch of samples, ragged: as many for each sample as there are.
///
/// Of a sample the spikes lie in order of time. What is given in another order is sorted by time, then unit;
/// :attr:`order` says where each spike came from. As an input, units are channels, counted over all inputs of the network in
/// the order in which they were added.
///
/// Parameters
/// ----------
/// times : array of float
///     In ms, zero or later, sample after sample.
/// units : array of int
///     One for each time.
/// offsets : array of int, optional
///     Where each sample begins, and behind the last where it ends, as many as samples and one. One sample unless given.
///
/// Examples
/// --------
/// >>> spikes = spikefront.Spikes.from_samples([([2.0, 0.5], [0, 3]), ([1.0], [1])])
/// >>> spikes.times
/// array([0.5, 2. , 1. ])
#[pyclass(module = "spikefront", frozen, from_py_object)]
#[derive(Debug, Clone)]
pub struct Spikes {
    pub batch: Arc<SpikeBatch>,
    /// For each spike its place in what was given; `None` where nothing was moved.
    pub(crate) order: Option<Arc<[i64]>>,
}

impl Spikes {
    pub fn new(batch: SpikeBatch) -> Self {
        Self {
            batch: Arc::new(batch),
            order: None,
        }
    }

    /// The spikes of the neurons of a range, counted from its start.
    pub fn of(recording: &Recording, neurons: std::ops::Range<usize>) -> PyResult<Self> {
        let mut batch = SpikeBatch::new();
        for sample in 0..recording.n_samples() {
            let spikes = recording
                .sample(sample)
                .filter(|spike| neurons.contains(&spike.unit));
            let spikes = spikes.map(|spike| Spike {
                unit: spike.unit - neurons.start,
                ..spike
            });
            batch
                .push_sample(&spikes.collect::<Vec<_>>())
                .map_err(raise)?;
        }
        Ok(Self::new(batch))
    }

    fn check(&self, sample: isize) -> PyResult<usize> {
        let n = self.batch.n_samples();
        let from_end = sample.checked_add_unsigned(n).filter(|_| sample < 0);
        let ix = usize::try_from(from_end.unwrap_or(sample))
            .ok()
            .filter(|&ix| ix < n);
        ix.ok_or_else(|| PyIndexError::new_err(format!("sample {sample} of {n}")))
    }
}

#[pymethods]
impl Spikes {
    /// Times in ms, sample after sample.
    #[getter]
    fn times<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.batch.times())
    }

    /// Units, one for each time.
    #[getter]
    fn units<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        PyArray1::from_iter(py, self.batch.units().iter().map(|&unit| i64::from(unit)))
    }

    /// Where each sample begins, and behind the last where it ends.
    #[getter]
    fn offsets<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        let ends = (0..self.batch.n_samples()).map(|sample| self.batch.range(sample).end as i64);
        PyArray1::from_iter(py, std::iter::once(0).chain(ends))
    }

    /// For each spike its place in what was given, counted through all samples (through a table in order of its memory):
    /// ``times == given.ravel()[order]``.
    #[getter]
    fn order<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        match &self.order {
            Some(order) => PyArray1::from_slice(py, order),
            None => PyArray1::from_iter(py, 0..self.batch.n_spikes() as i64),
        }
    }

    /// One sample's times and units.
    #[expect(clippy::type_complexity, reason = "two arrays")]
    fn sample<'py>(
        &self,
        py: Python<'py>,
        sample: isize,
    ) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<i64>>)> {
        let range = self.batch.range(self.check(sample)?);
        let units = self.batch.units()[range.clone()]
            .iter()
            .map(|&unit| i64::from(unit));
        Ok((
            PyArray1::from_slice(py, &self.batch.times()[range]),
            PyArray1::from_iter(py, units),
        ))
    }

    /// The named samples, in that order; a sample may be named more than once.
    fn select(&self, samples: &Bound<'_, PyAny>) -> PyResult<Self> {
        let samples = arrays::whole(samples, "samples")?;
        arrays::dimensions("samples", samples.ndim(), 1)?;
        let samples: Vec<usize> = samples
            .iter()
            .map(|&ix| self.check(ix as isize))
            .collect::<PyResult<_>>()?;
        Ok(Self::new(self.batch.select(&samples)))
    }

    /// Times and units in two tables that are filled up: with infinity, and with -1.
    ///
    /// Parameters
    /// ----------
    /// k : int, optional
    ///     How many places a sample has; as many as the fullest needs unless given.
    ///
    /// Returns
    /// -------
    /// times, units : array
    ///     `[sample x k]`
    ///
    /// Raises
    /// ------
    /// ValueError
    ///     If a sample has more spikes than `k`: nothing is cut off.
    #[pyo3(signature = (k=None))]
    #[expect(clippy::type_complexity, reason = "two arrays")]
    fn padded<'py>(
        &self,
        py: Python<'py>,
        k: Option<usize>,
    ) -> PyResult<(Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<i64>>)> {
        let samples = || (0..self.batch.n_samples()).map(|sample| self.batch.range(sample));
        let needed = samples().map(|range| range.len()).max().unwrap_or(0);
        let k = k.unwrap_or(needed);
        if k < needed {
            return Err(invalid(
                "k",
                k,
                format!("a sample has {needed} spikes: give as many places or more"),
            ));
        }
        let places = (self.batch.n_samples() as u64).saturating_mul(k as u64);
        let fits = |there: u64| {
            format!(
                "give at most {} places",
                there / 16 / self.batch.n_samples().max(1) as u64
            )
        };
        spikefront::memory::check("tables of spikes", places.saturating_mul(16), fits)
            .map_err(raise)?;
        let shape = (self.batch.n_samples(), k);
        let (mut times, mut units) = (
            Array2::from_elem(shape, f64::INFINITY),
            Array2::from_elem(shape, -1),
        );
        for (sample, range) in samples().enumerate() {
            for (place, ix) in range.enumerate() {
                times[[sample, place]] = self.batch.times()[ix];
                units[[sample, place]] = i64::from(self.batch.units()[ix]);
            }
        }
        Ok((times.into_pyarray(py), units.into_pyarray(py)))
    }

    /// Whether a network has added the spikes of its generators and Poisson drives.
    #[getter]
    fn is_complete(&self) -> bool {
        self.batch.is_complete()
    }

    /// What :mod:`pickle` makes again.
    #[staticmethod]
    fn _restored(
        times: &Bound<'_, PyAny>,
        units: &Bound<'_, PyAny>,
        offsets: &Bound<'_, PyAny>,
        order: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let spikes = Self::from_flat(times, units, Some(offsets))?;
        let order: Vec<i64> = arrays::whole(order, "order")?.into_iter().collect();
        Ok(Self {
            order: Some(order.into()),
            ..spikes
        })
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (py, spikes) = (slf.py(), slf.get());
        if spikes.batch.is_complete() {
            let remedy = "send the samples' own spikes, and let the network complete them there";
            return Err(invalid(
                "spikes",
                "complete with those of a network",
                remedy,
            ));
        }
        let parts = [
            spikes.times(py).into_any(),
            spikes.units(py).into_any(),
            spikes.offsets(py).into_any(),
            spikes.order(py).into_any(),
        ];
        Ok((
            slf.get_type().getattr("_restored")?,
            PyTuple::new(py, parts)?,
        ))
    }

    fn __len__(&self) -> usize {
        self.batch.n_samples()
    }

    fn __repr__(&self) -> String {
        format!(
            "Spikes({} samples, {} spikes)",
            self.batch.n_samples(),
            self.batch.n_spikes()
        )
    }
}
