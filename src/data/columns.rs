//! Which columns of a table are features, and which is the label.

use std::path::Path;

/// What the names of columns of an array begin with.
pub(super) const UNNAMED: &str = "x[:, ";
/// The most columns of features.
pub(super) const MOST_COLUMNS: usize = 1 << 20;

/// Which columns of a `.csv` file are what.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnNames {
    /// The column of labels; the last one where it is not given.
    pub label: Option<String>,
    /// The columns of features, in this order; all others where they are not given.
    pub features: Option<Vec<String>>,
}

impl ColumnNames {
    /// Those of another file of the same kind of samples, where the columns of the first are called `columns`: in a `.csv`
    /// file they are found by these names, in whatever order they stand.
    pub fn like(&self, columns: &[String], path: &Path) -> Self {
        let is_named = !columns.iter().all(|name| name.starts_with(UNNAMED));
        match is_csv(path) {
            true => Self {
                label: self.label.clone(),
                features: is_named.then(|| columns.to_vec()),
            },
            false => Self::default(),
        }
    }
}

/// Whether a file is read as text.
pub(super) fn is_csv(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// Where features and labels stand in the lines of a table.
pub(super) struct Chosen {
    pub(super) features: Vec<usize>,
    pub(super) label: Option<usize>,
}

impl Chosen {
    pub(super) fn of(header: &[String], names: &ColumnNames) -> std::result::Result<Self, String> {
        let place = |name: &String| {
            let found = header.iter().position(|known| known == name);
            found.ok_or_else(|| {
                format!(
                    "it has no column \"{name}\"; its columns are {}",
                    header.join(", ")
                )
            })
        };
        for (ix, name) in header.iter().enumerate() {
            if header[..ix].contains(name) {
                return Err(format!("two of its columns are called \"{name}\""));
            }
        }
        let named = names.features.as_ref().map(|names| {
            names
                .iter()
                .map(place)
                .collect::<std::result::Result<Vec<_>, _>>()
        });
        let named = named.transpose()?;
        let last = header.len().checked_sub(1);
        let label = match &names.label {
            Some(name) => header.iter().position(|known| known == name),
            None => last.filter(|last| named.as_ref().is_none_or(|named| !named.contains(last))),
        };
        if let (Some(name), None, None) = (&names.label, label, &named) {
            place(name)?;
        }
        let features =
            named.unwrap_or_else(|| (0..header.len()).filter(|&ix| Some(ix) != label).collect());
        if features.is_empty() || features.len() > MOST_COLUMNS {
            let n = features.len();
            return Err(format!(
                "it has {n} columns of features; give 1 to {MOST_COLUMNS}"
            ));
        }
        match label.filter(|label| features.contains(label)) {
            Some(label) => Err(format!(
                "the column \"{}\" cannot be both label and feature",
                header[label]
            )),
            None => Ok(Self { features, label }),
        }
    }
}
