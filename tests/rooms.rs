//! Who may use whom. The line is ARCHITECTURE.md's.

use std::path::Path;

/// Each room with the rooms it may use. `lib.rs` is what a user sees and may name all of them;
/// `cli` is the binary's and sees the library from outside.
const ROOMS: [(&str, &[&str]); 27] = [
    ("setters", &[]),
    ("error", &[]),
    ("activity", &["error"]),
    ("files", &["error"]),
    ("memory", &["error"]),
    ("ranks", &["error"]),
    ("statistics", &[]),
    ("dynamics", &["error"]),
    ("network", &["error", "ranks", "dynamics", "event"]),
    ("event", &["error"]),
    ("stream", &["error", "dynamics", "network"]),
    (
        "networks",
        &["error", "files", "memory", "network", "stream", "data"],
    ),
    ("nir", &["error", "files", "memory", "network", "data"]),
    ("plan", &["error", "network"]),
    (
        "problem",
        &["error", "memory", "dynamics", "network", "event"],
    ),
    ("session", &["error", "network", "event", "problem"]),
    (
        "engine",
        &["error", "memory", "network", "event", "problem", "session"],
    ),
    (
        "cpu",
        &[
            "error", "ranks", "dynamics", "network", "event", "stream", "plan", "problem", "engine",
        ],
    ),
    // Never the CPU engine, nor the other way: each is what the other is compared with.
    (
        "gpu",
        &[
            "error", "ranks", "dynamics", "network", "event", "stream", "plan", "problem",
            "engine", "session",
        ],
    ),
    (
        "loss",
        &["error", "network", "event", "problem", "engine", "session"],
    ),
    ("optim", &["error", "session"]),
    ("data", &["error", "files", "memory", "event"]),
    ("plot", &["error", "files"]),
    (
        "case",
        &[
            "error",
            "files",
            "statistics",
            "network",
            "event",
            "problem",
            "engine",
        ],
    ),
    (
        "train",
        &[
            "error", "files", "memory", "network", "event", "problem", "engine", "session", "nir",
            "loss", "optim", "data",
        ],
    ),
    (
        "compare",
        &[
            "error", "network", "event", "problem", "engine", "case", "loss", "train",
        ],
    ),
    ("lib", &["*"]),
];

/// What the crate's root re-exports, and from which room.
const ROOT: [(&str, &str); 14] = [
    ("count", "error"),
    ("Error", "error"),
    ("ErrorKind", "error"),
    ("Result", "error"),
    ("Problem", "problem"),
    ("SimulationOptions", "problem"),
    ("Stop", "problem"),
    ("Cotangent", "engine"),
    ("Engine", "engine"),
    ("Gradient", "engine"),
    ("GradientOptions", "engine"),
    ("Jacobian", "engine"),
    ("Method", "engine"),
    ("self", "error"),
];

/// The members of a list that goes on to its closing brace; lists within it belong to their member.
fn members(list: &str) -> Vec<&str> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                members.push(&list[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                members.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    members
}

/// The rooms that a piece of code names after `crate::`, with the line.
fn named(code: &str) -> Vec<(usize, String)> {
    let mut rooms = Vec::new();
    // Tests may look anywhere.
    let code = code
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let before = code[..at].rsplit('\n').next().unwrap_or_default();
        if before.trim_start().starts_with("//") {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let names = match rest.strip_prefix('{') {
            Some(list) => members(list),
            None => vec![rest],
        };
        for name in names {
            let end = |c: char| !(c.is_alphanumeric() || c == '_');
            let name = name.trim().split(end).next().unwrap_or_default();
            if !name.is_empty() {
                rooms.push((line, name.to_owned()));
            }
        }
    }
    rooms
}

/// What `code` in `room` names that it may not.
fn offences(room: &str, code: &str) -> Vec<String> {
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{room} is a room that this test does not know")];
    };
    named(code)
        .into_iter()
        .map(|(line, name)| {
            let root = ROOT.iter().find(|(item, _)| *item == name);
            (line, root.map_or(name, |(_, room)| (*room).to_owned()))
        })
        .filter(|(_, used)| {
            used != room && !allowed.contains(&"*") && !allowed.contains(&used.as_str())
        })
        .map(|(line, used)| format!("line {line}: {room} uses {used}"))
        .collect()
}

fn visit(folder: &Path, room: Option<&str>, found: &mut Vec<String>, files: &mut usize) {
    for entry in std::fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("a source can be listed").path();
        let stem = path
            .file_stem()
            .and_then(|s| s.to_str())
            .unwrap_or_default();
        let room = room.unwrap_or(stem);
        if path.is_dir() {
            if room != "cli" {
                visit(&path, Some(room), found, files);
            }
        } else if stem.ends_with("_tests") {
            // Tests in a file of their own may look anywhere as well.
            continue;
        } else if path.extension().is_some_and(|e| e == "rs") && room != "main" {
            *files += 1;
            let code = std::fs::read_to_string(&path).expect("a source can be read");
            let all = offences(room, &code);
            found.extend(all.into_iter().map(|o| format!("{}: {o}", path.display())));
        }
    }
}

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let (mut found, mut files) = (Vec::new(), 0);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    visit(&sources, None, &mut found, &mut files);
    assert!(files > 80, "saw only {files} files");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_offence_is_caught() {
    assert_eq!(
        offences("loss", "use crate::cpu::CpuEngine;\n"),
        ["line 1: loss uses cpu"]
    );
    assert_eq!(
        offences("gpu", "use crate::cpu::CpuEngine;\n"),
        ["line 1: gpu uses cpu"]
    );
    assert_eq!(
        offences("cpu", "use crate::gpu::GpuEngine;\n"),
        ["line 1: cpu uses gpu"]
    );
    assert_eq!(
        offences("network", "\nlet x: crate::Gradient;"),
        ["line 2: network uses engine"]
    );
    assert_eq!(
        offences("plot", "use crate::{Error, train};"),
        ["line 1: plot uses train"]
    );
    assert_eq!(
        offences(
            "loss",
            "use crate::{network::{Network, Population}, cpu::CpuEngine};"
        ),
        ["line 1: loss uses cpu"]
    );
    assert!(offences("loss", "use crate::{Error, Result};").is_empty());
}

/// The rooms that cannot be put in a line in which each uses only rooms before it.
fn in_circles<'a>(rooms: &[(&'a str, &[&'a str])]) -> Vec<&'a str> {
    let mut left = rooms.to_vec();
    loop {
        let waits: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
        left.retain(|(_, used)| used.iter().any(|name| waits.contains(name)));
        if left.len() == waits.len() {
            return waits;
        }
    }
}

#[test]
fn no_room_uses_one_that_uses_it() {
    assert_eq!(in_circles(&ROOMS), [""; 0]);
    // A circle is found.
    let circle = [("a", &[][..]), ("b", &["a", "c"][..]), ("c", &["b"][..])];
    assert_eq!(in_circles(&circle), ["b", "c"]);
}
