//! One long run of a network in rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use numpy::ndarray::{Array2, Array3};
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikefront::cpu::stream::CpuStream;
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::stream::{StateRecorder, StateSample, Stream as Runs, StreamOptions};

use crate::chunks::Chunks;
use crate::error::{invalid, raise};
use crate::neurons::Neurons;
use crate::rows::NetworkInRows;
use crate::shared::Shared;
use crate::work::run;

/// How long it runs between looks at whether it was interrupted, in ms of the network.
const BETWEEN_LOOKS: f64 = 10.0;

/// A large network in time: its state, and how far it is.
///
/// Parameters
/// ----------
/// network : NetworkInRows
/// engine : {"cpu", "gpu"}
///     Double precision on all cores, or single precision on a GPU.
/// window : float, optional
///     The length of a window in ms; the longest that the network allows unless given. It changes results by rounding alone.
///
/// Examples
/// --------
/// >>> network = spikefront.named_network("cuba", scale=0.05).build_in_rows()
/// >>> stream = spikefront.Stream(network)
/// >>> for times, neurons in stream.chunks(until=100.0, every=10.0):
/// ...     print(len(times))
#[pyclass(module = "spikefront", frozen)]
pub struct Stream {
    held: Shared<Held>,
    window: f64,
}

/// What one thread at a time works with.
struct Held {
    stream: Box<dyn Runs + Send>,
    network: NetworkInRows,
    /// Spikes that were not handed over yet: more than none after an interruption only.
    times: Vec<f64>,
    neurons: Vec<i64>,
    recorders: Vec<StateRecorder>,
    /// For each recorder what was not asked for yet.
    states: Vec<Vec<StateSample>>,
}

impl Held {
    /// Goes on until `until` ms, or until it is told to stop.
    fn run(
        &mut self,
        until: f64,
        stopped: &AtomicBool,
    ) -> spikefront::Result<(Vec<f64>, Vec<i64>)> {
        let Self {
            stream,
            times,
            neurons,
            states,
            ..
        } = self;
        let window = stream.window();
        loop {
            let next = (stream.time() + BETWEEN_LOOKS).min(until);
            stream.run_recording(
                next,
                &mut |spikes| {
                    times.extend(spikes.iter().map(|spike| spike.time(window)));
                    neurons.extend(spikes.iter().map(|spike| i64::from(spike.neuron)));
                    Ok(())
                },
                &mut |samples| {
                    samples
                        .iter()
                        .for_each(|sample| states[sample.recorder].push(*sample));
                    Ok(())
                },
            )?;
            if stopped.load(Ordering::Relaxed) {
                return Ok((Vec::new(), Vec::new()));
            }
            if next >= until {
                return Ok((std::mem::take(times), std::mem::take(neurons)));
            }
        }
    }
}

impl Stream {
    fn go_on(&self, py: Python<'_>, until: f64) -> PyResult<(Vec<f64>, Vec<i64>)> {
        finite(until)?;
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = stopped.clone();
        let found = self.held.run(py, move |held| held.run(until, &stop));
        if found.is_err() {
            stopped.store(true, Ordering::Relaxed);
        }
        found
    }
}

fn finite(until: f64) -> PyResult<()> {
    match until.is_finite() {
        true => Ok(()),
        false => Err(invalid("until", until, "give a finite time in ms")),
    }
}

/// Times and neurons.
pub type Chunk<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<i64>>);

#[pymethods]
impl Stream {
    #[new]
    #[pyo3(signature = (network, *, engine="cpu", window=None))]
    fn new(
        py: Python<'_>,
        network: NetworkInRows,
        engine: &str,
        window: Option<f64>,
    ) -> PyResult<Self> {
        let options = StreamOptions::default().window(window);
        let described = network.0.clone();
        let stream: Box<dyn Runs + Send> = match engine {
            "cpu" => run(py, move || {
                CpuStream::new(&described, options).map(|stream| Box::new(stream) as _)
            })?,
            "gpu" => {
                let options = GpuStreamOptions::default().simulation(options);
                run(py, move || {
                    GpuStream::new(&described, &options).map(|stream| Box::new(stream) as _)
                })?
            }
            other => {
                return Err(raise(spikefront::Error::unknown(
                    "engine",
                    other,
                    &["cpu", "gpu"],
                )));
            }
        };
        let window = stream.window();
        let held = Held {
            stream,
            network,
            times: Vec::new(),
            neurons: Vec::new(),
            recorders: Vec::new(),
            states: Vec::new(),
        };
        Ok(Self {
            held: Shared::new(held),
            window,
        })
    }

