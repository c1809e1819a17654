//! No case, however its tree of values is mangled, makes the reader panic or stall.
//!
//! `tests/case_fuzz.rs` mangles text; this changes members and values of the shipped cases and
//! writes what no tree can hold: a member twice, nesting without end, numbers out of range.
//! The long run is `SPIKEFRONT_FUZZ_SECONDS=600 cargo test --release --test cpu case_fuzz_tree -- --ignored --nocapture`.

use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use spikefront::case::{Case, CaseResult};

const SEED: u64 = 2_023;
/// Longer than any case takes to be read and built, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(20);

const POISON: [&str; 24] = [
    "1e308",
    "-1e308",
    "-1",
    "-0.0",
    "0",
    "1e-320",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "\"NaN\"",
    "\"-inf\"",
    "\"nan\"",
    "\"\"",
    "\"\\ud800\"",
    "4294967296",
    "18446744073709551615",
    "-9223372036854775809",
    "1000000000000000000000000000000",
    "null",
    "true",
    "[]",
    "{}",
    "{\"input\": 0, \"neuron\": 0}",
];

/// The shipped cases.
fn seeds() -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the cases are there")
        .map(|entry| entry.expect("a case can be listed").path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    let read = |path| std::fs::read_to_string(path).expect("a case can be read");
    let parse = |text: String| serde_json::from_str(&text).expect("a case is JSON");
    paths.into_iter().map(read).map(parse).collect()
}

/// Writes a tree as text and changes a few of its values on the way.
struct Mangler<'a> {
    rng: &'a mut ChaCha8Rng,
    /// How many values are visited between two changes, on average.
    spacing: u32,
    left: usize,
}

impl Mangler<'_> {
    fn write(&mut self, value: &Value, out: &mut String) {
        if self.left > 0 && self.rng.random_range(0..self.spacing) == 0 {
            self.left -= 1;
            self.changed(value, out);
        } else {
            self.plain(value, out);
        }
    }

    fn plain(&mut self, value: &Value, out: &mut String) {
        match value {
            Value::Array(items) => self.array(&items.iter().collect::<Vec<_>>(), out),
            Value::Object(map) => {
                let members: Vec<_> = map.iter().map(|(k, v)| (k.clone(), v)).collect();
                self.object(&members, out);
            }
            leaf => out.push_str(&leaf.to_string()),
        }
    }

    fn array(&mut self, items: &[&Value], out: &mut String) {
        out.push('[');
        for (ix, item) in items.iter().enumerate() {
            out.push_str(if ix > 0 { "," } else { "" });
            self.write(item, out);
        }
        out.push(']');
    }

    fn object(&mut self, members: &[(String, &Value)], out: &mut String) {
        out.push('{');
        for (ix, (name, item)) in members.iter().enumerate() {
            out.push_str(if ix > 0 { "," } else { "" });
            out.push_str(&Value::from(name.as_str()).to_string());
            out.push(':');
            self.write(item, out);
        }
        out.push('}');
    }

    fn changed(&mut self, value: &Value, out: &mut String) {
        match (self.rng.random_range(0..6), value) {
            (0, _) => {
                let depth = 1 << self.rng.random_range(0..15);
                let (open, close) = [("[", "]"), ("{\"a\":", "}")][self.rng.random_range(0..2)];
                out.push_str(&open.repeat(depth));
                self.plain(value, out);
                out.push_str(&close.repeat(depth));
            }
            (1 | 2, Value::Array(items)) => {
                let items: Vec<&Value> = items.iter().collect();
                let items = self.rearranged(&items);
                self.array(&items, out);
            }
            (1 | 2, Value::Object(map)) => {
                let members: Vec<_> = map.iter().map(|(k, v)| (k.clone(), v)).collect();
                let mut members = self.rearranged(&members);
                if !members.is_empty() && self.rng.random() {
                    let ix = self.rng.random_range(0..members.len());
                    members[ix].0 += ["s", "", "\u{0}"][self.rng.random_range(0..3)];
                }
                self.object(&members, out);
            }
            (1 | 2, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or_default();
                let factor = [-1.0, 1e-300, 1e300, 0.5, 1e6, 1.0 + 1e-15];
                let product = number * factor[self.rng.random_range(0..factor.len())];
                out.push_str(&format!("{product:e}"));
            }
            (1 | 2, Value::String(text)) => {
                let length = 1 << self.rng.random_range(0..12);
                out.push_str(&Value::from(text.repeat(length)).to_string());
            }
            _ => out.push_str(POISON[self.rng.random_range(0..POISON.len())]),
        }
    }

    /// One left out, one twice, many times over, backwards, or cut.
    fn rearranged<T: Clone>(&mut self, items: &[T]) -> Vec<T> {
        let mut items = items.to_vec();
        if items.is_empty() {
            return items;
        }
        let ix = self.rng.random_range(0..items.len());
        match self.rng.random_range(0..5) {
            0 => drop(items.remove(ix)),
            1 => items.insert(ix, items[ix].clone()),
            2 => {
                items = items
                    .iter()
                    .cycle()
                    .take(items.len() * 40)
                    .cloned()
                    .collect()
            }
            3 => items.reverse(),
            _ => items.truncate(ix),
        }
        items
    }
}

