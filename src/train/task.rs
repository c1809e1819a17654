//! What is learnt.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::DataSettings;
use crate::data::{
    Splits, digits, fashion_mnist, iris, mnist, stratified_split, xor, yin_yang_splits,
};
use crate::{Error, Result};

/// The share of Iris and digits that is kept for testing.
const TEST_FRACTION: f64 = 0.2;
/// How many of MNIST's and Fashion-MNIST's 60,000 training images are kept for validation.
const VALIDATION: usize = 5000;

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
    /// 28 x 28 digits, from files: the last 5,000 training images are the validation set, whatever the seed.
    Mnist,
    /// 28 x 28 pictures of clothing, from files, divided as MNIST is.
    FashionMnist,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Xor,
        Self::Iris,
        Self::YinYang,
        Self::Digits,
        Self::Mnist,
        Self::FashionMnist,
    ];

    /// Whether its data come from files that do not ship with the crate.
    pub fn needs_files(self) -> bool {
        matches!(self, Self::Mnist | Self::FashionMnist)
    }

    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xor => "xor",
            Self::Iris => "iris",
            Self::YinYang => "yin-yang",
            Self::Digits => "digits",
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion-mnist",
        }
    }
}

impl DataSettings {
    /// The data, divided.
    ///
    /// # Errors
    /// Of a set that does not ship with the crate: no folder, or files that are missing or
    /// damaged. Of one that does: a folder.
    pub fn splits(&self, seed: u64) -> Result<Splits> {
        let name = self.task.name();
        let folder = self.folder.as_ref();
        if let (false, Some(folder)) = (self.task.needs_files(), folder) {
            let remedy = format!("leave it out: {name} ships with the program");
            return Err(Error::invalid("data.folder", folder.display(), remedy));
        }
        let folder = || {
            folder.ok_or_else(|| {
                let remedy = format!(
                    "give the folder of {name}, with train-images-idx3-ubyte, train-labels-idx1-ubyte, \
                     t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or with .gz, as --data DIR \
                     or as folder under [data]"
                );
                Error::invalid("data.folder", "not given", remedy)
            })
        };
        let set = match self.task {
            Task::Mnist => return mnist(folder()?, VALIDATION),
            Task::FashionMnist => return fashion_mnist(folder()?, VALIDATION),
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
    fn folders_are_for_sets_that_need_them() {
        for task in Task::ALL {
            let folder = (!task.needs_files()).then(|| "somewhere".into());
            let error = DataSettings { task, folder }.splits(0);
            let told = error.expect_err("too much or too little").to_string();
            assert!(told.starts_with("data.folder is "), "{told}");
        }
        let told = |folder: &std::path::Path| {
            let folder = Some(folder.to_owned());
            let data = DataSettings {
                task: Task::Mnist,
                folder,
            };
            data.splits(0).expect_err("no files").to_string()
        };
        let empty = tempfile::tempdir().expect("a temporary folder");
        assert!(told(empty.path()).contains("it lacks train-images-idx3-ubyte, "));
    }

    #[test]
    fn names_are_read_back() -> Result<()> {
        for task in Task::ALL {
            assert_eq!(task.name().parse::<Task>()?, task);
        }
        let error = "cifar".parse::<Task>().expect_err("there is none");
        assert!(error.to_string().contains("choose one of xor"), "{error}");
        Ok(())
    }
}