    /// Goes on until `until` ms and gives the spikes on the way.
    ///
    /// After Ctrl-C it stops within 10 ms of the network's time; the spikes until there come with the next run.
    ///
    /// Returns
    /// -------
    /// times, neurons : array
    ///     Times in ms in order, and for each the neuron, counted through the network.
    pub fn run<'py>(&self, py: Python<'py>, until: f64) -> PyResult<Chunk<'py>> {
        let (times, neurons) = self.go_on(py, until)?;
        Ok((times.into_pyarray(py), neurons.into_pyarray(py)))
    }

    /// Goes on until `until` ms, in parts of `every` ms.
    ///
    /// Returns
    /// -------
    /// iterator of (array, array)
    ///     What :meth:`run` gives for each part.
    fn chunks(slf: Py<Self>, py: Python<'_>, until: f64, every: f64) -> PyResult<Chunks> {
        if !(every > 0.0 && every.is_finite()) {
            return Err(invalid("every", every, "give a time in ms above zero"));
        }
        finite(until)?;
        let start = slf.get().time(py)?;
        Ok(Chunks::new(slf, start, every, until))
    }

    /// Records potentials and synaptic currents of neurons from now on; on the CPU only.
    ///
    /// Parameters
    /// ----------
    /// neurons : slice or (int, int)
    ///     From which to before which, counted through the network; a population's are in :attr:`NetworkInRows.populations`.
    /// every : float
    ///     At whole multiples of so many ms.
    /// until : float
    ///     In ms.
    /// start : float
    ///     In ms.
    ///
    /// Returns
    /// -------
    /// int
    ///     What :meth:`recorded` is asked for.
    #[pyo3(signature = (neurons, every, until, *, start=0.0))]
    fn record(
        &self,
        py: Python<'_>,
        neurons: Neurons<'_>,
        every: f64,
        until: f64,
        start: f64,
    ) -> PyResult<usize> {
        let record = |held: &mut Held| {
            let recorder = StateRecorder {
                neurons: neurons.range(held.network.0.neurons())?,
                every,
                from: start,
                until,
            };
            let number = held.stream.record(&recorder).map_err(raise)?;
            held.recorders.push(recorder);
            held.states.push(Vec::new());
            Ok(number)
        };
        self.held.with(py, record)?
    }

    /// What a recorder found since it was last asked.
    ///
    /// Returns
    /// -------
    /// dict of str to array
    ///     ``times`` in ms; ``voltages`` `[time x neuron]`; ``currents`` `[time x receptor x neuron]`.
    fn recorded<'py>(&self, py: Python<'py>, recorder: usize) -> PyResult<Bound<'py, PyDict>> {
        let found = self.held.with(py, |held| {
            let described = held.recorders.get(recorder).cloned();
            let described = described.ok_or_else(|| {
                let remedy = format!("there are {}, counted from 0", held.recorders.len());
                invalid("recorder", recorder, remedy)
            })?;
            let populations = held.network.0.populations().iter();
            let receptors = populations.map(|population| population.neuron.tau_synapse.len());
            let receptors = receptors.max().unwrap_or(0);
            let samples = std::mem::take(&mut held.states[recorder]);
            Ok::<_, PyErr>((described, samples, receptors))
        });
        let (described, samples, receptors) = found??;
        let rows = samples.chunk_by(|a, b| a.number == b.number);
        let times: Vec<f64> = rows
            .clone()
            .map(|row| row[0].number as f64 * described.every)
            .collect();
        let size = described.neurons.len();
        let mut voltages = Array2::zeros((times.len(), size));
        let mut currents = Array3::zeros((times.len(), receptors, size));
        for (ix, row) in rows.enumerate() {
            for sample in row {
                let neuron = (sample.neuron - described.neurons.start) as usize;
                voltages[[ix, neuron]] = sample.potential;
                (0..receptors).for_each(|receptor| {
                    currents[[ix, receptor, neuron]] = sample.currents[receptor]
                });
            }
        }
        let found = PyDict::new(py);
        found.set_item("times", times.into_pyarray(py))?;
        found.set_item("voltages", voltages.into_pyarray(py))?;
        found.set_item("currents", currents.into_pyarray(py))?;
        Ok(found)
    }

    /// The length of a window in ms.
    #[getter]
    fn window(&self) -> f64 {
        self.window
    }

    /// How far it is, in ms.
    #[getter]
    fn time(&self, py: Python<'_>) -> PyResult<f64> {
        self.held.with(py, |held| held.stream.time())
    }

    /// How many spikes there have been.
    #[getter]
    fn n_spikes(&self, py: Python<'_>) -> PyResult<u64> {
        self.held.with(py, |held| held.stream.spikes())
    }

    /// How many arrivals neurons have had, those of Poisson drives included.
    #[getter]
    fn n_synaptic_events(&self, py: Python<'_>) -> PyResult<u64> {
        self.held
            .with(py, |held| held.stream.synaptic_events())?
            .map_err(raise)
    }
}
