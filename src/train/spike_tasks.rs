//! Tasks whose samples are spike trains.

use std::path::Path;

use super::{DataSettings, Task};
use crate::data::{SpikeSplits, SpikeTrains, delayed_xor};
use crate::event::{Spike, SpikeBatch};
use crate::{Error, Result};

/// How many samples of `delayed-xor` there are to train on and to test, and what draws them.
const DELAYED_XOR: [(usize, u64); 2] = [(1000, 1), (500, 2)];

/// The files of spike trains of one's own, without their ending.
const NPZ: [&str; 3] = ["train", "test", "validation"];

impl DataSettings {
    /// The division of a task without features.
    pub(super) fn spikes(&self) -> Result<SpikeSplits> {
        let splits = match self.task {
            Task::Shd => self.heidelberg(&["shd_train.h5", "shd_test.h5"])?,
            Task::Ssc => self.heidelberg(&["ssc_train.h5", "ssc_valid.h5", "ssc_test.h5"])?,
            Task::DelayedXor => {
                let remedy = "give the time between the cues, in ms, as gap under [data]";
                let gap = self
                    .gap
                    .ok_or_else(|| Error::invalid("data.gap", "not given", remedy));
                let gap = gap?;
                let [train, test] = DELAYED_XOR.map(|(n_samples, seed)| {
                    let (spikes, labels) = delayed_xor(n_samples, gap, seed)?;
                    SpikeTrains::new("delayed-xor", spikes, labels, 4, 2)
                });
                SpikeSplits::new(train?, None, test?)
            }
            _ => {
                let [train, test, validation] = NPZ.map(|name| format!("{name}.npz"));
                let folder = self.files(&[&train, &test])?;
                let read = |name: &str| SpikeTrains::read_npz(folder.join(name));
                let held_out = folder.join(&validation).is_file();
                let held_out = held_out.then(|| read(&validation)).transpose()?;
                SpikeSplits::new(read(&train)?, held_out, read(&test)?)
            }
        };
        let Some(channels) = self.channels else {
            return Ok(splits);
        };
        let pool = |set: &SpikeTrains| pooled(set, channels);
        let validation = splits.validation.as_ref().map(pool).transpose()?;
        Ok(SpikeSplits {
            train: pool(&splits.train)?,
            validation,
            test: pool(&splits.test)?,
            ..splits
        })
    }

    /// The folder, in which the named files must be.
    fn files(&self, names: &[&str]) -> Result<&Path> {
        let folder = self.folder(&names.join(" and "))?;
        if !folder.is_dir() {
            let remedy = match folder.exists() {
                true => "it is a file: name the folder that it is in",
                false => "there is no such folder: name one that is there",
            };
            return Err(Error::invalid("data.folder", folder.display(), remedy));
        }
        let missing = names.iter().filter(|name| !folder.join(name).is_file());
        let missing: Vec<&str> = missing.copied().collect();
        if missing.is_empty() {
            return Ok(folder);
        }
        let what = match self.task {
            Task::Spikes => {
                "arrays times (ms), units, offsets and labels, and, if wanted, validation.npz"
            }
            _ => "the Heidelberg spiking data sets, as they are published, unpacked",
        };
        Err(Error::invalid(
            "data.folder",
            folder.display(),
            format!(
                "put {} there ({what}); it lacks {}",
                names.join(", "),
                missing.join(", ")
            ),
        ))
    }

    #[cfg(feature = "hdf5")]
    fn heidelberg(&self, files: &[&str]) -> Result<SpikeSplits> {
        let folder = self.files(files)?;
        match self.task {
            Task::Ssc => crate::data::speech_commands(folder),
            _ => crate::data::heidelberg_digits(folder),
        }
    }

    #[cfg(not(feature = "hdf5"))]
    fn heidelberg(&self, files: &[&str]) -> Result<SpikeSplits> {
        self.files(files)?;
        Err(Error::unavailable(
            format!("the task {} without HDF5", self.task.name()),
            "build with the feature hdf5",
        ))
    }
}

/// The same spikes on fewer channels: unit u of n goes to channel `u channels / n`, rounded down.
pub(super) fn pooled(set: &SpikeTrains, channels: usize) -> Result<SpikeTrains> {
    let n_units = set.n_units();
    if !(1..=n_units).contains(&channels) {
        let remedy = format!("give a number from 1 to {n_units}, of which there are units");
        return Err(Error::invalid("data.channels", channels, remedy));
    }
    let channel = |spike: Spike| Spike {
        unit: spike.unit * channels / n_units,
        time: spike.time,
    };
    let mut batch = SpikeBatch::new();
    for sample in 0..set.n_samples() {
        let spikes: Vec<Spike> = set.spikes().sample(sample).map(channel).collect();
        batch.push_sample(&spikes)?;
    }
    SpikeTrains::new(
        set.name(),
        batch,
        set.labels().to_vec(),
        channels,
        set.n_classes(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooling_keeps_every_spike() -> Result<()> {
        let mut batch = SpikeBatch::new();
        batch.push_channels(&[vec![1.0], vec![0.5, 2.0], vec![], vec![3.0], vec![2.5]])?;
        let set = SpikeTrains::new("five", batch, vec![0], 5, 1)?;
        let two = pooled(&set, 2)?;
        assert_eq!(
            (two.n_units(), two.spikes().times()),
            (2, set.spikes().times())
        );
        assert_eq!(two.spikes().units(), [0, 0, 0, 1, 1]);
        assert_eq!(pooled(&set, 5)?.spikes(), set.spikes());
        for channels in [0, 6] {
            let error = pooled(&set, channels).expect_err("out of range");
            assert!(
                error.to_string().starts_with("data.channels is "),
                "{error}"
            );
        }
        Ok(())
    }
}
