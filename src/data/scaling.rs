//! Features of any range, brought to where encoders take them.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A linear map of each column to `[0, 1]`, fitted on one set and applied to others.
///
/// With l and h the least and the largest value of a column in the set that it was fitted on, `(x - l) / (h - l)`. A
/// value beyond that range goes to its nearer end and is counted. A column that has one value alone says nothing and
/// becomes zero everywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    columns: Vec<String>,
    least: Vec<f64>,
    largest: Vec<f64>,
}

impl Scaling {
    /// The map for a set of features, `[sample x column]`, whose columns have these names.
    ///
    /// # Errors
    /// No samples, another number of names than of columns, a value that is not finite, a range that is too wide for
    /// numbers.
    pub fn fit(columns: Vec<String>, features: ArrayView2<f64>) -> Result<Self> {
        if columns.len() != features.ncols() || features.nrows() == 0 {
            return Err(Error::invalid(
                "features to be scaled",
                format!("{} x {}", features.nrows(), features.ncols()),
                format!(
                    "give at least one sample, and as many columns as there are names, {}",
                    columns.len()
                ),
            ));
        }
        let end = |start: f64, choose: fn(f64, f64) -> f64| -> Vec<f64> {
            let columns = features.columns().into_iter();
            columns
                .map(|column| column.iter().copied().fold(start, choose))
                .collect()
        };
        let scaling = Self {
            least: end(f64::INFINITY, f64::min),
            largest: end(f64::NEG_INFINITY, f64::max),
            columns,
        };
        for ((name, column), (least, largest)) in scaling
            .columns
            .iter()
            .zip(features.columns())
            .zip(scaling.least.iter().zip(&scaling.largest))
        {
            let is_finite = column.iter().all(|value| value.is_finite());
            if !is_finite || !(largest - least).is_finite() {
                return Err(Error::invalid(
                    format!("range of the column \"{name}\""),
                    format!("{least} to {largest}"),
                    "give finite numbers within 1e300",
                ));
            }
        }
        Ok(scaling)
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The columns that had one value alone.
    pub fn constant(&self) -> Vec<&str> {
        let ends = self.least.iter().zip(&self.largest);
        let columns = self.columns.iter().zip(ends);
        columns
            .filter(|(_, (least, largest))| least == largest)
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// The map applied to features of the same columns, and how many values were beyond the range.
    ///
    /// # Errors
    /// Another number of columns.
    pub fn apply(&self, mut features: Array2<f64>) -> Result<(Array2<f64>, usize)> {
        if features.ncols() != self.columns.len() {
            let remedy = format!("give {}, as there were at first", self.columns.len());
            return Err(Error::invalid(
                "number of columns of features",
                features.ncols(),
                remedy,
            ));
        }
        let mut beyond = 0;
        for (ix, mut column) in features.columns_mut().into_iter().enumerate() {
            let (least, largest) = (self.least[ix], self.largest[ix]);
            column.mapv_inplace(|value| {
                if least == largest {
                    return 0.0;
                }
                if !(least..=largest).contains(&value) {
                    beyond += 1;
                }
                ((value - least) / (largest - least)).clamp(0.0, 1.0)
            });
        }
        Ok((features, beyond))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|ix| format!("c{ix}")).collect()
    }

    #[test]
    fn each_column_has_a_range_of_its_own_and_others_are_counted() -> Result<()> {
        let features = array![[1.0, -4.0, 7.0], [3.0, 4.0, 7.0], [2.0, 0.0, 7.0]];
        let scaling = Scaling::fit(names(3), features.view())?;
        assert_eq!(scaling.constant(), ["c2"]);
        let (own, beyond) = scaling.apply(features)?;
        assert_eq!(
            own,
            array![[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.5, 0.5, 0.0]]
        );
        assert_eq!(beyond, 0);
        let (other, beyond) = scaling.apply(array![[0.0, 2.0, 9.0], [1.5, 5.0, 7.0]])?;
        assert_eq!(other, array![[0.0, 0.75, 0.0], [0.25, 1.0, 0.0]]);
        assert_eq!(beyond, 2);
        Ok(())
    }

    #[test]
    fn faults_are_named() -> Result<()> {
        let told = |features: Array2<f64>| {
            let scaling = Scaling::fit(names(1), features.view());
            scaling.expect_err("it is faulty").to_string()
        };
        assert!(told(Array2::zeros((0, 1))).contains("features to be scaled is 0 x 1"));
        assert!(told(Array2::zeros((2, 3))).contains("as many columns as there are names, 1"));
        for wrong in [[f64::NAN, 1.0], [f64::INFINITY, 1.0], [-1e308, 1e308]] {
            let told = told(array![[wrong[0]], [wrong[1]]]);
            assert!(told.contains("range of the column \"c0\""), "{told}");
        }
        let scaling = Scaling::fit(names(1), array![[1.0]].view())?;
        assert!(scaling.apply(Array2::zeros((1, 2))).is_err());
        Ok(())
    }
}
