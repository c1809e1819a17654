//! Numbers as words of 64 bits, as ranks exchange them.

/// Words that are still to be read.
pub(super) struct Words<'a>(&'a [u64]);

impl<'a> Words<'a> {
    pub fn new(words: &'a [u64]) -> Self {
        Self(words)
    }

    pub fn word(&mut self) -> Option<u64> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A list that begins with its length.
    pub fn list(&mut self) -> Option<&'a [u64]> {
        let len = usize::try_from(self.word()?).ok()?;
        let (list, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(list)
    }

    /// A list of numbers.
    pub fn numbers(&mut self) -> Option<Vec<f64>> {
        Some(self.list()?.iter().copied().map(f64::from_bits).collect())
    }
}

/// Writes a list of numbers into memory for as many.
pub(super) fn copy_numbers(list: &[u64], into: &mut [f64]) {
    for (into, bits) in into.iter_mut().zip(list) {
        *into = f64::from_bits(*bits);
    }
}

/// Appends a list, after its length.
pub(super) fn put(words: &mut Vec<u64>, list: impl ExactSizeIterator<Item = u64>) {
    words.push(list.len() as u64);
    words.extend(list);
}

/// Appends a list of numbers.
pub(super) fn put_numbers(words: &mut Vec<u64>, numbers: &[f64]) {
    put(words, numbers.iter().map(|number| number.to_bits()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_read_and_no_more() {
        let mut words = vec![7];
        put_numbers(&mut words, &[0.5, -0.0]);
        put(&mut words, [3].into_iter());
        let mut there = Words::new(&words);
        assert_eq!(there.word(), Some(7));
        let numbers = there.numbers().unwrap_or_default();
        assert_eq!(numbers.len(), 2);
        assert!(numbers[0] == 0.5 && numbers[1].is_sign_negative());
        assert_eq!(there.list(), Some(&[3][..]));
        assert_eq!(there.word(), None);
        // One word too few.
        assert_eq!(Words::new(&words[1..3]).list(), None);
    }
}
