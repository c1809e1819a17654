//! What a bank in the co-moving frame does to all of its neurons at once.

use pulp::{Simd, WithSimd};

use super::bank::Fired;
use super::root::{Brackets, is_short, solve, stays_below};
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::registers::{VECTORS, Vector, bits, flags, load, store};
use crate::cpu::timeline::bar;
use crate::dynamics::{Flow, Interval, first_crossing, later};

/// Lanes of the widest register.
const WIDEST: usize = 8;

/// Adds a row to J, moves U on, and collects the neurons that may
/// have reached their threshold: see `vector` for the argument. All are whole blocks.
pub(super) struct Flag<'a> {
    /// At the end of the interval that was looked at before, to be moved to the end of this one.
    pub u: &'a mut [f64],
    pub j: &'a mut [f64],
    pub threshold: &'a [f64],
    /// The weights that arrive now, if any.
    pub row: Option<&'a [f64]>,
    pub flow: &'a Flow,
    pub moves: Moves,
    /// Whether some threshold lies below its drive.
    pub has_negative: bool,
    pub flagged: &'a mut Vec<u32>,
}

/// What a bank looks at: from now to a time ahead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moves {
    pub now: f64,
    pub until: f64,
    /// The frame's exp(a t) and exp(b t) now.
    pub synapse: f64,
    pub membrane: f64,
    /// What an interval adds to U per unit of J: from now to where U stood, and from there to the end.
    pub gain_passed: f64,
    pub gain_ahead: f64,
    /// exp(-b t) and exp(-a t) over the interval.
    pub decay: (f64, f64),
}

impl WithSimd for Flag<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.flagged.clear();
        let Moves {
            synapse,
            membrane,
            gain_passed,
            gain_ahead,
            ..
        } = self.moves;
        let gain = gain_passed + gain_ahead;
        let arrived = simd.splat_f64s(synapse);
        let passed = simd.splat_f64s(synapse * gain_passed);
        let ahead = simd.splat_f64s(gain_ahead);
        let lower = simd.splat_f64s(bar(self.flow, gain, synapse, membrane));
        let end = simd.splat_f64s(membrane / self.moves.decay.0);
        for first in (0..self.u.len()).step_by(VECTORS * S::F64_LANES) {
            let mut u = load::<S, VECTORS>(&self.u[first..]);
            let mut j = load::<S, VECTORS>(&self.j[first..]);
            let threshold = load::<S, VECTORS>(&self.threshold[first..]);
            if let Some(row) = self.row {
                let row = load::<S, VECTORS>(&row[first..]);
                for ix in 0..VECTORS {
                    j[ix] = simd.mul_add_f64s(row[ix], arrived, j[ix]);
                    u[ix] = simd.mul_add_f64s(row[ix], passed, u[ix]);
                }
                store::<S, VECTORS>(&mut self.j[first..], &j);
            }
            let mut reached = [simd.less_than_f64s(lower, lower); VECTORS];
            for ix in 0..VECTORS {
                u[ix] = simd.mul_add_f64s(j[ix], ahead, u[ix]);
                let mut bar = simd.mul_f64s(threshold[ix], lower);
                if self.has_negative {
                    bar = simd.min_f64s(bar, simd.mul_f64s(threshold[ix], end));
                }
                reached[ix] = simd.greater_than_or_equal_f64s(u[ix], bar);
            }
            store::<S, VECTORS>(&mut self.u[first..], &u);
            let mut flagged = flags::<S, VECTORS>(simd, &reached);
            while flagged != 0 {
                let lane = flagged.trailing_zeros() as usize;
                self.flagged.push((first + lane) as u32);
                flagged &= flagged - 1;
            }
        }
    }
}

/// The first crossings of neurons that were flagged, exactly.
pub(super) struct Crossings<'a> {
    pub population: &'a CompiledPopulation,
    pub flow: Flow,
    /// At the interval's end.
    pub u: &'a [f64],
    pub j: &'a [f64],
    pub moves: Moves,
    pub flagged: &'a [u32],
    pub upcoming: &'a mut Vec<Fired>,
}

impl WithSimd for Crossings<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for flagged in self.flagged.chunks(S::F64_LANES) {
            self.look(simd, flagged);
        }
        // Those of a register are found in two groups.
        if self.upcoming.len() > 1 {
            self.upcoming.sort_unstable_by_key(|fired| fired.neuron);
        }
    }
}

impl Crossings<'_> {
    /// The exact answer for a register of neurons that were flagged.
    #[inline(always)]
    fn look<S: Simd>(&mut self, simd: S, flagged: &[u32]) {
        let Moves {
            now, until, decay, ..
        } = self.moves;
        let interval = Interval::between(now, until);
        let length = interval.length;
        let (mut u, mut j) = ([0.0; WIDEST], [0.0; WIDEST]);
        let mut threshold = [f64::MAX; WIDEST];
        for (ix, &neuron) in flagged.iter().enumerate() {
            let neuron = neuron as usize;
            (u[ix], j[ix]) = (self.u[neuron], self.j[neuron]);
            threshold[ix] = self.population.thresholds[neuron];
        }
        let u = Vector(simd, load::<S, 1>(&u)[0]);
        let j = Vector(simd, load::<S, 1>(&j)[0]);
        let threshold = Vector(simd, load::<S, 1>(&threshold)[0]);
        let (inverse_b, inverse_a) = (1.0 / self.moves.membrane, 1.0 / self.moves.synapse);
        let gain = u.all(self.moves.gain_passed + self.moves.gain_ahead);
        let start = ((u - j * gain) * u.all(inverse_b), j * u.all(inverse_a));
        let end = (u * u.all(inverse_b * decay.0), start.1 * u.all(decay.1));
        let crosses = simd.and_m64s(start.0.lt(threshold), threshold.le(end.0));
        let mut crossing = bits::<S>(crosses);
        let mut left = (1 << flagged.len()) - 1;
        if is_short(&self.flow, length) && !self.population.has_zero_threshold {
            left &= !crossing;
            if left != 0 {
                let span = (u.all(length), u.all(interval.resolution));
                left &= !stays_below(&self.flow, start, end, threshold, span);
            }
            if crossing != 0 {
                let brackets = Brackets {
                    start,
                    end,
                    threshold,
                    upper: u.all(length),
                    wanted: crosses,
                };
                let [roots] = solve(&self.flow, [brackets]);
                let current = start.1 * roots.synapse;
                while crossing != 0 {
                    let lane = crossing.trailing_zeros() as usize;
                    crossing &= crossing - 1;
                    let after = roots.after.lanes()[lane];
                    self.push(flagged[lane], after, current.lanes()[lane]);
                }
            }
        }
        while left != 0 {
            let lane = left.trailing_zeros() as usize;
            left &= left - 1;
            let (potential, current) = (start.0.lanes()[lane], start.1.lanes()[lane]);
            let threshold = threshold.lanes()[lane];
            let crossing = first_crossing(&self.flow, potential, current, threshold, interval);
            if let Some(crossing) = crossing {
                let current = current * crossing.synapse;
                self.push(flagged[lane], crossing.after, current);
            }
        }
    }

    #[inline(always)]
    fn push(&mut self, neuron: u32, after: f64, current: f64) {
        let neuron = neuron as usize;
        let dynamics = &self.population.dynamics[neuron];
        self.upcoming.push(Fired {
            time: later(self.moves.now, after).min(self.moves.until),
            neuron,
            slope: dynamics.slope_at_threshold(current),
        });
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
