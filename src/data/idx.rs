//! One array of bytes in the IDX format, read without trusting what it claims.
//!
//! The format is LeCun's: two zero bytes, the type of the elements (8: bytes),
//! the number of axes, one big-endian 32-bit size for each axis, the elements.

use crate::{Error, Result, files};
use flate2::read::MultiGzDecoder;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The largest array accepted, in bytes.
const MAX_BYTES: u64 = 1 << 30;
/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The most bytes that deflate makes of one (zlib's documentation: 1032 to 1).
const MOST_FROM_ONE: u64 = 1032;
/// The type of the elements: unsigned bytes.
const BYTES: u8 = 8;

/// An array of bytes and its shape.
#[derive(Debug, PartialEq)]
pub(super) struct Idx {
    pub(super) shape: Vec<usize>,
    pub(super) bytes: Vec<u8>,
}

impl Idx {
    /// Reads an array with `axes` axes from a file, plain or packed with gzip.
    ///
    /// Its first bytes decide which it is, not its name. No more is read than
    /// the header claims, and a header that claims more than the file can hold
    /// is refused before anything is allocated.
    pub(super) fn open(path: &Path, axes: u8) -> Result<Self> {
        let unreadable = |e| Error::io("read", path, e);
        let file = files::open(path)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut reader = BufReader::new(file);
        let packed = reader.fill_buf().map_err(unreadable)?.starts_with(&GZIP);
        let array = if packed {
            let most = length.saturating_mul(MOST_FROM_ONE);
            read(MultiGzDecoder::new(reader), most, axes)
        } else {
            read(reader, length, axes)
        };
        array.map_err(|detail| Error::malformed(path.display().to_string(), detail))
    }
}

/// Reads an array of which the source has at most `most` bytes, header included.
fn read(mut reader: impl Read, most: u64, axes: u8) -> std::result::Result<Idx, String> {
    let mut magic = [0; 4];
    fill(&mut reader, &mut magic)?;
    if magic != [0, 0, BYTES, axes] {
        return Err(format!(
            "its first four bytes are {magic:?}; an array of bytes with {axes} axes \
             begins with [0, 0, {BYTES}, {axes}]: put the right file there"
        ));
    }
    let mut shape = Vec::new();
    for _ in 0..axes {
        let mut size = [0; 4];
        fill(&mut reader, &mut size)?;
        shape.push(u32::from_be_bytes(size));
    }
    let claimed = shape
        .iter()
        .try_fold(1_u64, |bytes, &size| bytes.checked_mul(size.into()))
        .filter(|&bytes| bytes <= MAX_BYTES)
        .ok_or_else(|| format!("its shape {shape:?} asks for more than {MAX_BYTES} bytes"))?;
    if claimed > most {
        return Err(format!(
            "its shape {shape:?} asks for {claimed} bytes, and it can hold {most} at most: \
             it is cut short or damaged; fetch it again"
        ));
    }
    let mut bytes = Vec::new();
    reader
        .take(claimed + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| format!("its elements cannot be read ({e}); fetch it again"))?;
    if bytes.len() as u64 != claimed {
        let held = if (bytes.len() as u64) < claimed {
            format!("only {}", bytes.len())
        } else {
            "more".into()
        };
        return Err(format!(
            "its shape {shape:?} asks for {claimed} bytes and {held} are there; fetch it again"
        ));
    }
    let shape = shape.into_iter().map(|size| size as usize).collect();
    Ok(Idx { shape, bytes })
}

fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> std::result::Result<(), String> {
    reader
        .read_exact(buffer)
        .map_err(|e| format!("its header cannot be read ({e}); fetch it again"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixtures::{idx, packed};

    /// What is said of a file with these bytes, or nothing where it is read.
    fn fault(bytes: &[u8], axes: u8) -> std::io::Result<String> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("some-idx");
        std::fs::write(&path, bytes)?;
        let message = Idx::open(&path, axes).err().map(|e| e.to_string());
        let message = message.unwrap_or_default();
        assert!(
            message.is_empty() || message.contains("some-idx"),
            "{message}"
        );
        Ok(message)
    }

    #[test]
    fn plain_and_packed_files_hold_the_same() -> std::result::Result<(), Box<dyn std::error::Error>>
    {
        let folder = tempfile::tempdir()?;
        let plain = idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 255]);
        // The name says otherwise, and is not asked.
        let (first, second) = (folder.path().join("a.gz"), folder.path().join("b"));
        std::fs::write(&first, &plain)?;
        std::fs::write(&second, packed(&plain)?)?;
        let array = Idx::open(&first, 3)?;
        assert_eq!(array.shape, [2, 1, 3]);
        assert_eq!(array.bytes, [1, 2, 3, 4, 5, 255]);
        assert_eq!(array, Idx::open(&second, 3)?);
        Ok(())
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() -> std::io::Result<()> {
        let plain = idx(&[3, 2], &[9, 8, 7, 6, 5, 4]);
        for whole in [plain.clone(), packed(&plain)?] {
            assert_eq!(fault(&whole, 2)?, "");
            for cut in 0..whole.len() {
                assert_ne!(fault(&whole[..cut], 2)?, "", "cut at {cut}");
            }
            let longer = [whole.as_slice(), &[0]].concat();
            assert_ne!(fault(&longer, 2)?, "");
        }
        Ok(())
    }

    #[test]
    fn absurd_claims_are_refused() -> std::io::Result<()> {
        let huge = idx(&[u32::MAX; 3], &[0; 8]);
        assert!(fault(&huge, 3)?.contains("asks for more than"));
        assert!(fault(&packed(&huge)?, 3)?.contains("asks for more than"));
        let large = idx(&[1 << 20, 28, 28], &[0; 8]);
        assert!(fault(&large, 3)?.contains("it can hold 24 at most"));
        assert!(fault(&packed(&large)?, 3)?.contains("at most"));
        let labels = idx(&[2], &[0, 1]);
        let message = fault(&labels, 3)?;
        assert!(message.contains("bytes are [0, 0, 8, 1]"), "{message}");
        assert!(message.contains("begins with [0, 0, 8, 3]"), "{message}");
        Ok(())
    }

    #[test]
    fn damage_inside_a_packed_file_is_noticed() -> std::io::Result<()> {
        let good = packed(&idx(&[64], &[7; 64]))?;
        let mut bad = good.clone();
        // The checksum at the end: the elements themselves unpack as before.
        let at = bad.len() - 8;
        bad[at] ^= 1;
        assert_eq!(fault(&good, 1)?, "");
        assert!(fault(&bad, 1)?.contains("cannot be read"));
        Ok(())
    }
}
