//! Samples, their features and their classes.

use super::Scaling;
use crate::{Error, Result};
use ndarray::{Array2, Axis};

/// A classification data set: one row of features and one class per sample.
///
/// By convention features lie in `[0, 1]`, which is what
/// [`LatencyEncoder`](super::LatencyEncoder) accepts.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    name: String,
    features: Array2<f64>,
    labels: Vec<usize>,
    class_names: Vec<String>,
}

impl Dataset {
    /// Puts a data set together.
    ///
    /// `features` is `[sample x feature]`, `labels[sample]` an index into
    /// `class_names`. A set without samples is allowed.
    ///
    /// # Errors
    /// No features or no classes, as many labels as there are not rows, a label
    /// without a class name, a feature that is not finite.
    pub fn new(
        name: impl Into<String>,
        features: Array2<f64>,
        labels: Vec<usize>,
        class_names: Vec<String>,
    ) -> Result<Self> {
        let name = name.into();
        let refuse = |field: String, value: String, remedy: String| {
            Err(Error::invalid(
                format!("{field} of data set {name}"),
                value,
                remedy,
            ))
        };
        if features.ncols() == 0 {
            return refuse(
                "number of features".into(),
                "0".into(),
                "give each sample at least one feature".into(),
            );
        }
        if class_names.is_empty() {
            return refuse(
                "number of class names".into(),
                "0".into(),
                "name at least one class".into(),
            );
        }
        if labels.len() != features.nrows() {
            return refuse(
                "number of labels".into(),
                labels.len().to_string(),
                format!(
                    "give one for each of the {} rows of features",
                    features.nrows()
                ),
            );
        }
        for (sample, &label) in labels.iter().enumerate() {
            if label >= class_names.len() {
                return refuse(
                    format!("label of sample {sample}"),
                    label.to_string(),
                    format!("count classes from 0; there are {}", class_names.len()),
                );
            }
        }
        for ((sample, feature), value) in features.indexed_iter() {
            if !value.is_finite() {
                return refuse(
                    format!("feature {feature} of sample {sample}"),
                    value.to_string(),
                    "give a finite number, by convention between 0 and 1".into(),
                );
            }
        }
        Ok(Self {
            name,
            features,
            labels,
            class_names,
        })
    }

    /// What the set is called, e.g. `yin-yang`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Features, `[sample x feature]`.
    pub fn features(&self) -> &Array2<f64> {
        &self.features
    }

    /// The class of each sample, an index into [`class_names`](Self::class_names).
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// What the classes are called, in the order of the labels.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// How many samples.
    pub fn n_samples(&self) -> usize {
        self.labels.len()
    }

    /// How many features a sample has.
    pub fn n_features(&self) -> usize {
        self.features.ncols()
    }

    /// How many classes, including those that no sample has.
    pub fn n_classes(&self) -> usize {
        self.class_names.len()
    }

    /// The named samples, in that order; a sample may be named more than once.
    ///
    /// # Errors
    /// A sample number past the end.
    pub fn select(&self, samples: &[usize]) -> Result<Self> {
        if let Some(&sample) = samples.iter().find(|&&s| s >= self.n_samples()) {
            return Err(Error::invalid(
                format!("selected sample of data set {}", self.name),
                sample,
                format!("count samples from 0; there are {}", self.n_samples()),
            ));
        }
        Ok(Self {
            name: self.name.clone(),
            features: self.features.select(Axis(0), samples),
            labels: samples.iter().map(|&s| self.labels[s]).collect(),
            class_names: self.class_names.clone(),
        })
    }
}

/// A data set with its published or chosen division.
#[derive(Debug, Clone, PartialEq)]
pub struct Splits {
    /// What the weights are trained on.
    pub train: Dataset,
    /// What settings are chosen by, where the division has such a part.
    pub validation: Option<Dataset>,
    /// What is reported.
    pub test: Dataset,
    /// How features were brought to `[0, 1]`, where the set does not come so: fitted on the training part.
    pub scaling: Option<Scaling>,
    /// What the column of labels is called, where the set comes from a table.
    pub label: Option<String>,
    /// What is worth knowing about the features.
    pub warnings: Vec<String>,
}

impl Splits {
    /// Parts whose features lie in `[0, 1]` as they come.
    pub fn new(train: Dataset, validation: Option<Dataset>, test: Dataset) -> Self {
        Self {
            train,
            validation,
            test,
            scaling: None,
            label: None,
            warnings: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn names() -> Vec<String> {
        vec!["a".into(), "b".into()]
    }

    fn three() -> Result<Dataset> {
        Dataset::new(
            "three",
            array![[0.0, 0.1], [0.5, 0.6], [1.0, 0.9]],
            vec![0, 1, 0],
            names(),
        )
    }

    fn message(features: Array2<f64>, labels: Vec<usize>, names: Vec<String>) -> String {
        Dataset::new("bad", features, labels, names)
            .expect_err("the set is faulty")
            .to_string()
    }

    #[test]
    fn sizes_follow_the_arrays() -> Result<()> {
        let set = three()?;
        assert_eq!(
            (set.n_samples(), set.n_features(), set.n_classes()),
            (3, 2, 2)
        );
        assert_eq!(set.name(), "three");
        assert_eq!(set.class_names(), names());
        Ok(())
    }

    #[test]
    fn selection_keeps_order_and_repeats() -> Result<()> {
        let picked = three()?.select(&[2, 1, 2])?;
        assert_eq!(
            picked.features(),
            array![[1.0, 0.9], [0.5, 0.6], [1.0, 0.9]]
        );
        assert_eq!(picked.labels(), [0, 1, 0]);
        assert_ne!(picked, three()?);
        let message = three()?.select(&[0, 3]).expect_err("3 is past the end");
        assert!(message.to_string().contains("three is 3"), "{message}");
        Ok(())
    }

    #[test]
    fn faults_are_named() {
        let ok = || array![[0.0], [1.0]];
        assert!(message(Array2::zeros((2, 0)), vec![0, 0], names()).contains("features"));
        assert!(message(ok(), vec![0, 0], vec![]).contains("class names"));
        assert!(message(ok(), vec![0], names()).contains("number of labels of data set bad is 1"));
        assert!(message(ok(), vec![0, 2], names()).contains("label of sample 1"));
        for value in [f64::NAN, f64::INFINITY] {
            let text = message(array![[0.0], [value]], vec![0, 1], names());
            assert!(text.contains("feature 0 of sample 1"), "{text}");
        }
    }
}
