//! What is learnt.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::DataSettings;
use crate::data::{Splits, digits, iris, stratified_split, xor, yin_yang_splits};
use crate::{Error, Result};

/// The share of Iris and digits that is kept for testing.
const TEST_FRACTION: f64 = 0.2;

/// A data set with its division.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Exclusive or: four patterns, which are trained on and tested.
    Xor,
    /// Fisher's irises: a fifth of each class, drawn by the seed, is the test set.
    Iris,
    /// Yin-Yang in its published division, whatever the seed.
    YinYang,
    /// 8 x 8 digits: a fifth of each class, drawn by the seed, is the test set.
    Digits,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Xor, Self::Iris, Self::YinYang, Self::Digits];

    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xor => "xor",
            Self::Iris => "iris",
            Self::YinYang => "yin-yang",
            Self::Digits => "digits",
        }
    }
}

impl DataSettings {
    /// The data, divided.
    ///
    /// # Errors
    /// None for the sets that ship with the crate.
    pub fn splits(&self, seed: u64) -> Result<Splits> {
        let set = match self.task {
            Task::YinYang => return Ok(yin_yang_splits()),
            Task::Xor => {
                return Ok(Splits {
                    train: xor(),
                    validation: None,
                    test: xor(),
                });
            }
            Task::Iris => iris(),
            Task::Digits => digits(),
        };
        let (train, test) = stratified_split(&set, TEST_FRACTION, seed)?;
        Ok(Splits {
            train,
            validation: None,
            test,
        })
    }
}

impl FromStr for Task {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|task| task.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::invalid(
                "task",
                format!("{name:?}"),
                format!("choose one of {names}"),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_divides_iris_but_not_yin_yang() -> Result<()> {
        let splits = |task, seed| DataSettings { task, folder: None }.splits(seed);
        assert_ne!(splits(Task::Iris, 1)?, splits(Task::Iris, 2)?);
        assert_eq!(splits(Task::Iris, 1)?, splits(Task::Iris, 1)?);
        assert_eq!(splits(Task::YinYang, 1)?, splits(Task::YinYang, 2)?);
        Ok(())
    }

    #[test]
    fn names_are_read_back() -> Result<()> {
        for task in Task::ALL {
            assert_eq!(task.name().parse::<Task>()?, task);
        }
        let error = "mnist".parse::<Task>().expect_err("there is none");
        assert!(error.to_string().contains("choose one of xor"), "{error}");
        Ok(())
    }
}
