//! Where tests find the published files, which are not part of the repository.

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
