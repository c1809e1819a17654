//! Runs of a network, and recordings of given spikes.

use std::sync::Arc;

use pyo3::prelude::*;
use spikefront::{GivenSpikes, SimulationOptions, Stop};

use crate::arrays;
use crate::engine::{Engine, EngineChoice};
use crate::error::{invalid, raise};
use crate::given::SpikeReport;
use crate::losses::Loss;
use crate::network::Network;
use crate::recording::{Recording, Run};
use crate::spikes::Spikes;

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

#[pymethods]
impl Network {
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
    ///     Records what this loss looks at, beside all spikes.
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
}
