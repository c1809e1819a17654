//! A file that grows by whole pieces.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{AtomicFile, breaking};
use crate::{Error, Result};

/// A file that grows by whole pieces: one that does not fit is taken back.
#[derive(Debug)]
pub struct AppendFile {
    file: File,
    path: PathBuf,
    length: u64,
}

/// An [`AppendFile`] whose first bytes are on disk, but not yet in their place.
#[derive(Debug)]
pub struct Staged {
    file: AtomicFile,
    path: PathBuf,
    length: u64,
}

impl Staged {
    /// Puts it in its place, and opens it to be added to.
    ///
    /// # Errors
    /// As [`write_atomically`](super::write_atomically); what was there stays.
    pub fn commit(self) -> Result<AppendFile> {
        let Self { file, path, length } = self;
        file.commit()?;
        let file = OpenOptions::new().append(true).open(&path);
        Ok(AppendFile {
            file: file.map_err(|source| Error::io("open", &path, source))?,
            path,
            length,
        })
    }
}

impl AppendFile {
    /// Begins a file with these bytes that will be `path`.
    ///
    /// # Errors
    /// As [`write_atomically`](super::write_atomically); what was there stays.
    pub fn begin(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<Staged> {
        let (path, bytes) = (path.as_ref(), bytes.as_ref());
        Ok(Staged {
            file: AtomicFile::with(path, bytes)?,
            path: path.to_path_buf(),
            length: bytes.len() as u64,
        })
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// A full disk: the file is as it was, unless the system refuses that as well.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let half = |mut file: &File| drop(file.write_all(&bytes[..bytes.len() / 2]));
        let written = breaking::step(|| half(&self.file));
        if let Err(source) = written.and_then(|()| self.file.write_all(bytes)) {
            drop(self.file.set_len(self.length));
            return Err(Error::io("write", &self.path, source));
        }
        self.length += bytes.len() as u64;
        Ok(())
    }
}
