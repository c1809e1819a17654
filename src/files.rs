//! Files that are either whole or not there.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::{Error, Result};

/// What the names of temporary files begin with.
const PREFIX: &str = ".spikefront-";

/// Writes `bytes` to `path`, replacing what was there only once all of them are on disk.
///
/// The bytes go to a temporary file in the same folder first, because only a
/// rename within one file system is atomic. On failure that file is removed and
/// `path` keeps its former content.
///
/// # Errors
/// The folder does not exist or is not writable, the disk is full, or `path` is a folder.
pub fn write_atomically(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    let written = file.write_all(bytes.as_ref());
    written.map_err(|source| file.failed(source))?;
    file.commit()
}

/// A file in the making: beside the one that it will replace, and gone where it is not finished.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl AtomicFile {
    /// Begins a file that will be `path`.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        let mut builder = Builder::new();
        builder.prefix(PREFIX);
        share_like_other_files(&mut builder);
        let file = builder.tempfile_in(folder_of(&path));
        let file = file.map_err(|source| Error::io("write", &path, source))?;
        Ok(Self { file, path })
    }

    /// The error of a write to this file that the system refused.
    pub fn failed(&self, source: std::io::Error) -> Error {
        Error::io("write", &self.path, source)
    }

    /// Puts it in its place once all of it is on disk.
    pub fn commit(self) -> Result<()> {
        let Self { file, path } = self;
        let failed = |source| Error::io("write", &path, source);
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path)
            .map_err(|refused| failed(refused.error))?;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

/// Creates the folder `path`, its parents included, and proves that files can be written there.
///
/// Meant to be called before a long computation, so that an unusable folder is
/// refused at the start rather than when the results are saved.
///
/// # Errors
/// The folder cannot be created (a part of the path is a file, or permission is
/// lacking), or no file can be written in it.
pub fn create_folder(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    std::fs::create_dir_all(path).map_err(|source| Error::io("create folder", path, source))?;
    let refused = |source| Error::io("write into folder", path, source);
    let mut probe = Builder::new()
        .prefix(PREFIX)
        .tempfile_in(path)
        .map_err(refused)?;
    probe.write_all(b"writable?").map_err(refused)
}

/// Removes what a program that was killed while it wrote into the folder `path` has left there.
///
/// # Errors
/// The folder cannot be read, or a file not removed.
pub fn remove_leftovers(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let failed = |source| Error::io("clean folder", path, source);
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(PREFIX) && entry.path().is_file() {
            std::fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}

/// A bare file name has the empty path as its parent, which no system call accepts.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("the test's folder is readable")
            .map(|entry| {
                let entry = entry.expect("the test's folder is readable");
                entry.file_name().to_string_lossy().into_owned()
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_the_former_content_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("result.svg");
        write_atomically(&path, "long first text").expect("a first write");
        write_atomically(&path, b"second").expect("a replacing write");
        assert_eq!(std::fs::read(&path).expect("the file"), b"second");
        assert_eq!(names(folder.path()), ["result.svg"]);
    }

    #[test]
    fn only_leftovers_are_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in [".spikefront-x1", "spikefront-x1", ".other"] {
            std::fs::write(folder.path().join(name), "text").expect("a file");
        }
        remove_leftovers(folder.path()).expect("a folder to clean");
        assert_eq!(names(folder.path()), [".other", "spikefront-x1"]);
        assert!(remove_leftovers(folder.path().join("missing")).is_err());
    }

    #[test]
    fn a_failed_rename_removes_the_temporary_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let occupied = folder.path().join("occupied");
        std::fs::create_dir_all(occupied.join("inside")).expect("a folder in the way");
        let error = write_atomically(&occupied, "text").expect_err("a folder is in the way");
        assert_eq!(error.kind(), ErrorKind::Io);
        assert_eq!(names(folder.path()), ["occupied"]);
    }

    #[test]
    fn refuses_missing_folders_and_names_the_path() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("missing").join("result.csv");
        let error = write_atomically(&path, "text").expect_err("the folder is missing");
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.to_string().contains("result.csv"), "{error}");
    }

    #[test]
    fn creates_nested_folders_without_leaving_the_probe() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let nested = folder.path().join("a").join("b");
        create_folder(&nested).expect("a new folder");
        create_folder(&nested).expect("an existing folder");
        assert!(names(&nested).is_empty());
    }

    #[test]
    fn refuses_a_folder_below_a_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("file");
        write_atomically(&file, "text").expect("a first write");
        let error = create_folder(file.join("below")).expect_err("a file cannot hold a folder");
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(write_atomically(file.join("below.svg"), "text").is_err());
        assert_eq!(std::fs::read(&file).expect("the file"), b"text");
    }

    #[cfg(unix)]
    #[test]
    fn written_files_are_no_more_private_than_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        write_atomically(&ours, "text").expect("a first write");
        std::fs::write(&plain, "text").expect("a plain write");
        let mode = |path: &Path| {
            let metadata = std::fs::metadata(path).expect("the file");
            metadata.permissions().mode()
        };
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[test]
    fn a_bare_name_belongs_to_the_current_folder() {
        assert_eq!(folder_of(Path::new("picture.svg")), Path::new("."));
        assert_eq!(folder_of(Path::new("out/picture.svg")), Path::new("out"));
    }
}
