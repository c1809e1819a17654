//! The flow over many intervals at once.

use pulp::{Arch, Simd, WithSimd};

use super::exponential::{fill_exp, padded};
use crate::dynamics::{Flow, expm1_series};

/// Beyond this, exp(-a t) - exp(-b t) loses no digits as a difference.
const SERIES_SPAN: f64 = 0.5;

/// exp of minus this is zero for every purpose, and still a normal number.
const VANISHING: f64 = 700.0;

/// See `dynamics::Propagator`; columns, an entry for each interval, padded.
#[derive(Debug, Default)]
pub(super) struct Propagators {
    pub elapsed: Vec<f64>,
    pub membrane: Vec<f64>,
    pub synapse: Vec<f64>,
    pub gain: Vec<f64>,
}

impl Propagators {
    /// Replaces the intervals.
    pub fn fill(&mut self, flow: &Flow, elapsed: impl Iterator<Item = f64>) {
        self.elapsed.clear();
        self.elapsed.extend(elapsed);
        let n = padded(self.elapsed.len());
        self.elapsed.resize(n, 0.0);
        for column in [&mut self.membrane, &mut self.synapse, &mut self.gain] {
            column.resize(n, 0.0);
        }
        let arch = Arch::new();
        for (rate, out) in [
            (flow.membrane_rate, &mut self.membrane),
            (flow.synapse_rate, &mut self.synapse),
        ] {
            let longest = VANISHING / rate;
            self.gain
                .iter_mut()
                .zip(&self.elapsed)
                .for_each(|(clamped, elapsed)| *clamped = elapsed.min(longest));
            fill_exp(arch, -rate, &self.gain, out);
        }
        arch.dispatch(FillGains {
            difference: flow.rate_difference(),
            columns: self,
        });
    }
}

struct FillGains<'a> {
    difference: f64,
    columns: &'a mut Propagators,
}

impl WithSimd for FillGains<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let n = self.columns.elapsed.len();
        let elapsed = &self.columns.elapsed[..n];
        let (membrane, synapse) = (&self.columns.membrane[..n], &self.columns.synapse[..n]);
        let gain = &mut self.columns.gain[..n];
        for ix in 0..n {
            let x = self.difference * elapsed[ix];
            gain[ix] = if x.abs() > SERIES_SPAN {
                (synapse[ix] - membrane[ix]) / self.difference
            } else {
                elapsed[ix] * membrane[ix] * expm1_series(x)
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agree_with_one_at_a_time() {
        for tau_synapse in [0.01, 5.0, 19.99, 20.0, 1e4] {
            let flow = Flow::new(20.0, tau_synapse);
            let mut many = Propagators::default();
            let times = (0..100).map(|k| f64::from(k) * 0.37);
            many.fill(&flow, times.clone().chain([1e6]));
            for (ix, t) in times.chain([1e6]).enumerate() {
                let one = flow.propagator(t);
                for (found, expected) in [
                    (many.membrane[ix], one.membrane),
                    (many.synapse[ix], one.synapse),
                    (many.gain[ix], one.gain),
                ] {
                    assert!(
                        (found - expected).abs() <= 2e-15 * expected.abs() + 1e-280,
                        "{t}: {found} {expected}"
                    );
                }
            }
        }
    }
}
