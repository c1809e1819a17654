//! The seeds of several runs.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Seeds from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    pub first: u64,
    pub last: u64,
}

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let seed = |text: &str| text.parse().ok().filter(|&seed: &u64| seed < 1 << 63);
        let ends = text.split_once('-').map(|(a, b)| (seed(a), seed(b)));
        match ends {
            Some((Some(first), Some(last))) if first <= last => Ok(Self { first, last }),
            _ => Err("write the first and the last, such as 0-9, below 2^63".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_its_first_and_its_last() {
        assert_eq!("0-9".parse(), Ok(Range { first: 0, last: 9 }));
        assert_eq!("3-3".parse(), Ok(Range { first: 3, last: 3 }));
        for wrong in ["", "3", "9-0", "0-", "-1", "0-9223372036854775808", "a-b"] {
            assert!(wrong.parse::<Range>().is_err(), "{wrong}");
        }
    }
}
