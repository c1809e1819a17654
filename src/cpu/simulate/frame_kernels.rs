//! What a bank in the co-moving frame does to all of its neurons at once.

use pulp::{Simd, WithSimd};

use super::flagged::Flagged;
use crate::cpu::registers::{VECTORS, bits, load, store};
use crate::cpu::timeline::bar;
use crate::dynamics::Flow;

/// Adds a row to J, moves U on, and marks the neurons that may
/// have reached their threshold: see `vector` for the argument. All are whole blocks.
pub(super) struct Flag<'a> {
    /// At the end of the interval that was looked at before, to be moved to the end of this one.
    pub u: &'a mut [f64],
    pub j: &'a mut [f64],
    pub threshold: &'a [f64],
    /// The threshold that all neurons share; `None` where they differ or it does not lie above rest.
    pub shared_threshold: Option<f64>,
    /// The weights that arrive now, if any.
    pub row: Option<&'a [f64]>,
    pub flow: &'a Flow,
    pub moves: Moves,
    /// Whether some threshold lies below rest.
    pub has_negative: bool,
    pub flagged: &'a mut Flagged,
}

/// What an interval from now to a time ahead does to a frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moves {
    /// The frame's exp(a t) and exp(b t) now.
    pub synapse: f64,
    pub membrane: f64,
    /// Its exp(b t) at the time ahead.
    pub membrane_ahead: f64,
    /// What an interval adds to U per unit of J: from now to where U stood, and from there to the end.
    pub gain_passed: f64,
    pub gain_ahead: f64,
}

impl WithSimd for Flag<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match (
            self.shared_threshold.is_some(),
            self.moves.gain_ahead == 0.0,
        ) {
            (true, true) => self.pass::<S, true, true>(simd),
            (true, false) => self.pass::<S, true, false>(simd),
            (false, true) => self.pass::<S, false, true>(simd),
            (false, false) => self.pass::<S, false, false>(simd),
        }
    }
}

impl Flag<'_> {
    /// `SHARED`: all neurons have one threshold. `STAYS`: U is at the end of this interval already and need not be moved.
    #[inline(always)]
    fn pass<S: Simd, const SHARED: bool, const STAYS: bool>(self, simd: S) {
        let Moves {
            synapse,
            membrane,
            membrane_ahead,
            gain_passed,
            gain_ahead,
        } = self.moves;
        let gain = gain_passed + gain_ahead;
        let arrived = simd.splat_f64s(synapse);
        let passed = simd.splat_f64s(synapse * gain_passed);
        let ahead = simd.splat_f64s(gain_ahead);
        let lower = bar(self.flow, gain, synapse, membrane);
        let shared = simd.splat_f64s(self.shared_threshold.unwrap_or(0.0) * lower);
        let lower = simd.splat_f64s(lower);
        let end = simd.splat_f64s(membrane_ahead);
        self.flagged.begin(self.u.len());
        for first in (0..self.u.len()).step_by(VECTORS * S::F64_LANES) {
            let mut u = load::<S, VECTORS>(&self.u[first..]);
            let mut j = load::<S, VECTORS>(&self.j[first..]);
            if let Some(row) = self.row {
                let row = load::<S, VECTORS>(&row[first..]);
                for ix in 0..VECTORS {
                    j[ix] = simd.mul_add_f64s(row[ix], arrived, j[ix]);
                    u[ix] = simd.mul_add_f64s(row[ix], passed, u[ix]);
                }
                store::<S, VECTORS>(&mut self.j[first..], &j);
            }
            let mut bars = [shared; VECTORS];
            if !SHARED {
                let threshold = load::<S, VECTORS>(&self.threshold[first..]);
                for ix in 0..VECTORS {
                    bars[ix] = simd.mul_f64s(threshold[ix], lower);
                    if self.has_negative {
                        bars[ix] = simd.min_f64s(bars[ix], simd.mul_f64s(threshold[ix], end));
                    }
                }
            }
            let mut marks = 0;
            for ix in 0..VECTORS {
                if !STAYS {
                    u[ix] = simd.mul_add_f64s(j[ix], ahead, u[ix]);
                }
                let reached = simd.greater_than_or_equal_f64s(u[ix], bars[ix]);
                marks |= bits::<S>(reached) << (ix * S::F64_LANES);
            }
            store::<S, VECTORS>(&mut self.u[first..], &u);
            self.flagged.mark(first, marks);
        }
        self.flagged.list();
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
        // Both are padded to whole blocks: there is no tail.
        let target = S::as_mut_simd_f64s(self.target).0;
        let source = S::as_simd_f64s(self.source).0;
        for (target, &source) in target.iter_mut().zip(source) {
            *target = simd.mul_add_f64s(source, splat, *target);
        }
    }
}
