//! What events do to derivatives: carried forward, and transposed.
//!
//! Forward propagation carries `(v, i) = (dV/dp, dI/dp)` at fixed time for a parameter p, and for each spike
//! `g = d(spike time)/dp` (Lee, Haghighatshoar and Karbasi 2023, section 4: the implicit function theorem). The adjoint
//! carries `(lv, li) = (dL/dV, dL/dI)` backward, and for each spike `ell = dL/d(spike time)`
//! (Wunderlich and Pehle 2021). Both obey the neuron's linear flow between events. At events, with a = 1/tau_synapse and
//! b = 1/tau_membrane:
//!
//! ```text
//! arrival, weight w    v -= w g                          i += a w g   (+1 if p is w)
//!   transposed         dL/d(arrival time) += w (a li - lv)            dL/dw += li
//! spike                g = ([p is the threshold] - v) / rate          rate = dV/dt at the spike
//!   reset: V -= c      v -= b c g                        (-1 more if p is the threshold)
//!   reset: V held      v = 0 until the release
//!   transposed         ell -= b c lv,  dL/dthreshold -= lv   where c is subtracted; lv = 0 where V is held
//!                      lv -= ell/rate, dL/dthreshold += ell/rate
//! release              v = -rate' g                      rate' = dV/dt just after it
//!   transposed         ell -= rate' lv                   lv = 0
//! ```
//!
//! A neuron's own earlier spikes enter through the reset. Here they are written once; every executor takes its
//! factors from here.

use super::ResetRule;

/// An arriving spike: what its time's derivative adds to those of potential and current, per unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArrivalJump {
    /// `-w`.
    pub potential: f64,
    /// `a w`, in 1/ms.
    pub current: f64,
}

impl ArrivalJump {
    /// Over a synapse of the given weight, onto a current that decays at `synapse_rate`, in 1/ms.
    #[inline]
    pub fn new(weight: f64, synapse_rate: f64) -> Self {
        Self {
            potential: -weight,
            current: synapse_rate * weight,
        }
    }

    /// dL/d(arrival time), given dL/dV and dL/dI after the arrival. dL/d(weight) is dL/dI itself.
    #[inline]
    pub fn transposed(&self, potential: f64, current: f64) -> f64 {
        self.potential * potential + self.current * current
    }
}

/// A spike and its reset: `g = ([p is the threshold] - v) / slope`, and then
/// `v = keep v + by_time g + by_threshold [p is the threshold]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpikeJump {
    /// dV/dt at the spike, bounded from below by the caller.
    pub slope: f64,
    /// How much of v stays: 1 where the reset subtracts, 0 where V is held.
    pub keep: f64,
    /// What g adds to v.
    pub by_time: f64,
    /// What a change of the threshold itself adds to v.
    pub by_threshold: f64,
}

impl SpikeJump {
    /// A spike with the given slope. `released` is dV/dt just after it where V is reset and released at once; `None` where
    /// the release is an event of its own. It does not matter where an amount is subtracted.
    #[inline]
    pub fn new(reset: ResetRule, membrane_rate: f64, slope: f64, released: Option<f64>) -> Self {
        let (keep, by_time, by_threshold) = match reset {
            ResetRule::Subtract { amount } => (1.0, -membrane_rate * amount, -1.0),
            ResetRule::To { .. } => (0.0, released.map_or(0.0, release_derivative), 0.0),
        };
        Self {
            slope,
            keep,
            by_time,
            by_threshold,
        }
    }

    /// g, given v before the spike and whether p is this threshold (1 or 0).
    #[inline]
    pub fn time(&self, potential: f64, is_threshold: f64) -> f64 {
        (is_threshold - potential) / self.slope
    }

    /// v after the reset.
    #[inline]
    pub fn forward(&self, potential: f64, time: f64, is_threshold: f64) -> f64 {
        self.keep * potential + self.by_time * time + self.by_threshold * is_threshold
    }

    /// Takes dL/dV, after the reset, and `ell`, dL/d(spike time), back before the spike: dL/dV there, and what the
    /// spike adds to dL/dthreshold. `ell` then has what the reset adds to it.
    #[inline]
    pub fn transposed(&self, potential: f64, ell: &mut f64) -> (f64, f64) {
        *ell += self.by_time * potential;
        let kick = *ell / self.slope;
        (
            self.keep * potential - kick,
            self.by_threshold * potential + kick,
        )
    }
}

