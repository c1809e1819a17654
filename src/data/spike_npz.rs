//! Spike trains from numpy's `.npz` archive.

use super::npz::Npz;
use super::spike_trains::{MOST_CLASSES, MOST_UNITS, SpikeSplits, SpikeTrains, push_sorted};
use crate::event::{Spike, SpikeBatch};
use crate::{Result, count};
use std::path::Path;

impl SpikeTrains {
    /// Reads spike trains from a `.npz` file.
    ///
    /// Arrays, all of one axis: `times` (ms) and `units` of all spikes, sample
    /// after sample; `offsets`, one more than there are samples, where each
    /// sample begins and the last one ends; `labels`, one for each sample.
    /// Numbers, both optional: `n_units` and `n_classes`; without them they are one more than
    /// the largest unit and the largest label. Within a sample spikes may come
    /// in any order. Any real or whole type of up to 8 bytes is read; an array takes 1 GiB at most.
    ///
    /// # Errors
    /// A file that cannot be opened, is no archive, is damaged or lacks an
    /// array; arrays whose lengths do not fit one another; a time that is not
    /// finite or negative; offsets that do not begin at 0, go back, or do not end at the
    /// number of spikes; a unit, a label or a number out of range; no samples.
    pub fn read_npz(path: impl AsRef<Path>) -> Result<Self> {
        let mut file = Npz::open(path.as_ref())?;
        let n_units = optional(&mut file, "n_units", MOST_UNITS)?;
        let n_classes = optional(&mut file, "n_classes", MOST_CLASSES)?;
        let labels = file.indices("labels", n_classes.unwrap_or(MOST_CLASSES))?;
        Self::with_labels(path.as_ref(), file, labels, (n_units, n_classes))
    }

    /// Reads the spikes of samples for a network with so many units, from a file as for [`read_npz`](Self::read_npz); labels are not
    /// looked at and may be missing.
    ///
    /// # Errors
    /// As there; another number of units.
    pub fn read_npz_spikes(path: impl AsRef<Path>, n_units: usize) -> Result<SpikeBatch> {
        let mut file = Npz::open(path.as_ref())?;
        let count = optional(&mut file, "n_units", MOST_UNITS)?;
        if let Some(count) = count.filter(|&count| count != n_units) {
            return Err(file.fault(
                "n_units",
                format!("it is {count}; the network has {n_units}"),
            ));
        }
        let labels = vec![0; file.vector("offsets")?.len().saturating_sub(1)];
        let set = Self::with_labels(path.as_ref(), file, labels, (Some(n_units), Some(1)))?;
        Ok(set.spikes().clone())
    }

    /// Reads samples like those of a set with so many units and classes, and whether they have labels; those that have none
    /// have label 0.
    ///
    /// # Errors
    /// As [`read_npz`](Self::read_npz); other numbers of units or classes.
    pub(crate) fn read_npz_like(
        path: &Path,
        n_units: usize,
        n_classes: usize,
    ) -> Result<(Self, bool)> {
        let mut file = Npz::open(path)?;
        for (name, most, expected) in [
            ("n_units", MOST_UNITS, n_units),
            ("n_classes", MOST_CLASSES, n_classes),
        ] {
            let count = optional(&mut file, name, most)?;
            if let Some(count) = count.filter(|&count| count != expected) {
                return Err(file.fault(name, format!("it is {count}; the network has {expected}")));
            }
        }
        let has_labels = file.has("labels");
        let labels = match has_labels {
            true => file.indices("labels", n_classes)?,
            false => vec![0; file.vector("offsets")?.len().saturating_sub(1)],
        };
        let set = Self::with_labels(path, file, labels, (Some(n_units), Some(n_classes)))?;
        Ok((set, has_labels))
    }

