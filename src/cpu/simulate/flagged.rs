//! A list of neurons from a bit for each.

/// Neurons that may have reached their threshold, in ascending order.
///
/// They differ from look to look: the list is made without a branch for each neuron, which the processor would foresee wrongly.
#[derive(Debug, Default)]
pub(super) struct Flagged {
    /// A bit for each neuron.
    words: Vec<u64>,
    /// The neurons, and then anything.
    list: Vec<u32>,
    len: usize,
}

/// Places that are always written for a word, so that most words need no loop; `len` counts only those with a neuron.
const ALWAYS_WRITTEN: usize = 4;

impl Flagged {
    /// No bit is set.
    #[inline(always)]
    pub fn begin(&mut self, n_neurons: usize) {
        self.words.resize(n_neurons.div_ceil(64), 0);
        self.words.fill(0);
        self.list.resize(n_neurons + ALWAYS_WRITTEN, 0);
    }

    /// Sets the bits of neurons from `first` on, which are in one word.
    #[inline(always)]
    pub fn mark(&mut self, first: usize, marks: u32) {
        self.words[first / 64] |= u64::from(marks) << (first % 64);
    }

    /// Lists the neurons whose bits are set.
    #[inline(always)]
    pub fn list(&mut self) {
        self.len = 0;
        for (ix, &word) in self.words.iter().enumerate() {
            let first = 64 * ix as u32;
            let mut rest = word;
            let mut next = self.len;
            for place in &mut self.list[next..next + ALWAYS_WRITTEN] {
                *place = first + rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
            }
            self.len += word.count_ones() as usize;
            next += ALWAYS_WRITTEN;
            while rest != 0 {
                self.list[next] = first + rest.trailing_zeros();
                rest &= rest - 1;
                next += 1;
            }
        }
    }

    /// Nobody is in the list.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// The list.
    pub fn neurons(&self) -> &[u32] {
        &self.list[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn the_list_is_of_the_bits() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let mut flagged = Flagged::default();
        for (n_neurons, share) in [(32, 0.0), (32, 1.0), (96, 0.05), (256, 0.02), (256, 0.9)] {
            for _ in 0..20 {
                flagged.begin(n_neurons);
                let mut expected = Vec::new();
                for first in (0..n_neurons).step_by(32) {
                    let mut marks = 0;
                    for ix in 0..32 {
                        if rng.random_range(0.0..1.0) < share {
                            marks |= 1 << ix;
                            expected.push((first + ix) as u32);
                        }
                    }
                    flagged.mark(first, marks);
                }
                flagged.list();
                assert_eq!(flagged.neurons(), expected);
            }
        }
    }
}
