//! A set of errors and where most of them lie.

/// Errors, each zero or more. One that could not be computed counts as infinite, so that it
/// never passes for agreement.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Errors {
    sorted: Vec<f64>,
}

impl Errors {
    /// A set of errors, in any order.
    pub fn new(errors: impl IntoIterator<Item = f64>) -> Self {
        let infinite_if_nan = |error: f64| {
            if error.is_nan() {
                f64::INFINITY
            } else {
                error.abs()
            }
        };
        let mut sorted: Vec<f64> = errors.into_iter().map(infinite_if_nan).collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The smallest error that a share of at least `share`, 0 to 1, does not exceed; zero where there are none.
    pub fn quantile(&self, share: f64) -> f64 {
        let n = self.sorted.len();
        let rank = (share * n as f64).ceil() as usize;
        match n {
            0 => 0.0,
            _ => self.sorted[rank.clamp(1, n) - 1],
        }
    }

    /// Half of the errors are no larger: an error that occurred, not the mean of two.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// All but one in a thousand are no larger.
    pub fn tail(&self) -> f64 {
        self.quantile(0.999)
    }

    /// The largest.
    pub fn largest(&self) -> f64 {
        self.quantile(1.0)
    }
}

impl Extend<f64> for Errors {
    fn extend<T: IntoIterator<Item = f64>>(&mut self, errors: T) {
        let held = std::mem::take(&mut self.sorted);
        *self = Self::new(held.into_iter().chain(errors));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_errors_that_occurred() {
        let mut errors = Errors::new((1..=999).map(f64::from));
        errors.extend([1000.0]);
        assert_eq!(errors.len(), 1000);
        assert_eq!(errors.median(), 500.0);
        assert_eq!(errors.tail(), 999.0);
        assert_eq!(errors.largest(), 1000.0);
        assert_eq!(Errors::new([7.0]).tail(), 7.0);
        assert_eq!(Errors::default().largest(), 0.0);
    }

    #[test]
    fn what_could_not_be_computed_is_infinitely_wrong() {
        assert_eq!(Errors::new([0.0, f64::NAN]).largest(), f64::INFINITY);
    }
}
