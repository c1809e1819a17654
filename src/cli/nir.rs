//! What is said of graphs in the Neuromorphic Intermediate Representation.

use std::path::Path;

use spikefront::{Error, Result};

/// Refuses a `.nir` file by what can be given in its place: nothing reads one yet.
///
/// # Errors
/// A path that ends in `.nir`.
pub fn refuse(path: &Path) -> Result<()> {
    if path.extension().is_none_or(|ending| ending != "nir") {
        return Ok(());
    }
    Err(Error::unavailable(
        format!("reading {} (a NIR graph)", path.display()),
        "no command reads .nir files yet; describe the network as an experiment for `train` \
         (`spikefront preset every-key` explains the file) or as a case for `jacobian` and `check`",
    ))
}
