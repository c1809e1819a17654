//! Values of a distribution between bounds that hold little of it.

use super::random::Draws;
use super::values::ATTEMPTS;
use super::{Distribution, Values};

/// Attempts are counted in eight bits of an address.
const MOST_ATTEMPTS: u64 = 256;

impl Values {
    /// A value of the part of the distribution that lies within the bounds, where hardly any of it does (Robert 1995).
    pub(super) fn draw_within(&self, draws: &Draws, unit: u32, index: u64) -> Option<f64> {
        let (lowest, highest) = (self.lowest, self.highest);
        let (center, width, is_log) = match self.distribution {
            Distribution::Constant(_) => return None,
            Distribution::Uniform {
                lowest: a,
                highest: b,
            } => {
                let (a, b) = (a.max(lowest), b.min(highest));
                let [share, _] = draws.uniforms(unit, index | ATTEMPTS << 56);
                return (a <= b).then_some(a + (b - a) * share);
            }
            Distribution::Normal { mean, deviation } => (mean, deviation, false),
            Distribution::LogNormal { mean, deviation } => {
                let variance = (deviation / mean).powi(2).ln_1p();
                (mean.ln() - variance / 2.0, variance.sqrt(), true)
            }
        };
        if width == 0.0 {
            return None;
        }
        let scaled = |bound: f64| match is_log {
            true => (bound.max(0.0).ln() - center) / width,
            false => (bound - center) / width,
        };
        // The side of the mean on which the bounds lie, mirrored to the upper one.
        let (a, b) = (scaled(lowest), scaled(highest));
        let side = if b < 0.0 { -1.0 } else { 1.0 };
        let (a, b) = if side < 0.0 { (-b, -a) } else { (a, b) };
        let rate = (a + (a * a + 4.0).sqrt()) / 2.0;
        for attempt in ATTEMPTS..MOST_ATTEMPTS {
            let [u, v] = draws.uniforms(unit, index | attempt << 56);
            // Between near bounds uniform, else an exponential tail; each accepted as the normal density says.
            let (z, share) = if rate * (b - a) < 1.0 || a < 0.0 {
                let z = a + (b - a) * u;
                let top = a.max(0.0);
                (z, (0.5 * (top * top - z * z)).exp())
            } else {
                let z = a - u.ln() / rate;
                (z, (-0.5 * (z - rate).powi(2)).exp())
            };
            if v <= share && z <= b {
                let z = center + side * width * z;
                let value = if is_log { z.exp() } else { z };
                return Some(value.clamp(lowest, highest));
            }
        }
        None
    }
}
