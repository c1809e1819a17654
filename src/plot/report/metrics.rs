//! The epochs of a run, as its lines of JSON have them.

use serde_json::{Map, Value};

use crate::{Error, Result};

/// The known members of a line, in the order of the table, with heading and factor.
const KNOWN: [(&str, &str, f64); 7] = [
    ("epoch", "epoch", 1.0),
    ("loss", "loss", 1.0),
    ("train_accuracy", "accuracy [%]", 100.0),
    ("validation_loss", "validation loss", 1.0),
    ("validation_accuracy", "validation accuracy [%]", 100.0),
    ("grazing_spikes", "grazing spikes", 1.0),
    ("seconds", "time [s]", 1.0),
];

/// A table with a row for each epoch.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Metrics {
    pub headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Whether the last line was not whole.
    pub cut: bool,
}

impl Metrics {
    /// One object a line; a last line without an end that cannot be read was being written.
    pub(super) fn parse(text: &str, origin: &str) -> Result<Self> {
        let mut lines: Vec<Map<String, Value>> = Vec::new();
        let mut cut = false;
        for (ix, line) in text.split_inclusive('\n').enumerate() {
            match serde_json::from_str(line) {
                Ok(object) => lines.push(object),
                Err(_) if !line.ends_with('\n') => cut = true,
                Err(_) if line.trim().is_empty() => {}
                Err(error) => {
                    let detail = format!("line {} is not an epoch's ({error})", ix + 1);
                    return Err(Error::malformed(origin, detail));
                }
            }
        }
        let has = |member: &str| lines.iter().any(|line| line.contains_key(member));
        let mut columns: Vec<(&str, &str, f64)> = KNOWN
            .into_iter()
            .filter(|(member, ..)| has(member))
            .collect();
        let mut others: Vec<&str> = lines
            .iter()
            .flat_map(Map::keys)
            .map(String::as_str)
            .collect();
        others.sort_unstable();
        others.dedup();
        others.retain(|member| KNOWN.iter().all(|(known, ..)| known != member));
        columns.extend(others.into_iter().map(|member| (member, member, 1.0)));
        let cell = |line: &Map<String, Value>, (member, _, factor): &(&str, &str, f64)| {
            line.get(*member)
                .map_or_else(String::new, |value| match value.as_f64() {
                    Some(number) => written(number * factor),
                    None => value.to_string(),
                })
        };
        let row = |line| columns.iter().map(|column| cell(line, column)).collect();
        Ok(Self {
            rows: lines.iter().map(row).collect(),
            headings: columns
                .iter()
                .map(|(_, heading, _)| heading.to_string())
                .collect(),
            cut,
        })
    }
}

/// A whole number as it is, any other with four significant digits.
pub(super) fn written(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e9 {
        return value.to_string();
    }
    if !(1e-3..1e6).contains(&value.abs()) {
        return format!("{value:.3e}");
    }
    let decimals = (3 - value.abs().log10().floor() as i32).max(0) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_in_order_and_unknown_ones_last() -> Result<()> {
        let text =
            "{\"loss\":0.5,\"epoch\":1,\"a\":\"b\"}\n{\"epoch\":2,\"train_accuracy\":0.9871}\n";
        let metrics = Metrics::parse(text, "m")?;
        assert_eq!(metrics.headings, ["epoch", "loss", "accuracy [%]", "a"]);
        assert_eq!(metrics.rows[0], ["1", "0.5000", "", "\"b\""]);
        assert_eq!(metrics.rows[1], ["2", "", "98.71", ""]);
        assert!(!metrics.cut);
        Ok(())
    }

    #[test]
    fn only_the_last_line_may_be_cut() -> Result<()> {
        let metrics = Metrics::parse("{\"epoch\":1}\n{\"epo", "m")?;
        assert_eq!((metrics.rows.len(), metrics.cut), (1, true));
        let error = Metrics::parse("{\"epo\n{\"epoch\":1}\n", "m").expect_err("line 1 is cut");
        assert!(error.to_string().starts_with("m: line 1 is not"), "{error}");
        assert!(Metrics::parse("[1]\n", "m").is_err());
        Ok(())
    }

    #[test]
    fn numbers_have_four_digits() {
        let cases = [
            (12.0, "12"),
            (0.123_456, "0.1235"),
            (98.712_3, "98.71"),
            (1234.56, "1235"),
            (-1.5e-7, "-1.500e-7"),
            (1e300, "1.000e300"),
        ];
        for (value, expected) in cases {
            assert_eq!(written(value), expected);
        }
    }
}
