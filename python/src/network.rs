//! The network that batches of samples run on.

use std::sync::Arc;

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySlice, PyTuple};
use spikefront::network::{Network as Described, Parameters, PopulationId, TensorKind};

use crate::error::raise;
use crate::pace::Pace;
use crate::parameters;

/// Populations, inputs and the projections between them, for batches of samples.
///
/// Made by :meth:`NetworkBuilder.build`. It holds no parameter values beyond the initial ones, which :meth:`parameters` draws.
#[pyclass(module = "spikefront", frozen, from_py_object)]
#[derive(Clone)]
pub struct Network {
    pub described: Arc<Described>,
    /// Parameters to write others over.
    template: Arc<Parameters>,
    /// How long runs take.
    pub pace: Arc<Pace>,
}

impl Network {
    pub fn new(described: Described) -> PyResult<Self> {
        Self::shared(Arc::new(described))
    }

    pub fn shared(described: Arc<Described>) -> PyResult<Self> {
        let values = described.layout().len() as u64;
        let fits = |there: u64| format!("{} parameters fit", there / 24);
        // The vector here, one for a run, and one for its gradient.
        spikefront::memory::check("parameters of the network", values.saturating_mul(24), fits)
            .map_err(raise)?;
        let template = Arc::new(described.parameters(0));
        Ok(Self {
            described,
            template,
            pace: Arc::default(),
        })
    }

    /// The parameters that a mapping holds.
    pub fn read(&self, parameters: &Bound<'_, PyAny>) -> PyResult<Parameters> {
        parameters::read(&self.template, parameters)
    }

    pub fn population(&self, name: &str) -> PyResult<PopulationId> {
        self.described.population_named(name).map_err(raise)
    }
}

#[pymethods]
impl Network {
    /// Initial parameters: given values as they are, drawn ones from `seed`, on every machine the same.
    ///
    /// Returns
    /// -------
    /// dict of str to array of float
    ///     One array for each tensor; see :attr:`shapes` for the names.
    #[pyo3(signature = (seed=0))]
    fn parameters<'py>(&self, py: Python<'py>, seed: u64) -> PyResult<Bound<'py, PyDict>> {
        let drawn = self.described.parameters(seed);
        parameters::named(py, self.described.layout(), None, drawn.values())
    }

    /// The shape of each tensor of parameters, by its name, such as ``"input->hidden/weight"`` and ``"hidden/threshold"``.
    ///
    /// Weights and delays are `(source, target)` where all are connected to all, else `(synapses,)`; a delay that all synapses
    /// share is `(1,)`. Thresholds are `(size,)`; time constants (ms), rest and initial potentials `(1,)` where the
    /// description gives one value for the population, else `(size,)`.
    #[getter]
    fn shapes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let shapes = PyDict::new(py);
        for tensor in self.described.layout().tensors() {
            shapes.set_item(&tensor.name, PyTuple::new(py, &tensor.shape)?)?;
        }
        Ok(shapes)
    }

    /// What each tensor holds, by its name: the word that `with_respect_to` takes for it.
    #[getter]
    fn kinds<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let kinds = PyDict::new(py);
        for tensor in self.described.layout().tensors() {
            let kind = match tensor.kind {
                TensorKind::Weight => "weights",
                TensorKind::Delay => "delays",
                TensorKind::Threshold => "thresholds",
                TensorKind::TauMembrane => "tau_membrane",
                TensorKind::TauSynapse => "tau_synapse",
                TensorKind::Rest => "rest",
                _ => "initial",
            };
            kinds.set_item(&tensor.name, kind)?;
        }
        Ok(kinds)
    }

    /// The populations, by name: which neurons they are, counted over all populations.
    ///
    /// Returns
    /// -------
    /// dict of str to slice
    #[getter]
    fn populations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let populations = PyDict::new(py);
        for population in self.described.populations() {
            let units = population.units();
            populations.set_item(
                &population.name,
                PySlice::new(py, units.start as isize, units.end as isize, 1),
            )?;
        }
        Ok(populations)
    }

    /// The populations that have no threshold.
    #[getter]
    fn readouts(&self) -> Vec<String> {
        let readouts = self
            .described
            .populations()
            .iter()
            .filter(|population| !population.is_spiking());
        readouts.map(|population| population.name.clone()).collect()
    }

    /// Whether it has generators or Poisson drives, whose spikes a run adds to those of its samples.
    #[getter]
    fn has_own_spikes(&self) -> bool {
        self.described.has_own_spikes()
    }

    /// How many neurons there are.
    #[getter]
    fn n_neurons(&self) -> usize {
        self.described.n_neurons()
    }

    /// How many input channels there are whose spikes come with samples.
    #[getter]
    fn n_channels(&self) -> usize {
        self.described.n_channels()
    }

    /// Source and target of each synapse of a projection, in the order of its parameters, counted within their groups.
    ///
    /// Parameters
    /// ----------
    /// projection : str
    ///     Its name, such as ``"input->hidden"``.
    ///
    /// Returns
    /// -------
    /// array of int or None
    ///     `[synapse x 2]`; None where all are connected to all.
    fn synapses<'py>(
        &self,
        py: Python<'py>,
        projection: &str,
    ) -> PyResult<Option<Bound<'py, PyArray2<u32>>>> {
        let connections = self.described.connections();
        let found = connections
            .iter()
            .find(|connection| connection.name == projection)
            .ok_or_else(|| {
                let names: Vec<&str> = connections
                    .iter()
                    .map(|connection| connection.name.as_str())
                    .collect();
                raise(spikefront::Error::unknown("projection", projection, &names))
            })?;
        let pairs = found
            .synapses()
            .map(|pairs| Array2::from_shape_fn((pairs.len(), 2), |(ix, end)| pairs[ix][end]));
        Ok(pairs.map(|pairs| pairs.into_pyarray(py)))
    }

    fn __repr__(&self) -> String {
        let (inputs, populations) = (self.described.inputs(), self.described.populations());
        let inputs = inputs
            .iter()
            .map(|input| format!("{} ({})", input.name, input.size));
        let populations = populations
            .iter()
            .map(|p| format!("{} ({})", p.name, p.size));
        let groups: Vec<String> = inputs.chain(populations).collect();
        format!(
            "Network({}; {} parameters)",
            groups.join(", "),
            self.described.layout().len()
        )
    }
}
