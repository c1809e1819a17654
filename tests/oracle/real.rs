//! Numbers of high precision, whatever they are made of, and functions of them.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A real number with at least a hundred bits.
pub trait Real:
    Clone
    + Debug
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// Half a unit in the last place of 1, or a little more.
    const EPSILON: f64;
    /// Exactly this number.
    fn of(value: f64) -> Self;
    /// The nearest f64.
    fn near(&self) -> f64;
    /// exp(x); zero where it is far below the smallest f64.
    fn exp(&self) -> Self;

    fn zero() -> Self {
        Self::of(0.0)
    }

    fn is_zero(&self) -> bool {
        *self == Self::zero()
    }

    fn is_positive(&self) -> bool {
        *self > Self::zero()
    }

    fn is_negative(&self) -> bool {
        *self < Self::zero()
    }

    fn magnitude(&self) -> Self {
        match self.is_negative() {
            true => -self.clone(),
            false => self.clone(),
        }
    }

    fn smaller(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    /// exp(x) - 1 without cancellation.
    fn expm1(&self) -> Self {
        if self.near().abs() > 0.25 {
            return self.exp() - Self::of(1.0);
        }
        let (mut term, mut sum, mut n) = (self.clone(), self.clone(), 1.0);
        while term.near().abs() > 0.1 * Self::EPSILON * sum.near().abs() {
            n += 1.0;
            term = term * self.clone() / Self::of(n);
            sum = sum + term.clone();
        }
        sum
    }

    /// ln(x) by Newton's iteration on the exponential.
    fn ln(&self) -> Self {
        let mut y = Self::of(self.near().ln());
        for _ in 0..2 {
            y = y.clone() + self.clone() * (-y).exp() - Self::of(1.0);
        }
        y
    }

    /// ln(1 + x) without cancellation, by Newton's iteration on expm1.
    fn ln_1p(&self) -> Self {
        if self.near().abs() > 0.25 {
            return (self.clone() + Self::of(1.0)).ln();
        }
        let mut y = Self::of(self.near().ln_1p());
        for _ in 0..2 {
            let miss = self.clone() - y.expm1();
            y = y.clone() + miss * (-y).exp();
        }
        y
    }
}

/// For first guesses and for what is clear by far.
impl Real for f64 {
    const EPSILON: f64 = 1.2e-16;

    fn of(value: f64) -> Self {
        value
    }

    fn near(&self) -> f64 {
        *self
    }

    fn exp(&self) -> Self {
        f64::exp(*self)
    }

    fn expm1(&self) -> Self {
        f64::exp_m1(*self)
    }

    fn ln(&self) -> Self {
        f64::ln(*self)
    }

    fn ln_1p(&self) -> Self {
        f64::ln_1p(*self)
    }
}
