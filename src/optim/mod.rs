//! Optimisers: from a gradient to a step, and how long steps are over time.

mod adam;
mod schedule;
mod sgd;

use serde::{Deserialize, Serialize};

use crate::session::{DeviceOptimiser, OptimiserState};
use crate::{Error, Result};

pub use adam::Adam;
pub use schedule::Schedule;
pub use sgd::Sgd;

/// Turns gradients into steps, remembering what it needs from one to the next.
///
/// A value whose gradient has always been exactly zero never moves: what is not
/// trained is left alone by not asking for its gradient.
pub trait Optimiser: Send {
    /// Moves `values` against `gradient` by a step of learning rate `rate`.
    ///
    /// Values, gradients and their places mean the same at every step.
    ///
    /// # Errors
    /// A gradient of another length than the values, or than at the first step.
    fn step(&mut self, values: &mut [f64], gradient: &[f64], rate: f64) -> Result<()>;

    /// What it remembers, for a checkpoint; `None` of an optimiser that cannot say.
    fn state(&self) -> Option<OptimiserState> {
        None
    }

    /// Goes on from what one like it remembered, bit for bit.
    ///
    /// # Errors
    /// A state of another optimiser; an optimiser that has no such thing.
    fn restore(&mut self, state: &OptimiserState) -> Result<()> {
        let _ = state;
        Err(Error::unavailable(
            "going on from a checkpoint with this optimiser",
            "let it implement Optimiser::state and Optimiser::restore",
        ))
    }
}

/// An optimiser by its settings, as they are written down with results.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OptimiserSettings {
    /// [`Sgd`].
    Sgd {
        /// Share of the previous step that is taken again, 0 to below 1.
        #[serde(default)]
        momentum: f64,
    },
    /// [`Adam`].
    Adam {
        /// How slowly the mean gradient follows, 0 to below 1.
        #[serde(default = "published::beta1")]
        beta1: f64,
        /// How slowly the mean square gradient follows, 0 to below 1.
        #[serde(default = "published::beta2")]
        beta2: f64,
        /// Added to the root of the mean square gradient, above zero.
        #[serde(default = "published::epsilon")]
        epsilon: f64,
    },
}

/// The constants of Adam as published, for settings that leave them out.
mod published {
    pub const fn beta1() -> f64 {
        0.9
    }

    pub const fn beta2() -> f64 {
        0.999
    }

    pub const fn epsilon() -> f64 {
        1e-8
    }
}

impl OptimiserSettings {
    /// Adam as published: beta1 0.9, beta2 0.999, epsilon 1e-8.
    pub const ADAM: Self = Self::Adam {
        beta1: published::beta1(),
        beta2: published::beta2(),
        epsilon: published::epsilon(),
    };

    /// The form in which devices know it.
    pub fn on_device(self) -> DeviceOptimiser {
        match self {
            Self::Sgd { momentum } => DeviceOptimiser::Sgd { momentum },
            Self::Adam {
                beta1,
                beta2,
                epsilon,
            } => DeviceOptimiser::Adam {
                beta1,
                beta2,
                epsilon,
            },
        }
    }

    /// A fresh optimiser with these settings.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn build(self) -> Result<Box<dyn Optimiser>> {
        Ok(match self {
            Self::Sgd { momentum } => Box::new(Sgd::new(momentum)?),
            Self::Adam {
                beta1,
                beta2,
                epsilon,
            } => Box::new(Adam::new(beta1, beta2, epsilon)?),
        })
    }
}

/// A state of arrays by their names.
fn remembered<const N: usize>(steps: u64, arrays: [(&str, &Vec<f64>); N]) -> OptimiserState {
    let arrays = arrays.map(|(name, values)| (name.to_owned(), values.clone()));
    OptimiserState {
        steps,
        arrays: if steps == 0 {
            Vec::new()
        } else {
            arrays.into()
        },
    }
}

