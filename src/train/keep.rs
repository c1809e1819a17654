//! Which epoch's parameters a training ends with.

use serde::{Deserialize, Serialize};

use super::{Evaluation, Trainer, figure};
use crate::Result;

/// Which epoch's parameters a training ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Those of the last.
    #[default]
    Last,
    /// Those of the epoch with the highest accuracy on the validation set; of several such, of the one with the
    /// lowest loss there; of several such, of the first.
    Best,
}

/// The best epoch so far, by the rule of [`Keep::Best`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BestEpoch {
    /// Which one, counted from 1.
    pub epoch: usize,
    /// The accuracy on the validation set after it, 0 to 1.
    pub validation_accuracy: f64,
    /// The mean loss there.
    #[serde(with = "figure")]
    pub validation_loss: f64,
    /// The parameters after it, flat, in the order of the network's layout.
    #[serde(skip)]
    pub parameters: Vec<f64>,
}

impl BestEpoch {
    fn is_beaten_by(&self, evaluation: &Evaluation) -> bool {
        let Evaluation { accuracy, loss, .. } = *evaluation;
        accuracy > self.validation_accuracy
            || accuracy == self.validation_accuracy && loss < self.validation_loss
    }
}

impl Trainer {
    /// Takes note of the epoch that has just ended.
    pub(super) fn note_best(&mut self, evaluation: &Evaluation) {
        let is_beaten = |best: &BestEpoch| best.is_beaten_by(evaluation);
        if self.settings.keep == Keep::Best && self.best.as_ref().is_none_or(is_beaten) {
            self.best = Some(BestEpoch {
                epoch: self.epochs,
                validation_accuracy: evaluation.accuracy,
                validation_loss: evaluation.loss,
                parameters: self.parameters.values().to_vec(),
            });
        }
    }

    /// Puts the parameters to be kept in place, once training is over; returns their epoch, counted from 1.
    ///
    /// Where no epoch has had a validation set they are the latest.
    ///
    /// # Errors
    /// None that a training can cause: what is put back was there before.
    pub fn keep(&mut self) -> Result<usize> {
        let Some(best) = self.best.clone() else {
            return Ok(self.epochs);
        };
        let values = self.parameters_mut().values_mut();
        values.copy_from_slice(&best.parameters);
        Ok(best.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::CpuEngine;
    use crate::train::{Experiment, Task};

    #[test]
    fn accuracy_comes_first_then_loss_then_who_was_there() {
        let best = BestEpoch {
            epoch: 1,
            validation_accuracy: 0.5,
            validation_loss: 2.0,
            parameters: Vec::new(),
        };
        let beaten = |accuracy, loss| {
            best.is_beaten_by(&Evaluation {
                loss,
                accuracy,
                predictions: Vec::new(),
                left_out: 0,
                silent: None,
            })
        };
        assert!(beaten(0.6, 3.0) && beaten(0.5, 1.0));
        assert!(!beaten(0.5, 2.0) && !beaten(0.4, 1.0) && !beaten(0.5, f64::NAN));
    }

    #[test]
    fn the_best_epoch_is_kept_and_nothing_else_changes() -> Result<()> {
        let last = Experiment::preset(Task::Iris, "default")?
            .set("optimiser.learning_rate=0.05")?
            .prepare(2)?;
        let mut best = last.clone();
        best.experiment.keep = Keep::Best;
        // Of the set that is tested, for want of another: this is about what is kept, not how good it is.
        (best.validation, best.experiment.epochs) = (Some(best.test.clone()), 8);
        let engine = CpuEngine::new();
        let (mut plain, mut keeping) =
            (last.trainer(engine.clone())?, best.trainer(engine.clone())?);
        let mut snapshots = Vec::new();
        for _ in 0..8 {
            let metrics = plain.epoch(&last.train, Some(&last.test))?;
            let same = keeping.epoch(&best.train, best.validation.as_ref())?;
            assert_eq!(metrics.loss, same.loss);
            assert_eq!(plain.parameters(), keeping.parameters());
            let accuracy = metrics.validation_accuracy.unwrap_or(0.0);
            let loss = metrics.validation_loss.unwrap_or(f64::INFINITY);
            snapshots.push((accuracy, -loss, plain.parameters().clone()));
        }
        assert_eq!(plain.keep()?, 8);
        assert_eq!(plain.parameters(), &snapshots[7].2);
        let kept = keeping.keep()?;
        assert!(kept < 8, "a steep rate does not end at its best");
        let (accuracy, loss, parameters) = &snapshots[kept - 1];
        assert_eq!(keeping.parameters(), parameters);
        for (others, other_loss, _) in &snapshots {
            assert!((others, other_loss) <= (accuracy, loss));
        }
        Ok(())
    }

    #[test]
    fn without_a_validation_set_there_is_no_best() -> Result<()> {
        let prepared = Experiment::preset(Task::Iris, "default")?
            .set("keep=best")?
            .prepare(2)?;
        let error = prepared.trainer(CpuEngine::new()).err();
        let told = error.expect("nothing to judge by").to_string();
        assert!(told.contains("keep is best"), "{told}");
        Ok(())
    }
}