fn mangled(seeds: &[Value], rng: &mut ChaCha8Rng) -> String {
    let mut text = String::new();
    let seed = rng.random_range(0..seeds.len());
    let spacing = [3, 30, 300][rng.random_range(0..3)];
    let left = rng.random_range(1..5);
    let mut mangler = Mangler { rng, spacing, left };
    mangler.write(&seeds[seed], &mut text);
    if rng.random_range(0..4) == 0 {
        let mut bytes = text.into_bytes();
        for _ in 0..rng.random_range(1..4) {
            let ix = rng.random_range(0..bytes.len());
            bytes[ix] = rng.next_u32() as u8;
        }
        text = String::from_utf8_lossy(&bytes).into_owned();
    }
    text
}

/// How many texts there were, how many were cases after all, and the longest time for one.
#[derive(Debug, Default)]
struct Tally {
    texts: usize,
    cases: usize,
    networks: usize,
    slowest: Duration,
}

/// Reads the text and, if it is a case, builds its network: each reader's verdict.
fn digest(text: &str) -> (bool, bool) {
    let _ = CaseResult::from_json(text, "fuzz");
    match Case::parse(text, "fuzz") {
        Ok(case) => (true, case.network().is_ok()),
        Err(error) => {
            assert!(
                error.to_string().len() < 10_000,
                "an error repeats the file"
            );
            (false, false)
        }
    }
}

fn fuzz(seed: u64, mut go_on: impl FnMut(&Tally) -> bool) -> Tally {
    let seeds = seeds();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut tally = Tally::default();
    while go_on(&tally) {
        let text = mangled(&seeds, &mut rng);
        let start = Instant::now();
        let verdict = catch_unwind(|| digest(&text));
        let taken = start.elapsed();
        if verdict.is_err() || taken > PATIENCE {
            let path = std::env::temp_dir().join(format!("spikefront-fuzz-{}.json", tally.texts));
            std::fs::write(&path, &text).expect("the temporary folder is writable");
            panic!(
                "text {} panicked or took {taken:?}: {}",
                tally.texts,
                path.display()
            );
        }
        let (case, network) = verdict.unwrap_or_default();
        tally.texts += 1;
        tally.cases += usize::from(case);
        tally.networks += usize::from(network);
        tally.slowest = tally.slowest.max(taken);
    }
    tally
}

#[test]
fn unchanged_seeds_are_cases() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    for seed in seeds() {
        let mut text = String::new();
        let mut mangler = Mangler {
            rng: &mut rng,
            spacing: 1,
            left: 0,
        };
        mangler.write(&seed, &mut text);
        assert_eq!(digest(&text), (true, true));
    }
}

#[test]
fn mangled_trees_are_answered() {
    let tally = fuzz(SEED, |tally| tally.texts < 1_000);
    // Neither all nor none: changes are small enough to pass the parser and large enough to matter.
    assert!((10..900).contains(&tally.cases), "{tally:?}");
}

#[test]
#[ignore = "runs for SPIKEFRONT_FUZZ_SECONDS, by default a minute"]
fn mangled_trees_are_answered_for_long() {
    let seconds = std::env::var("SPIKEFRONT_FUZZ_SECONDS").ok();
    let seconds = seconds.map_or(60, |s| s.parse().expect("a whole number of seconds"));
    let end = Instant::now() + Duration::from_secs(seconds);
    let tally = fuzz(seconds ^ SEED, |_| Instant::now() < end);
    println!("{tally:?}");
}
