//! One window for all neurons of a population at once, arrivals and spikes apart.

use pulp::{Arch, Simd, WithSimd};

use super::kinds::Kind;
use crate::dynamics::MAX_CURRENTS;

/// Neurons of one kind in one partition. Slices are as long as there are neurons.
pub(super) struct Dense<'a> {
    pub kind: &'a Kind,
    pub potential: &'a [f64],
    pub currents: [&'a [f64]; MAX_CURRENTS],
    pub next_potential: &'a mut [f64],
    pub next_currents: [&'a mut [f64]; MAX_CURRENTS],
    /// How far below the threshold the potential is sure to stay without arrivals.
    pub margin: &'a mut [f64],
}

impl Dense<'_> {
    pub fn run(self, arch: Arch) {
        arch.dispatch(self);
    }
}

impl WithSimd for Dense<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.kind.receptors {
            1 => self.pass::<1>(),
            2 => self.pass::<2>(),
            3 => self.pass::<3>(),
            _ => self.pass::<MAX_CURRENTS>(),
        }
    }
}

impl Dense<'_> {
    /// The margin is from `V' <= -b V + (the largest that the current can be)`: its solution is monotone and
    /// lies above V, so that only its end needs a look.
    #[inline(always)]
    fn pass<const K: usize>(self) {
        let kind = self.kind;
        let n = self.potential.len();
        let potential = &self.potential[..n];
        let next_potential = &mut self.next_potential[..n];
        let margin = &mut self.margin[..n];
        let mut given = self.currents.into_iter();
        let currents: [&[f64]; K] =
            std::array::from_fn(|_| given.next().map_or(&[][..], |i| &i[..n]));
        let mut given = self.next_currents.into_iter();
        let next_currents: [&mut [f64]; K] =
            std::array::from_fn(|_| given.next().map_or(&mut [][..], |i| &mut i[..n]));
        let limit = kind.threshold - kind.sliver;
        for ix in 0..n {
            let decayed = potential[ix] * kind.membrane;
            let (mut end, mut most) = (decayed, 0.0);
            for k in 0..K {
                let now = currents[k][ix];
                let later = now * kind.synapse[k];
                next_currents[k][ix] = later;
                end = now.mul_add(kind.gain[k], end);
                // Not `f64::max`, which minds NaN and takes three instructions.
                most += if now > later { now } else { later };
            }
            next_potential[ix] = end;
            margin[ix] = (-kind.held_gain).mul_add(most, limit - decayed);
        }
    }
}
