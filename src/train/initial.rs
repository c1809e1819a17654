//! Weights that a training begins with, from a file.

use std::fmt::{Display, Formatter};
use std::path::PathBuf;

use super::noted_file::noted;
use super::pairs;
use super::weights::read_tensor;
use super::{InitSettings, Trainer};
use crate::data::Npz;
use crate::network::{Network, Parameters, TensorKind};
use crate::{Error, Result};

/// What a file of weights gives a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Initial {
    /// Of the whole network; what the file lacks is as it was drawn.
    pub(super) parameters: Parameters,
    /// The names of arrays that were taken.
    pub taken: Vec<String>,
    /// The names of tensors that the file lacks.
    pub lacking: Vec<String>,
    /// The names of arrays that the network has not.
    pub left: Vec<String>,
    /// Projections with fewer synapses than pairs of neurons for which the file does not say which pairs its weights belong
    /// to, as files of earlier versions do not.
    pub unpaired: Vec<String>,
}

impl InitSettings {
    /// All tensors from `file`.
    pub fn new(file: PathBuf) -> Self {
        Self {
            file,
            partial: false,
            digest: None,
        }
    }

    /// The same with an absolute path and the digest of the file as it is.
    ///
    /// # Errors
    /// A file that cannot be read, or another one than before.
    pub fn fixed(&self) -> Result<Self> {
        let what = ("file of initial weights", "init");
        let (file, digest) = noted(what, &self.file, self.digest.as_ref())?;
        Ok(Self {
            file,
            digest: Some(digest),
            ..self.clone()
        })
    }

    /// What the file gives a network whose parameters were drawn by `seed`. Time constants, rest and initial potentials that
    /// it lacks are those of the network's description.
    ///
    /// # Errors
    /// A file that cannot be read, or another one than its digest says; arrays of other shapes, or of other pairs of
    /// neurons; unless it may be partial, an
    /// array that is missing or one that the network has not; values that the network does not accept.
    pub(super) fn read(&self, network: &Network, seed: u64) -> Result<Initial> {
        self.fixed()?;
        let mut file = Npz::open(&self.file)?;
        let pairs = pairs::check(&mut file, network)?;
        let mut initial = Initial {
            unpaired: pairs.unknown,
            parameters: network.parameters(seed),
            taken: Vec::new(),
            lacking: Vec::new(),
            left: Vec::new(),
        };
        for tensor in network.layout().tensors() {
            if TensorKind::OF_NEURONS.contains(&tensor.kind) && !file.has(&tensor.name) {
                continue;
            }
            if let Some(values) = initial.take(&mut file, &tensor.name, &tensor.shape)? {
                initial.parameters.values_mut()[tensor.range.clone()].copy_from_slice(&values);
            }
        }
        let names = file.names().into_iter();
        let names =
            names.filter(|name| !initial.taken.contains(name) && !pairs.arrays.contains(name));
        initial.left = names.collect();
        if !self.partial {
            initial.check(file.origin())?;
        }
        let checked = initial.parameters.check(network);
        checked.map_err(|error| Error::malformed(file.origin(), error))?;
        Ok(initial)
    }
}

impl Initial {
    fn take(&mut self, file: &mut Npz, name: &str, shape: &[usize]) -> Result<Option<Vec<f64>>> {
        if !file.has(name) {
            self.lacking.push(name.to_owned());
            return Ok(None);
        }
        self.taken.push(name.to_owned());
        read_tensor(file, name, shape).map(Some)
    }

    /// Refuses a file that is not of this network, tensor for tensor.
    fn check(&self, origin: &str) -> Result<()> {
        let remedy = "name the file of a network with the same layers, or let it be partial";
        let detail = match (self.lacking.is_empty(), self.left.is_empty()) {
            (true, true) => return Ok(()),
            (false, _) => format!("it lacks {}", self.lacking.join(", ")),
            (true, false) => format!("the network has no {}", self.left.join(", ")),
        };
        Err(Error::malformed(origin, format!("{detail}: {remedy}")))
    }
}

impl Display for Initial {
    /// What was taken, and what was not, in one line.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "begins with {}", self.taken.join(", "))?;
        if !self.lacking.is_empty() {
            write!(f, "; drawn: {}", self.lacking.join(", "))?;
        }
        if !self.left.is_empty() {
            write!(f, "; not taken: {}", self.left.join(", "))?;
        }
        if !self.unpaired.is_empty() {
            let unpaired = self.unpaired.join(", ");
            write!(
                f,
                "; the file does not say which pairs its weights belong to: {unpaired}"
            )?;
        }
        Ok(())
    }
}

