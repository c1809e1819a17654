//! Exclusive or of two cues that are far apart in time.

use rand::RngExt;

use super::{Stream, stream};
use crate::event::{Spike, SpikeBatch};
use crate::{Error, Result};

/// When a cue comes, at the earliest, after the start or after the gap, in ms.
const EARLIEST: f64 = 1.0;

/// How much later it may come, in ms.
const JITTER: f64 = 4.0;

/// A task that needs memory: which of two channels spiked first long ago, which of two others spikes now?
///
/// Each of the `n_samples` samples has two spikes: one on channel 0 or 1, 1 to 5 ms after the start, and `gap` ms
/// later one on channel 2 or 3. The label is 1 where the two cues differ (0 and 3, or 1 and 2), else 0.
/// Cues and times are drawn by `seed`.
///
/// A network whose state has decayed within the gap answers each cue by itself; what it sends to linear readouts is a sum of two
/// answers, and no sum of a function of one cue and a function of the other is the exclusive or.
///
/// # Errors
/// A gap that is not finite or not above the spread of a cue's times, 4 ms.
pub fn delayed_xor(n_samples: usize, gap: f64, seed: u64) -> Result<(SpikeBatch, Vec<usize>)> {
    if !(gap.is_finite() && gap > JITTER) {
        return Err(Error::invalid(
            "gap between the cues, in ms,",
            gap,
            format!("give a finite number above {JITTER}"),
        ));
    }
    let mut rng = stream(seed, Stream::Inputs);
    let mut inputs = SpikeBatch::new();
    let mut labels = Vec::with_capacity(n_samples);
    for _ in 0..n_samples {
        let (first, second) = (rng.random_range(0..2), rng.random_range(0..2));
        let mut late = || EARLIEST + JITTER * rng.random::<f64>();
        let (early, late) = (late(), gap + late());
        inputs.push_sample(&[
            Spike {
                unit: first,
                time: early,
            },
            Spike {
                unit: 2 + second,
                time: late,
            },
        ])?;
        labels.push(first ^ second);
    }
    Ok((inputs, labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_the_exclusive_or_of_cues_a_gap_apart() -> Result<()> {
        let (inputs, labels) = delayed_xor(200, 50.0, 3)?;
        let mut counts = [0; 4];
        for (sample, &label) in labels.iter().enumerate() {
            let spikes: Vec<Spike> = inputs.sample(sample).collect();
            let (first, second) = (spikes[0].unit, spikes[1].unit - 2);
            assert_eq!(label, usize::from(first != second));
            assert!((1.0..5.0).contains(&spikes[0].time));
            assert!((51.0..55.0).contains(&spikes[1].time));
            counts[2 * first + second] += 1;
        }
        assert!(counts.iter().all(|&n| n > 20), "{counts:?}");
        assert_eq!((inputs.clone(), labels.clone()), delayed_xor(200, 50.0, 3)?);
        assert_ne!(labels, delayed_xor(200, 50.0, 4)?.1);
        Ok(())
    }

    #[test]
    fn a_gap_within_the_spread_is_an_error() {
        for gap in [4.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = delayed_xor(1, gap, 0).expect_err("no gap");
            assert!(
                error.to_string().contains("gap between the cues"),
                "{error}"
            );
        }
    }
}
