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
    #[must_use]
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

/// The names of columns of a table whose first line is a sample, not names: "0", "1" and so on.
///
/// It is one where all of its fields but the last, which may be the label, are finite numbers, unless they count the columns
/// from 0, as some programs write names that are not there, or have the names that are asked for.
pub(super) fn numbered(first: &[String], names: &ColumnNames) -> Option<Vec<String>> {
    let counted: Vec<String> = (0..first.len()).map(|ix| ix.to_string()).collect();
    let asked = names.label.iter().chain(names.features.iter().flatten());
    let has_asked = asked.clone().count() > 0 && asked.clone().all(|name| first.contains(name));
    let is_number = |field: &String| field.parse().is_ok_and(|value: f64| value.is_finite());
    let n_features = first.len().saturating_sub(1).max(1);
    let are_numbers = !first.is_empty() && first[..n_features].iter().all(is_number);
    (are_numbers && first != counted && !has_asked).then_some(counted)
}

/// What is wrong with a table's text before any field is looked at: it is empty, or its fields are not separated by commas.
pub(super) fn separators(text: &str) -> std::result::Result<(), String> {
    let Some(first) = text.lines().find(|line| !line.trim().is_empty()) else {
        return Err("it is empty; give a line of names and a line for each sample".to_owned());
    };
    let count = |c: char| first.matches(c).count();
    for (c, name) in [(';', "semicolons"), ('\t', "tabs")] {
        if count(c) > count(',') {
            return Err(format!(
                "its fields seem to be separated by {name}; separate them by commas, and write numbers with points, such as 0.5"
            ));
        }
    }
    // With decimal commas they are no fewer.
    if first.contains(';')
        && count(';') + 1 >= count(',')
        && first.contains(|c: char| c.is_ascii_digit())
    {
        return Err(
            "its numbers seem to have decimal commas; write 0.5, and separate fields by commas"
                .to_owned(),
        );
    }
    Ok(())
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
            let columns = crate::count(features.len(), "column");
            return Err(format!(
                "it has {columns} of features; give 1 to {MOST_COLUMNS}"
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn a_first_line_of_numbers_is_a_sample() {
        let none = ColumnNames::default();
        let of = |text: &str| numbered(&fields(text), &none);
        for sample in ["5.1,3.5,setosa", "5.1,3.5,0", "0,1,0", "1.5", "-1,2e3,x"] {
            let expected: Vec<String> =
                (0..fields(sample).len()).map(|ix| ix.to_string()).collect();
            assert_eq!(of(sample), Some(expected), "{sample}");
        }
        for names in ["a,b,y", "0,1,2", "a,1,2", "x", "nan,1,2", "inf,3,y"] {
            assert_eq!(of(names), None, "{names}");
        }
        let asked = ColumnNames {
            label: Some("2020".to_owned()),
            features: None,
        };
        assert_eq!(numbered(&fields("2018,2019,2020"), &asked), None);
        assert!(numbered(&fields("2018,2019,2021"), &asked).is_some());
    }

    #[test]
    fn other_separators_are_told() {
        assert!(separators("a,b\n1;2").is_ok() && separators("\n a,b").is_ok());
        for (text, told) in [
            ("", "it is empty"),
            (" \n\n", "it is empty"),
            ("a;b;y\n1;2;x", "semicolons; separate them by commas"),
            ("a\tb\n", "tabs"),
            ("5,1;3,5;0", "decimal commas"),
        ] {
            let error = separators(text).expect_err(text);
            assert!(error.contains(told), "{error}");
        }
    }
}
