//! The description of neurons.

use pyo3::prelude::*;
use spikefront::network::{Neuron as Described, PerNeuron, Reset};

use crate::arrays;
use crate::error::invalid;

/// Leaky integrate-and-fire neurons with exponential synaptic currents.
///
/// ``dV/dt = -(V - rest)/tau_membrane + sum of I_k`` and ``dI_k/dt = -I_k/tau_synapse[k]``. A spike of weight w that arrives at
/// receptor k adds w to I_k.
///
/// Parameters
/// ----------
/// tau_membrane : float or array of float
///     Membrane time constant in ms; one for the population or one for each neuron, as all values here.
/// tau_synapse : float or list of float
///     Synaptic time constant in ms, or a list with one for each receptor.
/// threshold : float, array of float or None
///     The potential at which a neuron fires. None makes a readout, which never fires.
/// rest : float or array of float
///     The potential towards which V decays.
/// initial : float or array of float
///     V at the start of a run, below the threshold.
/// reset : float, array of float or None
///     The potential to which a spike resets V. None subtracts the threshold (Lee et al. 2023).
/// refractory : float or array of float
///     For how many ms V is held at the reset potential; needs `reset`.
#[pyclass(module = "spikefront", frozen, from_py_object)]
#[derive(Debug, Clone)]
pub struct Neuron(pub Described);

#[pymethods]
impl Neuron {
    #[new]
    #[pyo3(signature = (*, tau_membrane=None, tau_synapse=None, threshold=Threshold::Default, rest=None, initial=None, reset=None, refractory=None),
           text_signature = "(*, tau_membrane=20.0, tau_synapse=5.0, threshold=1.0, rest=0.0, initial=0.0, reset=None, refractory=0.0)")]
    fn new(
        tau_membrane: Option<&Bound<'_, PyAny>>,
        tau_synapse: Option<&Bound<'_, PyAny>>,
        threshold: Threshold<'_>,
        rest: Option<&Bound<'_, PyAny>>,
        initial: Option<&Bound<'_, PyAny>>,
        reset: Option<&Bound<'_, PyAny>>,
        refractory: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut neuron = match threshold {
            Threshold::None => Described::leaky_integrator(),
            Threshold::Default => Described::leaky_integrate_and_fire(),
            Threshold::At(value) => {
                Described::leaky_integrate_and_fire().threshold(each(&value, "threshold")?)
            }
        };
        if let Some(value) = tau_membrane {
            neuron = neuron.tau_membrane(each(value, "tau_membrane")?);
        }
        if let Some(value) = tau_synapse {
            neuron = neuron.receptors(receptors(value)?);
        }
        if let Some(value) = rest {
            neuron = neuron.rest(each(value, "rest")?);
        }
        if let Some(value) = initial {
            neuron = neuron.initial(each(value, "initial")?);
        }
        if neuron.threshold.is_none()
            && let Some(value) = reset.or(refractory)
        {
            let field = if reset.is_some() {
                "reset"
            } else {
                "refractory"
            };
            return Err(invalid(
                field,
                value,
                "leave it out: a neuron without threshold never fires",
            ));
        }
        match (reset, refractory) {
            (None, None) => {}
            (Some(potential), refractory) => {
                let time =
                    refractory.map_or(Ok(PerNeuron::Same(0.0)), |time| each(time, "refractory"))?;
                neuron = neuron.reset(Reset::refractory(each(potential, "reset")?, time));
            }
            (None, Some(time)) => {
                return Err(invalid(
                    "refractory",
                    time,
                    "give the potential of the reset, too: a subtraction holds nothing",
                ));
            }
        }
        Ok(Self(neuron))
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// What may be given for a threshold: `None` means another thing than nothing.
pub enum Threshold<'py> {
    Default,
    None,
    At(Bound<'py, PyAny>),
}

impl<'py> FromPyObject<'_, 'py> for Threshold<'py> {
    type Error = PyErr;

    fn extract(of: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match of.is_none() {
            true => Ok(Self::None),
            false => Ok(Self::At(of.to_owned())),
        }
    }
}

/// One value, or one for each neuron.
fn each(of: &Bound<'_, PyAny>, field: &str) -> PyResult<PerNeuron> {
    match of.extract::<f64>() {
        Ok(value) => Ok(PerNeuron::Same(value)),
        Err(_) => arrays::vector(of, field).map(PerNeuron::Each),
    }
}

/// One receptor, or a list with one value or one array for each.
fn receptors(of: &Bound<'_, PyAny>) -> PyResult<Vec<PerNeuron>> {
    if let Ok(value) = of.extract::<f64>() {
        return Ok(vec![PerNeuron::Same(value)]);
    }
    let field = |ix: usize| format!("tau_synapse[{ix}]");
    let all = of.try_iter()?.enumerate();
    all.map(|(ix, value)| each(&value?, &field(ix))).collect()
}
