//! Recordings of spikes that another simulator found.

use std::sync::Arc;

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use spikefront::GivenSpikes;
use spikefront::event::SpikeBatch;

use crate::recording::{Recording, Run};
use crate::work::run;

/// How well spikes of another simulator fit the network.
#[pyclass(module = "spikefront", frozen, get_all)]
pub struct SpikeReport {
    /// `V - threshold` just before each spike of the recording, in its order.
    residuals: Py<PyArray1<f64>>,
    /// The largest size of a residual.
    worst: f64,
    /// How many spikes are further than the tolerance from their thresholds, early and late.
    beyond: usize,
    /// Spikes at which V is below the threshold by more than the tolerance, as indices into the recording.
    surplus: Vec<usize>,
    /// How many spikes come while V falls; their derivatives mean little.
    falling: usize,
    /// Spikes that the network would have fired and that were not given: (sample, neuron, time in ms, how far V gets beyond the
    /// threshold); empty unless asked for.
    missing: Vec<(usize, usize, f64, f64)>,
}

impl Recording {
    pub fn given(
        py: Python<'_>,
        asked: Run,
        spikes: Arc<SpikeBatch>,
        options: GivenSpikes,
    ) -> PyResult<(Self, SpikeReport)> {
        let work = asked.clone();
        let (recorded, report) = run(py, move || work.problem().recording_of(&spikes, options))?;
        let missing = report
            .missing
            .iter()
            .map(|spike| (spike.sample, spike.neuron, spike.time, spike.excess));
        let report = SpikeReport {
            residuals: report.residuals.into_pyarray(py).unbind(),
            worst: report.worst,
            beyond: report.beyond,
            missing: missing.collect(),
            surplus: report.surplus,
            falling: report.falling,
        };
        Ok((
            Self {
                run: asked,
                recorded: Arc::new(recorded),
                took: None,
            },
            report,
        ))
    }
}
