//! NIR files.

use std::path::PathBuf;

use pyo3::prelude::*;
use spikefront::nir::{NirGraph, NirOptions, NirReset, NirSpikeJump, NirTimeUnit, NirWriteOptions};

use crate::builder::NetworkBuilder;
use crate::error::{invalid, raise};
use crate::network::Network;
use crate::work::run;

fn time_unit(name: &str) -> PyResult<NirTimeUnit> {
    match name {
        "s" => Ok(NirTimeUnit::Seconds),
        "ms" => Ok(NirTimeUnit::Milliseconds),
        other => Err(raise(spikefront::Error::unknown(
            "time_unit",
            other,
            &["s", "ms"],
        ))),
    }
}

/// What a file says, and what had to be chosen.
#[pyclass(module = "spikefront", frozen, get_all)]
pub struct NirNetwork {
    /// The description, with an input for each ``Input`` and a population for each node of neurons, of the same names.
    builder: Py<NetworkBuilder>,
    /// What was chosen where the file leaves it open, and why.
    notes: Vec<String>,
    /// The populations that lead to an ``Output``.
    outputs: Vec<String>,
}

/// Reads a file of the Neuromorphic Intermediate Representation (Pedersen et al. 2024).
///
/// Parameters
/// ----------
/// path : str or path
/// time_unit : {"s", "ms"}, optional
///     What times in the file are in; known by the longest time constant unless given.
/// jump : {"weight", "w_in", "delta"} or float, optional
///     What a spike of weight w adds to a synaptic current: w, w * w_in, w * w_in / tau_syn; or the step in ms of the program that the file
///     comes from, for w * w_in * step / tau_syn. Known by the constants, where they are a known writer's, unless given.
/// reset : {"to", "subtract"}, optional
///     Whether a spike resets to ``v_reset`` or subtracts the threshold, which NIR cannot say; to ``v_reset`` unless given.
/// constant_input : float, optional
///     The input is no spikes but this number on every channel.
///
/// Returns
/// -------
/// NirNetwork
///
/// Raises
/// ------
/// ValueError
///     What the file leaves open, or what there is no counterpart of, by name.
#[pyfunction]
#[pyo3(signature = (path, *, time_unit=None, jump=None, reset=None, constant_input=None))]
fn read(
    py: Python<'_>,
    path: PathBuf,
    time_unit: Option<&str>,
    jump: Option<&Bound<'_, PyAny>>,
    reset: Option<&str>,
    constant_input: Option<f64>,
) -> PyResult<NirNetwork> {
    let spike_jump = jump.map(|jump| {
        if let Ok(step) = jump.extract::<f64>() {
            return Ok(NirSpikeJump::Step(step));
        }
        match jump.extract::<String>()?.as_str() {
            "weight" => Ok(NirSpikeJump::Weight),
            "w_in" => Ok(NirSpikeJump::WeightTimesInput),
            "delta" => Ok(NirSpikeJump::Delta),
            other => Err(invalid(
                "jump",
                format!("{other:?}"),
                "give weight, w_in, delta, or a step in ms",
            )),
        }
    });
    let reset = reset.map(|reset| match reset {
        "to" => Ok(NirReset::ToPotential),
        "subtract" => Ok(NirReset::Subtract),
        other => Err(raise(spikefront::Error::unknown(
            "reset",
            other,
            &["to", "subtract"],
        ))),
    });
    let options = NirOptions::default()
        .time_unit(time_unit.map(self::time_unit).transpose()?)
        .spike_jump(spike_jump.transpose()?)
        .reset(reset.transpose()?)
        .constant_input(constant_input);
    let found = run(py, move || NirGraph::read(path)?.network(&options))?;
    Ok(NirNetwork {
        builder: Py::new(py, NetworkBuilder(found.builder))?,
        notes: found.notes,
        outputs: found.outputs,
    })
}

/// Writes a network as such a file.
///
/// Parameters
/// ----------
/// path : str or path
/// network : Network
/// parameters : mapping of str to array
/// time_unit : {"s", "ms"}
///     What times are written in.
/// leave_out_subtraction : bool
///     Writes neurons that subtract their threshold, which NIR cannot say, as if they reset to zero; whoever reads the file must know.
///
/// Raises
/// ------
/// ValueError
///     What NIR cannot say, by name: refractory times, several receptors, ...
#[pyfunction]
#[pyo3(signature = (path, network, parameters, *, time_unit="s", leave_out_subtraction=false))]
fn write(
    py: Python<'_>,
    path: PathBuf,
    network: &Network,
    parameters: &Bound<'_, PyAny>,
    time_unit: &str,
    leave_out_subtraction: bool,
) -> PyResult<()> {
    let options = NirWriteOptions::default()
        .time_unit(self::time_unit(time_unit)?)
        .leave_out_subtraction(leave_out_subtraction);
    let (parameters, network) = (network.read(parameters)?, network.described.clone());
    run(py, move || {
        NirGraph::of_network(&network, &parameters, &options)?.write(path)
    })
}

/// Files of the Neuromorphic Intermediate Representation.
#[pymodule]
pub mod nir {
    #[pymodule_export]
    use super::{NirNetwork, read, write};
}