    /// What a file holds beside labels; counts that are not given are what its largest numbers say.
    fn with_labels(
        path: &Path,
        mut file: Npz,
        labels: Vec<usize>,
        (n_units, n_classes): (Option<usize>, Option<usize>),
    ) -> Result<Self> {
        let times = file.vector("times")?;
        let units = file.indices("units", n_units.unwrap_or(MOST_UNITS))?;
        if units.len() != times.len() {
            let (units, times) = (count(units.len(), "unit"), count(times.len(), "time"));
            return Err(file.fault("units", format!("{units} for {times}")));
        }
        let offsets = file.indices("offsets", times.len() + 1)?;
        if labels.is_empty() {
            let (array, detail) = match file.has("labels") {
                true => ("labels", "it is empty; give at least one sample"),
                false => (
                    "offsets",
                    "it has no sample; give where each begins and the last ends: [0, 5] is one of five spikes",
                ),
            };
            return Err(file.fault(array, detail));
        }
        check_offsets(&file, &offsets, times.len(), labels.len())?;
        let wrong = |time: &f64| !time.is_finite() || *time < 0.0;
        if let Some(spike) = times.iter().position(wrong) {
            let time = times[spike];
            let detail = format!("element {spike} is {time}; give a finite time in ms, 0 or later");
            return Err(file.fault("times", detail));
        }
        let mut batch = SpikeBatch::new();
        for bounds in offsets.windows(2) {
            let range = bounds[0]..bounds[1];
            let spike = |ix| Spike {
                unit: units[ix],
                time: times[ix],
            };
            push_sorted(&mut batch, &mut range.map(spike).collect::<Vec<_>>())?;
        }
        let one_more = |values: &[usize]| values.iter().max().map_or(1, |largest| largest + 1);
        let n_units = n_units.unwrap_or_else(|| one_more(&units));
        let n_classes = n_classes.unwrap_or_else(|| one_more(&labels));
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::new(name, batch, labels, n_units, n_classes)
    }
}

impl SpikeSplits {
    /// Reads training and test samples from two `.npz` files, as [`SpikeTrains::read_npz`] does.
    ///
    /// # Errors
    /// As there.
    pub fn read_npz(train: impl AsRef<Path>, test: impl AsRef<Path>) -> Result<Self> {
        let (train, test) = (SpikeTrains::read_npz(train)?, SpikeTrains::read_npz(test)?);
        Ok(Self::new(train, None, test))
    }
}

/// A count from 1 to `most`, if the file has it.
fn optional(file: &mut Npz, name: &str, most: usize) -> Result<Option<usize>> {
    if !file.has(name) {
        return Ok(None);
    }
    let count = file.scalar(name)?;
    if !(1.0..=most as f64).contains(&count) || count.fract() != 0.0 {
        let detail = format!("it is {count}; give a whole number from 1 to {most}");
        return Err(file.fault(name, detail));
    }
    Ok(Some(count as usize))
}

