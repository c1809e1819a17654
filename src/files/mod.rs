//! Files that are either whole or not there, and readers that are not held up by what is no file.
//!
//! A file is replaced by a temporary one beside it that is on disk before it takes the name, so that a full disk or
//! a crash at any moment leaves what was there. Symbolic links are followed. What is no regular file is
//! never replaced: a character device such as `/dev/null` is written to, a FIFO, a socket or a disk is refused.

mod append;
mod aside;
mod atomic;
mod breaking;
mod lock;
mod place;
mod read;
pub(crate) mod sealed;
pub(crate) mod toml_text;

use std::io::Write;
use std::path::Path;

use tempfile::Builder;

pub use append::{AppendFile, Staged};
pub use aside::SetAside;
pub use atomic::AtomicFile;
pub use lock::FolderLock;
pub(crate) use read::open;
pub use read::{read, read_text};

use crate::{Error, Result};

/// What the names of temporary files begin with.
const PREFIX: &str = ".spikefront-";

/// Writes `bytes` to `path`, replacing what was there only once all of them are on disk.
///
/// The bytes go to a temporary file in the same folder first, because only a
/// rename within one file system is atomic. On failure that file is removed and
/// `path` keeps its former content. A symbolic link stays one: what it leads to is replaced.
///
/// # Errors
/// The folder does not exist or is not writable, the disk is full, or `path` is a folder, a FIFO, a socket or a disk.
pub fn write_atomically(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<()> {
    AtomicFile::with(path, bytes)?.commit()
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
    breaking::step(|| ()).map_err(refused)?;
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
        let is_file = entry.file_type().map_err(failed)?.is_file();
        if is_file && name.to_string_lossy().starts_with(PREFIX) {
            breaking::step(|| ()).map_err(failed)?;
            std::fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}

/// Removes a file, if it is there.
///
/// # Errors
/// The system refuses.
pub fn remove(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let removed = breaking::step(|| ()).and_then(|()| std::fs::remove_file(path));
    match removed {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", path, source))
        }
        _ => Ok(()),
    }
}

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

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_stay() -> std::result::Result<(), Box<dyn std::error::Error>> {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("elsewhere"))?;
        std::fs::write(at("elsewhere/target"), "old")?;
        symlink("elsewhere/target", at("link"))?;
        symlink("link", at("link-to-link"))?;
        symlink("elsewhere/new", at("dangling"))?;
        symlink("round", at("round"))?;
        write_atomically(at("link-to-link"), "new")?;
        write_atomically(at("dangling"), "first")?;
        assert_eq!(std::fs::read(at("elsewhere/target"))?, b"new");
        assert_eq!(std::fs::read(at("elsewhere/new"))?, b"first");
        for link in ["link", "link-to-link", "dangling"] {
            assert!(std::fs::symlink_metadata(at(link))?.is_symlink(), "{link}");
        }
        assert!(write_atomically(at("round"), "text").is_err());
        assert_eq!(names(&at("elsewhere")), ["new", "target"]);
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_never_replaced()
    -> std::result::Result<(), Box<dyn std::error::Error>> {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir()?;
        let fifo = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status()?;
        assert!(made.success());
        // Nobody reads from it: opening it would wait for ever.
        let told = write_atomically(&fifo, "text").expect_err("a FIFO");
        assert!(told.to_string().contains("not a regular file"), "{told}");
        let told = read_text(&fifo, 100).expect_err("a FIFO").to_string();
        assert!(told.contains("not a regular file"), "{told}");
        assert!(std::fs::metadata(&fifo)?.file_type().is_fifo());
        let null = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &null)?;
        write_atomically(&null, "text")?;
        let kind = std::fs::metadata("/dev/null")?.file_type();
        assert!(kind.is_char_device());
        let told = read("/dev/zero", 100).expect_err("endless").to_string();
        assert!(told.contains("not a regular file"), "{told}");
        assert_eq!(names(folder.path()), ["fifo", "null"]);
        Ok(())
    }

    #[test]
    fn a_file_that_is_too_long_is_refused() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("long.toml");
        std::fs::write(&path, "12345")?;
        assert_eq!(read_text(&path, 5)?, "12345");
        let told = read_text(&path, 4).expect_err("too long").to_string();
        assert!(
            told.contains("long.toml: it has more than 4 bytes"),
            "{told}"
        );
        std::fs::write(&path, [0xff, 0xfe])?;
        assert!(read_text(&path, 4).is_err());
        Ok(())
    }

    #[test]
    fn one_holder_at_a_time() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let lock = FolderLock::take(folder.path())?;
        let error = FolderLock::take(folder.path()).expect_err("it is held");
        assert_eq!(error.kind(), ErrorKind::Held);
        let told = error.to_string();
        assert!(
            told.contains(&format!("process {}", std::process::id())),
            "{told}"
        );
        drop(lock);
        FolderLock::take(folder.path())?;
        Ok(())
    }
}
