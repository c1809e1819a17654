//! Neurons in registers: loading, storing, arithmetic, and the bits of a comparison.

use std::ops::{Add, Div, Mul, Sub};

use pulp::Simd;

/// Registers of neurons that walk through a timeline together: enough independent
/// chains of multiply-adds to hide their latency.
pub(super) const VECTORS: usize = 4;

/// Lanes of the widest register.
pub(super) const WIDEST: usize = 8;

/// How many registers of `per_register` lanes neurons walk in: 1, 2 or [`VECTORS`], the fewest that hold `n_lanes`
/// where so many do.
pub(super) fn n_registers(n_lanes: usize, per_register: usize) -> usize {
    n_lanes
        .div_ceil(per_register)
        .next_power_of_two()
        .min(VECTORS)
}

/// The first N registers' worth of `values`.
#[inline(always)]
pub(super) fn load<S: Simd, const N: usize>(values: &[f64]) -> [S::f64s; N] {
    let vectors = S::as_simd_f64s(&values[..N * S::F64_LANES]).0;
    std::array::from_fn(|ix| vectors[ix])
}

/// Writes registers over the first of `values`.
#[inline(always)]
pub(super) fn store<S: Simd, const N: usize>(values: &mut [f64], vectors: &[S::f64s; N]) {
    let target = S::as_mut_simd_f64s(&mut values[..N * S::F64_LANES]).0;
    target.copy_from_slice(vectors);
}

/// A bit for each lane of a mask.
#[inline(always)]
pub(super) fn bits<S: Simd>(mask: S::m64s) -> u32 {
    let bytes = bytemuck::bytes_of(&mask);
    if bytes.len() < S::F64_LANES {
        // One bit a lane already, as AVX-512 has it.
        return u32::from(bytes[0]);
    }
    let lane = bytes.len() / S::F64_LANES;
    (0..S::F64_LANES).fold(0, |bits, ix| bits | (u32::from(bytes[ix * lane] & 1) << ix))
}

/// A bit for each lane of some masks; quick where none is set.
#[inline(always)]
pub(super) fn flags<S: Simd, const N: usize>(simd: S, masks: &[S::m64s; N]) -> u32 {
    let mut any = masks[0];
    for &mask in &masks[1..] {
        any = simd.or_m64s(any, mask);
    }
    if bits::<S>(any) == 0 {
        return 0;
    }
    let bits = masks.iter().enumerate();
    bits.fold(0, |flags, (ix, &mask)| {
        flags | self::bits::<S>(mask) << (ix * S::F64_LANES)
    })
}

/// A register with the operators of arithmetic, for formulas that are more than one multiply-add.
#[derive(Clone, Copy)]
pub(super) struct Vector<S: Simd>(pub S, pub S::f64s);

impl<S: Simd> Vector<S> {
    #[inline(always)]
    pub fn splat(simd: S, value: f64) -> Self {
        Self(simd, simd.splat_f64s(value))
    }

    /// The same number in all lanes of a register like this one.
    #[inline(always)]
    pub fn all(self, value: f64) -> Self {
        Self::splat(self.0, value)
    }

    /// `self * factor + term`, rounded once.
    #[inline(always)]
    pub fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(self.0, self.0.mul_add_f64s(self.1, factor.1, term.1))
    }

    #[inline(always)]
    pub fn abs(self) -> Self {
        // Not the trait's own: its default methods are calls.
        let minus = self.all(0.0) - self;
        Self(self.0, self.0.max_f64s(self.1, minus.1))
    }

    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        Self(self.0, self.0.min_f64s(self.1, other.1))
    }

    #[inline(always)]
    pub fn lt(self, other: Self) -> S::m64s {
        self.0.less_than_f64s(self.1, other.1)
    }

    #[inline(always)]
    pub fn le(self, other: Self) -> S::m64s {
        self.0.less_than_or_equal_f64s(self.1, other.1)
    }

    /// This where the mask is set, `other` elsewhere.
    #[inline(always)]
    pub fn or(self, mask: S::m64s, other: Self) -> Self {
        Self(self.0, self.0.select_f64s(mask, self.1, other.1))
    }

    /// The lanes as numbers.
    #[inline(always)]
    pub fn lanes(&self) -> &[f64] {
        bytemuck::cast_slice(std::slice::from_ref(&self.1))
    }
}

macro_rules! operator {
    ($name:ident, $method:ident, $simd:ident) => {
        impl<S: Simd> $name for Vector<S> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(self.0, self.0.$simd(self.1, other.1))
            }
        }
    };
}

operator!(Add, add, add_f64s);
operator!(Sub, sub, sub_f64s);
operator!(Mul, mul, mul_f64s);
operator!(Div, div, div_f64s);
