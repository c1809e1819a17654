//! Where a path leads.

use std::fs::Metadata;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// As many links in a row as systems follow.
const MOST_LINKS: usize = 40;

/// How a path can be written to.
pub(super) enum Place {
    /// A regular file, or one that is to be: it can be replaced. No link.
    Replaced(PathBuf),
    /// A character device such as a terminal: it is written to.
    Device,
}

impl Place {
    /// Where `path` leads.
    pub(super) fn of(path: &Path) -> Result<Self> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(ErrorKind::IsADirectory.into()),
            Ok(metadata) if metadata.is_file() => Ok(Self::Replaced(followed(path)?)),
            Ok(metadata) if is_character_device(&metadata) => Ok(Self::Device),
            Ok(_) => Err(Error::new(
                ErrorKind::InvalidInput,
                "it is not a regular file; name one",
            )),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok(Self::Replaced(followed(path)?))
            }
            Err(error) => Err(error),
        }
    }
}

/// The path at the end of a chain of links, which need not be there.
fn followed(path: &Path) -> Result<PathBuf> {
    let mut at = path.to_path_buf();
    for _ in 0..=MOST_LINKS {
        match std::fs::read_link(&at) {
            Ok(target) => at = folder_of(&at).join(target),
            Err(_) => return Ok(at),
        }
    }
    Err(Error::new(
        ErrorKind::InvalidInput,
        "its symbolic links lead to one another",
    ))
}

/// A bare file name has the empty path as its parent, which no system call accepts.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn is_character_device(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_char_device()
}

#[cfg(not(unix))]
fn is_character_device(_metadata: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_belongs_to_the_current_folder() {
        assert_eq!(folder_of(Path::new("picture.svg")), Path::new("."));
        assert_eq!(folder_of(Path::new("out/picture.svg")), Path::new("out"));
    }
}
