//! One figure of several runs.

use serde::{Deserialize, Serialize};

/// Mean and spread of a figure over several runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// The mean.
    pub mean: f64,
    /// The sample standard deviation, with n - 1 below the fraction; none of a single run.
    pub deviation: Option<f64>,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Statistics {
    /// Of `values`; none where there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        (!values.is_empty()).then(|| Self {
            mean,
            deviation: (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()),
            least: values.iter().copied().fold(f64::INFINITY, f64::min),
            most: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// Mean, deviation, least and most, each as `write` writes it; a dash for a deviation that there is not.
    pub fn cells(&self, write: impl Fn(f64) -> String) -> [String; 4] {
        let deviation = self.deviation.map_or_else(|| "-".to_owned(), &write);
        [
            write(self.mean),
            deviation,
            write(self.least),
            write(self.most),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_of_one_and_of_none() {
        let of = |values: &[f64]| Statistics::of(values);
        let several = of(&[1.0, 2.0, 3.0, 6.0]).expect("there are some");
        assert_eq!((several.mean, several.least, several.most), (3.0, 1.0, 6.0));
        // Squares 4 + 1 + 0 + 9, over 3.
        assert_eq!(several.deviation, Some((14.0_f64 / 3.0).sqrt()));
        let one = of(&[2.0]).expect("there is one");
        assert_eq!(
            one.cells(|x| x.to_string()),
            ["2", "-", "2", "2"].map(String::from)
        );
        assert_eq!(of(&[]), None);
    }
}
