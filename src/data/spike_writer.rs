//! Spikes to a file as they come, in bounded memory.

use std::path::Path;

use super::growing::{Columns, Grown, KeptParts};
use crate::Result;

/// Writes spikes to an `.npz` file, however many there are: an array `times` (f64, ms) and an array `neurons` (u32), and, where
/// they are [given](Self::population), `population_names` and `population_offsets` (u32): the first neuron of each population,
/// and at the end their number.
///
/// Until [`finish`](Self::finish) they lie in two temporary files in the same folder, which the system removes with the process,
/// unless they are [kept](Self::create_kept).
#[derive(Debug)]
pub struct SpikeWriter {
    columns: Columns,
    count: u64,
    names: Vec<String>,
    offsets: Vec<u32>,
}

impl SpikeWriter {
    /// Begins a file at `path`; what is there stays until the end.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self::of(Columns::create(path.as_ref(), 2, false)?, 0))
    }

    /// As [`create`](Self::create), with the spikes so far in files that stay (`PATH.0.part`, `PATH.1.part`), so that writing can be
    /// [gone on with](Self::resume).
    ///
    /// # Errors
    /// As there.
    pub fn create_kept(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self::of(Columns::create(path.as_ref(), 2, true)?, 0))
    }

    /// Goes on where [`sync`](Self::sync) was called; what was written since is cut off.
    ///
    /// # Errors
    /// Files that are not there, or not what they were.
    pub fn resume(path: impl AsRef<Path>, grown: &[Grown], count: u64) -> Result<Self> {
        Ok(Self::of(Columns::resume(path.as_ref(), 2, grown)?, count))
    }

    fn of(columns: Columns, count: u64) -> Self {
        Self {
            columns,
            count,
            names: Vec::new(),
            offsets: Vec::new(),
        }
    }

    /// Adds a population to those that the file names: its name, and its first neuron and the one after its last.
    pub fn population(&mut self, name: &str, neurons: std::ops::Range<u32>) {
        self.names.push(name.to_owned());
        self.offsets.pop();
        self.offsets.extend([neurons.start, neurons.end]);
    }

    /// Adds a spike: when, in ms, and of which neuron.
    ///
    /// # Errors
    /// A full disk.
    pub fn push(&mut self, time: f64, neuron: u32) -> Result<()> {
        self.columns.push(0, &time.to_le_bytes())?;
        self.columns.push(1, &neuron.to_le_bytes())?;
        self.count += 1;
        Ok(())
    }

    /// How many spikes there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Makes sure that all spikes so far are on disk, for [`resume`](Self::resume).
    ///
    /// # Errors
    /// A full disk.
    pub fn sync(&mut self) -> Result<Vec<Grown>> {
        self.columns.sync()
    }

    /// Puts the file together and in its place. The files from which it could be gone on with stay until they are removed.
    ///
    /// # Errors
    /// A full disk; what was at the path is then still there.
    pub fn finish(self) -> Result<KeptParts> {
        let count = self.count as usize;
        self.columns.finish(|npz, readers| {
            npz.add_from("times", "<f8", &[count], &mut readers[0])?;
            npz.add_from("neurons", "<u4", &[count], &mut readers[1])?;
            if !self.names.is_empty() {
                npz.add_texts("population_names", &self.names)?;
                let offsets: Vec<u8> = self.offsets.iter().flat_map(|x| x.to_le_bytes()).collect();
                let shape = [self.offsets.len()];
                npz.add_from("population_offsets", "<u4", &shape, &mut &offsets[..])?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use ndarray::Array1;
    use ndarray_npy::NpzReader;

    #[test]
    fn another_reader_reads_it() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("spikes.npz");
        let mut writer = SpikeWriter::create(&path)?;
        writer.population("E", 0..60);
        writer.population("I", 60..77);
        for ix in 0..10_000_u32 {
            writer.push(f64::from(ix) * 0.1, ix % 77)?;
        }
        assert!(!path.exists(), "nothing is there before the end");
        writer.finish()?.remove()?;
        let mut reader = NpzReader::new(File::open(&path)?)?;
        let times: Array1<f64> = reader.by_name("times")?;
        let neurons: Array1<u32> = reader.by_name("neurons")?;
        assert_eq!((times.len(), neurons.len()), (10_000, 10_000));
        assert_eq!(
            (times[9_999], neurons[9_999]),
            (999.9000000000001, 9_999 % 77)
        );
        let offsets: Array1<u32> = reader.by_name("population_offsets")?;
        assert_eq!(offsets.to_vec(), [0, 60, 77]);
        let left = std::fs::read_dir(folder.path())?.count();
        assert_eq!(left, 1, "temporary files are left");
        Ok(())
    }

    #[test]
    fn kept_spikes_are_gone_on_with() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let (whole, path) = (
            folder.path().join("whole.npz"),
            folder.path().join("spikes.npz"),
        );
        let push = |writer: &mut SpikeWriter, range: std::ops::Range<u32>| {
            range
                .into_iter()
                .try_for_each(|ix| writer.push(f64::from(ix), ix))
        };
        let mut writer = SpikeWriter::create(&whole)?;
        push(&mut writer, 0..5000)?;
        writer.finish()?.remove()?;
        let mut writer = SpikeWriter::create_kept(&path)?;
        push(&mut writer, 0..3000)?;
        let grown = writer.sync()?;
        // What came after the last checkpoint of a program that was killed.
        push(&mut writer, 9000..9100)?;
        drop(writer);
        let mut writer = SpikeWriter::resume(&path, &grown, 3000)?;
        push(&mut writer, 3000..5000)?;
        writer.sync()?;
        drop(writer);
        // Of another moment, or changed since.
        let part = folder.path().join("spikes.npz.0.part");
        let bytes = std::fs::read(&part)?;
        std::fs::write(&part, [&bytes[..100], &[1], &bytes[101..]].concat())?;
        let error = SpikeWriter::resume(&path, &grown, 3000).expect_err("it was changed");
        assert!(
            error
                .to_string()
                .contains("spikes.npz.0.part: it is not what"),
            "{error}"
        );
        std::fs::write(&part, bytes)?;
        let mut writer = SpikeWriter::resume(&path, &grown, 3000)?;
        push(&mut writer, 3000..5000)?;
        writer.finish()?.remove()?;
        assert!(std::fs::read(&path)? == std::fs::read(&whole)?);
        assert_eq!(
            std::fs::read_dir(folder.path())?.count(),
            2,
            "parts are left"
        );
        Ok(())
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = SpikeWriter::create("/no/such/folder/spikes.npz");
        let error = error.expect_err("there is no such folder").to_string();
        assert!(error.contains("/no/such/folder/spikes.npz"), "{error}");
    }
}
