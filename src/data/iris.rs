//! Fisher's irises.

use super::Dataset;
use super::table::Table;
use crate::Result;

const CSV: &str = include_str!("iris.csv");

/// Iris: 150 flowers, 4 features, classes `setosa`, `versicolor`, `virginica`.
///
/// Features are sepal length, sepal width, petal length and petal width, each
/// scaled linearly so that its smallest value in the whole set is 0 and its
/// largest is 1 (the scaling thus knows any later test side).
///
/// Source: R. A. Fisher (1936), UCI Machine Learning Repository, CC BY 4.0.
pub fn iris() -> Dataset {
    parse(CSV).expect("the table that ships with the crate is well formed, as a test checks")
}

fn parse(text: &str) -> Result<Dataset> {
    let table = Table::parse("iris.csv", text)?;
    let names = ["setosa", "versicolor", "virginica"]
        .map(String::from)
        .to_vec();
    let labels = table.labels("iris.csv", &names)?;
    let mut features = table.numbers;
    for mut column in features.columns_mut() {
        let smallest = column.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        column.mapv_inplace(|v| (v - smallest) / (largest - smallest));
    }
    Dataset::new("iris", features, labels, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_whole() {
        let iris = iris();
        assert_eq!(
            (iris.n_samples(), iris.n_features(), iris.n_classes()),
            (150, 4, 3)
        );
        for class in 0..3 {
            assert_eq!(iris.labels().iter().filter(|&&l| l == class).count(), 50);
        }
        for column in iris.features().columns() {
            assert_eq!(column.iter().copied().fold(f64::NAN, f64::min), 0.0);
            assert_eq!(column.iter().copied().fold(f64::NAN, f64::max), 1.0);
        }
    }

    /// The first flower: 5.1, 3.5, 1.4, 0.2 cm in ranges 4.3-7.9, 2.0-4.4, 1.0-6.9, 0.1-2.5.
    #[test]
    fn the_first_flower_is_scaled() {
        let expected = [0.8 / 3.6, 1.5 / 2.4, 0.4 / 5.9, 0.1 / 2.4];
        for (value, expected) in iris().features().row(0).iter().zip(expected) {
            assert!((value - expected).abs() < 1e-14, "{value} {expected}");
        }
    }

    #[test]
    fn a_spoilt_table_is_refused() {
        let spoilt = |from, to| parse(&CSV.replacen(from, to, 1));
        assert!(spoilt("setosa", "setosa").is_ok());
        assert!(spoilt("setosa", "rosa").is_err());
        assert!(spoilt("5.1", "five").is_err());
        assert!(spoilt("5.1", "NaN").is_err());
        assert!(spoilt("5.1,", "").is_err());
    }
}
