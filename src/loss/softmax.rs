//! Cross-entropy of a softmax, without overflow.

/// `-log softmax(scores)[label]` and its derivative with respect to each score.
///
/// The largest score is taken out of every exponential, so that scores of any
/// finite size are safe. A score of minus infinity has probability and
/// derivative zero; a class left out of the softmax is given that score.
///
/// # Panics
/// A label that is not an index into `scores`.
///
/// ```
/// let (loss, gradient) = spikefront::loss::cross_entropy(&[1000.0, 1000.0], 0);
/// assert!((loss - 2.0_f64.ln()).abs() < 1e-15);
/// assert_eq!(gradient, [-0.5, 0.5]);
/// ```
pub fn cross_entropy(scores: &[f64], label: usize) -> (f64, Vec<f64>) {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut gradient: Vec<f64> = scores.iter().map(|s| (s - largest).exp()).collect();
    let sum: f64 = gradient.iter().sum();
    let loss = sum.ln() - (scores[label] - largest);
    for probability in &mut gradient {
        *probability /= sum;
    }
    gradient[label] -= 1.0;
    (loss, gradient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_definition() {
        let scores = [0.3_f64, -1.2, 2.0];
        let sum: f64 = scores.iter().map(|s| s.exp()).sum();
        for label in 0..3 {
            let (loss, gradient) = cross_entropy(&scores, label);
            assert!((loss + (scores[label].exp() / sum).ln()).abs() < 1e-14);
            for (ix, slope) in gradient.iter().enumerate() {
                let expected = scores[ix].exp() / sum - f64::from(ix == label);
                assert!((slope - expected).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn extreme_scores_stay_finite() {
        let (loss, gradient) = cross_entropy(&[-1e6, 1e6], 0);
        assert_eq!((loss, gradient), (2e6, vec![-1.0, 1.0]));
        let (loss, gradient) = cross_entropy(&[f64::NEG_INFINITY, 5.0], 1);
        assert_eq!((loss, gradient), (0.0, vec![0.0, 0.0]));
    }
}
