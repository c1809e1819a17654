//! Weights, delays and starting values: one for all, or drawn.

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{LogNormal, Normal, Uniform};

use super::PerNeuron;
use super::random::{Draws, Purpose};
use crate::{Error, Result};

/// After so many draws outside the bounds a value is drawn from within them, or in a matrix set to the nearer bound. The chance of
/// it is below 1e-9 where a quarter of the distribution lies inside.
pub(super) const ATTEMPTS: u64 = 80;

/// A distribution of weights, of delays or of starting values.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Distribution {
    /// The same value for all.
    Constant(f64),
    /// Uniform between the two.
    Uniform {
        /// The least value.
        lowest: f64,
        /// The greatest.
        highest: f64,
    },
    /// Normal.
    Normal {
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        deviation: f64,
    },
    /// Log-normal, given by the mean and the deviation of the values themselves (not of their logarithms).
    LogNormal {
        /// The mean of the values, above zero.
        mean: f64,
        /// Their standard deviation.
        deviation: f64,
    },
}

/// A distribution between bounds; a value outside them is drawn again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Values {
    /// What is drawn from.
    pub distribution: Distribution,
    /// No value is below.
    pub lowest: f64,
    /// No value is above.
    pub highest: f64,
}

impl Distribution {
    /// The two numbers that it is given by; a constant is given by one.
    fn numbers(&self) -> (f64, f64) {
        match *self {
            Self::Constant(value) => (value, 0.0),
            Self::Uniform { lowest, highest } => (lowest, highest),
            Self::Normal { mean, deviation } | Self::LogNormal { mean, deviation } => {
                (mean, deviation)
            }
        }
    }
}

impl From<f64> for Values {
    fn from(value: f64) -> Self {
        Distribution::Constant(value).into()
    }
}

impl From<Distribution> for Values {
    fn from(distribution: Distribution) -> Self {
        Self {
            distribution,
            lowest: f64::MIN,
            highest: f64::MAX,
        }
    }
}

impl Values {
    /// A normal distribution.
    pub fn normal(mean: f64, deviation: f64) -> Self {
        Distribution::Normal { mean, deviation }.into()
    }

    /// A log-normal distribution with this mean and standard deviation of the values.
    pub fn log_normal(mean: f64, deviation: f64) -> Self {
        Distribution::LogNormal { mean, deviation }.into()
    }

    /// A uniform distribution.
    pub fn uniform(lowest: f64, highest: f64) -> Self {
        Distribution::Uniform { lowest, highest }.into()
    }

    /// Draws again what is below.
    #[must_use]
    pub fn at_least(mut self, lowest: f64) -> Self {
        self.lowest = lowest;
        self
    }

    /// Draws again what is above.
    #[must_use]
    pub fn at_most(mut self, highest: f64) -> Self {
        self.highest = highest;
        self
    }

