//! Reading a file of a bounded size.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;

use crate::{Error, Result};

/// Opens a regular file to read.
///
/// # Errors
/// A file that cannot be opened; a device or a FIFO, which might never begin or never end.
pub(crate) fn open(path: &Path) -> Result<File> {
    let failed = |source| Error::io("open", path, source);
    refuse_endless(path, &std::fs::metadata(path).map_err(failed)?)?;
    File::open(path).map_err(failed)
}

/// Before it is opened: opening a FIFO waits for whoever writes to it.
fn refuse_endless(path: &Path, metadata: &Metadata) -> Result<()> {
    if metadata.is_file() || metadata.is_dir() {
        return Ok(());
    }
    let detail = "it is not a regular file; name one";
    Err(Error::malformed(path.display().to_string(), detail))
}

/// The bytes of a regular file of at most `most` bytes.
///
/// # Errors
/// A file that cannot be read or is longer; a folder, a device or a FIFO, which might never end.
pub fn read(path: impl AsRef<Path>, most: u64) -> Result<Vec<u8>> {
    let path = path.as_ref();
    let unreadable = |source| Error::io("read", path, source);
    refuse_endless(path, &std::fs::metadata(path).map_err(unreadable)?)?;
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    let read = file.take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(unreadable)?;
    if bytes.len() as u64 > most {
        let detail = format!("it has more than {most} bytes, the most that are read");
        return Err(Error::malformed(path.display().to_string(), detail));
    }
    Ok(bytes)
}

/// As [`read()`], of a text in UTF-8.
///
/// # Errors
/// As there; what is no such text.
pub fn read_text(path: impl AsRef<Path>, most: u64) -> Result<String> {
    let path = path.as_ref();
    String::from_utf8(read(path, most)?).map_err(|error| {
        let detail = format!("not a text in UTF-8 ({})", error.utf8_error());
        Error::malformed(path.display().to_string(), detail)
    })
}
