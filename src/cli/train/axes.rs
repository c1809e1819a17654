//! Settings with several values each: the product of all.

use serde::{Deserialize, Serialize};
use spikefront::{Error, Result};

/// The longest name of a folder that is made of settings, in bytes.
const LONGEST: usize = 120;

/// A setting with several values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    pub key: String,
    pub values: Vec<String>,
}

impl Axis {
    /// Of `KEY=VALUE,VALUE,..`; none of an assignment with one value.
    ///
    /// # Errors
    /// An empty value beside others; a setting that has an option for several values, or for none.
    pub fn of(assignment: &str) -> Result<Option<Self>> {
        let Some((key, text)) = assignment.split_once('=') else {
            return Ok(None);
        };
        let (key, values) = (key.trim(), values(text));
        if values.len() < 2 {
            return Ok(None);
        }
        let refuse = |remedy: &str| {
            Err(Error::invalid(
                format!("several values of {key}"),
                text,
                remedy,
            ))
        };
        match key {
            "seed" => return refuse("give them as --seeds FIRST-LAST"),
            "engine" => return refuse("one engine computes all runs: give one"),
            _ if values.iter().any(String::is_empty) => {
                return refuse(
                    "one of them is empty; a comma within a value stands in quotes or brackets",
                );
            }
            _ => {}
        }
        let twice = (1..values.len()).find(|&ix| values[..ix].contains(&values[ix]));
        if let Some(ix) = twice {
            return refuse(&format!("{} is given twice: give it once", values[ix]));
        }
        Ok(Some(Self {
            key: key.to_owned(),
            values,
        }))
    }
}

/// What stands between the commas that are not within quotes, brackets or braces.
fn values(text: &str) -> Vec<String> {
    let (mut values, mut value) = (Vec::new(), String::new());
    let (mut depth, mut quote, mut is_escaped) = (0_usize, None, false);
    for c in text.chars() {
        match quote {
            Some('"') if is_escaped => is_escaped = false,
            Some('"') if c == '\\' => is_escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None => match c {
                '"' | '\'' => quote = Some(c),
                '[' | '{' => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    values.push(std::mem::take(&mut value).trim().to_owned());
                    continue;
                }
                _ => {}
            },
        }
        value.push(c);
    }
    values.push(value.trim().to_owned());
    values
}

/// The assignments of each run: every value of the first with every value of the second, and so on, the last the fastest.
pub fn product(axes: &[Axis]) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    for axis in axes {
        let longer = all.iter().flat_map(|set: &Vec<String>| {
            axis.values.iter().map(|value| {
                let mut set = set.clone();
                set.push(value.clone());
                set
            })
        });
        all = longer.collect();
    }
    all
}

/// A folder's name for each set of values, no two alike; empty where there are no axes.
pub fn folders(axes: &[Axis], sets: &[Vec<String>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for set in sets {
        let parts = axes
            .iter()
            .zip(set)
            .map(|(axis, value)| format!("{}={value}", axis.key));
        let name: String = parts
            .collect::<Vec<_>>()
            .join(",")
            .chars()
            .map(plain)
            .collect();
        let mut short = name.clone();
        short.truncate(LONGEST);
        // Cut off or spelt alike: numbered.
        let mut unique = short.clone();
        let mut number = 2;
        while !axes.is_empty() && names.contains(&unique) {
            unique = format!("{short}-{number}");
            number += 1;
        }
        names.push(unique);
    }
    names
}

/// What every file system takes.
fn plain(c: char) -> char {
    match c {
        c if c.is_ascii_alphanumeric() || "._=,+-".contains(c) => c,
        _ => '_',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commas_outside_of_quotes_and_brackets_separate() {
        for (text, expected) in [
            ("0.1", &["0.1"][..]),
            ("0.1, 1e-3,2", &["0.1", "1e-3", "2"]),
            ("[1,2]", &["[1,2]"]),
            ("[1,2],[3]", &["[1,2]", "[3]"]),
            (
                "{ kind = \"a,b\", x = [1, 2] }",
                &["{ kind = \"a,b\", x = [1, 2] }"],
            ),
            ("\"a,b\",'c,\"d'", &["\"a,b\"", "'c,\"d'"]),
            ("\"a\\\",b\",c", &["\"a\\\",b\"", "c"]),
            ("a,", &["a", ""]),
        ] {
            assert_eq!(values(text), expected, "{text}");
        }
    }

    #[test]
    fn axes_have_several_values() -> Result<()> {
        assert_eq!(Axis::of("a.b=1")?, None);
        assert_eq!(Axis::of("a.b")?, None);
        let axis = Axis::of(" a.b = 1, 2")?.expect("two values");
        assert_eq!(
            (axis.key.as_str(), axis.values),
            ("a.b", vec!["1".to_owned(), "2".to_owned()])
        );
        for (wrong, remedy) in [
            ("a=1,,2", "is empty"),
            ("a=1,", "is empty"),
            ("seed=1,2", "--seeds"),
            ("engine=cpu,gpu", "one engine"),
        ] {
            let told = Axis::of(wrong).expect_err("it is refused").to_string();
            assert!(told.contains(remedy), "{told}");
        }
        Ok(())
    }

    #[test]
    fn the_product_has_a_folder_for_each() -> Result<()> {
        let axes =
            ["a=1,2", "b=x/y,x y,z"].map(|text| Axis::of(text).map(|axis| axis.expect("several")));
        let axes: Vec<Axis> = axes.into_iter().collect::<Result<_>>()?;
        let sets = product(&axes);
        assert_eq!(sets.len(), 6);
        assert_eq!(sets[1], ["1", "x y"]);
        let names = folders(&axes, &sets);
        assert_eq!(names[..3], ["a=1,b=x_y", "a=1,b=x_y-2", "a=1,b=z"]);
        assert_eq!(product(&[]), [Vec::<String>::new()]);
        assert_eq!(folders(&[], &product(&[])), [""]);
        Ok(())
    }
}
