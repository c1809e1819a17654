//! Small handwritten digits.

use super::Dataset;
use super::table::Table;
use crate::Result;

const CSV: &str = include_str!("digits.csv");

/// The brightest value of a pixel.
const BRIGHTEST: f64 = 16.0;

/// Digits: 1797 images of 8 x 8 pixels, row by row, classes `0` to `9`.
///
/// A pixel is its value 0 to 16 divided by 16: 0 is background, 1 is ink.
///
/// Source: E. Alpaydin and C. Kaynak, "Optical recognition of handwritten
/// digits" (1998), UCI Machine Learning Repository, CC BY 4.0; its test part.
pub fn digits() -> Dataset {
    parse(CSV).expect("the table that ships with the crate is well formed, as a test checks")
}

fn parse(text: &str) -> Result<Dataset> {
    let table = Table::parse("digits.csv", text)?;
    let names: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    let labels = table.labels("digits.csv", &names)?;
    Dataset::new("digits", table.numbers / BRIGHTEST, labels, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_whole() {
        let digits = digits();
        assert_eq!(
            (digits.n_samples(), digits.n_features(), digits.n_classes()),
            (1797, 64, 10)
        );
        let counts: Vec<usize> = (0..10)
            .map(|digit| digits.labels().iter().filter(|&&l| l == digit).count())
            .collect();
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert!(digits.features().iter().all(|v| (0.0..=1.0).contains(v)));
        assert_eq!(digits.features().sum() * BRIGHTEST, 561_718.0);
    }

    #[test]
    fn the_first_image_is_a_zero() {
        let digits = digits();
        let top = digits.features().row(0).slice(ndarray::s![..8]).to_vec();
        assert_eq!(top, [0.0, 0.0, 0.3125, 0.8125, 0.5625, 0.0625, 0.0, 0.0]);
        assert_eq!(digits.labels()[0], 0);
    }

    #[test]
    fn a_spoilt_table_is_refused() {
        let spoilt = |from, to| parse(&CSV.replacen(from, to, 1));
        assert!(spoilt("0,0,5", "0,0,5").is_ok());
        assert!(spoilt("0,0,5", "0,0,x").is_err());
        assert!(spoilt("0,0,5", "0,0").is_err());
        assert!(spoilt("0,0\n", "0,10\n").is_err());
    }
}
