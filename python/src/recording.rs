//! What a simulation leaves behind, and its derivatives.

use std::sync::Arc;
use std::time::{Duration, Instant};

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikefront::event::{ReadoutRecording, Recording as Recorded};
use spikefront::network::Parameters;
use spikefront::{Problem, SimulationOptions};

use crate::arrays;
use crate::engine::Engine;
use crate::network::Network;
use crate::pace::is_short_backward;
use crate::parameters;
use crate::spikes::Spikes;
use crate::work::{run, run_here};

/// What was run, and on what.
#[derive(Clone)]
pub struct Run {
    pub network: Network,
    pub parameters: Arc<Parameters>,
    pub inputs: Spikes,
    pub options: Arc<SimulationOptions>,
    pub engine: Engine,
}

impl Run {
    pub fn problem(&self) -> Problem<'_> {
        Problem {
            network: &self.network.described,
            parameters: &self.parameters,
            inputs: &self.inputs.batch,
            options: &self.options,
        }
    }
}

/// The spikes of a batch of samples, what its readouts did, and the derivatives of all of it.
///
/// Spikes of a sample lie in order of (time, neuron); neurons are counted over all populations.
#[pyclass(module = "spikefront", frozen)]
pub struct Recording {
    pub run: Run,
    pub recorded: Arc<Recorded>,
    /// How long the simulation took; not known of given spikes.
    pub took: Option<Duration>,
}

impl Recording {
    pub fn simulated(py: Python<'_>, asked: Run) -> PyResult<Self> {
        let (work, engine) = (asked.clone(), asked.engine.live(py)?);
        let simulate = move || {
            let start = Instant::now();
            let recorded = engine.simulate(&work.problem())?;
            Ok((recorded, start.elapsed()))
        };
        let (recorded, took) = match asked.network.pace.is_short(&asked) {
            true => run_here(py, simulate)?,
            false => run(py, simulate)?,
        };
        asked.network.pace.note(&asked, took);
        Ok(Self {
            run: asked,
            recorded: Arc::new(recorded),
            took: Some(took),
        })
    }

    /// Whether one sweep backward is expected to be short.
    pub fn is_short_backward(&self) -> bool {
        let on_cpu = self.run.engine.inner.name() == "cpu";
        on_cpu && self.took.is_some_and(is_short_backward)
    }

    /// The places of the first spikes of a population, `[sample x neuron]`; -1 where a neuron was silent.
    fn first(&self, population: &str) -> PyResult<Array2<i64>> {
        let id = self.run.network.population(population)?;
        let units = self.run.network.described.population(id).units();
        let mut first = Array2::from_elem((self.recorded.n_samples(), units.len()), -1);
        for (sample, mut row) in first.rows_mut().into_iter().enumerate() {
            let places = self.recorded.first_spikes(sample, units.clone());
            let places = places
                .into_iter()
                .map(|place| place.map_or(-1, |ix| ix as i64));
            row.iter_mut()
                .zip(places)
                .for_each(|(to, place)| *to = place);
        }
        Ok(first)
    }

    /// One array for each readout, by its name.
    fn of_readouts<'py>(
        &self,
        py: Python<'py>,
        shape: &[usize],
        values: impl Fn(&ReadoutRecording) -> Vec<f64>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let found = PyDict::new(py);
        for readout in self.recorded.readouts() {
            let population = &self.run.network.described.populations()[readout.population];
            let shape: Vec<usize> = shape.iter().copied().chain([population.size]).collect();
            let array: Bound<'py, PyArrayDyn<f64>> =
                values(readout).into_pyarray(py).reshape(shape)?;
            found.set_item(&population.name, array)?;
        }
        Ok(found)
    }
}

