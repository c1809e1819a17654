//! Arrays that grow on disk until they are put together into an `.npz` file.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::NpzWriter;
use crate::files::{self, AtomicFile};
use crate::{Error, Result};

/// How far an array had grown, and the CRC-32 of what there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grown {
    bytes: u64,
    crc32: u32,
}

/// An array in the making.
#[derive(Debug)]
struct Column {
    file: BufWriter<File>,
    bytes: u64,
    hasher: crc32fast::Hasher,
}

/// Files from which an interrupted run could continue to write, of no use once its checkpoint is removed.
#[derive(Debug, Default)]
#[must_use = "they stay where they are until they are removed"]
pub struct KeptParts(Vec<PathBuf>);

impl KeptParts {
    /// Removes them.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub fn remove(self) -> Result<()> {
        self.0.iter().try_for_each(files::remove)
    }

    /// These and others.
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }
}

/// Arrays in the making, for the file at a path.
///
/// Either they lie in temporary files that the system removes with the process, or, to be gone on with, in files beside the
/// path: `PATH.0.part` and so on.
#[derive(Debug)]
pub(super) struct Columns {
    path: PathBuf,
    columns: Vec<Column>,
    is_kept: bool,
}

impl Columns {
    /// Begins `n` arrays.
    pub fn create(path: &Path, n: usize, is_kept: bool) -> Result<Self> {
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let columns = (0..n).map(|ix| {
            let file = match is_kept {
                true => {
                    let mut options = OpenOptions::new();
                    options.read(true).write(true).create(true).truncate(true);
                    options.open(part(path, ix))
                }
                false => tempfile::tempfile_in(folder),
            };
            Ok(Column {
                file: BufWriter::new(file.map_err(|source| Error::io("write", path, source))?),
                bytes: 0,
                hasher: crc32fast::Hasher::new(),
            })
        });
        Ok(Self {
            columns: columns.collect::<Result<_>>()?,
            path: path.to_path_buf(),
            is_kept,
        })
    }

    /// Goes on with kept arrays that had grown so far; what came after is cut off.
    pub fn resume(path: &Path, n: usize, grown: &[Grown]) -> Result<Self> {
        let columns = (0..n).map(|ix| {
            let name = part(path, ix);
            let fault = |detail: &str| Error::malformed(name.display().to_string(), detail);
            let grown = grown
                .get(ix)
                .ok_or_else(|| fault("the checkpoint does not know it"))?;
            let failed = |source| Error::io("open", &name, source);
            let file = OpenOptions::new().read(true).write(true).open(&name);
            let mut file = file.map_err(failed)?;
            let mut hasher = crc32fast::Hasher::new();
            let mut reader = BufReader::new(&mut file).take(grown.bytes);
            let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0);
            loop {
                let n = reader.read(&mut buffer).map_err(failed)?;
                if n == 0 {
                    break;
                }
                hasher.update(&buffer[..n]);
                bytes += n as u64;
            }
            if bytes != grown.bytes || hasher.clone().finalize() != grown.crc32 {
                return Err(fault(
                    "it is not what the checkpoint was written with: begin the run anew",
                ));
            }
            file.set_len(bytes).map_err(failed)?;
            file.seek(SeekFrom::Start(bytes)).map_err(failed)?;
            Ok(Column {
                file: BufWriter::new(file),
                bytes,
                hasher,
            })
        });
        Ok(Self {
            columns: columns.collect::<Result<_>>()?,
            path: path.to_path_buf(),
            is_kept: true,
        })
    }

    pub fn push(&mut self, column: usize, bytes: &[u8]) -> Result<()> {
        let column = &mut self.columns[column];
        let written = column.file.write_all(bytes);
        written.map_err(|source| Error::io("write", &self.path, source))?;
        column.hasher.update(bytes);
        column.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Makes sure that all of it is on disk, and says how much that is.
    pub fn sync(&mut self) -> Result<Vec<Grown>> {
        let path = &self.path;
        let grown = self.columns.iter_mut().map(|column| {
            let flushed = column.file.flush();
            let synced = flushed.and_then(|()| column.file.get_ref().sync_data());
            synced.map_err(|source| Error::io("write", path, source))?;
            Ok(Grown {
                bytes: column.bytes,
                crc32: column.hasher.clone().finalize(),
            })
        });
        grown.collect()
    }

    /// Puts the file together and in its place: `add` is given each array's reader. What was kept to be gone on with stays.
    pub fn finish(
        self,
        add: impl FnOnce(
            &mut NpzWriter<AtomicFile>,
            &mut [BufReader<File>],
        ) -> zip::result::ZipResult<()>,
    ) -> Result<KeptParts> {
        let path = &self.path;
        let failed = |source| Error::io("write", path, source);
        let n = self.columns.len();
        let readers = self.columns.into_iter().map(|column| {
            let file = column.file.into_inner();
            let mut file = file.map_err(|error| failed(error.into_error()))?;
            file.seek(SeekFrom::Start(0)).map_err(failed)?;
            Ok(BufReader::new(file))
        });
        let mut readers = readers.collect::<Result<Vec<_>>>()?;
        let mut npz = NpzWriter::new(AtomicFile::create(path)?);
        add(&mut npz, &mut readers).map_err(|error| failed(error.into()))?;
        npz.finish()
            .map_err(|error| failed(error.into()))?
            .commit()?;
        let n = if self.is_kept { n } else { 0 };
        Ok(KeptParts((0..n).map(|ix| part(path, ix)).collect()))
    }
}

fn part(path: &Path, column: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{column}.part"));
    PathBuf::from(name)
}
