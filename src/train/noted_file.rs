//! Files that a run depends on, and by what it notices that one has changed.

use std::path::{Path, PathBuf};

use crate::{Error, Result, files};

/// The largest, in bytes.
const MOST_BYTES: u64 = 1 << 36;

/// The absolute path of a file and the digest of its content; `key` is what the settings call the table with both.
///
/// # Errors
/// A file that cannot be read, or another one than is `expected`.
pub(super) fn noted(
    (what, key): (&str, &str),
    file: &Path,
    expected: Option<&String>,
) -> Result<(PathBuf, String)> {
    let bytes = files::read(file, MOST_BYTES)?;
    let digest = format!(
        "crc32:{:08x} of {} bytes",
        crc32fast::hash(&bytes),
        bytes.len()
    );
    if expected.is_some_and(|expected| *expected != digest) {
        let expected = expected.map_or("", String::as_str);
        return Err(Error::invalid(
            format!("{what} {}", file.display()),
            format!("another than the run began with ({digest} now, {expected} then)"),
            format!("put the former file back, or leave out {key}.digest to begin with this one"),
        ));
    }
    let absolute = std::path::absolute(file).map_err(|source| Error::io("find", file, source))?;
    Ok((absolute, digest))
}
