//! How training is going: a bar on a terminal, a line an epoch elsewhere.

use std::io::{IsTerminal, stderr};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use spikefront::count;
use spikefront::train::{BatchMetrics, EpochMetrics};

use crate::cli::output;

/// Follows one training run on standard error.
pub struct Progress {
    bar: Option<ProgressBar>,
    epochs: usize,
    n_samples: usize,
    last: String,
    start: Instant,
    done: usize,
    /// Which words of the epochs' lines have been explained.
    explained: [bool; WORDS.len()],
}

/// Words of an epoch's line, as they stand there, and what they mean.
const WORDS: [(&str, &str); 3] = [
    (
        " grazing",
        "spikes that reach their thresholds so slowly that their derivatives were bounded (guards.slope_floor)",
    ),
    (
        " clipped",
        "steps whose gradient was scaled down to guards.clip_norm",
    ),
    (
        " raised",
        "how often a neuron that no sample of a batch excited had its incoming weights raised (guards.raise_silent)",
    ),
];

impl Progress {
    /// Of `epochs` epochs of `n_samples` samples each, where `n_before` samples have been trained on before.
    pub fn new(epochs: usize, n_samples: usize, n_before: usize) -> Self {
        let is_seen = stderr().is_terminal() && !output::is_silent();
        let bar = is_seen.then(|| {
            let bar = ProgressBar::new((epochs as u64).saturating_mul(n_samples as u64));
            let style = ProgressStyle::with_template("{wide_bar} {percent}% {eta} left  {msg}");
            bar.set_position(n_before as u64);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self {
            bar,
            epochs,
            n_samples,
            last: String::new(),
            start: Instant::now(),
            done: 0,
            explained: [false; WORDS.len()],
        }
    }

    /// After each batch.
    pub fn batch(&mut self, batch: &BatchMetrics) {
        self.done += batch.n_samples;
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}  {:.0} samples/s", self.last, self.speed()));
            bar.inc(batch.n_samples as u64);
        }
    }

    /// After each epoch.
    pub fn epoch(&mut self, metrics: &EpochMetrics) {
        self.last = describe(metrics, self.epochs);
        if self.bar.is_none() {
            let speed = self.n_samples as f64 / metrics.seconds;
            output::note(&format!("{}  {speed:.0} samples/s", self.last));
        }
        for explanation in news(&self.last, &mut self.explained) {
            self.note(&explanation);
        }
    }

    /// A warning, beside the lines of the epochs.
    pub fn warn(&self, warning: &str) {
        self.note(&format!("warning: {warning}"));
    }

    fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::note(text)),
            None => output::note(text),
        }
    }

    /// After the last epoch, or where the training is left.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.bar.is_some() && !self.last.is_empty() {
            output::note(&format!("{}  {:.0} samples/s", self.last, self.speed()));
        }
    }

    fn speed(&self) -> f64 {
        self.done as f64 / self.start.elapsed().as_secs_f64()
    }
}

/// What the words of a line mean that have not been explained before.
fn news(line: &str, explained: &mut [bool; WORDS.len()]) -> Vec<String> {
    let mut news = Vec::new();
    for ((word, meaning), is_explained) in WORDS.iter().zip(explained) {
        if line.contains(word) && !std::mem::replace(is_explained, true) {
            news.push(format!("{}: {meaning}", word.trim_start()));
        }
    }
    news
}

/// One line on an epoch; what departs from the plain gradient is worth a word.
fn describe(metrics: &EpochMetrics, epochs: usize) -> String {
    let mut text = format!(
        "epoch {}/{epochs}  loss {:.4}  accuracy {:.2} %",
        metrics.epoch,
        metrics.loss,
        100.0 * metrics.train_accuracy
    );
    if let Some(validation) = metrics.validation_accuracy {
        text += &format!("  validation {:.2} %", 100.0 * validation);
    }
    for (count, what) in [
        (metrics.grazing_spikes, "grazing"),
        (metrics.clipped_steps, "clipped"),
        (metrics.raised_neurons, "raised"),
    ] {
        if count > 0 {
            text += &format!("  {count} {what}");
        }
    }
    if metrics.left_out_samples > 0 {
        text += &format!("  {} left out", count(metrics.left_out_samples, "sample"));
    }
    if let Some(samples @ 1..) = metrics.silent_samples {
        text += &format!("  {} without output", count(samples, "sample"));
    }
    for (name, &share) in &metrics.silent_neurons {
        if share > 0.0 {
            text += &format!("  {:.0} % of {name} silent", 100.0 * share);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_explained_when_it_first_stands_there() {
        let mut explained = [false; WORDS.len()];
        assert!(news("epoch 1/9  loss 0.2500", &mut explained).is_empty());
        let told = news("epoch 2/9  2 grazing  1 raised", &mut explained);
        assert_eq!(told.len(), 2);
        assert!(told[0].starts_with("grazing: ") && told[1].starts_with("raised: "));
        let told = news("epoch 3/9  2 grazing  1 clipped", &mut explained);
        assert!(told.len() == 1 && told[0].starts_with("clipped: "));
    }

    #[test]
    fn an_epoch_in_one_line() {
        let mut metrics = EpochMetrics {
            epoch: 3,
            loss: 0.25,
            train_accuracy: 0.5,
            validation_loss: None,
            validation_accuracy: None,
            grazing_spikes: 0,
            clipped_steps: 0,
            raised_neurons: 0,
            silent_samples: Some(0),
            silent_neurons: [("hidden".to_owned(), 0.0)].into(),
            left_out_samples: 0,
            zero_gradients: 0,
            seconds: 1.0,
        };
        assert_eq!(
            describe(&metrics, 9),
            "epoch 3/9  loss 0.2500  accuracy 50.00 %"
        );
        metrics.validation_accuracy = Some(0.75);
        metrics.grazing_spikes = 2;
        metrics.raised_neurons = 1;
        assert!(describe(&metrics, 9).ends_with("validation 75.00 %  2 grazing  1 raised"));
        metrics.silent_samples = Some(7);
        metrics.left_out_samples = 6;
        metrics.silent_neurons = [("hidden".to_owned(), 0.99)].into();
        let told = "1 raised  6 samples left out  7 samples without output  99 % of hidden silent";
        assert!(describe(&metrics, 9).ends_with(told));
    }
}
