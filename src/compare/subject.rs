//! What is compared: a case, or a task's network before training with some of its samples.

use std::path::Path;
use std::sync::Arc;

use crate::case::Case;
use crate::event::{Recording, SpikeBatch};
use crate::loss::Loss;
use crate::network::{Network, Parameters};
use crate::problem::{Problem, SimulationOptions, Stop};
use crate::train::{Experiment, judged_inputs};
use crate::{Cotangent, Error, Result, count};

/// A problem with a loss.
pub struct Subject {
    /// How it is called.
    pub name: String,
    network: Arc<Network>,
    parameters: Parameters,
    inputs: SpikeBatch,
    options: SimulationOptions,
    /// The loss with its labels; without one, spike times are weighed by signs.
    loss: Option<(Box<dyn Loss>, Vec<usize>)>,
}

impl Subject {
    /// The initial network of an experiment, called `name`, with its first `n_samples` training samples.
    ///
    /// # Errors
    /// Settings or data that cannot be prepared; no samples.
    pub fn training(
        name: &str,
        experiment: &Experiment,
        n_samples: usize,
        seed: u64,
    ) -> Result<Self> {
        let prepared = experiment.prepare(seed)?;
        if n_samples == 0 {
            return Err(Error::invalid("samples", 0, "compare at least one"));
        }
        let samples: Vec<usize> = (0..n_samples.min(prepared.train.n_samples())).collect();
        let samples = prepared.train.select(&samples);
        // To the end on both engines: the CPU's would stop early.
        let mut options = SimulationOptions {
            stop: Stop::AtDuration,
            ..SimulationOptions::new(experiment.duration)
        };
        experiment.limit(&mut options);
        prepared.loss.prepare(&mut options);
        Ok(Self {
            name: format!("{name}, {}", count(samples.n_samples(), "sample")),
            parameters: prepared.network.parameters(seed),
            inputs: judged_inputs(&prepared.network, samples.inputs(), options.duration, 0)?
                .into_owned(),
            options,
            loss: Some((Box::new(prepared.loss), samples.labels().to_vec())),
            network: prepared.network,
        })
    }

    /// A case.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no case.
    pub fn case(path: impl AsRef<Path>) -> Result<Self> {
        let case = Case::read(path)?;
        let network = case.network()?;
        let problem = network.problem();
        Ok(Self {
            name: case.name().to_owned(),
            network: Arc::new(problem.network.clone()),
            parameters: problem.parameters.clone(),
            inputs: problem.inputs.clone(),
            options: problem.options.clone(),
            loss: None,
        })
    }

    /// With another limit on how many spikes a sample may fire, if one is given.
    #[must_use]
    pub fn spike_budget(mut self, budget: Option<usize>) -> Self {
        self.options.spike_budget = budget.unwrap_or(self.options.spike_budget);
        self
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;
    use crate::cpu::CpuEngine;

    #[test]
    fn what_a_loss_looks_at_is_recorded() -> Result<()> {
        let experiment = Experiment::preset("iris".parse()?, "default")?;
        let experiment = experiment.set("loss={ kind = \"maximum\" }")?;
        let subject = Subject::training("iris", &experiment, 4, 0)?;
        let recording = CpuEngine::new().simulate(&subject.problem())?;
        let cotangent = subject.cotangent(&recording)?;
        assert!(cotangent.maxima[0].iter().any(|&value| value != 0.0));
        Ok(())
    }
}
