//! Numbers of 192 bits from a crate of arbitrary precision: the check on the fast ones.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

use astro_float_num::{BigFloat, Consts, RoundingMode};

use crate::real::Real;

const BITS: usize = 192;
const ROUNDING: RoundingMode = RoundingMode::ToEven;

thread_local! {
    static CONSTANTS: RefCell<Consts> = RefCell::new(Consts::new().expect("there is memory for constants"));
}

#[derive(Debug, Clone)]
pub struct Big(BigFloat);

impl Big {
    /// The crate's own logarithm, which shares nothing with Newton's iteration in `real.rs`.
    pub fn own_ln(&self) -> Self {
        CONSTANTS.with(|constants| Self(self.0.ln(BITS, ROUNDING, &mut constants.borrow_mut())))
    }
}

impl Add for Big {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.add(&other.0, BITS, ROUNDING))
    }
}

impl Sub for Big {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.sub(&other.0, BITS, ROUNDING))
    }
}

impl Mul for Big {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self(self.0.mul(&other.0, BITS, ROUNDING))
    }
}

impl Div for Big {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        Self(self.0.div(&other.0, BITS, ROUNDING))
    }
}

impl Neg for Big {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.neg())
    }
}

impl PartialEq for Big {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Big {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.0.cmp(&other.0).map(|sign| sign.cmp(&0))
    }
}

impl Real for Big {
    const EPSILON: f64 = 1e-57;

    fn of(value: f64) -> Self {
        Self(BigFloat::from_f64(value, BITS))
    }

    fn near(&self) -> f64 {
        // The crate has no conversion to f64: sign, mantissa's two leading words and exponent.
        let Some((words, _, sign, exponent, _)) = self.0.as_raw_parts() else {
            return f64::NAN;
        };
        if self.0.is_zero() {
            return 0.0;
        }
        let n = words.len();
        let top = words[n - 1] as f64;
        let next = if n > 1 { words[n - 2] as f64 } else { 0.0 };
        let word = 2.0_f64.powi(-64);
        let fraction = top * word + next * word * word;
        let (half, other) = (exponent / 2, exponent - exponent / 2);
        let value = fraction * 2.0_f64.powi(half) * 2.0_f64.powi(other);
        if sign.is_negative() { -value } else { value }
    }

    fn exp(&self) -> Self {
        if self.near() < -700.0 {
            return Self::zero();
        }
        CONSTANTS.with(|constants| Self(self.0.exp(BITS, ROUNDING, &mut constants.borrow_mut())))
    }
}
