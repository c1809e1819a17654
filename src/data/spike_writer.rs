//! Spikes to a file as they come, in bounded memory.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::NpzWriter;
use crate::files::AtomicFile;
use crate::{Error, Result};

/// Writes spikes to an `.npz` file, however many there are: an array `times` (f64, ms) and an array `neurons` (u32).
///
/// Until [`finish`](Self::finish) they lie in two temporary files in the same folder, which the system removes with the process.
#[derive(Debug)]
pub struct SpikeWriter {
    path: PathBuf,
    times: BufWriter<File>,
    neurons: BufWriter<File>,
    count: u64,
}

impl SpikeWriter {
    /// Begins a file at `path`; what is there stays until the end.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        let temporary = || -> Result<BufWriter<File>> {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            let file = tempfile::tempfile_in(folder.unwrap_or(Path::new(".")));
            Ok(BufWriter::new(
                file.map_err(|source| Error::io("write", &path, source))?,
            ))
        };
        Ok(Self {
            times: temporary()?,
            neurons: temporary()?,
            path,
            count: 0,
        })
    }

    /// Adds a spike: when, in ms, and of which neuron.
    ///
    /// # Errors
    /// A full disk.
    pub fn push(&mut self, time: f64, neuron: u32) -> Result<()> {
        let times = self.times.write_all(&time.to_le_bytes());
        let written = times.and_then(|()| self.neurons.write_all(&neuron.to_le_bytes()));
        written.map_err(|source| Error::io("write", &self.path, source))?;
        self.count += 1;
        Ok(())
    }

    /// How many spikes there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Puts the file together and in its place.
    ///
    /// # Errors
    /// A full disk; what was at the path is then still there.
    pub fn finish(self) -> Result<()> {
        let Self {
            path,
            times,
            neurons,
            count,
        } = self;
        let failed = |source| Error::io("write", &path, source);
        let rewound = |file: BufWriter<File>| -> Result<BufReader<File>> {
            let file = file
                .into_inner()
                .map_err(|error| failed(error.into_error()));
            let mut file = file?;
            file.seek(SeekFrom::Start(0)).map_err(failed)?;
            Ok(BufReader::new(file))
        };
        let (mut times, mut neurons) = (rewound(times)?, rewound(neurons)?);
        let mut npz = NpzWriter::new(AtomicFile::create(&path)?);
        let added = npz
            .add_from("times", "<f8", count, &mut times)
            .and_then(|()| npz.add_from("neurons", "<u4", count, &mut neurons));
        added.map_err(|error| failed(error.into()))?;
        npz.finish().map_err(|error| failed(error.into()))?.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array1;
    use ndarray_npy::NpzReader;

    #[test]
    fn another_reader_reads_it() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("spikes.npz");
        let mut writer = SpikeWriter::create(&path)?;
        for ix in 0..10_000_u32 {
            writer.push(f64::from(ix) * 0.1, ix % 77)?;
        }
        assert!(!path.exists(), "nothing is there before the end");
        writer.finish()?;
        let mut reader = NpzReader::new(File::open(&path)?)?;
        let times: Array1<f64> = reader.by_name("times")?;
        let neurons: Array1<u32> = reader.by_name("neurons")?;
        assert_eq!((times.len(), neurons.len()), (10_000, 10_000));
        assert_eq!(
            (times[9_999], neurons[9_999]),
            (999.9000000000001, 9_999 % 77)
        );
        let left = std::fs::read_dir(folder.path())?.count();
        assert_eq!(left, 1, "temporary files are left");
        Ok(())
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = SpikeWriter::create("/no/such/folder/spikes.npz");
        let error = error.expect_err("there is no such folder").to_string();
        assert!(error.contains("/no/such/folder/spikes.npz"), "{error}");
    }
}
