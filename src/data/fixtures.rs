//! What several tests of this room need: published files, which are not part of the
//! repository, and small ones made up.

use std::io::Write;
use std::path::{Path, PathBuf};

/// A path beside the repository's `data` folder, or `None`, said aloud, where it is missing.
///
/// `SPIKEFRONT_DATA` names the data folder; without it, it is looked for as
/// `../shared/data` from the crate. `relative` starts from its parent, e.g. `data/yin_yang`.
pub(super) fn published(relative: &str) -> Option<PathBuf> {
    let data = std::env::var_os("SPIKEFRONT_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let path = data.join("..").join(relative);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// An IDX file of bytes.
pub(super) fn idx(shape: &[u32], bytes: &[u8]) -> Vec<u8> {
    let sizes: Vec<u8> = shape.iter().flat_map(|size| size.to_be_bytes()).collect();
    [&[0, 0, 8, shape.len() as u8], sizes.as_slice(), bytes].concat()
}

/// The bytes packed with gzip.
pub(super) fn packed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}
