//! The Heidelberg spiking data sets from their HDF5 files.

use super::hdf5::{Lists, Source};
use super::npz::whole_below;
use super::spike_trains::{MOST_UNITS, SpikeSplits, SpikeTrains, push_sorted};
use crate::event::{Spike, SpikeBatch};
use crate::{Error, Result, files};
use std::path::Path;

/// The channels of the cochlea model.
const N_UNITS: usize = 700;
/// Files have seconds, the library milliseconds.
const MS: f64 = 1000.0;

/// Spiking Heidelberg digits: spoken digits in two languages, 700 units, 20 classes.
///
/// Reads `shd_train.h5` and `shd_test.h5` from `folder`. Times become ms.
///
/// Source: B. Cramer, Y. Stradmann, J. Schemmel and F. Zenke, "The Heidelberg
/// spiking data sets for the systematic evaluation of spiking neural networks"
/// (IEEE TNNLS 2022), CC BY 4.0.
///
/// # Errors
/// As [`SpikeTrains::read_hdf5`].
pub fn heidelberg_digits(folder: impl AsRef<Path>) -> Result<SpikeSplits> {
    let part = |name: &str| SpikeTrains::read_hdf5(folder.as_ref().join(name), N_UNITS, 20);
    Ok(SpikeSplits::new(
        part("shd_train.h5")?,
        None,
        part("shd_test.h5")?,
    ))
}

/// Spiking speech commands: 700 units, 35 classes; from the same publication.
///
/// Reads `ssc_train.h5`, `ssc_valid.h5` and `ssc_test.h5` from `folder`.
///
/// # Errors
/// As [`SpikeTrains::read_hdf5`].
pub fn speech_commands(folder: impl AsRef<Path>) -> Result<SpikeSplits> {
    let part = |name: &str| SpikeTrains::read_hdf5(folder.as_ref().join(name), N_UNITS, 35);
    let (train, validation) = (part("ssc_train.h5")?, part("ssc_valid.h5")?);
    Ok(SpikeSplits::new(
        train,
        Some(validation),
        part("ssc_test.h5")?,
    ))
}

