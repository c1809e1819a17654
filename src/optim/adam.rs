//! Steps scaled by the recent size of the gradient.

use super::{Optimiser, fit, memory, remembered};
use crate::session::OptimiserState;
use crate::{Error, Result};

/// Adam with bias correction (Kingma and Ba 2015, algorithm 1).
///
/// ```text
/// m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
/// x <- x - rate (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + epsilon)        at step n = 1, 2, ...
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Adam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    steps: u64,
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Adam {
    /// Adam with the given constants.
    ///
    /// # Errors
    /// A beta outside 0 to below 1, or an epsilon that is not finite or not above zero.
    pub fn new(beta1: f64, beta2: f64, epsilon: f64) -> Result<Self> {
        if !(epsilon.is_finite() && epsilon > 0.0) {
            return Err(Error::invalid(
                "epsilon of Adam",
                epsilon,
                "give a finite number above zero, usually 1e-8",
            ));
        }
        Ok(Self {
            beta1: memory("beta1 of Adam", beta1)?,
            beta2: memory("beta2 of Adam", beta2)?,
            epsilon,
            steps: 0,
            mean: Vec::new(),
            square: Vec::new(),
        })
    }
}

impl Optimiser for Adam {
    fn step(&mut self, values: &mut [f64], gradient: &[f64], rate: f64) -> Result<()> {
        fit(&mut self.mean, values.len(), gradient.len())?;
        fit(&mut self.square, values.len(), gradient.len())?;
        self.steps += 1;
        let steps = self.steps as f64;
        let mean_share = 1.0 - self.beta1.powf(steps);
        let square_share = 1.0 - self.beta2.powf(steps);
        let state = self.mean.iter_mut().zip(&mut self.square);
        for ((x, g), (mean, square)) in values.iter_mut().zip(gradient).zip(state) {
            *mean = self.beta1 * *mean + (1.0 - self.beta1) * g;
            *square = self.beta2 * *square + (1.0 - self.beta2) * g * g;
            *x -= rate * (*mean / mean_share) / ((*square / square_share).sqrt() + self.epsilon);
        }
        Ok(())
    }

    fn state(&self) -> Option<OptimiserState> {
        let arrays = [("mean", &self.mean), ("square", &self.square)];
        Some(remembered(self.steps, arrays))
    }

    fn restore(&mut self, state: &OptimiserState) -> Result<()> {
        let [mean, square] = state.named(["mean", "square"], None)?;
        (self.mean, self.square) = (mean.to_vec(), square.to_vec());
        self.steps = state.steps;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With beta1 = 0.5, beta2 = 0.75 and gradients 2, -1:
    /// m = 1, v = 1, corrected 2 and 4: a step of 0.1 * 2/2;
    /// m = 0, v = 1: no step;
    /// then with 3: m = 1.5, v = 3, corrected by 1 - 1/8 and 1 - 27/64.
    #[test]
    fn steps_by_hand() -> Result<()> {
        let mut adam = Adam::new(0.5, 0.75, 1e-12)?;
        let mut x = [1.0];
        let third = 0.1 * (1.5 / 0.875) / (3.0 / (37.0 / 64.0_f64)).sqrt();
        for (gradient, expected) in [(2.0, 0.9), (-1.0, 0.9), (3.0, 0.9 - third)] {
            adam.step(&mut x, &[gradient], 0.1)?;
            assert!((x[0] - expected).abs() < 1e-11, "{x:?}, not {expected}");
        }
        Ok(())
    }
}
