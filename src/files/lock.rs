//! One process at a time in a folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::{Error, Result};

/// The file that is locked; it stays, as removing it would let two processes lock two files of one name.
const LOCK: &str = "run.lock";

/// The right to write into a folder. The system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock(#[expect(dead_code, reason = "an open file holds the lock")] File);

impl FolderLock {
    /// Takes the folder, which must be there.
    ///
    /// A file system without locks is taken to have no other holder.
    ///
    /// # Errors
    /// A folder that another holder has, with its process id; one in which no file can be made.
    pub fn take(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        let path = folder.join(LOCK);
        let failed = |source| Error::io("lock", &path, source);
        if std::fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            let detail = "it is not a regular file; remove it";
            return Err(Error::malformed(path.display().to_string(), detail));
        }
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                // Who holds it is for people: a full disk does not matter.
                let noted = file.set_len(0);
                drop(noted.and_then(|()| write!(file, "{}", std::process::id())));
            }
            Err(TryLockError::WouldBlock) => {
                let holder = match holder(&mut file) {
                    Some(id) => format!("process {id}"),
                    None => "another process".to_owned(),
                };
                let remedy =
                    format!("{holder} writes there: let it end or stop it, or name another folder");
                return Err(Error::invalid(
                    "folder of the run",
                    folder.display(),
                    remedy,
                ));
            }
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self(file))
    }
}

/// The process id in the file, where the system lets it be read.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
