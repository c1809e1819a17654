//! The gradient of a long run of a network in rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use spikefront::cpu::stream::{
    StreamGradient as Found, StreamGradientOptions, StreamSpike, stream_gradient,
};
use spikefront::network::NetworkInRows as Described;

use crate::arrays;
use crate::error::invalid;
use crate::rows::NetworkInRows;
use crate::work::run;

/// The gradient of a loss of the spikes of a long run.
#[pyclass(module = "spikefront", frozen, get_all)]
pub struct StreamGradient {
    /// With respect to the weight of each synapse, in the order of :meth:`NetworkInRows.synapses`.
    weights: Py<PyArray1<f64>>,
    /// With respect to the delay of each synapse, likewise, in 1/ms.
    delays: Py<PyArray1<f64>>,
    /// With respect to the potential of each neuron at the start.
    initial_potentials: Py<PyArray1<f64>>,
    /// How many spikes there were.
    n_spikes: u64,
    /// How many of them were slower than the slope floor.
    grazing_spikes: u64,
}

#[pymethods]
impl NetworkInRows {
    /// The gradient of a scalar loss of all spikes until `until` ms, whose derivatives with respect to their times are given.
    ///
    /// One sweep backward (the adjoint of Wunderlich and Pehle 2021), on the CPU. The run is simulated twice more on the way; only
    /// one segment of it is in memory at a time.
    ///
    /// Parameters
    /// ----------
    /// cotangent : array of float
    ///     One number for each spike that :meth:`Stream.run` gives until then, in its order; zero where the loss does not depend on it.
    /// until : float
    ///     In ms.
    /// window : float, optional
    ///     As of :class:`Stream`, and the same as there.
    /// segment : int
    ///     How many windows of the run are remembered at a time. Nothing but memory and time depends on it.
    /// slope_floor : float, optional
    ///     As of :meth:`Recording.gradient`.
    ///
    /// Returns
    /// -------
    /// StreamGradient
    ///
    /// Raises
    /// ------
    /// ValueError
    ///     If there are more or fewer numbers than spikes, or if one is not finite.
    #[pyo3(signature = (cotangent, until, *, window=None, segment=1000, slope_floor=None))]
    fn gradient(
        &self,
        py: Python<'_>,
        cotangent: &Bound<'_, PyAny>,
        until: f64,
        window: Option<f64>,
        segment: u64,
        slope_floor: Option<f64>,
    ) -> PyResult<StreamGradient> {
        let given = arrays::vector(cotangent, "cotangent")?;
        if let Some(ix) = given.iter().position(|value| !value.is_finite()) {
            let field = format!("cotangent[{ix}]");
            return Err(invalid(field, given[ix], "give finite numbers"));
        }
        if !until.is_finite() {
            return Err(invalid("until", until, "give a finite time in ms"));
        }
        let defaults = StreamGradientOptions::default();
        let options = StreamGradientOptions::default()
            .window(window)
            .segment(segment)
            .slope_floor(slope_floor.unwrap_or(defaults.slope_floor));
        let network = self.0.clone();
        let interrupted = Arc::new(AtomicBool::new(false));
        let stop = interrupted.clone();
        let found = run(py, move || {
            differentiate(&network, &options, until, &given, &stop)
        });
        if found.is_err() {
            interrupted.store(true, Ordering::Relaxed);
        }
        let found = found?;
        Ok(StreamGradient {
            weights: found.weights.into_pyarray(py).unbind(),
            delays: found.delays.into_pyarray(py).unbind(),
            initial_potentials: found.initial_potentials.into_pyarray(py).unbind(),
            n_spikes: found.spikes,
            grazing_spikes: found.grazing,
        })
    }
}

fn differentiate(
    network: &Described,
    options: &StreamGradientOptions,
    until: f64,
    given: &[f64],
    stop: &AtomicBool,
) -> spikefront::Result<Found> {
    let refused = |remedy: String| {
        spikefront::Error::invalid("cotangent", format!("{} numbers", given.len()), remedy)
    };
    let mut seen = 0;
    let count = |spikes: &[StreamSpike]| {
        seen += spikes.len();
        if seen > given.len() {
            return Err(refused(format!(
                "the run has {seen} spikes or more: give one number for each"
            )));
        }
        match stop.load(Ordering::Relaxed) {
            true => Err(refused("the caller was interrupted: call again".into())),
            false => Ok(()),
        }
    };
    let mut left = given.iter().rev();
    let fill = |_: &[StreamSpike], values: &mut [f64]| {
        for (value, given) in values.iter_mut().rev().zip(left.by_ref()) {
            *value = *given;
        }
    };
    let found = stream_gradient(network, options, until, count, fill)?;
    match found.spikes == given.len() as u64 {
        true => Ok(found),
        false => Err(refused(format!(
            "the run has {} spikes: give one number for each",
            found.spikes
        ))),
    }
}
