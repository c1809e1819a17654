//! Where random initial parameters come from.

use rand::Rng;
use rand_distr::{Distribution as _, Normal, Uniform};

use crate::{Error, Result};

/// A distribution of initial weights.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Distribution {
    /// Normal with mean and standard deviation.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation, zero or more.
        deviation: f64,
    },
    /// Uniform between two bounds.
    Uniform {
        /// The lower bound.
        low: f64,
        /// The upper bound, above the lower.
        high: f64,
    },
}

impl Distribution {
    pub(crate) fn check(&self, field: &str) -> Result<()> {
        let (ok, text) = match *self {
            Self::Normal { mean, deviation } => (
                mean.is_finite() && deviation.is_finite() && deviation >= 0.0,
                format!("normal(mean {mean}, deviation {deviation})"),
            ),
            Self::Uniform { low, high } => (
                low.is_finite() && high.is_finite() && low < high && (high - low).is_finite(),
                format!("uniform({low}, {high})"),
            ),
        };
        if ok {
            return Ok(());
        }
        Err(Error::invalid(
            field,
            text,
            "use finite numbers, a deviation of zero or more, and low below high",
        ))
    }

    /// Fills `values` with independent draws.
    pub(crate) fn fill(&self, values: &mut [f64], rng: &mut impl Rng) {
        match *self {
            Self::Normal { mean, deviation } => {
                let normal = Normal::new(mean, deviation)
                    .expect("the builder has checked that the deviation is finite");
                values.fill_with(|| normal.sample(rng));
            }
            Self::Uniform { low, high } => {
                let uniform = Uniform::new(low, high)
                    .expect("the builder has checked that low lies below high");
                values.fill_with(|| uniform.sample(rng));
            }
        }
    }
}
