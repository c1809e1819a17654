//! Trainings, as the command `train` runs them.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikefront::train::{EpochMetrics, Experiment, GraphSettings, Prepared, Samples, Trainer};

use crate::engine::{Engine, EngineChoice};
use crate::error::{Error, raise};
use crate::network::Network;
use crate::parameters;
use crate::shared::Shared;
use crate::spikes::Spikes;
use crate::work::run;

/// A task, a network and how it is trained: the same as ``spikefront train``, epoch by epoch.
///
/// Iterating trains: each step is one epoch. After Ctrl-C the next step goes on where the last one stopped.
///
/// Parameters
/// ----------
/// experiment : str
///     The name of a preset, such as ``"yin-yang"``, or the path of a file that ends in ``.toml``.
/// settings : list of str
///     Keys of the experiment with other values, such as ``"epochs=3"``; ``spikefront preset every-key`` explains all.
/// nir : str, optional
///     A NIR file whose network and weights are trained in place of the experiment's layers; ``"nir.options.reset=subtract"`` and
///     the like among the settings say what it leaves open.
/// data : str, optional
///     The folder of a data set that is not part of the library.
/// seed : int, optional
///     The experiment's unless given.
/// engine : str or Engine
///
/// Examples
/// --------
/// >>> training = spikefront.Training("yin-yang", settings=["epochs=3"])
/// >>> for epoch in training:
/// ...     print(epoch.epoch, epoch.loss, epoch.validation_accuracy)
/// >>> training.evaluate("test").accuracy
/// >>> spikefront.Training("yin-yang").run()  # all epochs, with a progress bar
#[pyclass(module = "spikefront", frozen)]
pub struct Training {
    held: Shared<Held>,
    /// Which has the threads that it works with.
    process: u32,
    network: Network,
    experiment: Experiment,
}

struct Held {
    trainer: Trainer,
    prepared: Prepared,
}

impl Held {
    /// The samples of a part of the data.
    fn part(&self, name: &str) -> spikefront::Result<&Samples> {
        match name {
            "train" => Ok(&self.prepared.train),
            "test" => Ok(&self.prepared.test),
            "validation" => self.prepared.validation.as_ref().ok_or_else(|| {
                spikefront::Error::invalid(
                    "part",
                    "\"validation\"",
                    "the division has none: take test",
                )
            }),
            other => Err(spikefront::Error::unknown(
                "part",
                other,
                &["train", "validation", "test"],
            )),
        }
    }
}

/// One epoch of a training.
#[pyclass(module = "spikefront", frozen, get_all)]
pub struct Epoch {
    /// Which one, counted from 1.
    epoch: usize,
    /// The mean training loss, each batch judged before its update.
    loss: f64,
    /// The share of training samples judged right, each batch before its update.
    train_accuracy: f64,
    /// The mean loss on the validation set after the epoch; None where there is no such set.
    validation_loss: Option<f64>,
    /// The accuracy on the validation set after the epoch; None where there is no such set.
    validation_accuracy: Option<f64>,
    /// How many spikes were slower than the slope floor.
    grazing_spikes: usize,
    /// How often a neuron had its incoming weights raised for being silent over a batch.
    raised_neurons: usize,
    /// How many samples the loss left out, as what it looks at was silent.
    left_out_samples: usize,
    /// How many updates had a gradient that was zero in every entry.
    zero_gradients: usize,
    /// How long the epoch took, in s.
    seconds: f64,
}

impl From<EpochMetrics> for Epoch {
    fn from(metrics: EpochMetrics) -> Self {
        Self {
            epoch: metrics.epoch,
            loss: metrics.loss,
            train_accuracy: metrics.train_accuracy,
            validation_loss: metrics.validation_loss,
            validation_accuracy: metrics.validation_accuracy,
            grazing_spikes: metrics.grazing_spikes,
            raised_neurons: metrics.raised_neurons,
            left_out_samples: metrics.left_out_samples,
            zero_gradients: metrics.zero_gradients,
            seconds: metrics.seconds,
        }
    }
}

#[pymethods]
impl Epoch {
    fn __repr__(&self) -> String {
        let validation = self
            .validation_accuracy
            .map(|accuracy| format!(", validation_accuracy={accuracy:.4}"));
        let validation = validation.unwrap_or_default();
        format!(
            "Epoch({}, loss={:.4}, train_accuracy={:.4}{validation})",
            self.epoch, self.loss, self.train_accuracy
        )
    }
}

/// A network's performance on a set.
#[pyclass(module = "spikefront", frozen, get_all)]
pub struct Evaluation {
    /// The mean loss.
    loss: f64,
    /// The share of samples judged right.
    accuracy: f64,
    /// The class of each sample; None where the network made no choice.
    predictions: Vec<Option<usize>>,
}

impl Training {
    /// Calls `work` with what is trained, in the process that it was made in.
    fn held<T: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Held) -> spikefront::Result<T> + Send + 'static,
    ) -> PyResult<T> {
        if self.process != std::process::id() {
            return Err(Error::new_err(
                "the training belongs to the process that this one was forked from: make it here",
            ));
        }
        self.held.run(py, work)
    }
}

