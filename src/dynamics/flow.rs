//! The linear flow between events, and the factors of its co-moving frame.

/// Up to this size of x, [`expm1_series`] is exact to rounding.
const SERIES_LIMIT: f64 = 0.5;

/// `(exp(x) - 1) / x`, continued by 1 at zero.
#[inline]
pub fn expm1_over_x(x: f64) -> f64 {
    if x.abs() <= SERIES_LIMIT {
        expm1_series(x)
    } else {
        x.exp_m1() / x
    }
}

/// 1/1!, 1/2! and so on: the Taylor series of `(exp(x) - 1) / x`.
pub(crate) const EXPM1_SERIES: [f64; 16] = {
    const fn inverse_factorial(n: u32) -> f64 {
        let (mut product, mut k) = (1.0, 2);
        while k <= n {
            product *= k as f64;
            k += 1;
        }
        1.0 / product
    }
    let (mut c, mut n) = ([0.0; 16], 0);
    while n < 16 {
        c[n] = inverse_factorial(n as u32 + 1);
        n += 1;
    }
    c
};

/// The Taylor series of `(exp(x) - 1) / x`; fifteen terms leave 3e-18 at |x| = 1/2.
///
/// Without a branch, so that loops over it become vectors; terms are paired
/// (Estrin's scheme) to shorten the chain of dependent operations.
#[inline(always)]
pub(crate) fn expm1_series(x: f64) -> f64 {
    const C: [f64; 16] = EXPM1_SERIES;
    let x2 = x * x;
    let x4 = x2 * x2;
    let quad = |k: usize| (C[k] + C[k + 1] * x) + x2 * (C[k + 2] + C[k + 3] * x);
    (quad(0) + x4 * quad(4)) + (x4 * x4) * (quad(8) + x4 * quad(12))
}

/// The linear flow of a neuron's potential and synaptic current.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    /// 1 / tau_synapse, in 1/ms.
    pub synapse_rate: f64,
    /// 1 / tau_membrane, in 1/ms.
    pub membrane_rate: f64,
}

/// The flow over one interval: `V = V0 membrane + I0 gain`, `I = I0 synapse`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Propagator {
    /// exp(-b t).
    pub membrane: f64,
    /// exp(-a t).
    pub synapse: f64,
    /// (exp(-a t) - exp(-b t)) / (b - a), in ms; t exp(-b t) where the rates are equal.
    pub gain: f64,
}

impl Flow {
    /// The flow with the given time constants in ms.
    pub fn new(tau_membrane: f64, tau_synapse: f64) -> Self {
        Self {
            synapse_rate: 1.0 / tau_synapse,
            membrane_rate: 1.0 / tau_membrane,
        }
    }

    /// The faster of the two rates, in 1/ms.
    pub fn fastest_rate(&self) -> f64 {
        self.synapse_rate.max(self.membrane_rate)
    }

    /// The slower of the two rates, in 1/ms.
    pub fn slowest_rate(&self) -> f64 {
        self.synapse_rate.min(self.membrane_rate)
    }

    /// b - a, in 1/ms.
    #[inline]
    pub fn rate_difference(&self) -> f64 {
        self.membrane_rate - self.synapse_rate
    }

    /// The flow over `t >= 0` ms.
    ///
    /// The gain is `t exp(-b t) expm1(x)/x` with `x = (b - a) t`, which does not divide by a
    /// vanishing b - a, and the difference of the exponentials where x is large,
    /// which does not overflow.
    #[inline]
    pub fn propagator(&self, t: f64) -> Propagator {
        let membrane = (-self.membrane_rate * t).exp();
        let difference = self.rate_difference();
        let x = difference * t;
        if x.abs() <= SERIES_LIMIT {
            // exp(-a t) = exp(-b t) exp(x): one exponential serves both.
            let series = expm1_series(x);
            return Propagator {
                membrane,
                synapse: membrane * (1.0 + x * series),
                gain: t * membrane * series,
            };
        }
        let synapse = (-self.synapse_rate * t).exp();
        // The subtraction loses no more than two bits here.
        let gain = (synapse - membrane) / difference;
        Propagator {
            membrane,
            synapse,
            gain,
        }
    }

    /// `integral of exp((b - a) s) ds` from `from` to `from + length`, given
    /// `ratio = exp((b - a) from)`: what one interval adds to U per unit of J in
    /// the co-moving frame `V - c = exp(-b t) U`, `I = exp(-a t) J`.
    #[inline]
    pub fn frame_gain(&self, ratio: f64, length: f64) -> f64 {
        ratio * length * expm1_over_x(self.rate_difference() * length)
    }
}