    /// The one value, where nothing is drawn.
    pub fn constant(&self) -> Option<f64> {
        match self.distribution {
            Distribution::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// Where the distribution says nothing of its own, `lowest` is the least value that there can be.
    pub(crate) fn least(&self) -> f64 {
        match self.distribution {
            Distribution::Constant(value) => value,
            Distribution::Uniform { lowest, .. } => lowest.max(self.lowest),
            Distribution::LogNormal { .. } => self.lowest.max(0.0),
            Distribution::Normal {
                mean,
                deviation: 0.0,
            } => mean.max(self.lowest),
            Distribution::Normal { .. } => self.lowest,
        }
    }

    /// One value for each of some neurons, which are counted through the network, or one for all where nothing is drawn;
    /// `which` tells it from other values of the same neurons.
    pub(crate) fn of_neurons(&self, seed: u64, which: usize, neurons: Range<u32>) -> PerNeuron {
        let draws = Draws::new(seed, Purpose::Neuron, which);
        match self.constant() {
            Some(value) => PerNeuron::Same(value),
            None => PerNeuron::Each(neurons.map(|neuron| self.draw(&draws, neuron, 0)).collect()),
        }
    }

    /// The value at an address.
    pub(crate) fn draw(&self, draws: &Draws, unit: u32, index: u64) -> f64 {
        let mut value = 0.0;
        for attempt in 0..ATTEMPTS {
            // Attempts take the upper bits, so that they never meet another index's.
            let uniforms = || draws.uniforms(unit, index | attempt << 56);
            value = match self.distribution {
                Distribution::Constant(value) => return value,
                Distribution::Uniform { lowest, highest } => {
                    lowest + (highest - lowest) * uniforms()[0]
                }
                Distribution::Normal { mean, deviation } => mean + deviation * normal(uniforms()),
                Distribution::LogNormal { mean, deviation } => {
                    let variance = (deviation / mean).powi(2).ln_1p();
                    (mean.ln() - variance / 2.0 + variance.sqrt() * normal(uniforms())).exp()
                }
            };
            if (self.lowest..=self.highest).contains(&value) {
                return value;
            }
        }
        self.draw_within(draws, unit, index)
            .unwrap_or(value.clamp(self.lowest, self.highest))
    }

    /// Fills the matrix of projection number `projection` with independent draws, one after another. Each projection has a stream
    /// of its own: adding one leaves the others' draws alone.
    pub(crate) fn fill(&self, seed: u64, projection: usize, values: &mut [f64]) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(projection as u64);
        match self.distribution {
            Distribution::Constant(value) => values.fill(value),
            Distribution::Uniform { lowest, highest } if lowest == highest => values.fill(lowest),
            Distribution::Uniform { lowest, highest } => {
                let uniform = Uniform::new(lowest, highest)
                    .expect("check has seen that the lowest lies below the highest");
                self.fill_from(&uniform, values, &mut rng);
            }
            Distribution::Normal { mean, deviation } => {
                let normal = Normal::new(mean, deviation)
                    .expect("check has seen that the deviation is finite");
                self.fill_from(&normal, values, &mut rng);
            }
            Distribution::LogNormal { mean, deviation } => {
                let variance = (deviation / mean).powi(2).ln_1p();
                let log_normal = LogNormal::new(mean.ln() - variance / 2.0, variance.sqrt())
                    .expect("check has seen a mean above zero and a finite deviation");
                self.fill_from(&log_normal, values, &mut rng);
            }
        }
    }

    fn fill_from(
        &self,
        distribution: &impl rand_distr::Distribution<f64>,
        values: &mut [f64],
        rng: &mut impl Rng,
    ) {
        for value in values {
            for _ in 0..ATTEMPTS {
                *value = distribution.sample(rng);
                if (self.lowest..=self.highest).contains(value) {
                    break;
                }
            }
            *value = value.clamp(self.lowest, self.highest);
        }
    }

    /// Whether single precision can hold the values.
    ///
    /// # Errors
    /// Where it cannot.
    pub(crate) fn check_single(&self, field: &str) -> Result<()> {
        let (a, b) = self.distribution.numbers();
        match [a, b].into_iter().find(|x| x.abs() > f64::from(f32::MAX)) {
            None => Ok(()),
            Some(value) => Err(Error::invalid(
                field,
                value,
                "give a value within 3.4e38, the largest of single precision, in which one long run holds it",
            )),
        }
    }

    pub(crate) fn check(&self, field: &str) -> Result<()> {
        let refuse = |value: f64, remedy: &str| Err(Error::invalid(field, value, remedy));
        let (a, b) = self.distribution.numbers();
        if let Some(value) = [a, b].into_iter().find(|value| !value.is_finite()) {
            return refuse(value, "give a finite value");
        }
        match self.distribution {
            Distribution::Uniform { lowest, highest } if lowest > highest => {
                refuse(lowest, "give a lowest value that is not above the highest")
            }
            Distribution::Uniform { lowest, highest }
                if lowest.max(self.lowest) > highest.min(self.highest) =>
            {
                refuse(lowest, "give bounds that hold a part of the distribution")
            }
            Distribution::Normal { .. } | Distribution::LogNormal { .. } if b < 0.0 => {
                refuse(b, "give a standard deviation of zero or more")
            }
            Distribution::LogNormal { .. } if a <= 0.0 => {
                refuse(a, "a log-normal distribution has a mean above zero")
            }
            _ if self.lowest.is_nan() || self.highest.is_nan() || self.lowest > self.highest => {
                refuse(self.lowest, "give bounds in order")
            }
            Distribution::Constant(value) if !(self.lowest..=self.highest).contains(&value) => {
                refuse(value, "give bounds that hold the value")
            }
            _ => Ok(()),
        }
    }
}

/// A standard normal number (Box and Muller 1958).
fn normal([u, v]: [f64; 2]) -> f64 {
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

#[cfg(test)]
mod tests {
    use super::super::random::Purpose;
    use super::*;

    fn moments(values: Values) -> (f64, f64, f64, f64) {
        let draws = Draws::new(3, Purpose::Weight, 0);
        let n = 200_000;
        let drawn: Vec<f64> = (0..n).map(|ix| values.draw(&draws, 5, ix)).collect();
        let mean = drawn.iter().sum::<f64>() / n as f64;
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
        let least = drawn.iter().copied().fold(f64::MAX, f64::min);
        let most = drawn.iter().copied().fold(f64::MIN, f64::max);
        (mean, variance.sqrt(), least, most)
    }

    #[test]
    fn moments_are_those_asked_for() {
        // Five standard errors of 200,000 draws are 0.011 standard deviations.
        for values in [Values::normal(2.0, 0.5), Values::log_normal(2.0, 0.5)] {
            let (mean, deviation, ..) = moments(values);
            assert!((mean - 2.0).abs() < 0.0056, "{values:?}: mean {mean}");
            assert!(
                (deviation - 0.5).abs() < 0.01,
                "{values:?}: deviation {deviation}"
            );
        }
        let (mean, deviation, least, most) = moments(Values::uniform(-1.0, 3.0));
        assert!(
            (mean - 1.0).abs() < 0.013 && (deviation - 16f64.sqrt() / 12f64.sqrt()).abs() < 0.01
        );
        assert!(least >= -1.0 && most <= 3.0);
    }

    #[test]
    fn bounds_hold() {
        let (mean, _, least, most) = moments(Values::normal(1.5, 0.75).at_least(0.1));
        assert!(least >= 0.1 && most > 3.0);
        // A normal distribution cut 1.867 deviations below its mean: the mean moves up by
        // 0.75 phi(1.867)/Phi(1.867) = 0.75 * 0.06982/0.96905.
        assert!((mean - 1.554).abs() < 0.008, "{mean}");
    }

    #[test]
    fn a_tail_is_drawn_as_it_is() {
        // phi(2)/(1 - Phi(2)) = 0.0539910/0.0227501; between 2 and 2.2: (phi(2) - phi(2.2))/(Phi(2.2) - Phi(2)).
        let (tail, near) = (2.373_22, (0.053_991 - 0.035_475) / (0.986_097 - 0.977_25));
        for (values, expected) in [
            (Values::normal(0.0, 1.0).at_least(2.0), tail),
            (Values::normal(0.0, 1.0).at_most(-2.0), -tail),
            (Values::normal(0.0, 1.0).at_least(2.0).at_most(2.2), near),
        ] {
            let (mean, _, least, most) = moments(values);
            assert!((mean - expected).abs() < 5e-3, "{values:?}: {mean}");
            assert!(
                values.lowest < least && most < values.highest,
                "{least} {most}"
            );
        }
        // The logarithm is normal, with its own bounds.
        let logarithms = (1.25_f64).ln();
        let bound = (-logarithms / 2.0 + 2.0 * logarithms.sqrt()).exp();
        let (_, _, least, _) = moments(
            Values::log_normal(1.0, 0.5)
                .at_least(bound)
                .at_most(1.01 * bound),
        );
        assert!(least > bound && least < 1.0001 * bound, "{least} {bound}");
        let nothing = Values::uniform(0.0, 1.0).at_least(2.0);
        assert!(nothing.check("weight").is_err());
    }
}
