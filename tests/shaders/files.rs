//! The files in `shaders/` are exactly those that kernels are made of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use spikefront::gpu::kernels;

use super::corpus::sources;

/// The files of a folder with an extension, by stem.
fn folder(name: &str, extension: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("a file can be listed").path();
        let stem = path.file_stem().and_then(|s| s.to_str());
        assert!(path.extension().is_some_and(|e| e == extension), "{path:?}");
        let text = std::fs::read_to_string(&path).expect("a file can be read");
        files.insert(stem.expect("a name in UTF-8").to_owned(), text);
    }
    files
}

/// Takes a kernel's text apart into the files that it was made of, its own last.
fn parts(text: &str, files: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        if let Some((stem, _)) = files.iter().find(|(_, file)| *file == rest) {
            parts.push(stem.clone());
            return Some(parts);
        }
        let (stem, after) = files.iter().find_map(|(stem, file)| {
            let after = rest.strip_prefix(file.as_str())?.strip_prefix('\n')?;
            Some((stem.clone(), after))
        })?;
        parts.push(stem);
        rest = after;
    }
}

/// What is wrong with the files, given the kernels' names and texts.
fn faults(files: &BTreeMap<String, String>, kernels: &[(&str, &str)]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut used = BTreeSet::new();
    for (name, text) in kernels {
        match parts(text, files) {
            None => faults.push(format!("{name} is not made of whole files in shaders/")),
            Some(parts) => {
                if parts.last().is_none_or(|last| last != name) {
                    faults.push(format!("{name} does not end with its own file: {parts:?}"));
                }
                for part in &parts[..parts.len() - 1] {
                    if kernels.iter().any(|(kernel, _)| kernel == part) {
                        faults.push(format!("{name} includes the kernel {part}"));
                    }
                }
                used.extend(parts);
            }
        }
    }
    for (stem, text) in files {
        if !used.contains(stem) {
            faults.push(format!("{stem}.wgsl is part of no kernel"));
        }
        let is_kernel = kernels.iter().any(|(name, _)| name == stem);
        if text.contains("@compute") != is_kernel {
            faults.push(format!(
                "{stem}.wgsl: kernels, and only they, have entry points"
            ));
        }
        // The first lines say what a file needs; a file that was renamed is found here.
        for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')) {
            let named = word.trim_end_matches('.').strip_suffix(".wgsl");
            if named.is_some_and(|named| !files.contains_key(named)) {
                faults.push(format!("{stem}.wgsl speaks of {word}, which is not there"));
            }
        }
    }
    faults
}

fn all() -> Vec<(&'static str, &'static str)> {
    sources().iter().map(|s| (s.name, s.text)).collect()
}

#[test]
fn every_file_is_a_kernel_or_part_of_one() {
    let files = folder("shaders", "wgsl");
    let faults = faults(&files, &all());
    assert!(!files.is_empty() && !kernels::ALL.is_empty());
    println!("{} files, {} kernels", files.len(), all().len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_kernel_has_its_rust_file() {
    let mut files: BTreeSet<String> = folder("src/gpu/kernels", "rs").into_keys().collect();
    assert!(files.remove("mod"));
    let kernels: BTreeSet<String> = all().iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(files, kernels);
    assert_eq!(
        kernels.len(),
        kernels::ALL.len(),
        "a kernel is listed twice"
    );
}

#[test]
fn a_file_too_many_or_too_few_is_reported() {
    let mut files = folder("shaders", "wgsl");
    files.insert("stray".into(), "// Needs tpyes.wgsl.\n".into());
    let found = faults(&files, &all());
    super::corpus::assert_reported(&found, "stray.wgsl is part of no kernel");
    super::corpus::assert_reported(&found, "stray.wgsl speaks of tpyes.wgsl");
    files.remove("types");
    let found = faults(&files, &all());
    super::corpus::assert_reported(&found, "is not made of whole files");
}
