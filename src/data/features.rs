//! Features and labels of one's own, from `.npz` or `.csv` files.

use std::path::Path;

use ndarray::Array2;

use super::columns::{Chosen, ColumnNames, MOST_COLUMNS, UNNAMED, is_csv, numbered, separators};
use super::npz::Npz;
use super::spike_trains::MOST_CLASSES;
use crate::{Error, Result, count, files, memory};

/// The largest table of text that is read, in bytes.
const MOST_BYTES: u64 = 1 << 30;
/// How many bytes a table becomes at most, for each of its text: a digit and a comma become a number, or a label.
const GROWTH: u64 = 16;

/// Features as they stand in a file, with their labels.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureTable {
    origin: String,
    columns: Vec<String>,
    is_numbered: bool,
    features: Array2<f64>,
    label: Option<String>,
    labels: Option<Vec<String>>,
}

impl FeatureTable {
    /// Reads a table of features with labels.
    ///
    /// A `.npz` file has the arrays `x`, `[sample x column]`, and `y`, whole numbers, one a sample. A `.csv` file
    /// has a line of names, then a line for each sample: numbers, separated by commas, and a label, a number or a text. Where
    /// all of the first line but the last field are numbers that do not count from 0, it is a sample, and the columns are
    /// called "0", "1" and so on.
    ///
    /// # Errors
    /// A file that cannot be read or understood: an array, a column or a label that is missing, lines of different
    /// lengths, what is no finite number, all by name. No samples.
    pub fn read(path: impl AsRef<Path>, names: &ColumnNames) -> Result<Self> {
        let table = Self::read_unlabelled(path, names)?;
        if table.labels.is_some() {
            return Ok(table);
        }
        let what = match (is_csv(Path::new(&table.origin)), &names.label) {
            (true, Some(name)) => format!("it has no column \"{name}\" of labels"),
            (true, None) => "it has no column of labels beside those of features".to_owned(),
            (false, _) => "array y: it is missing from the file".to_owned(),
        };
        Err(Error::malformed(table.origin, what))
    }

    /// As [`read`](Self::read), of a file that may lack labels.
    ///
    /// # Errors
    /// As there.
    pub fn read_unlabelled(path: impl AsRef<Path>, names: &ColumnNames) -> Result<Self> {
        let path = path.as_ref();
        if is_csv(path) {
            let text = files::read_text(path, MOST_BYTES)?;
            let needed = GROWTH * text.len() as u64;
            let what = format!("the table {}", path.display());
            memory::check(&what, needed, |_| "use a smaller file, or .npz".to_owned())?;
            return Self::of_csv(&path.display().to_string(), &text, names);
        }
        let keys = [
            ("data.label", names.label.as_deref()),
            ("data.columns", names.features.as_ref().map(|_| "given")),
        ];
        for (key, value) in keys {
            if let Some(value) = value {
                let remedy = "leave it out: a .npz file has arrays x and y, not named columns";
                return Err(Error::invalid(key, value, remedy));
            }
        }
        Self::of_npz(path)
    }

    /// What the file is called.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The names of the columns of features.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// What is worth knowing of how the file was read: that its first line was taken for a sample.
    pub fn note(&self) -> Option<String> {
        let n = self.columns.len() + usize::from(self.label.is_some());
        self.is_numbered.then(|| {
            format!(
                "the first line of {} has numbers and is taken for a sample; its columns are called 0 to {}, and a line of \
                 names above it gives them others",
                self.origin,
                n.saturating_sub(1)
            )
        })
    }

    /// What the column of labels is called, where the file names its columns and has one.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Features, `[sample x column]`.
    pub fn features(&self) -> &Array2<f64> {
        &self.features
    }

    /// Each sample's label as a text, where the file has labels.
    pub fn labels(&self) -> Option<&[String]> {
        self.labels.as_deref()
    }

    /// The different labels in order: of their values where all are numbers, else of the alphabet.
    ///
    /// # Errors
    /// More than 65,536.
    pub fn classes(&self) -> Result<Vec<String>> {
        let mut classes: Vec<String> = self.labels.iter().flatten().cloned().collect();
        classes.sort_unstable();
        classes.dedup();
        let number = |label: &String| label.parse::<f64>();
        if let Ok(numbers) = classes
            .iter()
            .map(number)
            .collect::<std::result::Result<Vec<_>, _>>()
        {
            let mut pairs: Vec<(f64, String)> = numbers.into_iter().zip(classes).collect();
            pairs.sort_by(|x, y| x.0.total_cmp(&y.0));
            classes = pairs.into_iter().map(|(_, label)| label).collect();
        }
        if classes.len() > MOST_CLASSES {
            let detail = format!(
                "it has {} different labels, and at most {MOST_CLASSES} are taken: is another column that of labels?",
                classes.len()
            );
            return Err(Error::malformed(&self.origin, detail));
        }
        Ok(classes)
    }

