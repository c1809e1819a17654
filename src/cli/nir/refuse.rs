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
            "`spikefront nir {}` describes and simulates it; to train, describe the network as an experiment \
             (`spikefront preset every-key` explains the file)",
            path.display()
        ),
    ))
}
