//! Ranges of neurons.

use pyo3::prelude::*;
use pyo3::types::PySlice;

use crate::error::invalid;

/// A range of neurons.
pub enum Neurons<'py> {
    Range(u32, u32),
    Slice(Bound<'py, PySlice>),
}

impl<'py> FromPyObject<'_, 'py> for Neurons<'py> {
    type Error = PyErr;

    fn extract(of: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(slice) = of.cast::<PySlice>() {
            return Ok(Self::Slice(slice.to_owned()));
        }
        let range = of.extract::<(u32, u32)>();
        let range = range.map_err(|_| {
            invalid(
                "neurons",
                of.repr()
                    .map_or_else(|_| "not a range".to_owned(), |text| text.to_string()),
                "give a slice, or from which to before which as two whole numbers, zero or more",
            )
        });
        range.map(|(start, end)| Self::Range(start, end))
    }
}

impl Neurons<'_> {
    /// From which to before which, of a network of `n`.
    pub fn range(&self, n: usize) -> PyResult<std::ops::Range<u32>> {
        let slice = match self {
            Self::Range(start, end) => return Ok(*start..*end),
            Self::Slice(slice) => slice.indices(n as isize)?,
        };
        if slice.step != 1 {
            return Err(invalid(
                "step of neurons",
                slice.step,
                "give a slice without a step",
            ));
        }
        Ok(slice.start as u32..slice.stop as u32)
    }
}