/// A share of the past that must leave some room for the present.
fn memory(field: &str, value: f64) -> Result<f64> {
    if (0.0..1.0).contains(&value) {
        return Ok(value);
    }
    Err(Error::invalid(
        field,
        value,
        "give a number from 0 to below 1",
    ))
}

/// Grows an optimiser's state at its first step and checks the lengths at every step.
fn fit(state: &mut Vec<f64>, values: usize, gradient: usize) -> Result<()> {
    if state.is_empty() {
        state.resize(values, 0.0);
    }
    if gradient == values && state.len() == values {
        return Ok(());
    }
    Err(Error::invalid(
        "length of the gradient",
        gradient,
        format!(
            "give one for each of the {values} values, the same number at every step (it was {})",
            state.len()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [OptimiserSettings; 2] = [
        OptimiserSettings::Sgd { momentum: 0.9 },
        OptimiserSettings::ADAM,
    ];

    #[test]
    fn without_gradient_nothing_moves() -> Result<()> {
        for settings in ALL {
            let mut optimiser = settings.build()?;
            let mut values = [1.0, 2.0];
            for _ in 0..5 {
                optimiser.step(&mut values, &[0.0, 0.3], 0.1)?;
            }
            assert_eq!(values[0], 1.0);
            assert!(values[1] < 2.0);
        }
        Ok(())
    }

    #[test]
    fn a_parabola_is_descended() -> Result<()> {
        for settings in ALL {
            let mut optimiser = settings.build()?;
            let mut values = [3.0, -2.0];
            for _ in 0..2000 {
                let gradient = values.map(|x| 2.0 * x);
                optimiser.step(&mut values, &gradient, 0.01)?;
            }
            assert!(
                values.iter().all(|x| x.abs() < 1e-3),
                "{settings:?} {values:?}"
            );
        }
        Ok(())
    }

    #[test]
    fn a_restored_state_goes_on_with_the_same_bits() -> Result<()> {
        for settings in ALL {
            let (mut first, mut second) = (settings.build()?, settings.build()?);
            second.restore(&first.state().expect("it can say"))?;
            let mut x = [1.0, -0.3];
            for _ in 0..3 {
                first.step(&mut x, &[0.1, 0.7], 0.01)?;
            }
            let mut fresh = x;
            settings.build()?.step(&mut fresh, &[0.3, -0.2], 0.01)?;
            second.restore(&first.state().expect("it can say"))?;
            let mut y = x;
            first.step(&mut x, &[0.3, -0.2], 0.01)?;
            second.step(&mut y, &[0.3, -0.2], 0.01)?;
            assert_eq!(x, y);
            assert_ne!(x, fresh, "{settings:?} remembers something");
        }
        let mut adam = OptimiserSettings::ADAM.build()?;
        let mut sgd = OptimiserSettings::Sgd { momentum: 0.9 }.build()?;
        sgd.step(&mut [1.0], &[1.0], 0.1)?;
        let error = adam.restore(&sgd.state().expect("it can say"));
        let told = error.expect_err("another optimiser").to_string();
        assert!(
            told.contains("velocity (1): give mean and square"),
            "{told}"
        );
        Ok(())
    }

    #[test]
    fn lengths_that_change_are_errors() -> Result<()> {
        for settings in ALL {
            let mut optimiser = settings.build()?;
            assert!(optimiser.step(&mut [1.0, 2.0], &[0.1], 0.1).is_err());
            optimiser.step(&mut [1.0, 2.0], &[0.1, 0.1], 0.1)?;
            assert!(optimiser.step(&mut [1.0], &[0.1], 0.1).is_err());
        }
        Ok(())
    }

    #[test]
    fn settings_out_of_range_are_errors() {
        for bad in [-0.1, 1.0, f64::NAN] {
            assert!(Sgd::new(bad).is_err());
            assert!(Adam::new(bad, 0.999, 1e-8).is_err());
            assert!(Adam::new(0.9, bad, 1e-8).is_err());
        }
        for bad in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            assert!(Adam::new(0.9, 0.999, bad).is_err());
        }
    }
}
