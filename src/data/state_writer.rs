//! Potentials and currents of neurons to a file as they come, in bounded memory.

use std::path::Path;

use super::growing::{Columns, Grown, KeptParts};
use crate::{Error, Result};

/// Writes states of some neurons at some times to an `.npz` file: arrays `times` (f64, ms), `neurons` (u32), `receptors` (names),
/// `potentials` (times x neurons) and `currents` (times x neurons x receptors).
///
/// Until [`finish`](Self::finish) they lie on disk as those of a [`SpikeWriter`](super::SpikeWriter) do.
#[derive(Debug)]
pub struct StateWriter {
    columns: Columns,
    neurons: Vec<u32>,
    receptors: Vec<String>,
    /// Times so far, and states of the last of them.
    count: (usize, usize),
}

impl StateWriter {
    /// Begins a file at `path` for some neurons with these receptors; `is_kept` as
    /// [`SpikeWriter::create_kept`](super::SpikeWriter::create_kept).
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn create(
        path: impl AsRef<Path>,
        neurons: impl IntoIterator<Item = u32>,
        receptors: Vec<String>,
        is_kept: bool,
    ) -> Result<Self> {
        let columns = Columns::create(path.as_ref(), 3, is_kept)?;
        Ok(Self {
            columns,
            neurons: neurons.into_iter().collect(),
            receptors,
            count: (0, 0),
        })
    }

    /// Goes on where [`sync`](Self::sync) was called, after `times` times; what was written since is cut off.
    ///
    /// # Errors
    /// Files that are not there, or not what they were.
    pub fn resume(
        path: impl AsRef<Path>,
        neurons: impl IntoIterator<Item = u32>,
        receptors: Vec<String>,
        grown: &[Grown],
        times: usize,
    ) -> Result<Self> {
        let columns = Columns::resume(path.as_ref(), 3, grown)?;
        Ok(Self {
            columns,
            neurons: neurons.into_iter().collect(),
            receptors,
            count: (times, 0),
        })
    }

    /// Adds the state of the next neuron at `time` ms: its potential, and a current for each receptor.
    ///
    /// # Errors
    /// A full disk; currents of another number than there are receptors.
    pub fn push(&mut self, time: f64, potential: f64, currents: &[f64]) -> Result<()> {
        if currents.len() != self.receptors.len() {
            let remedy = format!("give one for each of {} receptors", self.receptors.len());
            return Err(Error::invalid("number of currents", currents.len(), remedy));
        }
        if self.count.1 == 0 {
            self.columns.push(0, &time.to_le_bytes())?;
        }
        self.columns.push(1, &potential.to_le_bytes())?;
        for current in currents {
            self.columns.push(2, &current.to_le_bytes())?;
        }
        self.count.1 += 1;
        if self.count.1 == self.neurons.len() {
            self.count = (self.count.0 + 1, 0);
        }
        Ok(())
    }

    /// How many times there are states of all neurons of.
    pub fn times(&self) -> usize {
        self.count.0
    }

    /// Makes sure that all states so far are on disk, for [`resume`](Self::resume).
    ///
    /// # Errors
    /// A full disk.
    pub fn sync(&mut self) -> Result<Vec<Grown>> {
        self.columns.sync()
    }

    /// Puts the file together and in its place. The files from which it could be gone on with stay until they are removed.
    ///
    /// # Errors
    /// A full disk, or a time at which some neurons are missing; what was at the path is then still there.
    pub fn finish(self) -> Result<KeptParts> {
        let (times, more) = self.count;
        if more != 0 {
            let remedy = format!("give all {} neurons at each time", self.neurons.len());
            return Err(Error::invalid("number of states", more, remedy));
        }
        let (neurons, receptors) = (self.neurons.len(), self.receptors.len());
        let numbers = self.neurons.iter().flat_map(|neuron| neuron.to_le_bytes());
        let numbers: Vec<u8> = numbers.collect();
        self.columns.finish(|npz, readers| {
            npz.add_from("times", "<f8", &[times], &mut readers[0])?;
            npz.add_from("neurons", "<u4", &[neurons], &mut &numbers[..])?;
            npz.add_texts("receptors", &self.receptors)?;
            npz.add_from("potentials", "<f8", &[times, neurons], &mut readers[1])?;
            let shape = [times, neurons, receptors];
            npz.add_from("currents", "<f8", &shape, &mut readers[2])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2, Array3};
    use ndarray_npy::NpzReader;

    #[test]
    fn another_reader_reads_it() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("states.npz");
        let names = || vec!["fast".to_owned(), "slow".to_owned()];
        let mut writer = StateWriter::create(&path, 3..5, names(), true)?;
        for time in 0..3 {
            for neuron in 3..5 {
                let value = f64::from(10 * time + neuron);
                writer.push(f64::from(time), value, &[value + 0.5, -value])?;
            }
        }
        assert!(writer.push(3.0, 1.0, &[1.0]).is_err());
        let grown = writer.sync()?;
        writer.push(3.0, 1.0, &[1.0, 2.0])?;
        assert!(writer.finish().is_err(), "a neuron is missing");
        assert!(!path.exists());
        let writer = StateWriter::resume(&path, 3..5, names(), &grown, 3)?;
        assert_eq!(writer.times(), 3);
        writer.finish()?.remove()?;
        let mut reader = NpzReader::new(std::fs::File::open(&path)?)?;
        let times: Array1<f64> = reader.by_name("times")?;
        let neurons: Array1<u32> = reader.by_name("neurons")?;
        let potentials: Array2<f64> = reader.by_name("potentials")?;
        let currents: Array3<f64> = reader.by_name("currents")?;
        assert_eq!(
            (times.to_vec(), neurons.to_vec()),
            (vec![0.0, 1.0, 2.0], vec![3, 4])
        );
        assert_eq!((potentials.dim(), currents.dim()), ((3, 2), (3, 2, 2)));
        assert_eq!((potentials[[2, 1]], currents[[1, 0, 1]]), (24.0, -13.0));
        Ok(())
    }
}
