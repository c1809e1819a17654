//! A checksum inside a file in the safetensors format: the CRC-32 (IEEE 802.3) of the whole file with its own eight digits taken
//! as zeros.

use std::collections::HashMap;

use safetensors::tensor::SafeTensors;

/// The key of the checksum among the metadata.
pub(crate) const KEY: &str = "checksum";
/// What stands there until the file is sealed.
pub(crate) const OPEN: &str = "crc32:00000000";
/// How the checksum stands in the header. Text inside a value cannot look like this: its quotes are escaped.
const CHECKSUM: &str = "\"checksum\":\"crc32:";
/// The checksum's digits while it is computed.
const DIGITS: &str = "00000000";

/// Puts the checksum in its place; `false` where there is no place for it.
pub(crate) fn seal(file: &mut [u8]) -> bool {
    let Some(at) = digits(file) else {
        return false;
    };
    let sum = checksum(file, at);
    file[at..at + DIGITS.len()].copy_from_slice(sum.as_bytes());
    true
}

/// Whether a file's checksum is that of its content; what to do where it is not is `remedy`.
fn check(file: &[u8], remedy: &str) -> Result<(), String> {
    let Some(at) = digits(file) else {
        return Err(
            "it is no checkpoint, or its header is damaged: there is no checksum".to_owned(),
        );
    };
    if checksum(file, at).as_bytes() == &file[at..at + DIGITS.len()] {
        return Ok(());
    }
    Err(format!(
        "its checksum is not that of its content: it is damaged; {remedy}"
    ))
}

/// The metadata of a sealed file.
pub(crate) struct Header(HashMap<String, String>);

impl Header {
    /// Reads them, once the checksum is right and the file is of `format`, which is `whose` in words. What to do with a
    /// damaged file is `remedy`.
    pub fn read(file: &[u8], (format, whose): (&str, &str), remedy: &str) -> Result<Self, String> {
        check(file, remedy)?;
        let (_, header) = SafeTensors::read_metadata(file).map_err(|error| error.to_string())?;
        let found = Self(header.metadata().clone().unwrap_or_default());
        match found.text("format")? {
            is if is == format => Ok(found),
            is => {
                let by = found.text("version").ok();
                let by = by.map_or_else(String::new, |version| {
                    format!(" (version {version} wrote it)")
                });
                Err(format!("its format is {is:?}{by}; {whose} {format:?}"))
            }
        }
    }

    /// One of them.
    pub fn text(&self, key: &str) -> Result<&str, String> {
        let found = self.0.get(key).map(String::as_str);
        found.ok_or_else(|| format!("its metadata have no {key}"))
    }
}

/// Where the digits of the checksum are.
fn digits(file: &[u8]) -> Option<usize> {
    let (length, rest) = file.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let header = rest.get(..length)?;
    let found = header
        .windows(CHECKSUM.len())
        .position(|w| w == CHECKSUM.as_bytes())?;
    let at = found + CHECKSUM.len();
    header.get(at..at + DIGITS.len())?;
    Some(at + size_of::<u64>())
}

fn checksum(file: &[u8], at: usize) -> String {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&file[..at]);
    hasher.update(DIGITS.as_bytes());
    hasher.update(&file[at + DIGITS.len()..]);
    format!("{:08x}", hasher.finalize())
}
