//! What is learnt.

use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::DataSettings;
use crate::data::{
    Images, SpikeSplits, Splits, digits, image_splits, iris, stratified_split, xor, yin_yang_splits,
};
use crate::{Error, Result};

/// The share of Iris and digits that is kept for testing.
pub(super) const TEST_FRACTION: f64 = 0.2;

/// The files of MNIST and Fashion-MNIST.
const IDX: &str = "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and \
                   t10k-labels-idx1-ubyte, plain or with .gz";

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
    /// 28 x 28 digits, from files: the last training images are the validation set, 5,000 of 60,000 unless it is said, whatever the seed.
    Mnist,
    /// 28 x 28 pictures of clothing, from files, divided as MNIST is.
    FashionMnist,
    /// Exclusive or of two cues that are far apart in time: 1,000 samples to train on and 500 to test, whatever the seed.
    DelayedXor,
    /// Spiking Heidelberg digits, from files, in their published division.
    Shd,
    /// Spiking speech commands, from files, in their published division.
    Ssc,
    /// Features of one's own, from `.npz` or `.csv` files: `train`, `test` and, if it is there, `validation`, or one
    /// file, of which a share of each class, drawn by the seed, is the test set.
    Features,
    /// Spike trains of one's own, from `train.npz`, `test.npz` and, if it is there, `validation.npz`.
    Spikes,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Xor,
        Self::Iris,
        Self::YinYang,
        Self::Digits,
        Self::Mnist,
        Self::FashionMnist,
        Self::DelayedXor,
        Self::Shd,
        Self::Ssc,
        Self::Features,
        Self::Spikes,
    ];

    /// Whether its data come from files that do not ship with the crate.
    pub fn needs_files(self) -> bool {
        matches!(self, Self::Mnist | Self::FashionMnist | Self::Features) || self.reads_spikes()
    }

    /// Whether its files hold spike trains.
    pub(super) fn reads_spikes(self) -> bool {
        matches!(self, Self::Shd | Self::Ssc | Self::Spikes)
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
            Self::DelayedXor => "delayed-xor",
            Self::Shd => "shd",
            Self::Ssc => "ssc",
            Self::Features => "features",
            Self::Spikes => "spikes",
        }
    }
}

/// A task's data, divided.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskData {
    /// Features, which an encoding makes spikes of.
    Features(Splits),
    /// Spikes to begin with.
    Spikes(SpikeSplits),
}

impl DataSettings {
    /// The data, divided.
    ///
    /// # Errors
    /// Of a set that does not ship with the crate: no folder, or files that are missing or
    /// damaged. A setting of another task.
    pub fn load(&self, seed: u64) -> Result<TaskData> {
        let task = self.task;
        let name = task.name();
        let refuse = |key: &str, value: String, why: &str| {
            let remedy = format!("leave it out: {name} {why}");
            Err(Error::invalid(format!("data.{key}"), value, remedy))
        };
        if let (false, Some(folder)) = (task.needs_files(), &self.folder) {
            return refuse(
                "folder",
                folder.display().to_string(),
                "ships with the program",
            );
        }
        if let (false, Some(channels)) = (task.reads_spikes(), self.channels) {
            return refuse(
                "channels",
                channels.to_string(),
                "has no spike trains from files",
            );
        }
        let has_images = matches!(task, Task::Mnist | Task::FashionMnist);
        if let (false, Some(validation)) = (has_images, self.validation) {
            return refuse(
                "validation",
                validation.to_string(),
                "has no images from files to divide",
            );
        }
        if let (true, Some(gap)) = (task != Task::DelayedXor, self.gap) {
            return refuse("gap", format!("{gap} ms"), "has no cues");
        }
        if task != Task::Features {
            self.refuse_of_features()?;
        }
        let set = match task {
            Task::Features => return Ok(TaskData::Features(self.features(seed)?)),
            Task::DelayedXor | Task::Shd | Task::Ssc | Task::Spikes => {
                return Ok(TaskData::Spikes(self.spikes()?));
            }
            Task::Mnist => return self.images(Images::Digits),
            Task::FashionMnist => return self.images(Images::Clothing),
            Task::YinYang => return Ok(TaskData::Features(yin_yang_splits())),
            Task::Xor => {
                let splits = Splits::new(xor(), None, xor());
                return Ok(TaskData::Features(splits));
            }
            Task::Iris => iris(),
            Task::Digits => digits(),
        };
        let (train, test) = stratified_split(&set, TEST_FRACTION, seed)?;
        Ok(TaskData::Features(Splits::new(train, None, test)))
    }

    fn images(&self, images: Images) -> Result<TaskData> {
        let splits = image_splits(images, self.folder(IDX)?, self.validation)?;
        Ok(TaskData::Features(splits))
    }

    /// The folder of the set's files.
    pub(super) fn folder(&self, files: &str) -> Result<&Path> {
        self.folder.as_deref().ok_or_else(|| {
            let name = self.task.name();
            let remedy = format!("name the folder of {name}, with {files}");
            Error::invalid("data.folder", "not given", remedy)
        })
    }
}

impl FromStr for Task {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|task| task.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            Error::unknown("task", name, &names)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_divides_iris_but_not_yin_yang() -> Result<()> {
        let splits = |task, seed| DataSettings::new(task).load(seed);
        assert_ne!(splits(Task::Iris, 1)?, splits(Task::Iris, 2)?);
        assert_eq!(splits(Task::Iris, 1)?, splits(Task::Iris, 1)?);
        assert_eq!(splits(Task::YinYang, 1)?, splits(Task::YinYang, 2)?);
        Ok(())
    }

    #[test]
    fn folders_are_for_sets_that_need_them() {
        for task in Task::ALL {
            let folder = (!task.needs_files()).then(|| "somewhere".into());
            let mut data = DataSettings::new(task);
            data.folder = folder;
            let told = data
                .load(0)
                .expect_err("too much or too little")
                .to_string();
            assert!(told.starts_with("data.folder is "), "{told}");
        }
        let told = |folder: &std::path::Path| {
            let mut data = DataSettings::new(Task::Mnist);
            data.folder = Some(folder.to_owned());
            data.load(0).expect_err("no files").to_string()
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
