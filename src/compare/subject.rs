//! What is compared: a case, or a task's network before training with some of its samples.

use std::path::Path;

use crate::case::Case;
use crate::event::{Recording, SpikeBatch};
use crate::loss::Loss;
use crate::model::{Network, Parameters};
use crate::problem::{Problem, SimulationOptions, Stop};
use crate::train::{Experiment, Task};
use crate::{Cotangent, Error, Result};

/// A problem with a loss.
pub struct Subject {
    /// How it is called.
    pub name: String,
    network: Network,
    parameters: Parameters,
    inputs: SpikeBatch,
    options: SimulationOptions,
    /// The loss with its labels; without one, spike times are weighed by signs.
    loss: Option<(Box<dyn Loss>, Vec<usize>)>,
}

impl Subject {
    /// A case file if `name` ends in `.json`, else a task's preset, by default `default`, with its first
    /// `n_samples` training samples.
    ///
    /// # Errors
    /// A file that is no case; a name that is no task; a preset that the task does not have, or of a case; no samples.
    pub fn new(name: &str, preset: Option<&str>, n_samples: usize, seed: u64) -> Result<Self> {
        if Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            return match preset {
                None => Self::case(name),
                Some(preset) => {
                    let preset = format!("{preset:?}");
                    Err(Error::invalid(
                        "preset",
                        preset,
                        "a case has none; leave it out",
                    ))
                }
            };
        }
        let preset = preset.unwrap_or("default");
        let experiment = Experiment::preset(name.parse::<Task>()?, preset)?;
        let prepared = experiment.prepare(seed)?;
        if n_samples == 0 {
            return Err(Error::invalid("samples", 0, "compare at least one"));
        }
        let samples: Vec<usize> = (0..n_samples.min(prepared.train.n_samples())).collect();
        let samples = prepared.train.select(&samples);
        Ok(Self {
            name: format!("{name} ({preset}), {} samples", samples.n_samples()),
            parameters: prepared.network.parameters(seed),
            inputs: samples.inputs().clone(),
            // To the end on both engines: the CPU's would stop early.
            options: SimulationOptions {
                stop: Stop::AtDuration,
                ..SimulationOptions::new(experiment.duration)
            },
            loss: Some((Box::new(prepared.loss), samples.labels().to_vec())),
            network: prepared.network,
        })
    }

    fn case(path: &str) -> Result<Self> {
        let case = Case::read(path)?;
        let network = case.network()?;
        let problem = network.problem();
        Ok(Self {
            name: case.name().to_owned(),
            network: problem.network.clone(),
            parameters: problem.parameters.clone(),
            inputs: problem.inputs.clone(),
            options: problem.options.clone(),
            loss: None,
        })
    }

    /// What engines are asked.
    pub fn problem(&self) -> Problem<'_> {
        Problem {
            network: &self.network,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options: &self.options,
        }
    }

    /// The derivative of the loss with respect to what was recorded.
    ///
    /// # Errors
    /// Whatever the loss refuses.
    pub fn cotangent(&self, recording: &Recording) -> Result<Cotangent> {
        match &self.loss {
            Some((loss, labels)) => Ok(loss.evaluate(&self.network, recording, labels)?.cotangent),
            None => {
                let mut cotangent = Cotangent::zeros(recording);
                for (ix, value) in cotangent.spike_times.iter_mut().enumerate() {
                    *value = if ix % 3 == 0 { -1.0 } else { 1.0 };
                }
                Ok(cotangent)
            }
        }
    }
}
