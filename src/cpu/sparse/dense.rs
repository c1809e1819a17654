//! One window for all neurons of a population at once, arrivals and spikes apart.

use pulp::{Arch, Simd, WithSimd};

use super::compiled::Compiled;
use crate::dynamics::MAX_CURRENTS;

/// The neurons of a population in one partition. Slices are as long as there are neurons.
pub(super) struct Dense<'a> {
    pub compiled: &'a Compiled,
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

    /// The margin is from `V' <= -b V + (the largest that the current can be)`: its solution is monotone and
    /// lies above V, so that only its end needs a look.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            compiled,
            potential,
            currents,
            next_potential,
            next_currents,
            margin,
        } = self;
        let n = potential.len();
        let (next_potential, margin) = (&mut next_potential[..n], &mut margin[..n]);
        let limit = compiled.threshold - compiled.sliver;
        for ix in 0..n {
            let v = potential[ix] * compiled.membrane;
            next_potential[ix] = v;
            margin[ix] = limit - v;
        }
        let in_use = currents.into_iter().zip(next_currents);
        for (k, (current, next_current)) in in_use.take(compiled.receptors).enumerate() {
            let (current, next_current) = (&current[..n], &mut next_current[..n]);
            let (synapse, gain) = (compiled.synapse[k], compiled.gain[k]);
            for ix in 0..n {
                let i = current[ix];
                let later = i * synapse;
                next_current[ix] = later;
                next_potential[ix] = i.mul_add(gain, next_potential[ix]);
                margin[ix] = (-compiled.held_gain).mul_add(i.max(later), margin[ix]);
            }
        }
    }
}