#[pymethods]
impl Recording {
    /// Times of all spikes in ms, sample after sample.
    #[getter]
    fn times<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.recorded.times())
    }

    /// The neuron of each spike, counted over all populations.
    #[getter]
    fn neurons<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        PyArray1::from_iter(
            py,
            self.recorded
                .neurons()
                .iter()
                .map(|&neuron| i64::from(neuron)),
        )
    }

    /// Where each sample's spikes begin, and behind the last where they end.
    #[getter]
    fn offsets<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        let ends =
            (0..self.recorded.n_samples()).map(|sample| self.recorded.range(sample).end as i64);
        PyArray1::from_iter(py, std::iter::once(0).chain(ends))
    }

    /// dV/dt just before each spike, in 1/ms.
    #[getter]
    fn slopes<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.recorded.slopes())
    }

    /// Until when each sample was simulated, in ms.
    #[getter]
    fn ends<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.recorded.ends())
    }

    /// The length of the run in ms.
    #[getter]
    fn duration(&self) -> f64 {
        self.recorded.duration()
    }

    /// The network that ran.
    #[getter]
    fn network(&self) -> Network {
        self.run.network.clone()
    }

    /// The parameters that it ran with.
    ///
    /// Returns
    /// -------
    /// dict of str to array of float
    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let layout = self.run.network.described.layout();
        parameters::named(py, layout, None, self.run.parameters.values())
    }

    /// The spikes that went in, those of the network's generators and drives included.
    #[getter]
    fn inputs(&self) -> Spikes {
        self.run.inputs.clone()
    }

    /// When voltages of readouts were recorded, in ms.
    #[getter]
    fn voltage_times<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.recorded.voltage_times())
    }

    /// For each readout V at the requested times, `[sample x time x neuron]`.
    #[getter]
    fn voltages<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let shape = [
            self.recorded.n_samples(),
            self.recorded.voltage_times().len(),
        ];
        self.of_readouts(py, &shape, |readout| readout.voltages.clone())
    }

    /// For each readout the integral of V over the run in ms, `[sample x neuron]`.
    #[getter]
    fn integrals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.of_readouts(py, &[self.recorded.n_samples()], |readout| {
            readout.integrals.clone()
        })
    }

    /// For each readout the largest V over the run, `[sample x neuron]`; empty where it was not recorded.
    #[getter]
    fn maxima<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        if self
            .recorded
            .readouts()
            .iter()
            .any(|readout| readout.maxima.is_empty())
        {
            return Ok(PyDict::new(py));
        }
        let voltages = |readout: &ReadoutRecording| {
            readout
                .maxima
                .iter()
                .map(|maximum| maximum.voltage)
                .collect()
        };
        self.of_readouts(py, &[self.recorded.n_samples()], voltages)
    }

    /// The spikes of one population, counted from its first neuron, or of all.
    ///
    /// Parameters
    /// ----------
    /// population : str, optional
    ///
    /// Returns
    /// -------
    /// Spikes
    #[pyo3(signature = (population=None))]
    fn spikes(&self, population: Option<&str>) -> PyResult<Spikes> {
        let described = &self.run.network.described;
        match population {
            None => Spikes::of(&self.recorded, 0..described.n_neurons()),
            Some(name) => Spikes::of(
                &self.recorded,
                described
                    .population(self.run.network.population(name)?)
                    .units(),
            ),
        }
    }

    /// When each neuron of a population first fired, in ms, `[sample x neuron]`; infinite where it was silent.
    fn first_spikes<'py>(
        &self,
        py: Python<'py>,
        population: &str,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let times = self.recorded.times();
        let first = self.first(population)?;
        let time =
            |&place: &i64| usize::try_from(place).map_or(f64::INFINITY, |place| times[place]);
        Ok(first.map(time).into_pyarray(py))
    }

    /// The place of each neuron's first spike in :attr:`times`, `[sample x neuron]`; -1 where it was silent.
    fn first_spike_indices<'py>(
        &self,
        py: Python<'py>,
        population: &str,
    ) -> PyResult<Bound<'py, PyArray2<i64>>> {
        Ok(self.first(population)?.into_pyarray(py))
    }

    /// Potentials and synaptic currents of any neurons at any times of one sample.
    ///
    /// Parameters
    /// ----------
    /// sample : int
    /// neurons : array of int
    ///     Counted over all populations.
    /// times : array of float
    ///     In ms, ascending.
    ///
    /// Returns
    /// -------
    /// voltages, currents : array
    ///     `[neuron x time]`
    #[expect(clippy::type_complexity, reason = "two arrays")]
    fn states<'py>(
        &self,
        py: Python<'py>,
        sample: usize,
        neurons: &Bound<'py, PyAny>,
        times: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<f64>>)> {
        let (neurons, times) = (
            arrays::counts(neurons, "neurons")?,
            arrays::vector(times, "times")?,
        );
        let (work, recorded) = (self.run.clone(), self.recorded.clone());
        let trace = run(py, move || {
            work.problem().states(&recorded, sample, &neurons, &times)
        })?;
        Ok((
            trace.voltages.into_pyarray(py),
            trace.currents.into_pyarray(py),
        ))
    }

    fn __len__(&self) -> usize {
        self.recorded.n_samples()
    }

    fn __repr__(&self) -> String {
        format!(
            "Recording({} samples, {} spikes)",
            self.recorded.n_samples(),
            self.recorded.n_spikes()
        )
    }
}
