//! Gradients that are too long.

use crate::{Error, Result};

/// Scales a gradient down to the Euclidean norm `most` where it is longer; whether it was
/// (Pascanu, Mikolov and Bengio 2013, algorithm 1).
pub(super) fn clip(gradient: &mut [f64], most: f64) -> bool {
    // Squares of entries alone could overflow, or vanish.
    let largest = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
    if largest == 0.0 {
        return false;
    }
    let squares: f64 = gradient.iter().map(|g| (g / largest).powi(2)).sum();
    let norm = largest * squares.sqrt();
    if norm <= most {
        return false;
    }
    for g in gradient {
        *g *= most / norm;
    }
    true
}

/// Checks the range.
pub(super) fn check_clip(most: f64) -> Result<()> {
    if most.is_finite() && most > 0.0 {
        return Ok(());
    }
    Err(Error::invalid(
        "clip_norm",
        most,
        "give a finite norm above zero, or leave it out",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_too_long_is_shortened() {
        let mut gradient = [3.0, -4.0];
        assert!(!clip(&mut gradient, 5.0));
        assert_eq!(gradient, [3.0, -4.0]);
        assert!(clip(&mut gradient, 1.0));
        assert!((gradient[0] - 0.6).abs() < 1e-15 && (gradient[1] + 0.8).abs() < 1e-15);
        let mut large = [3e200, -4e200];
        assert!(clip(&mut large, 1.0));
        assert!((large[0] - 0.6).abs() < 1e-15, "{large:?}");
        assert!(!clip(&mut [0.0], 1.0));
    }

    #[test]
    fn norms_out_of_range_are_errors() {
        for most in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(check_clip(most).is_err());
        }
        assert!(check_clip(1e-3).is_ok());
    }
}
