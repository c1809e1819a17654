//! The learning rate over epochs.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// By what the initial learning rate is multiplied in each epoch, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// By 1.
    #[default]
    Constant,
    /// By `factor` once more every `every` epochs: `factor^floor(epoch / every)`.
    Step {
        /// After how many epochs, at least one.
        every: usize,
        /// By what, above zero.
        factor: f64,
    },
    /// By `factor^epoch`.
    Exponential {
        /// By what, above zero.
        factor: f64,
    },
    /// Down half a cosine, from 1 in the first of `epochs` epochs to nearly
    /// nothing in the last: `(1 + cos(pi epoch / epochs)) / 2`, and after them
    /// what it was in the last.
    Cosine {
        /// Over how many epochs, at least one.
        epochs: usize,
    },
}

impl Schedule {
    /// The multiple of the initial rate that holds in `epoch`.
    ///
    /// ```
    /// use spikefront::optim::Schedule;
    /// let halved = Schedule::Step { every: 20, factor: 0.5 };
    /// assert_eq!([0, 19, 20, 40].map(|epoch| halved.multiple(epoch)), [1.0, 1.0, 0.5, 0.25]);
    /// ```
    pub fn multiple(self, epoch: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => factor.powf((epoch / every.max(1)) as f64),
            Self::Exponential { factor } => factor.powf(epoch as f64),
            Self::Cosine { epochs } => {
                let epochs = epochs.max(1);
                let share = epoch.min(epochs - 1) as f64 / epochs as f64;
                0.5 * (1.0 + (PI * share).cos())
            }
        }
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// A factor that is not finite or not above zero; a step every zero epochs.
    pub fn check(self) -> Result<()> {
        let (every, factor) = match self {
            Self::Constant => (1, 1.0),
            Self::Step { every, factor } => (every, factor),
            Self::Exponential { factor } => (1, factor),
            Self::Cosine { epochs } => (epochs, 1.0),
        };
        if every == 0 {
            return Err(Error::invalid(
                "epochs of the learning rate schedule",
                every,
                "give at least one",
            ));
        }
        if !(factor.is_finite() && factor > 0.0) {
            return Err(Error::invalid(
                "factor of the learning rate schedule",
                factor,
                "give a finite number above zero",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_by_hand() {
        assert_eq!(Schedule::Constant.multiple(1000), 1.0);
        let exponential = Schedule::Exponential { factor: 0.5 };
        assert_eq!(
            [0, 1, 3].map(|epoch| exponential.multiple(epoch)),
            [1.0, 0.5, 0.125]
        );
    }

    #[test]
    fn a_cosine_falls_to_its_last_epoch_and_stays() {
        let cosine = Schedule::Cosine { epochs: 6 };
        assert_eq!(cosine.multiple(0), 1.0);
        for (epoch, expected) in [(2, 0.75), (3, 0.5), (4, 0.25)] {
            assert!((cosine.multiple(epoch) - expected).abs() < 1e-15);
        }
        let last = 0.5 * (1.0 - 0.75_f64.sqrt());
        assert!((cosine.multiple(5) - last).abs() < 1e-15);
        assert_eq!(cosine.multiple(600), cosine.multiple(5));
        assert!(cosine.multiple(5) > 0.0);
    }

    #[test]
    fn ranges_are_checked() {
        assert!(Schedule::Cosine { epochs: 0 }.check().is_err());
        assert!(Schedule::Cosine { epochs: 1 }.check().is_ok());
        assert!(Schedule::Constant.check().is_ok());
        assert!(
            Schedule::Step {
                every: 0,
                factor: 0.5
            }
            .check()
            .is_err()
        );
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Schedule::Exponential { factor }.check().is_err());
            assert!(Schedule::Step { every: 1, factor }.check().is_err());
        }
    }
}
