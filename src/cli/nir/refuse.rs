//! What other commands say of graphs in the Neuromorphic Intermediate Representation.

use std::path::Path;

use spikefront::{Error, Result};

/// Refuses a `.nir` file by what reads it.
///
/// # Errors
/// A path that ends in `.nir`.
pub fn refuse(path: &Path) -> Result<()> {
    if path.extension().is_none_or(|ending| ending != "nir") {
        return Ok(());
    }
    Err(Error::unavailable(
        format!("reading {} (a NIR graph) here", path.display()),
        format!(
            "`spikefront nir {0}` describes and simulates it, `spikefront train spikes --data DIR --nir {0}` trains it on spike \
             trains (or another task in place of spikes)",
            path.display()
        ),
    ))
}
