//! Tables with a header, numbers and a last column of class names.

use crate::{Error, Result};
use ndarray::Array2;

/// A table as it stands: numbers `[row x column]` and each row's class.
pub(super) struct Table {
    pub(super) numbers: Array2<f64>,
    pub(super) classes: Vec<String>,
}

impl Table {
    /// Reads comma-separated text whose first line is a header; `origin` names it in errors.
    pub(super) fn parse(origin: &str, text: &str) -> Result<Self> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let mut numbers = Vec::new();
        let mut classes = Vec::new();
        for (row, record) in reader.records().enumerate() {
            let record = record.map_err(|e| Error::malformed(origin, e))?;
            let last = record.len() - 1;
            for (column, field) in record.iter().take(last).enumerate() {
                let number: f64 = field.parse().map_err(|e| {
                    let place = format!("row {row}, column {column}: {field:?}");
                    Error::malformed(origin, format!("{place} is not a number ({e})"))
                })?;
                numbers.push(number);
            }
            classes.push(record[last].to_string());
        }
        let shape = (classes.len(), numbers.len() / classes.len().max(1));
        let numbers = Array2::from_shape_vec(shape, numbers)
            .expect("the csv reader refuses rows of unequal length");
        Ok(Self { numbers, classes })
    }

    /// Each row's class as an index into `names`.
    pub(super) fn labels(&self, origin: &str, names: &[String]) -> Result<Vec<usize>> {
        self.classes
            .iter()
            .enumerate()
            .map(|(row, class)| {
                names.iter().position(|name| name == class).ok_or_else(|| {
                    let known = names.join(", ");
                    Error::malformed(
                        origin,
                        format!("row {row}: class {class:?} is none of {known}"),
                    )
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn numbers_and_classes_are_told_apart() -> Result<()> {
        let table = Table::parse("t", "a,b,c\n1,2.5,x\n3,4,y\n")?;
        assert_eq!(table.numbers, array![[1.0, 2.5], [3.0, 4.0]]);
        assert_eq!(table.labels("t", &["y".into(), "x".into()])?, [1, 0]);
        Ok(())
    }

    #[test]
    fn faults_are_placed() -> Result<()> {
        let fault = |text| match Table::parse("t", text) {
            Err(error) => error.to_string(),
            Ok(_) => String::new(),
        };
        assert!(fault("a,b\n1,x\nq,y\n").contains("t: row 1, column 0: \"q\""));
        assert!(fault("a,b\n1,x\n2\n").contains("t: CSV error"));
        let table = Table::parse("t", "a,b\n1,x\n")?;
        let error = table.labels("t", &["y".into()]).expect_err("no class x");
        assert!(error.to_string().contains("row 0: class \"x\""), "{error}");
        Ok(())
    }

    #[test]
    fn a_header_alone_is_an_empty_table() -> Result<()> {
        assert_eq!(Table::parse("t", "a,b\n")?.numbers.dim(), (0, 0));
        Ok(())
    }
}