impl Trainer {
    /// Puts initial weights in place, before the first step.
    pub(super) fn begin_with(&mut self, initial: &Initial) -> Result<()> {
        let values = self.parameters_mut().values_mut();
        values.copy_from_slice(initial.parameters.values());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::CpuEngine;
    use crate::train::{Experiment, Task, write_parameters};

    fn iris() -> Result<Experiment> {
        Experiment::preset(Task::Iris, "default")
    }

    fn with(experiment: &Experiment, file: &std::path::Path, partial: bool) -> Experiment {
        let mut experiment = experiment.clone();
        experiment.init = Some(InitSettings {
            partial,
            ..InitSettings::new(file.to_owned())
        });
        experiment
    }

    fn refused(experiment: &Experiment) -> Result<String> {
        let prepared = experiment.prepare(2)?;
        let error = prepared
            .trainer(CpuEngine::new())
            .err()
            .expect("it is refused");
        Ok(error.to_string())
    }

    #[test]
    fn a_training_begins_with_what_a_file_has() -> Result<()> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("weights.npz");
        let engine = CpuEngine::new();
        let taus = iris()?.set("layers.0.train.tau_membrane=1")?;
        let first = taus.prepare(1)?;
        let mut trainer = first.trainer(engine.clone())?;
        trainer.epoch(&first.train, None)?;
        write_parameters(&file, trainer.network(), trainer.parameters())?;
        let second = with(&taus, &file, false).prepare(2)?;
        let begun = second.trainer(engine.clone())?;
        assert_eq!(begun.parameters().values(), trainer.parameters().values());
        let drawn = taus.prepare(2)?;
        let drawn = drawn.trainer(engine.clone())?;
        assert_ne!(
            begun.parameters().values(),
            drawn.parameters().values(),
            "a control"
        );

        // Whoever does not train the time constant has it as well.
        let still = with(&iris()?, &file, false).prepare(2)?;
        let still = still.trainer(engine.clone())?;
        assert_eq!(still.parameters().values(), trainer.parameters().values());
        Ok(())
    }

    /// As earlier versions wrote them.
    #[test]
    fn what_a_file_lacks_of_neurons_is_the_networks_own() -> Result<()> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("weights.npz");
        let experiment = iris()?.set("neuron.tau_membrane=9")?;
        let prepared = experiment.prepare(1)?;
        let written = prepared.trainer(CpuEngine::new())?.parameters().clone();
        let mut npz = crate::data::NpzWriter::new(std::io::Cursor::new(Vec::new()));
        for tensor in written.layout().tensors() {
            let is_old = matches!(
                tensor.kind,
                TensorKind::Weight | TensorKind::Delay | TensorKind::Threshold
            );
            if is_old || tensor.name == "output/tau_synapse" {
                let values: Vec<f64> = written.values()[tensor.range.clone()].to_vec();
                npz.add(&tensor.name, &tensor.shape, &values)
                    .expect("it is in memory");
            }
        }
        let bytes = npz.finish().expect("it is in memory").into_inner();
        std::fs::write(&file, bytes).expect("a folder");
        let other = with(&iris()?.set("neuron.tau_synapse=6")?, &file, false).prepare(2)?;
        let engine = CpuEngine::new();
        let begun = other.trainer(engine.clone())?;
        let of = |name: &str| {
            let parameters = begun.parameters();
            let tensor = parameters.layout().find(name).expect("there is one");
            parameters.values()[tensor.range.start]
        };
        let neuron = iris()?.neuron.expect("the preset has one");
        let tau_membrane = neuron.tau_membrane;
        assert_ne!(tau_membrane, 9.0);
        assert_eq!(of("hidden/tau_membrane"), tau_membrane);
        assert_eq!(of("hidden/tau_synapse"), 6.0);
        assert_eq!(of("output/tau_synapse"), neuron.tau_synapse);
        Ok(())
    }

    #[test]
    fn what_does_not_fit_is_named() -> Result<()> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("weights.npz");
        let engine = CpuEngine::new();
        let iris = iris()?;
        let prepared = iris.prepare(1)?;
        let parameters = prepared.trainer(engine.clone())?.parameters().clone();
        super::super::write_parameters(&file, &prepared.network, &parameters)?;
        let told = refused(&with(&iris.set("layers.0.size=11")?, &file, true))?;
        assert!(
            told.contains("array input->hidden/weight: its shape is [5, 10]"),
            "{told}"
        );
        let recurrent =
            iris.set("layers.0.recurrent={ weight_mean = 0, weight_deviation = 0.01, delay = 1 }")?;
        let told = refused(&with(&recurrent, &file, false))?;
        assert!(
            told.contains("it lacks hidden->hidden/weight, hidden->hidden/delay"),
            "{told}"
        );
        let partial = with(&recurrent, &file, true).prepare(2)?;
        let trainer = partial.trainer(engine.clone())?;
        let drawn = recurrent.prepare(2)?;
        let drawn = drawn.trainer(engine.clone())?;
        let of = |parameters: &Parameters, name: &str| {
            let tensor = parameters.layout().find(name).expect("there is one");
            parameters.values()[tensor.range.clone()].to_vec()
        };
        let name = "hidden->hidden/weight";
        assert_eq!(of(trainer.parameters(), name), of(drawn.parameters(), name));
        let name = "hidden->output/weight";
        assert_eq!(of(trainer.parameters(), name), of(&parameters, name));

        let mut fixed = with(&iris, &file, false);
        fixed.init = fixed.init.map(|init| init.fixed()).transpose()?;
        fixed.prepare(2)?.trainer(engine.clone())?;
        let mut other = parameters;
        other.values_mut()[0] = f64::NAN;
        super::super::write_parameters(&file, &prepared.network, &other)?;
        let told = refused(&with(&iris, &file, false))?;
        assert!(
            told.contains("weights.npz: ") && told.contains("NaN"),
            "{told}"
        );
        other.values_mut()[0] = 1.0;
        super::super::write_parameters(&file, &prepared.network, &other)?;
        let told = refused(&fixed)?;
        assert!(
            told.contains("another than the run began with (crc32:"),
            "{told}"
        );
        Ok(())
    }
}
