//! Dividing a data set so that each side keeps the mix of classes.

use super::Dataset;
use super::seed::{Stream, stream};
use crate::{Error, Result};
use rand::seq::SliceRandom;

/// Divides a data set into `(train, test)`.
///
/// Of each class `test_fraction` of the samples, rounded to the nearest whole
/// number, go to the test side, drawn by the seed: the same seed gives the same
/// division. Both sides keep the samples' original order.
///
/// # Errors
/// A fraction that is not strictly between 0 and 1, or one that leaves a side empty.
pub fn stratified_split(
    dataset: &Dataset,
    test_fraction: f64,
    seed: u64,
) -> Result<(Dataset, Dataset)> {
    if !(test_fraction > 0.0 && test_fraction < 1.0) {
        return Err(Error::invalid(
            "test fraction",
            test_fraction,
            "choose a fraction above 0 and below 1",
        ));
    }
    let mut rng = stream(seed, Stream::Split);
    let mut by_class = vec![Vec::new(); dataset.n_classes()];
    for (sample, &label) in dataset.labels().iter().enumerate() {
        by_class[label].push(sample);
    }
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for mut samples in by_class {
        samples.shuffle(&mut rng);
        let n_test = (samples.len() as f64 * test_fraction).round() as usize;
        test.extend_from_slice(&samples[..n_test]);
        train.extend_from_slice(&samples[n_test..]);
    }
    for (side, samples) in [("train", &mut train), ("test", &mut test)] {
        if samples.is_empty() {
            return Err(Error::invalid(
                "test fraction",
                test_fraction,
                format!(
                    "the {side} side of data set {} ({} samples) would be empty; \
                     choose another fraction or a larger set",
                    dataset.name(),
                    dataset.n_samples()
                ),
            ));
        }
        samples.sort_unstable();
    }
    Ok((dataset.select(&train)?, dataset.select(&test)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// `counts[class]` samples of each class, interleaved; feature 0 is the sample's number.
    fn set(counts: &[usize]) -> Result<Dataset> {
        let mut labels = Vec::new();
        for round in 0..counts.iter().copied().max().unwrap_or(0) {
            labels.extend((0..counts.len()).filter(|&class| round < counts[class]));
        }
        let features = Array2::from_shape_fn((labels.len(), 1), |(sample, _)| sample as f64);
        let names = (0..counts.len()).map(|class| class.to_string()).collect();
        Dataset::new("numbers", features, labels, names)
    }

    fn counts(dataset: &Dataset) -> Vec<usize> {
        let mut counts = vec![0; dataset.n_classes()];
        for &label in dataset.labels() {
            counts[label] += 1;
        }
        counts
    }

    #[test]
    fn classes_keep_their_proportions() -> Result<()> {
        let (train, test) = stratified_split(&set(&[40, 20, 10])?, 0.3, 1)?;
        assert_eq!(counts(&train), [28, 14, 7]);
        assert_eq!(counts(&test), [12, 6, 3]);
        Ok(())
    }

    #[test]
    fn sides_are_disjoint_ordered_and_complete() -> Result<()> {
        let (train, test) = stratified_split(&set(&[9, 5])?, 0.4, 3)?;
        let (train, test) = (train.features(), test.features());
        assert!(train.column(0).iter().is_sorted() && test.column(0).iter().is_sorted());
        let mut all: Vec<f64> = train.iter().chain(test).copied().collect();
        all.sort_by(f64::total_cmp);
        assert_eq!(all, (0..14).map(f64::from).collect::<Vec<_>>());
        Ok(())
    }

    #[test]
    fn the_seed_decides() -> Result<()> {
        let set = set(&[50, 50])?;
        assert_eq!(
            stratified_split(&set, 0.2, 8)?,
            stratified_split(&set, 0.2, 8)?
        );
        assert_ne!(
            stratified_split(&set, 0.2, 8)?,
            stratified_split(&set, 0.2, 9)?
        );
        Ok(())
    }

    #[test]
    fn bad_fractions_and_empty_sides_are_errors() -> Result<()> {
        let set = set(&[3, 3])?;
        for fraction in [0.0, 1.0, -0.5, 1.5, f64::NAN] {
            let error = stratified_split(&set, fraction, 0).expect_err("out of range");
            assert!(error.to_string().contains("above 0 and below 1"), "{error}");
        }
        for (fraction, side) in [(0.1, "test"), (0.9, "train")] {
            let error = stratified_split(&set, fraction, 0).expect_err("one side is empty");
            assert!(
                error.to_string().contains(&format!("the {side} side")),
                "{error}"
            );
        }
        Ok(())
    }
}
