//! Copies of what never changes: the thing itself.

use pyo3::prelude::*;

use crate::engine::Engine;
use crate::losses::Loss;
use crate::network::Network;
use crate::neuron::Neuron;
use crate::rows::NetworkInRows;
use crate::rule::Rule;
use crate::spikes::Spikes;
use crate::values::Values;

macro_rules! never_changes {
    ($($class:ty),+) => {$(
        #[pymethods]
        impl $class {
            fn __copy__(slf: Py<Self>) -> Py<Self> {
                slf
            }

            fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
                slf
            }
        }
    )+};
}

never_changes!(
    Engine,
    Loss,
    Network,
    NetworkInRows,
    Neuron,
    Rule,
    Spikes,
    Values
);
