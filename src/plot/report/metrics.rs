//! The epochs of a run, as its lines of JSON have them.

use serde_json::{Map, Value};

use crate::{Error, Result};

/// The known members of a line, in the order of the table, with heading and factor.
const KNOWN: [(&str, &str, f64); 12] = [
    ("epoch", "epoch", 1.0),
    ("loss", "loss", 1.0),
    ("train_accuracy", "accuracy [%]", 100.0),
    ("validation_loss", "validation loss", 1.0),
    ("validation_accuracy", "validation accuracy [%]", 100.0),
    ("grazing_spikes", "grazing spikes", 1.0),
    ("clipped_steps", "clipped steps", 1.0),
    ("raised_neurons", "raised neurons", 1.0),
    ("silent_samples", "samples without output", 1.0),
    ("left_out_samples", "samples left out", 1.0),
    ("zero_gradients", "zero gradients", 1.0),
    ("seconds", "time [s]", 1.0),
];

/// A member with a share for each population; each is a column.
const SILENT: &str = "silent_neurons";
/// So many of the known members are shown even where they are zero throughout.
const ALWAYS: usize = 5;
/// The most members that lines have in all.
const MOST_MEMBERS: usize = 64;

/// A table with a row for each epoch.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Metrics {
    pub headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// The headings of columns left out, as they are zero in every row.
    pub zero: Vec<String>,
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
                Ok(object) => lines.push(flat(object)),
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
        if others.len() > MOST_MEMBERS {
            let detail = format!(
                "its lines have {} different members, and at most {MOST_MEMBERS} are shown: not a run's file",
                others.len()
            );
            return Err(Error::malformed(origin, detail));
        }
        others.retain(|member| KNOWN.iter().all(|(known, ..)| known != member));
        let spoken: Vec<String> = others.iter().map(|member| spoken(member)).collect();
        let others = others.iter().zip(&spoken);
        columns.extend(others.map(|(member, spoken)| (*member, spoken.as_str(), 1.0)));
        let is_zero = |(member, ..): &(&str, &str, f64)| {
            let mut values = lines
                .iter()
                .map(|line| line.get(*member).and_then(Value::as_f64));
            !KNOWN[..ALWAYS].iter().any(|(shown, ..)| shown == member)
                && values.all(|value| value == Some(0.0))
        };
        let (zero, columns): (Vec<_>, Vec<_>) = columns.into_iter().partition(is_zero);
        let headings = |columns: &[(&str, &str, f64)]| {
            let headings = columns.iter().map(|(_, heading, _)| heading.to_string());
            headings.collect()
        };
        let cell = |line: &Map<String, Value>, (member, _, factor): &(&str, &str, f64)| {
            line.get(*member)
                .map_or_else(String::new, |value| match value.as_f64() {
                    Some(number) => written(number * factor),
                    None => match value.as_str() {
                        Some(word @ ("inf" | "-inf" | "NaN")) => word.to_owned(),
                        _ => value.to_string(),
                    },
                })
        };
        let row = |line| columns.iter().map(|column| cell(line, column)).collect();
        Ok(Self {
            rows: lines.iter().map(row).collect(),
            headings: headings(&columns),
            zero: headings(&zero),
            cut,
        })
    }
}

/// With a member of its own for the share of each population that was silent.
fn flat(mut line: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Object(shares)) = line.remove(SILENT) {
        for (name, share) in shares {
            let percent = share.as_f64().map(|share| 100.0 * share);
            line.insert(format!("silent {name} [%]"), percent.into());
        }
    }
    line
}

/// The name of a member in words.
pub(super) fn spoken(member: &str) -> String {
    member.replace('_', " ")
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
        let told = "{\"epoch\":1,\"loss\":0,\"clipped_steps\":0,\"zero_gradients\":0,\"new_name\":2}\n\
                    {\"epoch\":2,\"loss\":0,\"clipped_steps\":0,\"zero_gradients\":3,\"new_name\":2}\n";
        let metrics = Metrics::parse(told, "m")?;
        assert_eq!(
            metrics.headings,
            ["epoch", "loss", "zero gradients", "new name"]
        );
        assert_eq!(metrics.zero, ["clipped steps"]);
        Ok(())
    }

    #[test]
    fn members_are_bounded_and_shares_have_columns() -> Result<()> {
        let text =
            "{\"epoch\":1,\"validation_loss\":\"inf\",\"silent_neurons\":{\"hidden\":0.25}}\n";
        let metrics = Metrics::parse(text, "m")?;
        assert_eq!(
            metrics.headings,
            ["epoch", "validation loss", "silent hidden [%]"]
        );
        assert_eq!(metrics.rows[0], ["1", "inf", "25"]);
        let lines: String = (0..3000).map(|ix| format!("{{\"k{ix}\":1}}\n")).collect();
        let told = Metrics::parse(&lines, "m")
            .expect_err("too many")
            .to_string();
        assert!(told.contains("3000 different members"), "{told}");
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
