//! What came of several runs, in one table.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use spikefront::train::Statistics;

use super::axes::Axis;
use super::results::Summary;

/// What came of one set of values, over its seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// One value of each setting that has several.
    pub values: Vec<String>,
    /// Where its runs are, seen from the sweep's folder.
    pub folder: String,
    /// How many runs have ended.
    pub runs: usize,
    pub test_accuracy: Option<Statistics>,
    /// On the validation set, with the weights that were kept; where there is one.
    pub validation_accuracy: Option<Statistics>,
    pub train_seconds: Option<Statistics>,
    /// The most of any run.
    pub peak_memory_mb: Option<f64>,
    /// Whether no other set of values is better; see [`mark_best`].
    pub is_best: bool,
}

impl Row {
    /// Of the runs with these values.
    pub fn of<'a>(
        values: Vec<String>,
        folder: String,
        runs: impl Iterator<Item = &'a Summary>,
    ) -> Self {
        let runs: Vec<&Summary> = runs.collect();
        let column = |value: fn(&Summary) -> f64| -> Vec<f64> {
            runs.iter().map(|run| value(run)).collect()
        };
        let validation: Option<Vec<f64>> = runs.iter().map(|run| run.validation_accuracy).collect();
        Self {
            test_accuracy: Statistics::of(&column(|run| run.test_accuracy)),
            validation_accuracy: validation.and_then(|values| Statistics::of(&values)),
            train_seconds: Statistics::of(&column(|run| run.train_seconds)),
            peak_memory_mb: runs
                .iter()
                .filter_map(|run| run.peak_memory_mb)
                .reduce(f64::max),
            runs: runs.len(),
            values,
            folder,
            is_best: false,
        }
    }
}

/// Whether sets of values are told apart by the validation set: where each that was run has one.
fn is_by_validation(rows: &[Row]) -> bool {
    rows.iter()
        .all(|row| row.runs == 0 || row.validation_accuracy.is_some())
}

/// Marks the sets of values with the highest mean accuracy, on the validation set where there is one, else on the test
/// set; of several sets only.
pub fn mark_best(rows: &mut [Row]) {
    let by_validation = is_by_validation(rows);
    let score = |row: &Row| {
        let statistics = match by_validation {
            true => row.validation_accuracy,
            false => row.test_accuracy,
        };
        statistics.map(|statistics| statistics.mean)
    };
    let best = rows.iter().filter_map(score).reduce(f64::max);
    let is_one_of_several = rows.len() > 1;
    for row in rows {
        row.is_best = is_one_of_several && best.is_some() && score(row) == best;
    }
}

/// The table in text: of one set of values seed by seed, of several a line each.
pub fn table(name: &str, axes: &[Axis], rows: &[Row], runs: &[(usize, Summary)]) -> String {
    match rows {
        [row] => of_seeds(name, row, runs),
        _ => of_values(axes, rows),
    }
}

fn of_seeds(name: &str, row: &Row, runs: &[(usize, Summary)]) -> String {
    let mut text =
        String::from("| seed | test accuracy | weights of epoch | s |\n|---|---|---|---|\n");
    for (_, run) in runs {
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.1} |",
            run.seed,
            percent(run.test_accuracy),
            run.kept_epoch,
            run.train_seconds
        );
    }
    let (Some((_, last)), Some(accuracy), Some(seconds)) =
        (runs.last(), row.test_accuracy, row.train_seconds)
    else {
        return text;
    };
    let [mean, deviation, least, most] = accuracy.cells(percent);
    let peak = row.peak_memory_mb;
    let peak = peak.map_or_else(|| "-".to_owned(), |peak| format!("{peak:.0} MB"));
    text += "\n| experiment | network | parameters | epochs | runs | mean | deviation | least | most \
             | s a run | peak memory | engine |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    let _ = writeln!(
        text,
        "| {name} | {} | {} | {} | {} | {mean} | {deviation} | {least} | {most} | {:.1} | {peak} | {} |",
        last.network, last.n_parameters, last.epochs, row.runs, seconds.mean, last.engine,
    );
    text
}

fn of_values(axes: &[Axis], rows: &[Row]) -> String {
    let keys: Vec<&str> = axes.iter().map(|axis| axis.key.as_str()).collect();
    let mut text = format!(
        "| {} | runs | mean | deviation | least | most | validation | s a run | |\n|{}\n",
        keys.join(" | "),
        "---|".repeat(keys.len() + 8)
    );
    for row in rows {
        let none = || ["-"; 4].map(String::from);
        let [mean, deviation, least, most] =
            row.test_accuracy.map_or_else(none, |s| s.cells(percent));
        let validation = row
            .validation_accuracy
            .map_or_else(|| "-".to_owned(), |s| percent(s.mean));
        let seconds = row
            .train_seconds
            .map_or_else(|| "-".to_owned(), |s| format!("{:.1}", s.mean));
        let best = if row.is_best { "best" } else { "" };
        let _ = writeln!(
            text,
            "| {} | {} | {mean} | {deviation} | {least} | {most} | {validation} | {seconds} | {best} |",
            row.values.join(" | "),
            row.runs
        );
    }
    text += match is_by_validation(rows) {
        true => {
            "accuracies on the test set; best: the highest mean accuracy on the validation set\n"
        }
        false => {
            "accuracies on the test set; best: the highest mean there, as there is no validation set: somewhat optimistic\n"
        }
    };
    text
}

