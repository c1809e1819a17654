//! What a bank in the co-moving frame does to all of its neurons at once.

use pulp::{Simd, WithSimd};

use crate::cpu::blocks::{BLOCK, Blocks};
use crate::cpu::registers::bits;

/// Adds a row to J, tries U at the end of an interval, and collects the neurons that may
/// have reached their threshold: see `vector` for the argument. All are whole blocks.
pub(super) struct Flag<'a> {
    pub u: &'a [f64],
    pub j: &'a mut [f64],
    pub trial: &'a mut [f64],
    pub threshold: &'a [f64],
    pub weights: &'a Blocks,
    /// The row that arrives now, if any.
    pub row: Option<usize>,
    pub synapse: f64,
    pub gain: f64,
    /// The frame's exp(b t) now, where a positive threshold is lowest.
    pub start: f64,
    /// The same at the end, where a negative one is; `None` where there is none.
    pub end: Option<f64>,
    pub flagged: &'a mut Vec<usize>,
}

impl WithSimd for Flag<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let synapse = simd.splat_f64s(self.synapse);
        let gain = simd.splat_f64s(self.gain);
        let start = simd.splat_f64s(self.start);
        let end = simd.splat_f64s(self.end.unwrap_or(self.start));
        let blocks = self
            .u
            .chunks_exact(BLOCK)
            .zip(self.j.chunks_exact_mut(BLOCK));
        let others = self
            .trial
            .chunks_exact_mut(BLOCK)
            .zip(self.threshold.chunks_exact(BLOCK));
        for (block, ((u, j), (trial, threshold))) in blocks.zip(others).enumerate() {
            let u = S::as_simd_f64s(u).0;
            let j = S::as_mut_simd_f64s(j).0;
            let trial = S::as_mut_simd_f64s(trial).0;
            let threshold = S::as_simd_f64s(threshold).0;
            if let Some(row) = self.row {
                let weights = &self.weights.block(block)[row * BLOCK..(row + 1) * BLOCK];
                for (j, &weight) in j.iter_mut().zip(S::as_simd_f64s(weights).0) {
                    *j = simd.mul_add_f64s(weight, synapse, *j);
                }
            }
            let mut flagged = 0_u32;
            for ix in 0..u.len() {
                trial[ix] = simd.mul_add_f64s(j[ix], gain, u[ix]);
                let mut bar = simd.mul_f64s(threshold[ix], start);
                if self.end.is_some() {
                    bar = simd.min_f64s(bar, simd.mul_f64s(threshold[ix], end));
                }
                let reached = simd.greater_than_or_equal_f64s(trial[ix], bar);
                flagged |= bits::<S>(reached) << (ix * S::F64_LANES);
            }
            while flagged != 0 {
                self.flagged
                    .push(block * BLOCK + flagged.trailing_zeros() as usize);
                flagged &= flagged - 1;
            }
        }
    }
}

/// `target += source * factor`.
pub(super) struct MultiplyAdd<'a> {
    pub target: &'a mut [f64],
    pub source: &'a [f64],
    pub factor: f64,
}

impl WithSimd for MultiplyAdd<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let splat = simd.splat_f64s(self.factor);
        let (target, target_tail) = S::as_mut_simd_f64s(self.target);
        let (source, source_tail) = S::as_simd_f64s(self.source);
        for (target, &source) in target.iter_mut().zip(source) {
            *target = simd.mul_add_f64s(source, splat, *target);
        }
        for (target, source) in target_tail.iter_mut().zip(source_tail) {
            *target = source.mul_add(self.factor, *target);
        }
    }
}
