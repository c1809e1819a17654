//! Whether a training learns anything.

use spikefront::train::EpochMetrics;

use super::chance::Ending;

/// For so many epochs a loss must stay as it is to count as frozen.
const FROZEN: usize = 3;
/// By so much, relatively, the order of its samples may change a loss.
const ROUNDING: f64 = 1e-12;

const REMEDY: &str = "wake silent neurons up by guards.raise_silent (by how much their weights are raised after a batch), or \
                      begin with a larger weight_mean, weight_deviation or rest";

/// What to say of epochs; each thing once.
pub struct Diagnosis {
    n_samples: usize,
    n_batches: usize,
    has_warned: bool,
}

impl Diagnosis {
    /// Of a training on so many samples.
    pub fn new(n_samples: usize, batch_size: usize) -> Self {
        Self {
            n_samples,
            n_batches: n_samples.div_ceil(batch_size.max(1)),
            has_warned: false,
        }
    }

    /// What is wrong with an epoch, if nothing was wrong with one before.
    pub fn first_of(&mut self, epoch: &EpochMetrics) -> Option<String> {
        let warning = self.of_epoch(epoch, 1).filter(|_| !self.has_warned);
        self.has_warned |= warning.is_some();
        warning
    }

    /// What is wrong with a whole training: where it ended.
    pub fn of_run(&self, history: &[EpochMetrics], ending: &Ending<'_>) -> Vec<String> {
        let told = self.of_history(history);
        told.or_else(|| ending.at_chance(history, self.n_batches))
            .into_iter()
            .collect()
    }

    /// What is wrong with the last of its epochs.
    fn of_history(&self, history: &[EpochMetrics]) -> Option<String> {
        let dead = self.of_epoch(history.last()?, self.n_batches);
        dead.or_else(|| frozen(history))
    }

    /// A network that does not learn, where at least so many gradients are zero or most outputs are silent.
    fn of_epoch(&self, epoch: &EpochMetrics, zeros: usize) -> Option<String> {
        let number = epoch.epoch;
        if !epoch.loss.is_finite() {
            let loss = epoch.loss;
            return Some(format!(
                "the loss of epoch {number} is {loss}: lower optimiser.learning_rate"
            ));
        }
        // What is right already has nothing to learn.
        if epoch.zero_gradients >= zeros.max(1) && epoch.train_accuracy < 1.0 {
            let (zero, all) = (epoch.zero_gradients, self.n_batches);
            return Some(format!(
                "{zero} of the {all} gradients of epoch {number} were zero, so that nothing was learnt from them: {REMEDY}"
            ));
        }
        let silent = epoch.silent_samples.unwrap_or(0);
        (2 * silent > self.n_samples).then(|| {
            let all = self.n_samples;
            format!("in {silent} of {all} samples of epoch {number} no output fired: {REMEDY}")
        })
    }
}

/// A loss that stays as it is although not all is right.
fn frozen(history: &[EpochMetrics]) -> Option<String> {
    let last = history.get(history.len().checked_sub(FROZEN)?..)?;
    let first = last.first()?;
    let is_same =
        |epoch: &EpochMetrics| (epoch.loss - first.loss).abs() <= ROUNDING * first.loss.abs();
    let is_frozen = last
        .iter()
        .all(|epoch| is_same(epoch) && epoch.train_accuracy < 1.0);
    is_frozen.then(|| {
        format!(
            "the loss has stayed {:.4} for {FROZEN} epochs, so that nothing was learnt: raise optimiser.learning_rate; {REMEDY}",
            first.loss
        )
    })
}

#[cfg(test)]
pub mod fixtures {
    use super::EpochMetrics;

    /// An epoch in which half of the samples were right.
    pub fn epoch(loss: f64) -> EpochMetrics {
        EpochMetrics {
            epoch: 1,
            loss,
            train_accuracy: 0.5,
            validation_loss: None,
            validation_accuracy: None,
            grazing_spikes: 0,
            clipped_steps: 0,
            raised_neurons: 0,
            silent_samples: Some(0),
            silent_neurons: Default::default(),
            left_out_samples: 0,
            zero_gradients: 0,
            seconds: 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::epoch;
    use super::*;

    #[test]
    fn what_learns_nothing_is_told_by_its_remedy() {
        let mut diagnosis = Diagnosis::new(10, 4);
        assert_eq!(diagnosis.of_history(&[epoch(1.0), epoch(0.9)]), None);
        assert_eq!(diagnosis.first_of(&epoch(1.0)), None);
        let mut silent = epoch(1.0);
        silent.silent_samples = Some(6);
        assert!(
            diagnosis
                .of_history(&[silent.clone()])
                .is_some_and(|told| told.contains("6 of 10 samples"))
        );
        let told = diagnosis.first_of(&silent).expect("most are silent");
        assert!(told.contains("guards.raise_silent"), "{told}");
        assert_eq!(diagnosis.first_of(&silent), None, "said once");
        silent.silent_samples = Some(5);
        assert_eq!(diagnosis.of_history(&[silent]), None);

        let mut zero = epoch(1.0);
        zero.zero_gradients = 2;
        assert_eq!(diagnosis.of_history(&[zero.clone()]), None, "not all of 3");
        let told = Diagnosis::new(10, 4).first_of(&zero).expect("some");
        assert!(told.contains("2 of the 3 gradients"), "{told}");
        zero.zero_gradients = 3;
        assert!(diagnosis.of_history(&[zero.clone()]).is_some());
        zero.train_accuracy = 1.0;
        assert_eq!(diagnosis.of_history(&[zero]), None, "nothing to learn");
    }

    #[test]
    fn a_frozen_loss_is_told() {
        let diagnosis = Diagnosis::new(10, 4);
        let same = [epoch(2.0), epoch(0.7), epoch(0.7), epoch(0.7 + 1e-16)];
        assert!(
            diagnosis
                .of_history(&same)
                .is_some_and(|told| told.contains("has stayed 0.7000"))
        );
        assert_eq!(diagnosis.of_history(&same[..3]), None);
        let falling = [epoch(0.7), epoch(0.7), epoch(0.699_999)];
        assert_eq!(diagnosis.of_history(&falling), None);
        assert!(
            diagnosis
                .of_history(&[epoch(f64::NAN)])
                .is_some_and(|told| told.contains("is NaN"))
        );
    }
}
