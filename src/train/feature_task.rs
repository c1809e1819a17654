//! The task whose samples are features of one's own.

use std::path::{Path, PathBuf};

use super::DataSettings;
use super::task::TEST_FRACTION;
use crate::data::{ColumnNames, Dataset, FeatureTable, Scaling, Splits, stratified_split};
use crate::{Error, Result, count};

/// The endings of files with features.
const ENDINGS: [&str; 2] = ["npz", "csv"];

impl DataSettings {
    /// Which columns of a table are what.
    pub(super) fn column_names(&self) -> ColumnNames {
        ColumnNames {
            label: self.label.clone(),
            features: self.columns.clone(),
        }
    }

    /// The division of features of one's own.
    pub(super) fn features(&self, seed: u64) -> Result<Splits> {
        let files =
            "train.npz and test.npz (arrays x and y), or train.csv and test.csv, or one such file";
        let place = self.folder(files)?;
        let splits = match place.is_file() {
            true => self.divided(place, seed)?,
            false => self.given(place)?,
        };
        let counted = splits.train.labels().iter();
        let mut has_samples = vec![false; splits.train.n_classes()];
        counted.for_each(|&label| has_samples[label] = true);
        if let Some(class) = has_samples.iter().position(|&has| !has) {
            return Err(Error::invalid(
                "number of training samples of the class",
                format!("0 (\"{}\")", splits.train.class_names()[class]),
                "give each class a training sample, or choose a smaller data.test_fraction",
            ));
        }
        Ok(splits)
    }

    /// Keys of this task, given with another.
    pub(super) fn refuse_of_features(&self) -> Result<()> {
        let fraction = |share: Option<f64>| share.map(|share| share.to_string());
        let keys = [
            ("label", self.label.clone()),
            (
                "columns",
                self.columns.as_ref().map(|names| names.join(", ")),
            ),
            ("test_fraction", fraction(self.test_fraction)),
            ("validation_fraction", fraction(self.validation_fraction)),
        ];
        match keys
            .into_iter()
            .find_map(|(key, value)| Some((key, value?)))
        {
            None => Ok(()),
            Some((key, value)) => {
                let remedy = format!(
                    "leave it out: it is of the task features, not of {}",
                    self.task.name()
                );
                Err(Error::invalid(format!("data.{key}"), value, remedy))
            }
        }
    }

    /// One file, of which shares are the test set and the validation set.
    fn divided(&self, file: &Path, seed: u64) -> Result<Splits> {
        let test = share("test_fraction", self.test_fraction.unwrap_or(TEST_FRACTION))?;
        let validation = self
            .validation_fraction
            .map(|v| share("validation_fraction", v));
        let validation = validation.transpose()?.unwrap_or(0.0);
        if test + validation >= 1.0 {
            let remedy = "let it leave something to train on beside data.test_fraction";
            return Err(Error::invalid(
                "data.validation_fraction",
                validation,
                remedy,
            ));
        }
        let table = FeatureTable::read(file, &self.column_names())?;
        let all = dataset(&table, &table.classes()?)?;
        let (rest, test_set) = stratified_split(&all, test, seed)?;
        let (train, held_out) = match validation {
            0.0 => (rest, None),
            _ => {
                let (train, held_out) = stratified_split(&rest, validation / (1.0 - test), seed)?;
                (train, Some(held_out))
            }
        };
        scaled(&table, train, held_out, test_set)
    }

