//! One process at a time in a folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::{Error, ErrorKind, Result};

/// The file that is locked; it stays, as removing it would let two processes lock two files of one name.
const LOCK: &str = "run.lock";
/// How long to wait before another attempt.
const PAUSE: Duration = Duration::from_millis(50);

/// The right to write into a folder. The system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock(#[expect(dead_code, reason = "an open file holds the lock")] File);

impl FolderLock {
    /// Takes the folder, which must be there.
    ///
    /// A file system without locks is taken to have no other holder.
    ///
    /// # Errors
    /// A folder that another holder has ([`ErrorKind::Held`]), with its process id; one in which no file can be made.
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
                return Err(Error::held(folder, holder));
            }
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self(file))
    }

    /// As [`take`](Self::take), as soon as others have let the folder go, for `patience` at most.
    ///
    /// # Errors
    /// As there.
    pub fn wait(folder: impl AsRef<Path>, patience: Duration) -> Result<Self> {
        let asked = Instant::now();
        loop {
            match Self::take(&folder) {
                Err(error) if error.kind() == ErrorKind::Held && asked.elapsed() < patience => {
                    std::thread::sleep(PAUSE);
                }
                taken => return taken,
            }
        }
    }
}

/// The process id in the file, where the system lets it be read.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
