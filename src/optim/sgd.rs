//! Gradient descent with momentum.

use super::{Optimiser, fit, memory, remembered};
use crate::Result;
use crate::session::OptimiserState;

/// Gradient descent with momentum mu: `u <- mu u + g`, `x <- x - rate u`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sgd {
    momentum: f64,
    steps: u64,
    velocity: Vec<f64>,
}

impl Sgd {
    /// Descent with the given momentum; 0 for none.
    ///
    /// # Errors
    /// A momentum outside 0 to below 1.
    pub fn new(momentum: f64) -> Result<Self> {
        Ok(Self {
            momentum: memory("momentum", momentum)?,
            steps: 0,
            velocity: Vec::new(),
        })
    }
}

impl Optimiser for Sgd {
    fn step(&mut self, values: &mut [f64], gradient: &[f64], rate: f64) -> Result<()> {
        fit(&mut self.velocity, values.len(), gradient.len())?;
        self.steps += 1;
        for ((x, u), g) in values.iter_mut().zip(&mut self.velocity).zip(gradient) {
            *u = self.momentum * *u + g;
            *x -= rate * *u;
        }
        Ok(())
    }

    fn state(&self) -> Option<OptimiserState> {
        Some(remembered(self.steps, [("velocity", &self.velocity)]))
    }

    fn restore(&mut self, state: &OptimiserState) -> Result<()> {
        let [velocity] = state.named(["velocity"], None)?;
        self.velocity = velocity.to_vec();
        self.steps = state.steps;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// u = 2, then 0.5 * 2 + 1 = 2, then 0.5 * 2 - 4 = -3; x = 1 - 0.2, - 0.2, + 0.3.
    #[test]
    fn steps_by_hand() -> Result<()> {
        let mut sgd = Sgd::new(0.5)?;
        let mut x = [1.0];
        for (gradient, expected) in [(2.0, 0.8), (1.0, 0.6), (-4.0, 0.9)] {
            sgd.step(&mut x, &[gradient], 0.1)?;
            assert!((x[0] - expected).abs() < 1e-15, "{x:?}");
        }
        Ok(())
    }
}
