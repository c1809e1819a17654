//! Ways to spoil a file.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

/// Numbers that sizes and counts should not have.
const EXTREMES: [u64; 10] = [
    0,
    1,
    0x7f,
    0xff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    1 << 40,
    i64::MAX as u64,
    u64::MAX,
];

/// What texts should not have in place of a number.
const WORDS: [&str; 14] = [
    "1e308",
    "-1e308",
    "1e400",
    "1e-320",
    "NaN",
    "inf",
    "-1",
    "0",
    "4294967296",
    "18446744073709551616",
    "null",
    "[]",
    "{}",
    "\"\"",
];

/// The bytes with one or two faults.
pub fn mangle(good: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..random.random_range(1..=2) {
        fault(&mut bytes, random);
    }
    bytes
}

fn fault(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        bytes.push(random.random());
        return;
    }
    let at = random.random_range(0..bytes.len());
    match random.random_range(0..11) {
        0 => bytes[at] ^= 1 << random.random_range(0..8),
        1 => bytes[at] = random.random(),
        2 => bytes.truncate(at),
        3 => {
            let end = bytes.len().min(at + random.random_range(1..64));
            bytes.drain(at..end);
        }
        4 => {
            let mut more = vec![0; random.random_range(1..64)];
            random.fill_bytes(&mut more);
            bytes.splice(at..at, more);
        }
        // A size in the file's own way to write it.
        5 | 6 => {
            let value = EXTREMES[random.random_range(0..EXTREMES.len())];
            let width = [1, 2, 4, 8][random.random_range(0..4)];
            let mut word = value.to_le_bytes();
            if random.random() {
                word[..width].reverse();
            }
            let end = bytes.len().min(at + width);
            bytes[at..end].copy_from_slice(&word[..end - at]);
        }
        7 => {
            let end = bytes.len().min(at + random.random_range(1..256));
            let copy = bytes[at..end].to_vec();
            let to = random.random_range(0..=bytes.len());
            bytes.splice(to..to, copy);
        }
        _ => number(bytes, at, random),
    }
}

/// Replaces the first number of a text at or after a place.
fn number(bytes: &mut Vec<u8>, at: usize, random: &mut ChaCha8Rng) {
    let Some(from) = bytes[at..].iter().position(u8::is_ascii_digit) else {
        return;
    };
    let from = at + from;
    let rest = bytes[from..].iter();
    let length = rest
        .take_while(|b| b.is_ascii_digit() || **b == b'.')
        .count();
    let word = WORDS[random.random_range(0..WORDS.len())];
    bytes.splice(from..from + length, word.bytes());
}
