//! Epochs, which may be left at any batch and gone on with.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use web_time::Instant;

use super::silence::Silence;
use super::{BatchMetrics, EpochMetrics, Samples, Trainer, figure};
use crate::Result;
use crate::data::{Batches, Stream, numbered_stream};

/// Sums over the batches of the epoch under way.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// How many batches have been trained on.
    pub batches: usize,
    /// The sum of the losses of their samples.
    #[serde(with = "figure")]
    pub loss: f64,
    /// How many samples were judged right.
    pub n_correct: usize,
    /// How many spikes were slower than the slope floor.
    pub grazing_spikes: usize,
    /// How many gradients were scaled down.
    pub clipped_steps: usize,
    /// How often a neuron was raised for being silent.
    pub raised_neurons: usize,
    /// How long it took, in s.
    pub seconds: f64,
    /// How many gradients were zero in every entry.
    #[serde(default)]
    pub zero_gradients: usize,
    /// Who was silent.
    #[serde(default)]
    pub silence: Silence,
}

impl Tally {
    fn add(&mut self, batch: &BatchMetrics) {
        self.batches += 1;
        self.loss += batch.loss * batch.n_samples as f64;
        self.n_correct += batch.n_correct;
        self.grazing_spikes += batch.grazing_spikes;
        self.clipped_steps += usize::from(batch.is_clipped);
        self.raised_neurons += batch.raised_neurons;
        self.zero_gradients += usize::from(batch.is_zero);
    }
}

impl Trainer {
    /// Trains for one epoch, or for what is left of one, then looks at the validation set, if there is one.
    ///
    /// # Errors
    /// Samples that do not fit the network or the loss; a runaway simulation; a
    /// loss or a gradient that is not finite.
    pub fn epoch(&mut self, train: &Samples, validation: Option<&Samples>) -> Result<EpochMetrics> {
        self.epoch_with(train, validation, |_| ())
    }

    /// As [`epoch`](Self::epoch), reporting each batch to `watch`.
    ///
    /// # Errors
    /// As [`epoch`](Self::epoch).
    pub fn epoch_with(
        &mut self,
        train: &Samples,
        validation: Option<&Samples>,
        mut watch: impl FnMut(&BatchMetrics),
    ) -> Result<EpochMetrics> {
        let metrics = self.epoch_until(train, validation, |batch| {
            watch(batch);
            ControlFlow::Continue(())
        })?;
        Ok(metrics.expect("nothing breaks off"))
    }

    /// As [`epoch_with`](Self::epoch_with), until `watch` breaks off: then there are no metrics, and the
    /// next call, with the same samples, goes on where this one stopped.
    ///
    /// # Errors
    /// As [`epoch`](Self::epoch).
    pub fn epoch_until(
        &mut self,
        train: &Samples,
        validation: Option<&Samples>,
        mut watch: impl FnMut(&BatchMetrics) -> ControlFlow<()>,
    ) -> Result<Option<EpochMetrics>> {
        let start = Instant::now();
        let batches = Batches::new(train.n_samples(), self.settings.batch_size, self.seed)?;
        for batch in batches.epoch(self.epochs).iter().skip(self.tally.batches) {
            let mut metrics = self.update(&self.disturb(train.select(batch))?)?;
            self.tally.add(&metrics);
            self.tally.silence.add(&std::mem::take(&mut self.silence));
            metrics.batch = self.tally.batches;
            if watch(&metrics).is_break() {
                self.tally.seconds += start.elapsed().as_secs_f64();
                return Ok(None);
            }
        }
        self.bring_home()?;
        self.listen_on_host(train, &batches)?;
        let tally = std::mem::take(&mut self.tally);
        self.epochs += 1;
        let validation = validation
            .map(|samples| self.evaluate(samples))
            .transpose()?;
        if let Some(evaluation) = &validation {
            self.note_best(evaluation);
        }
        let n_samples = train.n_samples() as f64;
        Ok(Some(EpochMetrics {
            epoch: self.epochs,
            loss: tally.loss / n_samples,
            train_accuracy: tally.n_correct as f64 / n_samples,
            validation_loss: validation.as_ref().map(|v| v.loss),
            validation_accuracy: validation.as_ref().map(|v| v.accuracy),
            grazing_spikes: tally.grazing_spikes,
            clipped_steps: tally.clipped_steps,
            raised_neurons: tally.raised_neurons,
            silent_samples: tally.silence.samples,
            silent_neurons: tally.silence.shares(),
            left_out_samples: tally.silence.left_out,
            zero_gradients: tally.zero_gradients,
            seconds: tally.seconds + start.elapsed().as_secs_f64(),
        }))
    }

    /// Moves images, leaves spikes out and adds those of the network's own drives. How depends on the seed and the batch's place alone, so that a
    /// training that was broken off goes on with the same.
    fn disturb(&self, mut batch: Samples) -> Result<Samples> {
        let place = (self.epochs as u64) << 28 | self.tally.batches as u64;
        let stream = |purpose| numbered_stream(self.seed, purpose, place);
        if let Some(shift) = self.settings.image_shift {
            batch = shift.apply(&batch, &mut stream(Stream::ImageShift))?;
        }
        if self.settings.input_dropout > 0.0 {
            batch = batch.drop_out(self.settings.input_dropout, &mut stream(Stream::Dropout))?;
        }
        if self.network.has_own_spikes() {
            let duration = self.settings.simulation.duration;
            batch = batch.with_noise(&self.network, duration, &mut stream(Stream::Noise))?;
        }
        Ok(batch)
    }
}
