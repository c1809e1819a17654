//! Exclusive or.

use super::Dataset;
use ndarray::array;

/// The four patterns of exclusive or: 2 features, classes `false` (0) and `true` (1).
///
/// In the order (0, 0), (0, 1), (1, 0), (1, 1).
pub fn xor() -> Dataset {
    Dataset::new(
        "xor",
        array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
        vec![0, 1, 1, 0],
        vec!["false".into(), "true".into()],
    )
    .expect("four rows, four labels, two classes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_the_exclusive_or() {
        let xor = xor();
        assert_eq!(
            (xor.n_samples(), xor.n_features(), xor.n_classes()),
            (4, 2, 2)
        );
        for (row, &label) in xor.features().rows().into_iter().zip(xor.labels()) {
            assert_eq!(label == 1, row[0] != row[1]);
        }
    }
}
