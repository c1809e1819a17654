//! Benchmark workloads: spikes, labels and fixed weights in one file.

use super::npz::{Npz, whole_below};
use crate::Result;
use crate::event::SpikeBatch;
use ndarray::Array2;
use std::path::Path;

/// One training step that everyone can take: a batch of spikes and a network.
///
/// The weights stand as in the file, for the normalised neuron
/// `tau_membrane dV/dt = -V + I`; a caller whose neuron is `dV/dt = -b V + I`
/// divides them by `tau_membrane`. Rows are where a connection comes from,
/// columns where it goes.
#[derive(Debug, Clone, PartialEq)]
pub enum Workload {
    /// Inputs to hidden to output, all spiking.
    FeedForward {
        /// The samples of the step, at most one spike per channel.
        inputs: SpikeBatch,
        /// The class of each sample of the step.
        labels: Vec<usize>,
        /// How long to run, in ms.
        duration_ms: f64,
        /// Weights `[input x hidden]`.
        w1: Array2<f64>,
        /// Weights `[hidden x output]`.
        w2: Array2<f64>,
    },
    /// Inputs to a recurrent layer to readouts without threshold.
    Recurrent {
        /// The samples of the step.
        inputs: SpikeBatch,
        /// The class of each sample of the step.
        labels: Vec<usize>,
        /// How long to run, in ms.
        duration_ms: f64,
        /// Weights `[input x hidden]`.
        w_in: Array2<f64>,
        /// Weights `[hidden x hidden]`.
        w_rec: Array2<f64>,
        /// Weights `[hidden x readout]`.
        w_out: Array2<f64>,
    },
}

impl Workload {
    /// Reads a workload from a `.npz` file and tells its kind by the arrays in it.
    ///
    /// Feed-forward: `t` `[sample x channel]`, one spike per channel in ms, not
    /// finite where a channel is silent; `label`; `W1`; `W2`. A step of a file
    /// with 5 channels is its first 150 samples, run for 50 ms; with 784
    /// channels its first 128 samples, run for 40 ms; with any other number all
    /// of its samples, run for 40 ms. A file with fewer samples gives all it has.
    ///
    /// Recurrent: `ev`, rows (sample, channel, time in ms) in any order;
    /// `label`; `Win`; `Wr`; `Wo`. A step is every sample, run for 100 ms.
    ///
    /// # Errors
    /// A file that cannot be opened, is no archive, is damaged or lacks an
    /// array; arrays whose shapes do not fit one another; a weight that is not
    /// finite; a label, sample, channel or time out of range.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let mut file = Npz::open(path.as_ref())?;
        if file.has("t") {
            Self::feed_forward(&mut file)
        } else if file.has("ev") {
            Self::recurrent(&mut file)
        } else {
            Err(file.whole_fault(
                "not a workload; it must hold an array t (feed-forward) or ev (recurrent)",
            ))
        }
    }

    fn feed_forward(file: &mut Npz) -> Result<Self> {
        let times = file.matrix("t")?;
        let w1 = file.weights("W1", Some(times.ncols()))?;
        let w2 = file.weights("W2", Some(w1.ncols()))?;
        let mut labels = file.indices("label", w2.ncols())?;
        check_samples(file, labels.len())?;
        if times.nrows() != labels.len() {
            let detail = format!("{} rows for {} labels", times.nrows(), labels.len());
            return Err(file.fault("t", detail));
        }
        let (step, duration_ms) = match times.ncols() {
            5 => (150, 50.0),
            784 => (128, 40.0),
            _ => (labels.len(), 40.0),
        };
        labels.truncate(step);
        let mut inputs = SpikeBatch::new();
        for (sample, row) in times.rows().into_iter().take(step).enumerate() {
            if let Some(channel) = row.iter().position(|t| t.is_finite() && *t < 0.0) {
                let time = row[channel];
                let detail = format!("sample {sample}, channel {channel}: {time} ms is negative");
                return Err(file.fault("t", detail));
            }
            let one = |&time: &f64| Vec::from_iter(time.is_finite().then_some(time));
            let channels: Vec<Vec<f64>> = row.iter().map(one).collect();
            inputs.push_channels(&channels)?;
        }
        Ok(Self::FeedForward {
            inputs,
            labels,
            duration_ms,
            w1,
            w2,
        })
    }

    fn recurrent(file: &mut Npz) -> Result<Self> {
        let w_in = file.weights("Win", None)?;
        let w_rec = file.weights("Wr", Some(w_in.ncols()))?;
        if !w_rec.is_square() {
            return Err(file.fault(
                "Wr",
                format!("its shape is {:?}; make it square", w_rec.dim()),
            ));
        }
        let w_out = file.weights("Wo", Some(w_in.ncols()))?;
        let labels = file.indices("label", w_out.ncols())?;
        check_samples(file, labels.len())?;
        let events = file.matrix("ev")?;
        if events.ncols() != 3 {
            let detail = format!(
                "{} columns; it must have sample, channel, time",
                events.ncols()
            );
            return Err(file.fault("ev", detail));
        }
        let mut samples = vec![vec![Vec::new(); w_in.nrows()]; labels.len()];
        for (row, event) in events.rows().into_iter().enumerate() {
            let (sample, channel, time) = (event[0], event[1], event[2]);
            let place = whole_below(sample, labels.len()).zip(whole_below(channel, w_in.nrows()));
            match place {
                Some((s, c)) if time.is_finite() && time >= 0.0 => samples[s][c].push(time),
                _ => {
                    let (samples, channels) = (labels.len(), w_in.nrows());
                    let detail = format!(
                        "row {row} is ({sample}, {channel}, {time}); there are {samples} samples \
                         and {channels} channels, and times are finite and not negative"
                    );
                    return Err(file.fault("ev", detail));
                }
            }
        }
        let mut inputs = SpikeBatch::new();
        for channels in &samples {
            inputs.push_channels(channels)?;
        }
        Ok(Self::Recurrent {
            inputs,
            labels,
            duration_ms: 100.0,
            w_in,
            w_rec,
            w_out,
        })
    }

    /// The samples of the step.
    pub fn inputs(&self) -> &SpikeBatch {
        match self {
            Self::FeedForward { inputs, .. } | Self::Recurrent { inputs, .. } => inputs,
        }
    }

    /// The class of each sample of the step.
    pub fn labels(&self) -> &[usize] {
        match self {
            Self::FeedForward { labels, .. } | Self::Recurrent { labels, .. } => labels,
        }
    }

    /// How long to run, in ms.
    pub fn duration_ms(&self) -> f64 {
        match self {
            Self::FeedForward { duration_ms, .. } | Self::Recurrent { duration_ms, .. } => {
                *duration_ms
            }
        }
    }

    /// How many input channels.
    pub fn n_channels(&self) -> usize {
        match self {
            Self::FeedForward { w1: first, .. } | Self::Recurrent { w_in: first, .. } => {
                first.nrows()
            }
        }
    }
}

fn check_samples(file: &Npz, n_samples: usize) -> Result<()> {
    if n_samples == 0 {
        return Err(file.fault("label", "it is empty; a step takes at least one sample"));
    }
    Ok(())
}

#[cfg(test)]
#[path = "workload_tests.rs"]
mod tests;
