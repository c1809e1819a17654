//! Shuffled mini-batches.

use super::seed::{Stream, numbered_stream};
use crate::{Error, Result};
use rand::seq::SliceRandom;

/// Deals the samples of a set out in batches, in a new order each epoch.
///
/// An epoch's order depends on the seed and the epoch's number only, so that a
/// run can be resumed at any epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batches {
    n_samples: usize,
    batch_size: usize,
    seed: u64,
}

impl Batches {
    /// Batches of `batch_size` out of `n_samples`; a batch larger than the set is the whole set.
    ///
    /// # Errors
    /// A batch size of zero, or no samples.
    pub fn new(n_samples: usize, batch_size: usize, seed: u64) -> Result<Self> {
        if n_samples == 0 {
            return Err(Error::invalid(
                "number of samples",
                n_samples,
                "give at least one sample to make batches of",
            ));
        }
        if batch_size == 0 {
            return Err(Error::invalid(
                "batch size",
                batch_size,
                "put at least one sample in a batch",
            ));
        }
        Ok(Self {
            n_samples,
            batch_size,
            seed,
        })
    }

    /// How many batches make an epoch, counting a last, smaller one.
    pub fn n_batches(&self) -> usize {
        self.n_samples.div_ceil(self.batch_size)
    }

    /// The sample numbers of each batch of an epoch.
    ///
    /// Every sample comes exactly once; the last batch may be smaller.
    pub fn epoch(&self, epoch: usize) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.n_samples).collect();
        order.shuffle(&mut numbered_stream(
            self.seed,
            Stream::Shuffle,
            epoch as u64,
        ));
        order
            .chunks(self.batch_size)
            .map(<[usize]>::to_vec)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_deals_every_sample_once() -> Result<()> {
        for (n_samples, batch_size) in [(10, 3), (9, 3), (1, 5), (7, 1)] {
            let batches = Batches::new(n_samples, batch_size, 1)?;
            let dealt = batches.epoch(0);
            assert_eq!(dealt.len(), batches.n_batches());
            assert!(
                dealt[..dealt.len() - 1]
                    .iter()
                    .all(|b| b.len() == batch_size)
            );
            let mut all = dealt.concat();
            all.sort_unstable();
            assert_eq!(all, (0..n_samples).collect::<Vec<_>>());
        }
        Ok(())
    }

    #[test]
    fn order_depends_on_seed_and_epoch_only() -> Result<()> {
        let batches = Batches::new(100, 32, 5)?;
        let later = batches.epoch(3);
        batches.epoch(0);
        assert_eq!(later, Batches::new(100, 32, 5)?.epoch(3));
        assert_ne!(later, batches.epoch(4));
        assert_ne!(later, Batches::new(100, 32, 6)?.epoch(3));
        assert_eq!(later.concat(), Batches::new(100, 7, 5)?.epoch(3).concat());
        Ok(())
    }

    /// Recorded when shuffling was written: a change here changes everyone's runs.
    #[test]
    fn order_is_pinned() -> Result<()> {
        assert_eq!(
            Batches::new(8, 3, 42)?.epoch(1),
            [vec![4, 7, 1], vec![2, 3, 0], vec![5, 6]]
        );
        Ok(())
    }

    #[test]
    fn nothing_to_deal_is_an_error() {
        let zero = |n, size| Batches::new(n, size, 0).expect_err("a zero").to_string();
        assert!(zero(0, 4).contains("number of samples is 0"));
        assert!(zero(4, 0).contains("batch size is 0"));
    }
}
