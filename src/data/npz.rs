//! Named arrays in numpy's `.npz` archive.

use super::npy::Npy;
use crate::{Error, Result, files};
use ndarray::Array2;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

/// An archive on disk; every error names the file, and the array where there is one.
pub(crate) struct Npz {
    origin: String,
    zip: ZipArchive<BufReader<File>>,
}

impl Npz {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let origin = path.display().to_string();
        if path.is_dir() {
            return Err(Error::malformed(origin, "it is a folder; name a .npz file"));
        }
        let file = files::open(path)?;
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|e| {
            let detail = format!("not a .npz archive ({e}); write one with numpy.savez");
            Error::malformed(&origin, detail)
        })?;
        Ok(Self { origin, zip })
    }

    /// An error about an array of this file.
    pub(crate) fn fault(&self, array: &str, detail: impl std::fmt::Display) -> Error {
        Error::malformed(&self.origin, format!("array {array}: {detail}"))
    }

    /// An error about the file as a whole.
    pub(crate) fn whole_fault(&self, detail: impl std::fmt::Display) -> Error {
        Error::malformed(&self.origin, detail)
    }

    /// Whether there is an array of that name.
    pub(crate) fn has(&self, array: &str) -> bool {
        self.zip.index_for_name(&entry(array)).is_some()
    }

    /// The names of all arrays, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = self.zip.file_names();
        let arrays = entries.filter_map(|entry| entry.strip_suffix(".npy"));
        let mut names: Vec<String> = arrays.map(str::to_owned).collect();
        names.sort_unstable();
        names
    }

    /// What errors call the file.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// A matrix as it stands, infinities and NaN included.
    pub(crate) fn matrix(&mut self, array: &str) -> Result<Array2<f64>> {
        let matrix = self.read(array).and_then(Npy::into_matrix);
        matrix.map_err(|e| self.fault(array, e))
    }

    /// A matrix of finite numbers with `rows` rows, if given, and at least one column.
    pub(crate) fn weights(&mut self, array: &str, rows: Option<usize>) -> Result<Array2<f64>> {
        let matrix = self.matrix(array)?;
        let shape = matrix.dim();
        if rows.is_some_and(|rows| rows != shape.0) || shape.0 == 0 || shape.1 == 0 {
            let wanted = rows.map_or("at least one".into(), |rows| rows.to_string());
            let detail = format!(
                "its shape is {shape:?}; give so many rows: {wanted}, and at least one column"
            );
            return Err(self.fault(array, detail));
        }
        if let Some((at, value)) = matrix.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(self.fault(array, format!("element {at:?} is {value}")));
        }
        Ok(matrix)
    }

    /// A vector as it stands, infinities and NaN included.
    pub(crate) fn vector(&mut self, array: &str) -> Result<Vec<f64>> {
        let vector = self.read(array).and_then(Npy::into_vector);
        vector.map_err(|e| self.fault(array, e))
    }

    /// One number as it stands, infinity and NaN included.
    pub(crate) fn scalar(&mut self, array: &str) -> Result<f64> {
        let scalar = self.read(array).and_then(Npy::into_scalar);
        scalar.map_err(|e| self.fault(array, e))
    }

    /// A vector of whole numbers below `limit`.
    pub(crate) fn indices(&mut self, array: &str, limit: usize) -> Result<Vec<usize>> {
        let vector = self.vector(array)?;
        let index = |(at, value)| {
            whole_below(value, limit).ok_or_else(|| {
                let detail = format!(
                    "element {at} is {value}; it must be whole, 0 or more and below {limit}"
                );
                self.fault(array, detail)
            })
        };
        vector.into_iter().enumerate().map(index).collect()
    }

    fn read(&mut self, array: &str) -> std::result::Result<Npy, String> {
        match self.zip.by_name(&entry(array)) {
            Ok(file) => Npy::read(file),
            Err(ZipError::FileNotFound) => Err("it is missing from the file".into()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// What an array is called inside the archive.
fn entry(array: &str) -> String {
    format!("{array}.npy")
}

/// The number as an index, if it is whole, not negative and below `limit`.
pub(crate) fn whole_below(value: f64, limit: usize) -> Option<usize> {
    (value >= 0.0 && value < limit as f64 && value.fract() == 0.0).then_some(value as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use ndarray_npy::NpzWriter;

    fn archive(folder: &Path) -> std::result::Result<Npz, Box<dyn std::error::Error>> {
        let path = folder.join("some.npz");
        let mut writer = NpzWriter::new_compressed(File::create(&path)?);
        writer.add_array("m", &array![[1.0, 2.0], [3.0, f64::NAN]])?;
        writer.add_array("w", &array![[1.0], [2.0]])?;
        writer.add_array("i", &array![0_i64, 2, 1])?;
        writer.add_array("half", &array![0.5])?;
        writer.finish()?;
        Ok(Npz::open(&path)?)
    }

    #[test]
    fn arrays_are_checked_by_use() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let mut npz = archive(folder.path())?;
        assert!(npz.has("m") && !npz.has("none"));
        assert_eq!(npz.names(), ["half", "i", "m", "w"]);
        assert_eq!(npz.matrix("m")?[[1, 0]], 3.0);
        assert_eq!(npz.weights("w", Some(2))?, array![[1.0], [2.0]]);
        assert_eq!(npz.indices("i", 3)?, [0, 2, 1]);
        let faults = [
            (
                npz.weights("m", None).err(),
                "array m: element (1, 1) is NaN",
            ),
            (
                npz.weights("w", Some(3)).err(),
                "array w: its shape is (2, 1)",
            ),
            (npz.matrix("i").err(), "array i: its shape is [3]"),
            (npz.matrix("none").err(), "array none: it is missing"),
            (npz.indices("i", 2).err(), "array i: element 1 is 2"),
            (npz.indices("half", 2).err(), "array half: element 0 is 0.5"),
        ];
        for (error, expected) in faults {
            let message = error.map_or_else(String::new, |e| e.to_string());
            assert!(message.contains(expected), "{message:?}, not {expected:?}");
            assert!(message.contains("some.npz"), "{message}");
        }
        Ok(())
    }

    #[test]
    fn a_missing_file_and_a_foreign_one_differ()
    -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.npz");
        let kind = || Npz::open(&path).err().map(|e| e.kind());
        assert_eq!(kind(), Some(crate::ErrorKind::Io));
        std::fs::write(&path, "not an archive")?;
        assert_eq!(kind(), Some(crate::ErrorKind::Malformed));
        let error = Npz::open(folder.path()).err().ok_or("it is a folder")?;
        assert!(
            error
                .to_string()
                .ends_with("it is a folder; name a .npz file")
        );
        Ok(())
    }
}
