//! No text, however mangled, makes the reader of cases panic.

use proptest::prelude::*;
use spikefront::case::{Case, CaseResult};

const DELAYED: &str = include_str!("../cases/random-28.json");
const INSTANT: &str = include_str!("../cases/random-33.json");

const POISON: [&str; 16] = [
    "1e308",
    "-1e308",
    "-1",
    "0",
    "1e-320",
    "1e400",
    "NaN",
    "\"NaN\"",
    "\"-inf\"",
    "4294967296",
    "18446744073709551615",
    "1000000000000000000000000",
    "null",
    "[]",
    "{}",
    "\"1e308\"",
];

/// Where the numbers of a text are, those inside strings included.
fn numbers(text: &str) -> Vec<std::ops::Range<usize>> {
    let part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
    let mut found = Vec::new();
    let mut start = None;
    for (ix, c) in text.char_indices() {
        match (part(c), start) {
            (true, None) => start = Some(ix),
            (false, Some(from)) => {
                found.push(from..ix);
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// Reads the text and, if it is a case, builds its network.
fn digest(text: &str) -> bool {
    let _ = CaseResult::from_json(text, "fuzz");
    Case::parse(text, "fuzz").is_ok_and(|case| case.network().is_ok())
}

#[test]
fn the_seeds_are_cases_and_their_numbers_are_found() {
    for text in [DELAYED, INSTANT] {
        assert!(digest(text));
        assert!(numbers(text).len() > 20);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn flipped_bytes(
        instant: bool,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = if instant { INSTANT } else { DELAYED }.as_bytes().to_vec();
        for (place, byte) in flips {
            let ix = place.index(bytes.len());
            bytes[ix] = byte;
        }
        digest(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn cut_short(instant: bool, place: prop::sample::Index) {
        let text = if instant { INSTANT } else { DELAYED };
        let cut = place.index(text.len());
        if let Some(head) = text.get(..cut) {
            prop_assert!(!digest(head));
        }
    }

    #[test]
    fn replaced_numbers(
        instant: bool,
        swaps in prop::collection::vec((any::<prop::sample::Index>(), 0..POISON.len()), 1..4),
    ) {
        let mut text = if instant { INSTANT } else { DELAYED }.to_owned();
        for (place, poison) in swaps {
            let places = numbers(&text);
            let range = places[place.index(places.len())].clone();
            text.replace_range(range, POISON[poison]);
        }
        digest(&text);
    }

    #[test]
    fn arbitrary_text(text in "\\PC{0,200}") {
        prop_assert!(!digest(&text));
    }
}
