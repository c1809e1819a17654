//! A search for a root that always ends.

/// Steps that may be taken one-sidedly before the bracket must have shrunk: a good iteration ends well within them.
pub(crate) const FREE: f64 = 8.0;

/// The bracket must halve with every second step that is not free.
pub(crate) const SHRINK: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// Times between which a function rises from below zero to zero or above.
///
/// Any iteration may propose the next time to look at. A proposal outside of the bracket is replaced by the middle, and so
/// is one that comes while the bracket is wider than it should be by then. So the search ends after a number of steps
/// that depends on the width alone, whatever the iteration does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bracket {
    /// Here the function is below zero.
    pub low: f64,
    /// Here it is not.
    pub high: f64,
    allowed: f64,
}

impl Bracket {
    pub fn new(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            allowed: FREE * (high - low),
        }
    }

    /// Takes over the function's sign at a time inside.
    #[inline]
    pub fn narrow(&mut self, t: f64, is_below: bool) {
        if is_below {
            self.low = t;
        } else {
            self.high = t;
        }
    }

    /// Whether no number is left between the two ends, or none that differs by more than rounding.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.high - self.low <= f64::EPSILON * self.high
    }

    /// Where to look next.
    #[inline]
    pub fn next(&mut self, proposal: f64) -> f64 {
        self.allowed *= SHRINK;
        let is_inside = proposal > self.low && proposal < self.high;
        if is_inside && self.high - self.low <= self.allowed {
            proposal
        } else {
            self.middle()
        }
    }

    #[inline]
    pub fn middle(&self) -> f64 {
        0.5 * (self.low + self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(root: f64, upper: f64, propose: impl Fn(f64) -> f64) -> (f64, usize) {
        let mut bracket = Bracket::new(0.0, upper);
        let mut t = 0.5 * upper;
        for step in 1.. {
            bracket.narrow(t, t < root);
            if bracket.is_closed() {
                return (bracket.high, step);
            }
            t = bracket.next(propose(t));
        }
        unreachable!("the loop has no end")
    }

    #[test]
    fn it_ends_whatever_is_proposed() {
        for (root, upper) in [(1.0, 3.0), (1e-9, 1e5), (0.7, 1e300), (2.5, 2.5)] {
            for propose in [
                |_| f64::NAN,
                |t| t + 1e-3,
                |t| t - 1e-3,
                |t| t * (1.0 - 1e-15),
                |_| f64::INFINITY,
            ] {
                let (found, n) = steps(root, upper, propose);
                assert!((found - root).abs() <= 2.0 * f64::EPSILON * root, "{found}");
                let halvings = (upper / root).log2() + 53.0;
                assert!((n as f64) < 2.0 * halvings + 20.0, "{n} steps to {root}");
            }
        }
    }
}
