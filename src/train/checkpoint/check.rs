//! What no training comes to.

use super::Checkpoint;

/// The most batches of an epoch: as many as numbers of random streams have room for.
const MOST_BATCHES: usize = 1 << 28;

/// The most epochs: far above any training.
const MOST_EPOCHS: usize = 1 << 31;

impl Checkpoint {
    /// What no training comes to, said in one sentence.
    pub(super) fn check(&self) -> std::result::Result<(), String> {
        let progress = &self.progress;
        let (epochs, most) = (progress.epochs, self.experiment.epochs);
        if most > MOST_EPOCHS {
            return Err(format!(
                "its experiment has {most} epochs, and a training can have {MOST_EPOCHS}"
            ));
        }
        let batches = progress.epoch_under_way.batches;
        if self.history.len() != epochs {
            let lines = self.history.len();
            return Err(format!(
                "it has metrics of {lines} epochs after {epochs} epochs"
            ));
        }
        if epochs > most {
            return Err(format!(
                "its {epochs} epochs are more than the experiment's {most}"
            ));
        }
        if batches > MOST_BATCHES {
            return Err(format!(
                "its {batches} batches are more than an epoch can have"
            ));
        }
        let steps = progress.optimiser_steps;
        if steps > (epochs as u64 + 1).saturating_mul(MOST_BATCHES as u64) {
            return Err(format!(
                "its optimiser has taken {steps} steps in {epochs} epochs"
            ));
        }
        if let Some(best) = &progress.best
            && !(1..=epochs).contains(&best.epoch)
        {
            return Err(format!("its best epoch is {} of {epochs}", best.epoch));
        }
        for (name, array) in &self.arrays {
            if let Some(at) = array.values.iter().position(|value| !value.is_finite()) {
                return Err(format!("value {at} of {name} is {}", array.values[at]));
            }
        }
        Ok(())
    }
}
