//! What arrivals do until the end of their window, many at once.

use pulp::{Arch, Simd, WithSimd};

use crate::cpu::exponential::exp;
use crate::dynamics::{Flow, expm1_series};

/// Per unit of weight, for each arrival: what is left of its current at the window's end, and what it
/// has added to the potential.
#[derive(Debug, Default, Clone)]
pub(super) struct Factors {
    pub synapse: Vec<f64>,
    pub gain: Vec<f64>,
}

impl Factors {
    /// `before_end`: how long before the window's end each arrives, in ms.
    pub fn fill(&mut self, arch: Arch, flow: &Flow, before_end: &[f64]) {
        self.synapse.resize(before_end.len(), 0.0);
        self.gain.resize(before_end.len(), 0.0);
        arch.dispatch(Fill {
            rate: flow.membrane_rate,
            difference: flow.rate_difference(),
            before_end,
            synapse: &mut self.synapse,
            gain: &mut self.gain,
        });
    }
}

struct Fill<'a> {
    rate: f64,
    difference: f64,
    before_end: &'a [f64],
    synapse: &'a mut [f64],
    gain: &'a mut [f64],
}

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let out = self.synapse.iter_mut().zip(self.gain.iter_mut());
        for (&t, (synapse, gain)) in self.before_end.iter().zip(out) {
            // As `Flow::propagator` where |x| <= 1/2, which the longest window sees to.
            let membrane = exp(-self.rate * t);
            let x = self.difference * t;
            let series = expm1_series(x);
            *synapse = membrane * x.mul_add(series, 1.0);
            *gain = t * membrane * series;
        }
    }
}