    /// A folder with a file for each part.
    fn given(&self, folder: &Path) -> Result<Splits> {
        for (key, value) in [
            ("test_fraction", self.test_fraction),
            ("validation_fraction", self.validation_fraction),
        ] {
            if let Some(value) = value {
                let remedy = "leave it out: the folder has a file for each part. Name one file to have it divided";
                return Err(Error::invalid(format!("data.{key}"), value, remedy));
            }
        }
        if !folder.is_dir() {
            let remedy = "there is no such file or folder: name one that is there";
            return Err(Error::invalid("data.folder", folder.display(), remedy));
        }
        let needed = |part: &str| {
            let found = part_file(folder, part)?;
            found.ok_or_else(|| {
                let remedy = format!(
                    "put train.npz and test.npz there (arrays x and y), or train.csv and test.csv; it lacks {part}"
                );
                Error::invalid("data.folder", folder.display(), remedy)
            })
        };
        let names = self.column_names();
        let train = FeatureTable::read(needed("train")?, &names)?;
        let names = ColumnNames {
            label: train.label().map(str::to_owned),
            ..names
        };
        let read = |path: PathBuf| -> Result<Dataset> {
            let names = names.like(train.columns(), &path);
            dataset_like(&train, &FeatureTable::read(path, &names)?)
        };
        let test = read(needed("test")?)?;
        let validation = part_file(folder, "validation")?.map(read).transpose()?;
        let set = dataset(&train, &train.classes()?)?;
        scaled(&train, set, validation, test)
    }
}

/// The file of a part: with either ending, but not with both.
pub(super) fn part_file(folder: &Path, part: &str) -> Result<Option<PathBuf>> {
    let files = ENDINGS.map(|ending| folder.join(format!("{part}.{ending}")));
    let mut there: Vec<PathBuf> = files.into_iter().filter(|file| file.is_file()).collect();
    if there.len() > 1 {
        let remedy = format!("leave one of {part}.npz and {part}.csv there");
        return Err(Error::invalid("data.folder", folder.display(), remedy));
    }
    Ok(there.pop())
}

/// A table as a set, its features as they stand.
fn dataset(table: &FeatureTable, classes: &[String]) -> Result<Dataset> {
    let labels = table.indices(classes)?.unwrap_or_default();
    Dataset::new(
        table.origin(),
        table.features().clone(),
        labels,
        classes.to_vec(),
    )
}

/// A table as a set with the classes and as many columns as the training part has.
fn dataset_like(train: &FeatureTable, table: &FeatureTable) -> Result<Dataset> {
    let (columns, expected) = (table.columns().len(), train.columns().len());
    if columns != expected {
        let detail = format!(
            "it has {} of features, and {} has {expected}",
            count(columns, "column"),
            train.origin()
        );
        return Err(Error::malformed(table.origin(), detail));
    }
    dataset(table, &train.classes()?)
}

fn share(key: &str, share: f64) -> Result<f64> {
    if share > 0.0 && share < 1.0 {
        return Ok(share);
    }
    let remedy = "choose a share above 0 and below 1";
    Err(Error::invalid(format!("data.{key}"), share, remedy))
}

/// All parts, scaled by what the training part has.
fn scaled(
    table: &FeatureTable,
    train: Dataset,
    validation: Option<Dataset>,
    test: Dataset,
) -> Result<Splits> {
    let scaling = Scaling::fit(table.columns().to_vec(), train.features().view())?;
    let mut warnings: Vec<String> = table.note().into_iter().collect();
    let constant = scaling.constant();
    if !constant.is_empty() {
        warnings.push(format!(
            "columns that have one value in all training samples say nothing, and count as 0: {}",
            constant.join(", ")
        ));
    }
    let mut apply = |what: &str, set: &Dataset| {
        let (features, beyond) = scaling.apply(set.features().clone())?;
        if beyond > 0 {
            warnings.push(beyond_range(beyond, features.len(), what));
        }
        Dataset::new(
            set.name(),
            features,
            set.labels().to_vec(),
            set.class_names().to_vec(),
        )
    };
    let train = apply("training", &train)?;
    let validation = validation
        .map(|set| apply("validation", &set))
        .transpose()?;
    let test = apply("test", &test)?;
    Ok(Splits {
        train,
        validation,
        test,
        warnings,
        label: table.label().map(str::to_owned),
        scaling: Some(scaling),
    })
}

/// What is told where values were moved to the range.
pub(super) fn beyond_range(beyond: usize, all: usize, what: &str) -> String {
    format!(
        "{beyond} of {all} values of the {what} samples lie beyond the range that their columns have in training, and count as its ends"
    )
}

#[cfg(test)]
#[path = "feature_task_tests.rs"]
mod tests;
