//! A file in the making.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::place::{Place, folder_of};
use super::{PREFIX, breaking};
use crate::{Error, Result};

/// A file in the making: beside the one that it will replace, and gone where it is not finished.
#[derive(Debug)]
pub struct AtomicFile {
    to: To,
    /// As it was given, for errors.
    path: PathBuf,
    /// Whether all of it is on disk.
    is_synced: bool,
}

#[derive(Debug)]
enum To {
    /// A temporary file, and the path that it will have.
    Temporary(NamedTempFile, PathBuf),
    /// Written to at once: there is nothing to replace.
    Device(File),
}

impl AtomicFile {
    /// Begins a file that will be `path`.
    ///
    /// # Errors
    /// A folder that is not there or cannot be written to; a path that is a folder, a FIFO, a socket or a disk.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        match begin(&path) {
            Ok(to) => Ok(Self {
                to,
                path,
                is_synced: false,
            }),
            Err(source) => Err(Error::io("write", path, source)),
        }
    }

    /// A file with all its bytes, on disk but not yet in its place.
    ///
    /// # Errors
    /// As [`create`](Self::create); a full disk.
    pub fn with(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<Self> {
        let mut file = Self::create(path)?;
        let written = file.write_all(bytes.as_ref());
        let written = written.and_then(|()| file.sync());
        written.map_err(|source| file.failed(source))?;
        Ok(file)
    }

    /// The error of a write to this file that the system refused.
    pub fn failed(&self, source: std::io::Error) -> Error {
        Error::io("write", &self.path, source)
    }

    /// Puts it in its place once all of it is on disk.
    ///
    /// # Errors
    /// A full disk, a folder that is gone: the former file is as it was.
    pub fn commit(mut self) -> Result<()> {
        self.sync().map_err(|source| self.failed(source))?;
        let Self { to, path, .. } = self;
        let failed = |source| Error::io("write", &path, source);
        if let To::Temporary(file, to) = to {
            breaking::step(|| ()).map_err(failed)?;
            file.persist(&to).map_err(|refused| failed(refused.error))?;
            sync_folder(folder_of(&to));
        }
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        // A device has no disk to wait for.
        if let (To::Temporary(file, _), false) = (&self.to, self.is_synced) {
            breaking::step(|| ())?;
            file.as_file().sync_all()?;
        }
        self.is_synced = true;
        Ok(())
    }
}

fn begin(path: &Path) -> std::io::Result<To> {
    match Place::of(path)? {
        Place::Device => Ok(To::Device(OpenOptions::new().write(true).open(path)?)),
        Place::Replaced(target) => {
            breaking::step(|| ())?;
            let mut builder = Builder::new();
            builder.prefix(PREFIX);
            share_like_other_files(&mut builder);
            let file = builder.tempfile_in(folder_of(&target));
            // Without its own name, which nobody knows.
            let file = file.map_err(|refused| refused.kind())?;
            Ok(To::Temporary(file, target))
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.is_synced = false;
        match &mut self.to {
            To::Temporary(file, _) => {
                breaking::step(|| drop(file.write(&bytes[..bytes.len() / 2])))?;
                file.write(bytes)
            }
            To::Device(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match &mut self.to {
            To::Temporary(file, _) => file.flush(),
            To::Device(file) => file.flush(),
        }
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        match &mut self.to {
            To::Temporary(file, _) => file.seek(to),
            To::Device(file) => file.seek(to),
        }
    }
}

/// Lets a new name survive a crash of the machine. File systems that cannot do this refuse, and there the file is in
/// its place all the same.
fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        drop(folder.sync_all());
    }
}

/// Temporary files are private by default; results should obey the umask as any other file does.
#[cfg(unix)]
fn share_like_other_files(builder: &mut Builder) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn share_like_other_files(_builder: &mut Builder) {}