#[pymethods]
impl Training {
    #[new]
    #[pyo3(signature = (experiment, *, settings=Vec::new(), nir=None, data=None, seed=None, engine=EngineChoice::Named("auto".into())),
           text_signature = "(experiment, *, settings=[], nir=None, data=None, seed=None, engine='auto')")]
    fn new(
        py: Python<'_>,
        experiment: &str,
        settings: Vec<String>,
        nir: Option<std::path::PathBuf>,
        data: Option<std::path::PathBuf>,
        seed: Option<u64>,
        engine: EngineChoice,
    ) -> PyResult<Self> {
        let mut described = match experiment.ends_with(".toml") {
            true => Experiment::read(experiment),
            false => Experiment::preset_text(experiment)
                .and_then(|text| Experiment::from_toml(text, experiment)),
        }
        .map_err(raise)?;
        if let Some(file) = nir {
            described = described.with_graph(GraphSettings::new(file));
        }
        for setting in &settings {
            described = described.set(setting).map_err(raise)?;
        }
        described.seed = seed.unwrap_or(described.seed);
        if data.is_some() {
            described.data.folder = data;
        }
        let engine = Engine::of(py, &engine)?.live(py)?;
        let held = run(py, move || {
            let prepared = described.prepare(described.seed)?;
            let trainer = prepared.trainer(engine)?;
            Ok(Held { trainer, prepared })
        })?;
        Ok(Self {
            network: Network::shared(held.prepared.network.clone())?,
            experiment: held.prepared.experiment.clone(),
            held: Shared::new(held),
            process: std::process::id(),
        })
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Epoch>> {
        let epochs = self.experiment.epochs;
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = stopped.clone();
        let found = self.held(py, move |held| {
            let Held { trainer, prepared } = held;
            if trainer.n_epochs() >= epochs {
                return Ok(None);
            }
            trainer.epoch_until(
                &prepared.train,
                prepared.validation.as_ref(),
                |_| match stop.load(Ordering::Relaxed) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                },
            )
        });
        if found.is_err() {
            stopped.store(true, Ordering::Relaxed);
        }
        found.map(|metrics| metrics.map(Epoch::from))
    }

    /// How many epochs are left.
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        let epochs = self.experiment.epochs;
        self.held(py, move |held| {
            Ok(epochs.saturating_sub(held.trainer.n_epochs()))
        })
    }

    /// Trains to the end.
    ///
    /// Parameters
    /// ----------
    /// progress : bool
    ///     Whether to show how far it is on standard error: with a bar of tqdm's where that is installed (as it is with
    ///     ``pip install spikefront[progress]``), else with a line for each epoch.
    ///
    /// Returns
    /// -------
    /// list of Epoch
    ///     The epochs that were left.
    #[pyo3(signature = (*, progress=true))]
    fn run(slf: Bound<'_, Self>, progress: bool) -> PyResult<Vec<Py<Epoch>>> {
        if progress {
            let shown = slf.py().import("spikefront._progress")?;
            return shown.call_method1("follow", (slf,))?.extract();
        }
        let mut epochs = Vec::new();
        while let Some(epoch) = slf.get().__next__(slf.py())? {
            epochs.push(Py::new(slf.py(), epoch)?);
        }
        Ok(epochs)
    }

    /// How many epochs there are in all.
    #[getter]
    fn epochs(&self) -> usize {
        self.experiment.epochs
    }

    /// The network that is trained.
    #[getter]
    fn network(&self) -> Network {
        self.network.clone()
    }

    /// The experiment as the text of a file: the same training again, also from the command line.
    fn to_toml(&self) -> PyResult<String> {
        self.experiment.to_toml().map_err(raise)
    }

    /// The parameters as they are now.
    ///
    /// Returns
    /// -------
    /// dict of str to array of float
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let values = self.held(py, |held| Ok(held.trainer.parameters().values().to_vec()))?;
        parameters::named(py, self.network.described.layout(), None, &values)
    }

    /// Judges the network as it is now.
    ///
    /// Parameters
    /// ----------
    /// part : {"train", "validation", "test"}
    ///     On which part of the data.
    ///
    /// Returns
    /// -------
    /// Evaluation
    #[pyo3(signature = (part="test"))]
    fn evaluate(&self, py: Python<'_>, part: &str) -> PyResult<Evaluation> {
        let part = part.to_owned();
        let found = self.held(py, move |held| held.trainer.evaluate(held.part(&part)?))?;
        Ok(Evaluation {
            loss: found.loss,
            accuracy: found.accuracy,
            predictions: found.predictions,
        })
    }

    /// The spikes and labels of a part of the data, encoded as the network takes them.
    ///
    /// Parameters
    /// ----------
    /// part : {"train", "validation", "test"}
    ///
    /// Returns
    /// -------
    /// Spikes, list of int
    #[pyo3(signature = (part="test"))]
    fn samples(&self, py: Python<'_>, part: &str) -> PyResult<(Spikes, Vec<usize>)> {
        let part = part.to_owned();
        let (spikes, labels) = self.held(py, move |held| {
            let samples = held.part(&part)?;
            Ok((samples.inputs().clone(), samples.labels().to_vec()))
        })?;
        Ok((Spikes::new(spikes), labels))
    }
}

/// The names of all presets that :class:`Training` takes.
///
/// Returns
/// -------
/// list of str
#[pyfunction]
pub fn presets() -> Vec<&'static str> {
    Experiment::presets()
        .iter()
        .map(|(name, _)| *name)
        .collect()
}
