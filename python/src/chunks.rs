//! A run in parts.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;

use crate::stream::{Chunk, Stream};

/// The parts of a run, one after another.
#[pyclass(module = "spikefront", frozen)]
pub struct Chunks {
    stream: Py<Stream>,
    /// How many have been given.
    state: Mutex<u64>,
    start: f64,
    every: f64,
    until: f64,
}

impl Chunks {
    pub fn new(stream: Py<Stream>, start: f64, every: f64, until: f64) -> Self {
        Self {
            stream,
            state: Mutex::new(0),
            start,
            every,
            until,
        }
    }
}

#[pymethods]
impl Chunks {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Chunk<'py>>> {
        let number = {
            let mut given = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            *given += 1;
            *given
        };
        let before = self.start + (number - 1) as f64 * self.every;
        if before >= self.until {
            return Ok(None);
        }
        self.stream
            .get()
            .run(py, (before + self.every).min(self.until))
            .map(Some)
    }
}