impl SpikeTrains {
    /// Reads spike trains from an HDF5 file in the layout of the Heidelberg sets.
    ///
    /// `spikes/times` and `spikes/units` hold a list of variable length for
    /// each sample: times in seconds (16, 32 or 64 bits), units (whole numbers, of any type); `labels` a whole number each. Within a sample spikes may
    /// come in any order. A file may have 2^24 samples and 2^30 spikes (12
    /// bytes each in memory), and no more than it has room for, which is checked before lists are read.
    ///
    /// # Errors
    /// A file that cannot be opened, is not HDF5, is damaged or lacks a data
    /// set; one of another type or length; too many samples or spikes; a time that is
    /// negative or not finite; a unit or a label out of range.
    pub fn read_hdf5(path: impl AsRef<Path>, n_units: usize, n_classes: usize) -> Result<Self> {
        let path = path.as_ref();
        let length = files::open(path)?.metadata();
        let length = length.map_err(|e| Error::io("open", path, e))?.len();
        let file = Source::open(path, length)?;
        let times = Lists::open(&file, "spikes/times")?;
        let units = Lists::open(&file, "spikes/units")?;
        let labels = file.labels()?;
        for lists in [&times, &units] {
            if lists.lengths.len() != labels.len() {
                let (here, there) = (lists.lengths.len(), labels.len());
                let detail = format!("it has {here} lists for {there} labels");
                return Err(file.fault(lists.name, detail));
            }
        }
        let mut batch = SpikeBatch::new();
        let mut spikes = Vec::new();
        for sample in 0..labels.len() {
            let (n_times, n_units) = (times.lengths[sample], units.lengths[sample]);
            if n_times != n_units {
                let detail = format!("sample {sample} has {n_units} units for {n_times} times");
                return Err(file.fault(units.name, detail));
            }
            spikes.clear();
            for (time, unit) in times.list(sample)?.into_iter().zip(units.list(sample)?) {
                let whole = whole_below(unit, MOST_UNITS).ok_or_else(|| {
                    let detail = format!("sample {sample}: unit {unit} is not whole");
                    file.fault(units.name, detail)
                })?;
                spikes.push(Spike {
                    unit: whole,
                    time: time * MS,
                });
            }
            push_sorted(&mut batch, &mut spikes)
                .map_err(|e| file.fault(times.name, format!("after sorting, {e}")))?;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::new(name, batch, labels, n_units, n_classes)
            .map_err(|e| Error::malformed(&file.origin, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Done = std::result::Result<(), Box<dyn std::error::Error>>;

    /// Made by the script beside it.
    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/heidelberg.h5");

    #[test]
    fn what_the_script_wrote_is_read() -> Done {
        let set = SpikeTrains::read_hdf5(FILE, N_UNITS, 20)?;
        assert_eq!(
            (set.n_samples(), set.n_units(), set.n_classes()),
            (5, 700, 20)
        );
        assert_eq!(set.labels(), [3, 0, 19, 7, 3]);
        for sample in 0..5 {
            let expected = (0..sample).map(|i| Spike {
                unit: 699 - i - sample,
                time: MS * (i as f64 + sample as f64 / 4.0) / 8.0,
            });
            assert!(set.spikes().sample(sample).eq(expected), "sample {sample}");
        }
        Ok(())
    }

    #[test]
    fn the_parts_are_found_by_their_names() -> Done {
        let folder = tempfile::tempdir()?;
        for name in [
            "shd_train",
            "shd_test",
            "ssc_train",
            "ssc_valid",
            "ssc_test",
        ] {
            std::fs::copy(FILE, folder.path().join(format!("{name}.h5")))?;
        }
        let digits = heidelberg_digits(folder.path())?;
        assert_eq!(
            (digits.train.name(), digits.test.n_classes()),
            ("shd_train", 20)
        );
        let commands = speech_commands(folder.path())?;
        assert_eq!(commands.validation.map(|v| v.n_classes()), Some(35));
        std::fs::remove_file(folder.path().join("shd_test.h5"))?;
        let error = heidelberg_digits(folder.path()).expect_err("a part is missing");
        assert_eq!(error.kind(), crate::ErrorKind::Io);
        assert!(error.to_string().contains("shd_test.h5"), "{error}");
        Ok(())
    }

    #[test]
    fn ranges_are_checked() {
        let fault = |n_units, n_classes| {
            let set = SpikeTrains::read_hdf5(FILE, n_units, n_classes);
            set.err().map(|e| e.to_string()).unwrap_or_default()
        };
        assert_eq!(fault(699, 20), "");
        assert!(fault(698, 20).contains("heidelberg.h5: unit of a spike of sample 1"));
        assert!(fault(700, 19).contains("heidelberg.h5: label of sample 2"));
    }

    #[test]
    fn units_that_are_not_whole_and_samples_that_were_never_written_are_refused() {
        let began = std::time::Instant::now();
        for (name, told) in [
            ("float-units.h5", "sample 0: unit 1.7"),
            ("claims.h5", "it claims 16777216 samples in a file of"),
        ] {
            let path = FILE.replace("heidelberg.h5", name);
            let error = SpikeTrains::read_hdf5(path, N_UNITS, 20).expect_err("it is faulty");
            let error = error.to_string();
            assert!(error.contains(name) && error.contains(told), "{error}");
        }
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }

    #[test]
    fn damage_is_an_error_or_other_numbers_but_never_a_panic() -> Done {
        let good = std::fs::read(FILE)?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("bad.h5");
        let mut refused = 0;
        for at in (0..good.len()).step_by(7) {
            let mut bad = good.clone();
            bad[at] ^= 0xff;
            std::fs::write(&path, &bad)?;
            refused += usize::from(SpikeTrains::read_hdf5(&path, N_UNITS, 20).is_err());
        }
        assert!(refused > 50, "only {refused} were refused");
        let whole = SpikeTrains::read_hdf5(FILE, N_UNITS, 20)?;
        let mut refused = 0;
        for cut in (0..good.len()).step_by(97) {
            std::fs::write(&path, &good[..cut])?;
            match SpikeTrains::read_hdf5(&path, N_UNITS, 20) {
                // What was cut off is no part of the spikes.
                Ok(set) => assert_eq!(set.spikes(), whole.spikes(), "cut at {cut}"),
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 50, "only {refused} were refused");
        Ok(())
    }
}
