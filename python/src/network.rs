//! The network that batches of samples run on.

use std::sync::Arc;

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySlice, PyTuple};
use spikefront::network::{Network as Described, Parameters, PopulationId, TensorKind};
use spikefront::{GivenSpikes, SimulationOptions, Stop};

use crate::arrays;
use crate::engine::{Engine, EngineChoice};
use crate::error::{invalid, raise};
use crate::losses::Loss;
use crate::parameters;
use crate::recording::{Recording, Run, SpikeReport};
use crate::spikes::Spikes;

/// Populations, inputs and the projections between them, for batches of samples.
///
/// Made by :meth:`NetworkBuilder.build`. It holds no parameter values beyond the initial ones, which :meth:`parameters` draws.
#[pyclass(module = "spikefront", frozen, from_py_object)]
#[derive(Clone)]
pub struct Network {
    pub described: Arc<Described>,
    /// Parameters to write others over.
    template: Arc<Parameters>,
}

/// What a run records beyond spikes, and how it ends; a class of keywords that two methods share.
#[derive(Default)]
struct RunKeywords<'a, 'py> {
    voltage_times: Option<&'a Bound<'py, PyAny>>,
    record_maxima: bool,
    stop_after_first_spikes: Option<&'a str>,
    spike_budget: Option<usize>,
    record_for: Option<&'a Loss>,
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
        })
    }

    /// The parameters that a mapping holds.
    pub fn read(&self, parameters: &Bound<'_, PyAny>) -> PyResult<Parameters> {
        parameters::read(&self.template, parameters)
    }

    pub fn population(&self, name: &str) -> PyResult<PopulationId> {
        find_population(&self.described, name).map_err(raise)
    }

    fn options(&self, duration: f64, keywords: RunKeywords<'_, '_>) -> PyResult<SimulationOptions> {
        let mut options = SimulationOptions::new(duration);
        if let Some(times) = keywords.voltage_times {
            options.voltage_times = arrays::vector(times, "voltage_times")?;
        }
        options.record_maxima = keywords.record_maxima;
        if let Some(budget) = keywords.spike_budget {
            options.spike_budget = budget;
        }
        if let Some(loss) = keywords.record_for {
            let loss = loss.on(&self.described).map_err(raise)?;
            loss.prepare(&mut options);
            options.stop = loss.stop();
        }
        if let Some(name) = keywords.stop_after_first_spikes {
            options.stop = Stop::AfterFirstSpikes(self.population(name)?);
        }
        Ok(options)
    }

    fn inputs(&self, inputs: &Spikes, duration: f64, seeds: Option<Vec<u64>>) -> PyResult<Spikes> {
        match seeds {
            Some(seeds) if !self.described.has_own_spikes() || inputs.batch.is_complete() => {
                let remedy = "leave them out: no arrivals are drawn here";
                Err(invalid(
                    "seeds",
                    format!("a list of {}", seeds.len()),
                    remedy,
                ))
            }
            None if !self.described.has_own_spikes() || inputs.batch.is_complete() => {
                Ok(inputs.clone())
            }
            seeds => {
                let seeds = seeds.unwrap_or_else(|| (0..inputs.batch.n_samples() as u64).collect());
                let complete = self
                    .described
                    .complete_inputs(&inputs.batch, duration, &seeds);
                complete.map(Spikes::new).map_err(raise)
            }
        }
    }
}