/// What a spike time's derivative makes of v at the release after it: v = this times g.
/// Transposed: this times dL/dV is added to `ell`, and dL/dV is zero before the release.
#[inline]
pub fn release_derivative(release_slope: f64) -> f64 {
    -release_slope
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESETS: [ResetRule; 3] = [
        ResetRule::Subtract { amount: 1.3 },
        ResetRule::To {
            potential: 0.2,
            refractory: 0.0,
        },
        ResetRule::To {
            potential: 0.2,
            refractory: 3.0,
        },
    ];

    /// `<y, J x> = <transposed J y, x>` for the inputs (v, [p is the threshold]) and the outputs (v, g).
    fn mismatch(reset: ResetRule, mutant: impl Fn(&mut SpikeJump)) -> f64 {
        let is_held = matches!(reset, ResetRule::To { refractory, .. } if refractory > 0.0);
        let jump = SpikeJump::new(reset, 0.05, 0.4, (!is_held).then_some(0.7));
        let mut other = jump;
        mutant(&mut other);
        let (v, threshold) = (0.31, 0.83);
        let (lv, ell) = (-0.57, 1.9);
        let g = jump.time(v, threshold);
        let after = jump.forward(v, g, threshold);
        let mut back = ell;
        let (before, by_threshold) = other.transposed(lv, &mut back);
        (lv * after + ell * g - before * v - by_threshold * threshold).abs()
    }

    #[test]
    fn the_transposed_spike_is_the_transpose() {
        for reset in RESETS {
            assert!(mismatch(reset, |_| ()) < 1e-15, "{reset:?}");
            assert!(mismatch(reset, |jump| jump.slope *= 1.01) > 1e-3);
        }
        assert!(mismatch(RESETS[0], |jump| jump.by_time = 0.0) > 1e-3);
        assert!(mismatch(RESETS[0], |jump| jump.by_threshold = 0.0) > 1e-3);
        assert!(mismatch(RESETS[1], |jump| jump.by_time = 0.0) > 1e-3);
    }

    /// A neuron that is driven to its threshold and reset, its start moved by a little: V some time later.
    #[test]
    fn the_forward_spike_is_what_a_shifted_start_does() {
        use crate::dynamics::{Flow, Interval, first_crossing};
        let flow = Flow::new(20.0, 5.0);
        let (threshold, current, later) = (1.0, 0.6, 9.0);
        for reset in [RESETS[0], RESETS[1]] {
            let run = |start: f64| {
                let interval = Interval::exact(later);
                let crossing = first_crossing(&flow, start, current, threshold, interval)
                    .expect("it is driven to its threshold");
                let i = current * crossing.synapse;
                let after = match reset {
                    ResetRule::Subtract { amount } => threshold - amount,
                    ResetRule::To { potential, .. } => potential,
                };
                let slope = i - flow.membrane_rate * threshold;
                let release_slope = i - flow.membrane_rate * after;
                let rest = flow.propagator(later - crossing.after);
                let jump = SpikeJump::new(reset, flow.membrane_rate, slope, Some(release_slope));
                let v = flow.propagator(crossing.after).membrane;
                let g = jump.time(v, 0.0);
                let derivative = jump.forward(v, g, 0.0) * rest.membrane;
                (rest.apply(after, i).0, derivative)
            };
            let step = 1e-5;
            let difference = (run(0.1 + step).0 - run(0.1 - step).0) / (2.0 * step);
            let (_, derivative) = run(0.1);
            assert!(
                (difference - derivative).abs() < 1e-8,
                "{reset:?}: {difference} {derivative}"
            );
        }
    }

    #[test]
    fn the_transposed_arrival_is_the_transpose() {
        let jump = ArrivalJump::new(0.7, 0.2);
        let (lv, li) = (1.1, -2.3);
        assert_eq!(
            jump.transposed(lv, li),
            lv * jump.potential + li * jump.current
        );
        assert!((jump.transposed(lv, li) - 0.7 * (0.2 * li - lv)).abs() < 1e-15);
    }
}