fn check_offsets(file: &Npz, offsets: &[usize], n_spikes: usize, n_samples: usize) -> Result<()> {
    let fault = |detail: String| Err(file.fault("offsets", detail));
    if offsets.len() != n_samples + 1 {
        let (elements, labels) = (count(offsets.len(), "element"), count(n_samples, "label"));
        return fault(format!(
            "{elements} for {labels}; give one more than there are labels"
        ));
    }
    if let Some(sample) = offsets.windows(2).position(|pair| pair[1] < pair[0]) {
        let (at, value, before) = (sample + 1, offsets[sample + 1], offsets[sample]);
        return fault(format!(
            "element {at} is {value}, after {before}; they must not go back"
        ));
    }
    let (first, last) = (offsets[0], offsets[n_samples]);
    if (first, last) != (0, n_spikes) {
        return fault(format!(
            "they go from {first} to {last}; they must go from 0 to {n_spikes}, the number of times"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::data::NpzWriter;

    type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

    const GOOD: [(&str, &[f64]); 4] = [
        ("times", &[3.0, 1.0, 1.0, 0.5]),
        ("units", &[0.0, 4.0, 2.0, 1.0]),
        ("offsets", &[0.0, 3.0, 3.0, 4.0]),
        ("labels", &[1.0, 0.0, 2.0]),
    ];

    fn read(arrays: &[(&str, &[f64])]) -> Done<Result<SpikeTrains>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("trains.npz");
        let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
        for (name, values) in arrays {
            writer.add(name, &[values.len()], values)?;
        }
        std::fs::write(&path, writer.finish()?.into_inner())?;
        Ok(SpikeTrains::read_npz(&path))
    }

    /// What is said where one array has other values.
    fn fault(name: &str, values: &[f64]) -> Done<String> {
        let others = GOOD.into_iter().filter(|(other, _)| *other != name);
        let arrays: Vec<_> = others.chain([(name, values)]).collect();
        let message = read(&arrays)?.err().map(|e| e.to_string());
        let message = message.unwrap_or_default();
        let place = format!("trains.npz: array {name}: ");
        assert!(message.is_empty() || message.contains(&place), "{message}");
        Ok(message)
    }

    #[test]
    fn samples_are_sorted_and_sizes_found() -> Done {
        let set = read(&GOOD)??;
        assert_eq!(
            (set.name(), set.n_units(), set.n_classes()),
            ("trains", 5, 3)
        );
        assert_eq!(set.labels(), [1, 0, 2]);
        assert_eq!(set.spikes().times(), [1.0, 1.0, 3.0, 0.5]);
        assert_eq!(set.spikes().units(), [2, 4, 0, 1]);
        assert_eq!(set.spikes().range(1), 3..3);
        let sizes: [(&str, &[f64]); 2] = [("n_units", &[700.0]), ("n_classes", &[20.0])];
        let set = read(&[&GOOD[..], &sizes].concat())??;
        assert_eq!((set.n_units(), set.n_classes()), (700, 20));
        Ok(())
    }

    #[test]
    fn two_files_make_a_division() -> Done {
        let folder = tempfile::tempdir()?;
        let write = |name: &str, labels: &[f64]| -> Done<std::path::PathBuf> {
            let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
            for (array, values) in &GOOD[..3] {
                writer.add(array, &[values.len()], values)?;
            }
            writer.add("labels", &[labels.len()], labels)?;
            let path = folder.path().join(name);
            std::fs::write(&path, writer.finish()?.into_inner())?;
            Ok(path)
        };
        let (train, test) = (
            write("a.npz", &[0.0, 1.0, 0.0])?,
            write("b.npz", &[0.0, 5.0, 0.0])?,
        );
        let splits = SpikeSplits::read_npz(train, test)?;
        assert_eq!((splits.train.n_classes(), splits.test.n_classes()), (6, 6));
        assert_eq!((splits.train.name(), splits.test.name()), ("a", "b"));
        Ok(())
    }

    #[test]
    fn samples_that_are_not_there_are_missed_in_the_offsets() -> Done {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("new.npz");
        let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
        for name in ["times", "units"] {
            writer.add(name, &[0], &[])?;
        }
        writer.add("offsets", &[1], &[0.0])?;
        std::fs::write(&path, writer.finish()?.into_inner())?;
        let error = SpikeTrains::read_npz_like(&path, 4, 2).expect_err("no sample");
        assert!(
            error
                .to_string()
                .contains("array offsets: it has no sample"),
            "{error}"
        );
        Ok(())
    }

    #[test]
    fn faults_name_array_and_element() -> Done {
        assert_eq!(fault("times", GOOD[0].1)?, "");
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(fault("times", &[3.0, bad, 1.0, 0.5])?.contains("element 1 is"));
        }
        assert!(fault("units", &[0.0, 4.5, 2.0, 1.0])?.contains("element 1 is 4.5"));
        assert!(fault("units", &[0.0, 1e9, 2.0, 1.0])?.contains("element 1 is"));
        assert!(fault("units", &[0.0, 4.0, 2.0])?.contains("3 units for 4 times"));
        assert!(fault("labels", &[1.0, 0.0, -2.0])?.contains("element 2 is -2"));
        assert!(fault("labels", &[])?.contains("it is empty"));
        assert!(fault("offsets", &[0.0, 3.0, 4.0])?.contains("3 elements for 3 labels"));
        assert!(fault("offsets", &[0.0, 3.0, 2.0, 4.0])?.contains("element 2 is 2, after 3"));
        assert!(fault("offsets", &[1.0, 3.0, 3.0, 4.0])?.contains("go from 1 to 4"));
        assert!(fault("offsets", &[0.0, 3.0, 3.0, 3.0])?.contains("go from 0 to 3"));
        assert!(fault("offsets", &[0.0, 3.0, 3.0, 5.0])?.contains("element 3 is 5"));
        for bad in [0.0, 1.5, -1.0, f64::NAN, 1e300] {
            assert!(fault("n_units", &[bad])?.contains("whole number from 1"));
            assert!(fault("n_classes", &[bad])?.contains("whole number from 1"));
        }
        assert!(fault("n_units", &[1.0, 2.0])?.contains("it must be one number"));
        let message = read(&GOOD[1..])?.expect_err("no times").to_string();
        assert!(message.contains("array times: it is missing"), "{message}");
        Ok(())
    }
}
