//! Places of what has a name.

use crate::{Error, Result};

/// Where a name stands among those there are; the error names the nearest and lists them all.
pub(super) fn place_of<'a>(
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'a str>,
) -> Result<usize> {
    let names: Vec<&str> = names.collect();
    let found = names.iter().position(|&known| known == name);
    found.ok_or_else(|| Error::unknown(what, name, &names))
}
