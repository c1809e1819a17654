//! exp over many numbers at once, on vector registers.

use pulp::{Arch, Simd, WithSimd};

/// Columns are padded to a multiple of this, so that loops over them have no tail to go through
/// one by one: four of the widest registers.
const PADDING: usize = 32;

/// The length of a column with `len` entries.
pub(super) fn padded(len: usize) -> usize {
    len.next_multiple_of(PADDING)
}

/// Fills `out` with `exp(rate x)` for `|rate x| < 700`, to within about one unit in the last place.
pub(super) fn fill_exp(arch: Arch, rate: f64, x: &[f64], out: &mut [f64]) {
    arch.dispatch(FillExp { rate, x, out });
}

struct FillExp<'a> {
    rate: f64,
    x: &'a [f64],
    out: &'a mut [f64],
}

impl WithSimd for FillExp<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (out, &x) in self.out.iter_mut().zip(self.x) {
            *out = exp(self.rate * x);
        }
    }
}

/// exp(x) = 2^n exp(r) with n the nearest integer to x/ln 2 and r, at most ln 2 / 2 in
/// size, summed as a Taylor series; without a branch, so that loops over it become vectors.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    /// Adding 1.5 * 2^52 leaves the nearest integer in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    /// ln 2 in two parts, the first with enough trailing zeros for n times it to be exact.
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    /// 1/2!, 1/3! up to 1/13!.
    const INVERSE_FACTORIALS: [f64; 12] = [
        0.5,
        1.666_666_666_666_666_6e-1,
        4.166_666_666_666_666_4e-2,
        8.333_333_333_333_333e-3,
        1.388_888_888_888_889e-3,
        1.984_126_984_126_984e-4,
        2.480_158_730_158_73e-5,
        2.755_731_922_398_589_3e-6,
        2.755_731_922_398_589e-7,
        2.505_210_838_544_172e-8,
        2.087_675_698_786_81e-9,
        1.605_904_383_682_161_3e-10,
    ];
    const C: [f64; 12] = INVERSE_FACTORIALS;
    let rounded = x.mul_add(std::f64::consts::LOG2_E, ROUND);
    let n = rounded - ROUND;
    let r = (-n).mul_add(LN2_LOW, (-n).mul_add(LN2_HIGH, x));
    // Paired (Estrin's scheme) to shorten the chain of dependent operations.
    let r2 = r * r;
    let r4 = r2 * r2;
    let pair = |k: usize| C[k + 1].mul_add(r, C[k]);
    let quad = |k: usize| r2.mul_add(pair(k + 2), pair(k));
    let series = r4.mul_add(r4.mul_add(quad(8), quad(4)), quad(0));
    let mantissa = (series * r).mul_add(r, r) + 1.0;
    let exponent = rounded.to_bits() << 52;
    f64::from_bits(mantissa.to_bits().wrapping_add(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standard_library() {
        let x: Vec<f64> = (-4_000..=4_000).map(|k| f64::from(k) * 0.010_01).collect();
        let mut out = vec![0.0; x.len()];
        fill_exp(Arch::new(), 0.7, &x, &mut out);
        for (&x, &out) in x.iter().zip(&out) {
            let expected = (0.7 * x).exp();
            assert!(
                (out / expected - 1.0).abs() < 5e-16,
                "exp({x}) gave {out}, not {expected}"
            );
        }
        assert_eq!(exp(0.0), 1.0);
    }
}
