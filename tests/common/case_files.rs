//! The cases that the project carries.

use std::path::PathBuf;

use spikefront::case::Case;

/// All of them, in order of their names.
pub fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the cases are there")
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| Case::read(path).expect("every case is well-formed");
    paths.iter().map(read).collect()
}
