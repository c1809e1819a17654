//! A process's share of the runs of a sweep.

use std::str::FromStr;

/// Every `of`-th run, from number `number` on, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    number: usize,
    of: usize,
}

impl Share {
    /// The run with this place alone, of so many.
    pub fn one(place: usize, of: usize) -> Self {
        Self {
            number: place + 1,
            of,
        }
    }

    /// Whether the run with this place, counted from 0, is among them.
    pub fn has(self, place: usize) -> bool {
        place % self.of == self.number - 1
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parts = text.split_once('/');
        match parts.map(|(number, of)| (number.parse(), of.parse())) {
            Some((Ok(number), Ok(of))) if 0 < number && number <= of => Ok(Self { number, of }),
            _ => Err("write which share and how many there are, such as 1/4 to 4/4".to_owned()),
        }
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_divide_all_runs() {
        let shares: Vec<Share> = (1..=3)
            .map(|number| format!("{number}/3").parse().expect("a share"))
            .collect();
        for place in 0..10 {
            let owners = shares.iter().filter(|share| share.has(place));
            assert_eq!(owners.count(), 1, "{place}");
        }
        assert!(Share::one(4, 10).has(4) && !Share::one(4, 10).has(5));
        for wrong in ["", "1", "0/3", "4/3", "1/0", "-1/2", "1/2/3", "a/b"] {
            assert!(wrong.parse::<Share>().is_err(), "{wrong}");
        }
    }
}