    /// Each sample's label as an index into `classes`; none where the file has no labels.
    ///
    /// # Errors
    /// A label that is none of them: which, and of which sample.
    pub fn indices(&self, classes: &[String]) -> Result<Option<Vec<usize>>> {
        let Some(labels) = &self.labels else {
            return Ok(None);
        };
        let places: std::collections::HashMap<&str, usize> = classes
            .iter()
            .enumerate()
            .map(|(ix, name)| (name.as_str(), ix))
            .collect();
        let index = |(sample, label): (usize, &String)| {
            places.get(label.as_str()).copied().ok_or_else(|| {
                let detail = format!(
                    "label \"{label}\" of sample {sample} is unknown: the training samples have {}",
                    classes.join(", ")
                );
                Error::malformed(&self.origin, detail)
            })
        };
        labels
            .iter()
            .enumerate()
            .map(index)
            .collect::<Result<_>>()
            .map(Some)
    }

    fn of_npz(path: &Path) -> Result<Self> {
        let mut file = Npz::open(path)?;
        let features = file.matrix("x")?;
        if features.is_empty() || features.ncols() > MOST_COLUMNS {
            let detail = format!(
                "its shape is {:?}; give at least one sample, and 1 to {MOST_COLUMNS} columns",
                features.dim()
            );
            return Err(file.fault("x", detail));
        }
        if let Some(((sample, column), value)) =
            features.indexed_iter().find(|(_, v)| !v.is_finite())
        {
            let detail =
                format!("sample {sample}, column {column} is {value}; give finite numbers");
            return Err(file.fault("x", detail));
        }
        let labels = match file.has("y") {
            true => Some(file.vector("y")?),
            false => None,
        };
        if let Some(labels) = &labels {
            if labels.len() != features.nrows() {
                let detail = format!(
                    "{} for {} of x",
                    count(labels.len(), "label"),
                    count(features.nrows(), "sample")
                );
                return Err(file.fault("y", detail));
            }
            let is_whole = |label: &f64| label.is_finite() && label.fract() == 0.0;
            if let Some(sample) = labels.iter().position(|label| !is_whole(label)) {
                let detail = format!("sample {sample} is {}; give whole numbers", labels[sample]);
                return Err(file.fault("y", detail));
            }
        }
        Ok(Self {
            origin: path.display().to_string(),
            columns: (0..features.ncols())
                .map(|ix| format!("{UNNAMED}{ix}]"))
                .collect(),
            is_numbered: false,
            features,
            label: None,
            labels: labels.map(|labels| labels.iter().map(f64::to_string).collect()),
        })
    }

    fn of_csv(origin: &str, text: &str, names: &ColumnNames) -> Result<Self> {
        let fault = |detail: String| Error::malformed(origin, detail);
        // What some programs begin a text with.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        separators(text).map_err(fault)?;
        let reader = |has_headers| {
            csv::ReaderBuilder::new()
                .has_headers(has_headers)
                .flexible(true)
                .trim(csv::Trim::All)
                .from_reader(text.as_bytes())
        };
        let mut first = reader(true);
        let header = first.headers().map_err(|e| fault(e.to_string()))?;
        let header: Vec<String> = header.iter().map(str::to_owned).collect();
        let numbered = numbered(&header, names);
        let is_numbered = numbered.is_some();
        let header = numbered.unwrap_or(header);
        let mut reader = reader(!is_numbered);
        let Chosen {
            features: places,
            label,
        } = Chosen::of(&header, names).map_err(|why| {
            fault(match is_numbered {
                true => format!("{why}; its first line has numbers: put one of names above it"),
                false => why,
            })
        })?;
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        let mut n_samples = 0;
        for record in reader.records() {
            let record = record.map_err(|e| fault(e.to_string()))?;
            let line = record.position().map_or(0, |position| position.line());
            if record.len() != header.len() {
                let (found, expected) = (count(record.len(), "field"), header.len());
                return Err(fault(format!(
                    "line {line} has {found}, and its first line {expected}"
                )));
            }
            for &column in &places {
                let field = &record[column];
                let value = field.parse().ok().filter(|value: &f64| value.is_finite());
                let place = || format!("line {line}, column \"{}\"", header[column]);
                values.push(value.ok_or_else(|| {
                    fault(format!("{}: \"{field}\" is no finite number", place()))
                })?);
            }
            if let Some(column) = label {
                let text = &record[column];
                if text.is_empty() {
                    return Err(fault(format!(
                        "line {line}, column \"{}\": the label is empty",
                        header[column]
                    )));
                }
                // One class, however its number is written.
                let number = text.parse().ok().filter(|number: &f64| number.is_finite());
                labels.push(number.map_or_else(|| text.to_owned(), |number| number.to_string()));
            }
            n_samples += 1;
        }
        if n_samples == 0 {
            return Err(fault("it has no samples below its first line".to_owned()));
        }
        let features = Array2::from_shape_vec((n_samples, places.len()), values)
            .expect("every line has a value for each column");
        Ok(Self {
            origin: origin.to_owned(),
            columns: places
                .iter()
                .map(|&column| header[column].clone())
                .collect(),
            is_numbered,
            features,
            label: label.map(|column| header[column].clone()),
            labels: label.is_some().then_some(labels),
        })
    }
}

#[cfg(test)]
#[path = "features_tests.rs"]
mod tests;