/// The population of a name; the error names the nearest.
pub fn find_population(network: &Described, name: &str) -> spikefront::Result<PopulationId> {
    network.find_population(name).ok_or_else(|| {
        let names: Vec<&str> = network
            .populations()
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        spikefront::Error::unknown("population", name, &names)
    })
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

    /// Runs every sample of a batch, event by event, without a time grid.
    ///
    /// Parameters
    /// ----------
    /// parameters : mapping of str to array
    ///     One array for each tensor, of the shapes in :attr:`shapes`.
    /// inputs : Spikes
    ///     One sample each; units are channels, counted over all inputs.
    /// duration : float
    ///     The length of the run in ms.
    /// engine : str or Engine
    ///     ``"auto"``, ``"cpu"``, ``"gpu"`` or an :class:`Engine`.
    /// voltage_times : array of float, optional
    ///     When to record the voltages of readouts, in ms, ascending.
    /// record_maxima : bool
    ///     Whether to record the largest voltage of each readout.
    /// stop_after_first_spikes : str, optional
    ///     A population: a sample ends soon after each of its neurons has fired. First spikes are the same to rounding; later ones may
    ///     be missing.
    /// spike_budget : int, optional
    ///     How many spikes a sample may fire before the run is refused as a runaway.
    /// record_for : Loss, optional
    ///     Records what this loss looks at.
    /// seeds : list of int, optional
    ///     Of Poisson drives, one for each sample; 0, 1, 2, ... unless given.
    ///
    /// Returns
    /// -------
    /// Recording
    ///
    /// Raises
    /// ------
    /// ValueError
    ///     What does not fit, by name.
    /// spikefront.Error
    ///     If a sample passes its spike budget, or a GPU fails.
    #[pyo3(signature = (parameters, inputs, duration, *, engine=EngineChoice::Named("auto".into()), voltage_times=None,
                        record_maxima=false, stop_after_first_spikes=None, spike_budget=None, record_for=None, seeds=None),
           text_signature = "($self, parameters, inputs, duration, *, engine='auto', voltage_times=None, record_maxima=False, stop_after_first_spikes=None, spike_budget=None, record_for=None, seeds=None)")]
    #[expect(clippy::too_many_arguments, reason = "keywords of a Python function")]
    fn simulate(
        &self,
        py: Python<'_>,
        parameters: &Bound<'_, PyAny>,
        inputs: &Spikes,
        duration: f64,
        engine: EngineChoice,
        voltage_times: Option<&Bound<'_, PyAny>>,
        record_maxima: bool,
        stop_after_first_spikes: Option<&str>,
        spike_budget: Option<usize>,
        record_for: Option<&Loss>,
        seeds: Option<Vec<u64>>,
    ) -> PyResult<Recording> {
        let keywords = RunKeywords {
            voltage_times,
            record_maxima,
            stop_after_first_spikes,
            spike_budget,
            record_for,
        };
        let run = Run {
            network: self.clone(),
            parameters: Arc::new(self.read(parameters)?),
            options: Arc::new(self.options(duration, keywords)?),
            inputs: self.inputs(inputs, duration, seeds)?,
            engine: Engine::of(py, &engine)?,
        };
        Recording::simulated(py, run)
    }

    /// A recording of spikes that another simulator of this network found, and how well they fit.
    ///
    /// Gradients of it are those of the given spikes: each one's slope is dV/dt of the exact flow through all given spikes at
    /// the given time.
    ///
    /// Parameters
    /// ----------
    /// parameters, inputs, duration, engine, voltage_times, record_maxima, seeds
    ///     As of :meth:`simulate`.
    /// spikes : Spikes
    ///     One sample for each of the inputs'; units are neurons, counted over all populations.
    /// tolerance : float
    ///     How far from its threshold a potential may be at a spike before the spike is counted, in units of the potential.
    /// find_missing : bool
    ///     Whether to look for spikes that the network would have fired and that were not given, too.
    ///
    /// Returns
    /// -------
    /// Recording, SpikeReport
    #[pyo3(signature = (parameters, inputs, spikes, duration, *, tolerance, find_missing=false,
                        engine=EngineChoice::Named("cpu".into()), voltage_times=None, record_maxima=false, seeds=None),
           text_signature = "($self, parameters, inputs, spikes, duration, *, tolerance, find_missing=False, engine='cpu', voltage_times=None, record_maxima=False, seeds=None)")]
    #[expect(clippy::too_many_arguments, reason = "keywords of a Python function")]
    fn recording_of(
        &self,
        py: Python<'_>,
        parameters: &Bound<'_, PyAny>,
        inputs: &Spikes,
        spikes: &Spikes,
        duration: f64,
        tolerance: f64,
        find_missing: bool,
        engine: EngineChoice,
        voltage_times: Option<&Bound<'_, PyAny>>,
        record_maxima: bool,
        seeds: Option<Vec<u64>>,
    ) -> PyResult<(Recording, SpikeReport)> {
        let keywords = RunKeywords {
            voltage_times,
            record_maxima,
            ..RunKeywords::default()
        };
        let run = Run {
            network: self.clone(),
            parameters: Arc::new(self.read(parameters)?),
            options: Arc::new(self.options(duration, keywords)?),
            inputs: self.inputs(inputs, duration, seeds)?,
            engine: Engine::of(py, &engine)?,
        };
        let given = GivenSpikes::within(tolerance);
        let given = if find_missing {
            given.find_missing()
        } else {
            given
        };
        Recording::given(py, run, spikes.batch.clone(), given)
    }

    /// A batch that has, beside its own spikes, those of the network's generators and Poisson drives.
    ///
    /// :meth:`simulate` does this by itself; call it to keep the spikes, or to hold the noise while something else changes.
    ///
    /// Parameters
    /// ----------
    /// inputs : Spikes
    /// duration : float
    ///     In ms.
    /// seeds : list of int
    ///     One for each sample.
    ///
    /// Returns
    /// -------
    /// Spikes
    fn complete_inputs(&self, inputs: &Spikes, duration: f64, seeds: Vec<u64>) -> PyResult<Spikes> {
        if !self.described.has_own_spikes() {
            return Err(invalid(
                "network",
                "without generators and drives",
                "simulate with the inputs as they are",
            ));
        }
        let complete = self
            .described
            .complete_inputs(&inputs.batch, duration, &seeds);
        complete.map(Spikes::new).map_err(raise)
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
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
