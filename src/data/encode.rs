//! Features as the times of spikes.

use super::Dataset;
use crate::event::{Spike, SpikeBatch};
use crate::{Error, Result};
use ndarray::ArrayView2;

/// Turns each feature into one spike on a channel of its own, timed by the value.
///
/// A value v in `[0, 1]` spikes at `earliest + v (latest - earliest)`: a small
/// value is early, as in the Yin-Yang and EventProp publications. For pixels,
/// where brightness should come first, see [`inverted`](Self::inverted) and
/// [`skip_below`](Self::skip_below).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyEncoder {
    earliest_ms: f64,
    latest_ms: f64,
    bias_ms: Option<f64>,
    inverted: bool,
    skip_below: Option<f64>,
}

impl LatencyEncoder {
    /// An encoder for the window from `earliest_ms` to `latest_ms`, both included.
    ///
    /// # Errors
    /// A time that is not finite or negative, or `latest_ms` before `earliest_ms`.
    pub fn new(earliest_ms: f64, latest_ms: f64) -> Result<Self> {
        check_time("earliest spike time", earliest_ms)?;
        check_time("latest spike time", latest_ms)?;
        if latest_ms < earliest_ms {
            return Err(Error::invalid(
                "latest spike time",
                format!("{latest_ms} ms"),
                format!("let it be no earlier than the earliest, {earliest_ms} ms"),
            ));
        }
        Ok(Self {
            earliest_ms,
            latest_ms,
            bias_ms: None,
            inverted: false,
            skip_below: None,
        })
    }

    /// Adds one more channel, the last, that spikes at `bias_ms` in every sample.
    ///
    /// # Errors
    /// A time that is not finite or negative.
    pub fn with_bias(mut self, bias_ms: f64) -> Result<Self> {
        check_time("bias spike time", bias_ms)?;
        self.bias_ms = Some(bias_ms);
        Ok(self)
    }

    /// Lets a large value be early: the spike of v comes where that of 1 - v would.
    #[must_use]
    pub fn inverted(mut self) -> Self {
        self.inverted = true;
        self
    }

    /// Lets a feature below `value` send no spike; compared before any inversion.
    ///
    /// # Errors
    /// A value outside `[0, 1]`.
    pub fn skip_below(mut self, value: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&value) {
            return Err(Error::invalid(
                "skip_below",
                value,
                "features lie between 0 and 1; choose a value there",
            ));
        }
        self.skip_below = Some(value);
        Ok(self)
    }

    /// How many channels samples of `n_features` features take.
    pub fn n_channels(&self, n_features: usize) -> usize {
        n_features + usize::from(self.bias_ms.is_some())
    }

    /// The spikes of every sample of a data set, in its order.
    ///
    /// # Errors
    /// A feature outside `[0, 1]`.
    pub fn encode(&self, dataset: &Dataset) -> Result<SpikeBatch> {
        self.encode_features(dataset.features().view())
    }

    /// The spikes of every row of features, `[sample x feature]`.
    ///
    /// # Errors
    /// A feature outside `[0, 1]`, or one that is not a number.
    pub fn encode_features(&self, features: ArrayView2<f64>) -> Result<SpikeBatch> {
        let mut batch = SpikeBatch::new();
        let mut spikes = Vec::with_capacity(self.n_channels(features.ncols()));
        for (sample, row) in features.rows().into_iter().enumerate() {
            spikes.clear();
            for (feature, &value) in row.iter().enumerate() {
                if !(0.0..=1.0).contains(&value) {
                    return Err(Error::invalid(
                        format!("feature {feature} of sample {sample}"),
                        value,
                        "scale features to lie between 0 and 1 before encoding them",
                    ));
                }
                if self.skip_below.is_none_or(|least| value >= least) {
                    let time = self.time(value);
                    spikes.push(Spike {
                        unit: feature,
                        time,
                    });
                }
            }
            if let Some(time) = self.bias_ms {
                let unit = features.ncols();
                spikes.push(Spike { unit, time });
            }
            spikes.sort_by(|x, y| x.time.total_cmp(&y.time).then(x.unit.cmp(&y.unit)));
            batch.push_sample(&spikes)?;
        }
        Ok(batch)
    }

    fn time(&self, value: f64) -> f64 {
        let value = if self.inverted { 1.0 - value } else { value };
        self.earliest_ms + value * (self.latest_ms - self.earliest_ms)
    }
}