impl Flow {
    /// `-d(gain)/da` and `-d(gain)/db` of the gain over `t >= 0` ms, in ms^2.
    ///
    /// With s = exp(-a t), m = exp(-b t) and x = (b - a) t these are `(t s - gain) / (b - a)` and
    /// `(gain - t m) / (b - a)`, or
    ///
    /// ```text
    /// t^2 m  sum over k of (k + 1) x^k / (k + 2)!        t^2 m  sum over k of x^k / (k + 2)!
    /// ```
    ///
    /// which do not divide by a vanishing b - a. They are also the integrals over the interval of
    /// `gain(t - u) exp(-a u)` and `exp(-b (t - u)) gain(u)`.
    pub fn gain_derivatives(&self, t: f64) -> (f64, f64) {
        let step = self.propagator(t);
        let difference = self.rate_difference();
        let x = difference * t;
        if x.abs() > SERIES_LIMIT {
            let by_synapse = (t * step.synapse - step.gain) / difference;
            return (by_synapse, (step.gain - t * step.membrane) / difference);
        }
        let (mut by_synapse, mut by_membrane) = (0.0, 0.0);
        for (k, c) in EXPM1_SERIES[1..].iter().enumerate().rev() {
            by_synapse = by_synapse * x + (k + 1) as f64 * c;
            by_membrane = by_membrane * x + c;
        }
        let scale = t * t * step.membrane;
        (scale * by_synapse, scale * by_membrane)
    }
}

impl Propagator {
    /// Potential above rest and current after the interval.
    #[inline]
    pub fn apply(&self, potential: f64, current: f64) -> (f64, f64) {
        (
            potential * self.membrane + current * self.gain,
            current * self.synapse,
        )
    }

    /// The transpose: the adjoints of potential and current before the interval.
    #[inline]
    pub fn apply_adjoint(&self, potential: f64, current: f64) -> (f64, f64) {
        (
            potential * self.membrane,
            current * self.synapse + potential * self.gain,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expm1_over_x_is_smooth_where_the_series_ends() {
        for x in [-SERIES_LIMIT, SERIES_LIMIT] {
            let inside = expm1_over_x(x * (1.0 - 1e-15));
            let outside = expm1_over_x(x);
            assert!((inside - outside).abs() < 4e-16, "{inside} {outside}");
        }
        assert_eq!(expm1_over_x(0.0), 1.0);
    }

    #[test]
    fn two_steps_equal_one_for_every_ratio_of_time_constants() {
        for tau_synapse in [1e-3, 1.0, 19.99, 20.0, 20.01, 1e4] {
            let flow = Flow::new(20.0, tau_synapse);
            let once = flow.propagator(7.5).apply(0.3, 0.7);
            let (v, i) = flow.propagator(2.5).apply(0.3, 0.7);
            let twice = flow.propagator(5.0).apply(v, i);
            assert!((once.0 - twice.0).abs() < 1e-14 * once.0.abs().max(1.0));
            assert!((once.1 - twice.1).abs() < 1e-15);
        }
    }

    #[test]
    fn derivatives_of_the_gain_are_its_differences() {
        for tau_synapse in [1.0, 5.0, 19.0, 20.0, 20.0 + 1e-9, 21.0, 80.0] {
            for t in [0.1, 3.0, 40.0] {
                let flow = Flow::new(20.0, tau_synapse);
                let (by_synapse, by_membrane) = flow.gain_derivatives(t);
                let step = 1e-5 * flow.fastest_rate();
                let gain = |on_synapse: f64, on_membrane: f64| {
                    let moved = Flow {
                        synapse_rate: flow.synapse_rate + on_synapse,
                        membrane_rate: flow.membrane_rate + on_membrane,
                    };
                    moved.propagator(t).gain
                };
                let synapse = (gain(-step, 0.0) - gain(step, 0.0)) / (2.0 * step);
                let membrane = (gain(0.0, -step) - gain(0.0, step)) / (2.0 * step);
                assert!(
                    (by_synapse / synapse - 1.0).abs() < 1e-7,
                    "{tau_synapse} {t}"
                );
                assert!(
                    (by_membrane / membrane - 1.0).abs() < 1e-7,
                    "{tau_synapse} {t}"
                );
                // Negative control: the two are told apart unless they are the same.
                let is_equal = (tau_synapse - 20.0).abs() < 1e-6;
                assert_eq!((by_synapse / membrane - 1.0).abs() < 1e-7, is_equal);
            }
        }
    }

    #[test]
    fn derivatives_of_the_gain_are_smooth_where_the_series_ends() {
        // x = (b - a) t with b - a = 0.05 and -0.05.
        for tau_synapse in [1.0 / 0.05, 1.0 / 0.15] {
            let flow = Flow::new(10.0, tau_synapse);
            let at = |t: f64| flow.gain_derivatives(t);
            let (inside, outside) = (at(10.0 * (1.0 - 1e-15)), at(10.0 * (1.0 + 1e-15)));
            assert!(
                (inside.0 / outside.0 - 1.0).abs() < 2e-14,
                "{inside:?} {outside:?}"
            );
            assert!(
                (inside.1 / outside.1 - 1.0).abs() < 2e-14,
                "{inside:?} {outside:?}"
            );
        }
    }

    #[test]
    fn long_intervals_neither_overflow_nor_turn_into_nan() {
        for (tau_membrane, tau_synapse) in [(1e-3, 1e3), (1e3, 1e-3), (1.0, 1.0)] {
            let p = Flow::new(tau_membrane, tau_synapse).propagator(1e6);
            assert!(p.gain.is_finite() && p.membrane.is_finite() && p.synapse.is_finite());
        }
    }
}
