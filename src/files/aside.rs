//! A file put out of the way for a moment.

use std::path::{Path, PathBuf};

use super::place::folder_of;
use super::{PREFIX, breaking};
use crate::{Error, Result};

/// A file, if there was one, under the name of a temporary one; gone once it is dropped.
#[derive(Debug)]
pub struct SetAside {
    path: PathBuf,
    /// None where there was no file, or where it is back.
    at: Option<PathBuf>,
}

impl SetAside {
    /// Takes the name from a file.
    ///
    /// # Errors
    /// The system refuses.
    pub fn new(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let at = folder_of(&path).join(format!("{PREFIX}aside-{name}"));
        let renamed = breaking::step(|| ()).and_then(|()| std::fs::rename(&path, &at));
        match renamed {
            Ok(()) => Ok(Self { path, at: Some(at) }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self { path, at: None })
            }
            Err(error) => Err(Error::io("replace", path, error)),
        }
    }

    /// Gives the name back.
    pub fn put_back(mut self) {
        if let Some(at) = self.at.take() {
            // It is a second failure at best, and the first is told.
            drop(std::fs::rename(at, &self.path));
        }
    }
}

impl Drop for SetAside {
    fn drop(&mut self) {
        if let Some(at) = self.at.take() {
            // What stays is removed as a leftover.
            drop(std::fs::remove_file(at));
        }
    }
}
