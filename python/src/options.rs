//! How a gradient is computed, and with respect to what.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use spikefront::{GradientOptions, Method};

use crate::error::raise;

/// What can be differentiated with respect to.
const KINDS: [&str; 8] = [
    "weights",
    "delays",
    "thresholds",
    "input_times",
    "tau_membrane",
    "tau_synapse",
    "rest",
    "initial",
];

/// The names of kinds, or `"everything"`.
pub enum WithRespectTo {
    One(String),
    Several(Vec<String>),
}

impl FromPyObject<'_, '_> for WithRespectTo {
    type Error = PyErr;

    fn extract(of: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(name) = of.extract::<String>() {
            return Ok(Self::One(name));
        }
        let names = of.extract::<Vec<String>>().map(Self::Several);
        names.map_err(|_| PyTypeError::new_err("with_respect_to is a name or a list of names"))
    }
}

/// The options of a gradient.
pub fn gradient(
    method: &str,
    with_respect_to: &WithRespectTo,
    slope_floor: Option<f64>,
) -> PyResult<GradientOptions> {
    let method = match method {
        "adjoint" => Method::Adjoint,
        "forward" => Method::Forward,
        other => {
            return Err(raise(spikefront::Error::unknown(
                "method",
                other,
                &["adjoint", "forward"],
            )));
        }
    };
    let defaults = GradientOptions::default();
    let mut options = defaults
        .method(method)
        .weights(false)
        .slope_floor(slope_floor.unwrap_or(defaults.slope_floor));
    let names = match with_respect_to {
        WithRespectTo::One(name) if name == "everything" => {
            let everything = GradientOptions::everything(method).and_neurons();
            return Ok(everything.slope_floor(options.slope_floor));
        }
        WithRespectTo::One(name) => std::slice::from_ref(name),
        WithRespectTo::Several(names) => names,
    };
    for name in names {
        let asked = match name.as_str() {
            "weights" => &mut options.weights,
            "delays" => &mut options.delays,
            "thresholds" => &mut options.thresholds,
            "input_times" => &mut options.input_times,
            "tau_membrane" => &mut options.tau_membrane,
            "tau_synapse" => &mut options.tau_synapse,
            "rest" => &mut options.rest,
            "initial" => &mut options.initial,
            other => {
                return Err(raise(spikefront::Error::unknown(
                    "with_respect_to",
                    other,
                    &KINDS,
                )));
            }
        };
        *asked = true;
    }
    Ok(options)
}
