//! The network for one long run.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySlice};
use spikefront::network::NetworkInRows as Described;

use crate::builder::NetworkBuilder;
use crate::error::raise;

/// A network of any size for one long run, its weights in single precision.
///
/// Made by :meth:`NetworkBuilder.build_in_rows`; run by a :class:`Stream`.
#[pyclass(module = "spikefront", frozen, from_py_object)]
#[derive(Clone)]
pub struct NetworkInRows(pub Described);

impl NetworkInRows {
    pub fn new(described: Described) -> Self {
        Self(described)
    }
}

#[pymethods]
impl NetworkInRows {
    /// The populations, by name: which neurons they are, counted through the network.
    ///
    /// Returns
    /// -------
    /// dict of str to slice
    #[getter]
    fn populations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let populations = PyDict::new(py);
        for population in self.0.populations() {
            let (start, end) = (
                population.neurons.start as isize,
                population.neurons.end as isize,
            );
            populations.set_item(&population.name, PySlice::new(py, start, end, 1))?;
        }
        Ok(populations)
    }

    /// How many neurons there are.
    #[getter]
    fn n_neurons(&self) -> usize {
        self.0.neurons()
    }

    /// How many synapses there are.
    #[getter]
    fn n_synapses(&self) -> u64 {
        self.0.synapses()
    }

    /// What the synapses take in memory, in bytes.
    #[getter]
    fn synapse_bytes(&self) -> u64 {
        self.0.synapse_bytes()
    }

    /// The synapses between populations, as arrays of one entry each.
    ///
    /// Returns
    /// -------
    /// dict of str to array
    ///     ``source`` (-1 for a generator) and ``target``, neurons counted through the network; ``receptor``; ``weight``;
    ///     ``delay`` in ms.
    fn synapses<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let placed: Vec<_> = self.0.placed_synapses().collect();
        let source = |synapse: &spikefront::network::PlacedSynapse| match synapse.source {
            spikefront::network::Source::Population(id) => {
                i64::from(self.0.population(id).neurons.start) + i64::from(synapse.source_number)
            }
            spikefront::network::Source::Input(_) => -1,
        };
        let found = PyDict::new(py);
        found.set_item("source", PyArray1::from_iter(py, placed.iter().map(source)))?;
        found.set_item(
            "target",
            PyArray1::from_iter(py, placed.iter().map(|s| i64::from(s.target))),
        )?;
        found.set_item(
            "receptor",
            PyArray1::from_iter(py, placed.iter().map(|s| s.receptor as i64)),
        )?;
        found.set_item(
            "weight",
            PyArray1::from_iter(py, placed.iter().map(|s| f64::from(s.weight))),
        )?;
        found.set_item(
            "delay",
            PyArray1::from_iter(py, placed.iter().map(|s| f64::from(s.delay))),
        )?;
        Ok(found)
    }

    fn __repr__(&self) -> String {
        format!(
            "NetworkInRows({} neurons, {} synapses)",
            self.0.neurons(),
            self.0.synapses()
        )
    }
}

/// The description of a network that ships with the library.
///
/// Parameters
/// ----------
/// name : {"cuba", "brunel", "microcircuit"}
///     Vogels and Abbott 2005 with current-based synapses, Brunel 2000, or the cortical column of Potjans and Diesmann 2014.
/// scale : float
///     How many times its neurons; in-degrees and weights are kept.
/// seed : int
/// **parameters : float
///     What can be set of it: `g` and `eta` of ``brunel``, `in_degree_scale` of ``microcircuit``.
///
/// Returns
/// -------
/// NetworkBuilder
#[pyfunction]
#[pyo3(signature = (name, *, scale=1.0, seed=0, **parameters))]
pub fn named_network(
    name: &str,
    scale: f64,
    seed: u64,
    parameters: Option<&Bound<'_, PyDict>>,
) -> PyResult<NetworkBuilder> {
    let network = spikefront::networks::NamedNetwork::find(name).map_err(raise)?;
    let set: Vec<(String, f64)> = parameters.map_or_else(
        || Ok(Vec::new()),
        |set| {
            set.iter()
                .map(|(name, value)| Ok((name.extract()?, value.extract()?)))
                .collect::<PyResult<_>>()
        },
    )?;
    let set: Vec<(&str, f64)> = set
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    network
        .describe_at(scale, seed, &set)
        .map(NetworkBuilder)
        .map_err(raise)
}