/// The same as comma-separated values: a line for each set of values; accuracies from 0 to 1, nothing where there is none.
pub fn csv(axes: &[Axis], rows: &[Row]) -> String {
    let columns = [
        "folder",
        "runs",
        "mean",
        "deviation",
        "least",
        "most",
        "validation",
        "seconds",
        "best",
    ];
    let keys = axes.iter().map(|axis| axis.key.clone());
    let mut text = line(keys.chain(columns.map(String::from)));
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for row in rows {
        let accuracy = row.test_accuracy;
        let figures = [
            row.folder.clone(),
            row.runs.to_string(),
            number(accuracy.map(|s| s.mean)),
            number(accuracy.and_then(|s| s.deviation)),
            number(accuracy.map(|s| s.least)),
            number(accuracy.map(|s| s.most)),
            number(row.validation_accuracy.map(|s| s.mean)),
            number(row.train_seconds.map(|s| s.mean)),
            row.is_best.to_string(),
        ];
        text += &line(row.values.iter().cloned().chain(figures));
    }
    text
}

/// Fields in a line; those with commas, quotes or ends of lines stand in quotes.
fn line(fields: impl Iterator<Item = String>) -> String {
    let quoted = |field: String| match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field,
    };
    let fields: Vec<String> = fields.map(quoted).collect();
    fields.join(",") + "\n"
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: &str, test: f64, validation: Option<f64>) -> Row {
        Row {
            values: vec![value.to_owned()],
            folder: format!("a={value}"),
            runs: 2,
            test_accuracy: Statistics::of(&[test - 0.125, test + 0.125]),
            validation_accuracy: validation.and_then(|accuracy| Statistics::of(&[accuracy])),
            train_seconds: Statistics::of(&[1.5]),
            peak_memory_mb: None,
            is_best: false,
        }
    }

    fn axes() -> Vec<Axis> {
        vec![Axis {
            key: "a".to_owned(),
            values: vec!["1".to_owned(), "[2,3]".to_owned()],
        }]
    }

    #[test]
    fn the_validation_set_says_which_is_best_where_there_is_one() {
        let mut rows = vec![row("1", 0.75, Some(0.5)), row("[2,3]", 0.5, Some(0.625))];
        mark_best(&mut rows);
        assert_eq!(
            rows.iter().map(|row| row.is_best).collect::<Vec<_>>(),
            [false, true]
        );
        let told = table("x", &axes(), &rows, &[]);
        assert!(
            told.contains("| 1 | 2 | 75.00 % | 17.68 % | 62.50 % | 87.50 % | 50.00 % | 1.5 |  |"),
            "{told}"
        );
        assert!(
            told.contains("| 62.50 % | 1.5 | best |") && told.contains("on the validation set"),
            "{told}"
        );
        let mut rows = vec![row("1", 0.75, None), row("[2,3]", 0.5, None)];
        mark_best(&mut rows);
        assert_eq!(
            rows.iter().map(|row| row.is_best).collect::<Vec<_>>(),
            [true, false]
        );
        assert!(table("x", &axes(), &rows, &[]).contains("there is no validation set"));
        let mut one = vec![row("1", 0.75, None)];
        mark_best(&mut one);
        assert!(!one[0].is_best);
    }

    #[test]
    fn the_same_is_there_in_csv() {
        let mut rows = vec![row("1", 0.75, None), row("[2,3]", 0.5, None)];
        rows[1] = Row::of(
            vec!["[2,3]".to_owned()],
            "a=_2,3_".to_owned(),
            std::iter::empty(),
        );
        mark_best(&mut rows);
        let text = csv(&axes(), &rows);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let lines: Vec<Vec<String>> = reader
            .records()
            .map(|record| record.expect("a line").iter().map(str::to_owned).collect())
            .collect();
        let deviation = (2.0_f64 * 0.125 * 0.125).sqrt().to_string();
        assert_eq!(
            lines[0],
            [
                "1", "a=1", "2", "0.75", &deviation, "0.625", "0.875", "", "1.5", "true"
            ]
        );
        assert_eq!(
            lines[1],
            ["[2,3]", "a=_2,3_", "0", "", "", "", "", "", "", "false"]
        );
    }
}