fn check_time(field: &str, time: f64) -> Result<()> {
    if time.is_finite() && time >= 0.0 {
        return Ok(());
    }
    Err(Error::invalid(
        field,
        format!("{time} ms"),
        "give a finite time, zero or later",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::xor;
    use ndarray::{Array2, array};

    fn spikes(batch: &SpikeBatch, sample: usize) -> Vec<(usize, f64)> {
        batch.sample(sample).map(|s| (s.unit, s.time)).collect()
    }

    #[test]
    fn small_values_come_first_and_the_bias_is_last_in_channel() -> Result<()> {
        let encoder = LatencyEncoder::new(10.0, 40.0)?.with_bias(20.0)?;
        let batch = encoder.encode_features(array![[1.0, 0.5, 0.0], [0.0, 0.0, 1.0]].view())?;
        assert_eq!(encoder.n_channels(3), 4);
        assert_eq!(
            spikes(&batch, 0),
            [(2, 10.0), (3, 20.0), (1, 25.0), (0, 40.0)]
        );
        assert_eq!(
            spikes(&batch, 1),
            [(0, 10.0), (1, 10.0), (3, 20.0), (2, 40.0)]
        );
        Ok(())
    }

    #[test]
    fn inversion_and_skipping_fit_pixels() -> Result<()> {
        let encoder = LatencyEncoder::new(0.0, 20.0)?
            .inverted()
            .skip_below(0.25)?;
        let batch = encoder.encode_features(array![[0.0, 0.25, 1.0, 0.2]].view())?;
        assert_eq!(encoder.n_channels(4), 4);
        assert_eq!(spikes(&batch, 0), [(2, 0.0), (1, 15.0)]);
        let dark = encoder.encode_features(array![[0.0, 0.1]].view())?;
        assert_eq!((dark.n_samples(), dark.n_spikes()), (1, 0));
        Ok(())
    }

    #[test]
    fn a_data_set_keeps_its_order() -> Result<()> {
        let batch = LatencyEncoder::new(1.0, 2.0)?.encode(&xor())?;
        assert_eq!(batch.n_samples(), 4);
        assert_eq!(spikes(&batch, 2), [(1, 1.0), (0, 2.0)]);
        Ok(())
    }

    #[test]
    fn bad_times_are_errors() -> Result<()> {
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(LatencyEncoder::new(bad, 2.0).is_err());
            assert!(LatencyEncoder::new(0.0, bad).is_err());
            assert!(LatencyEncoder::new(0.0, 1.0)?.with_bias(bad).is_err());
        }
        let error = LatencyEncoder::new(2.0, 1.0).expect_err("the wrong way round");
        assert!(
            error.to_string().contains("latest spike time is 1 ms"),
            "{error}"
        );
        assert!(LatencyEncoder::new(2.0, 2.0).is_ok());
        Ok(())
    }

    #[test]
    fn bad_values_are_errors() -> Result<()> {
        let encoder = LatencyEncoder::new(0.0, 1.0)?;
        for bad in [-1e-9, 1.0 + 1e-9, f64::NAN] {
            let mut features = Array2::zeros((3, 2));
            features[[2, 1]] = bad;
            let error = encoder
                .encode_features(features.view())
                .expect_err("outside");
            assert!(
                error.to_string().contains("feature 1 of sample 2"),
                "{error}"
            );
            assert!(encoder.skip_below(bad).is_err());
        }
        Ok(())
    }
}
