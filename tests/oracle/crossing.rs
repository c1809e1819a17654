//! When a potential first reaches its threshold from below: by the shape of V, then bisection and Newton.

use crate::real::Real;

/// The flow of one neuron; potentials are measured from its rest.
#[derive(Debug, Clone)]
pub struct Flow<T> {
    /// 1/tau_synapse.
    a: T,
    /// 1/tau_membrane.
    b: T,
    /// b - a, without the cancellation of two inverses.
    difference: T,
}

/// A time where the potential is known.
#[derive(Debug, Clone)]
struct At<T> {
    potential: T,
    slope: T,
    /// The largest of the terms that the potential is a sum of.
    terms: T,
}

/// Where V rises for good or until its maximum.
struct Rise<T> {
    from: T,
    to: T,
}

impl<T: Real> Flow<T> {
    pub fn new(tau_membrane: &T, tau_synapse: &T) -> Self {
        let one = T::of(1.0);
        let product = tau_membrane.clone() * tau_synapse.clone();
        Self {
            a: one.clone() / tau_synapse.clone(),
            b: one / tau_membrane.clone(),
            difference: (tau_synapse.clone() - tau_membrane.clone()) / product,
        }
    }

    pub fn slope(&self, potential: &T, current: &T) -> T {
        current.clone() - self.b.clone() * potential.clone()
    }

    pub fn current_after(&self, t: &T, current: &T) -> T {
        current.clone() * (-(self.a.clone() * t.clone())).exp()
    }

    /// The same in f64.
    fn rough(&self) -> Flow<f64> {
        Flow {
            a: self.a.near(),
            b: self.b.near(),
            difference: self.difference.near(),
        }
    }

    /// exp(-b t), exp(-a t), and what a current of 1 has added to V.
    fn factors(&self, t: &T) -> (T, T, T) {
        let membrane = (-(self.b.clone() * t.clone())).exp();
        let x = self.difference.clone() * t.clone();
        if x.is_zero() {
            return (membrane.clone(), membrane.clone(), t.clone() * membrane);
        }
        if x.near().abs() < 0.5 {
            let grown = x.expm1();
            let gain = membrane.clone() * grown.clone() / self.difference.clone();
            return (membrane.clone(), membrane * (T::of(1.0) + grown), gain);
        }
        let synapse = (-(self.a.clone() * t.clone())).exp();
        let gain = (synapse.clone() - membrane.clone()) / self.difference.clone();
        (membrane, synapse, gain)
    }

    /// Potential and current after `t`.
    pub fn after(&self, t: &T, potential: &T, current: &T) -> (T, T) {
        let (membrane, synapse, gain) = self.factors(t);
        let next = potential.clone() * membrane + current.clone() * gain;
        (next, current.clone() * synapse)
    }

    fn at(&self, t: &T, potential: &T, current: &T) -> At<T> {
        let (membrane, synapse, gain) = self.factors(t);
        let (own, other) = (potential.clone() * membrane, current.clone() * gain);
        let v = own.clone() + other.clone();
        let slope = self.slope(&v, &(current.clone() * synapse));
        At {
            potential: v,
            slope,
            terms: own.magnitude() + other.magnitude(),
        }
    }

    /// Whether V's maximum is below the threshold by far more than f64 rounds.
    fn stays_far_below(&self, potential: &T, current: &T, threshold: &T) -> bool {
        let (flow, v, i) = (self.rough(), potential.near(), current.near());
        flow.extremum(&v, &i).is_some_and(|peak| {
            let top = flow.at(&peak, &v, &i);
            top.potential + 1e-8 * (top.terms + threshold.near().abs()) < threshold.near()
        })
    }

    /// Where dV/dt = 0 after now, if anywhere: ln(1 + d q)/d with q = dV/dt / (a I).
    fn extremum(&self, potential: &T, current: &T) -> Option<T> {
        let q = self.slope(potential, current) / (self.a.clone() * current.clone());
        let x = self.difference.clone() * q.clone();
        if !q.is_positive() || !(x.clone() + T::of(1.0)).is_positive() {
            return None;
        }
        match x.is_zero() {
            true => Some(q),
            false => Some(x.ln_1p() / self.difference.clone()),
        }
    }

    /// The first time after now at which V reaches `threshold` from below, however late.
    pub fn first_crossing(&self, potential: &T, current: &T, threshold: &T) -> Option<T> {
        let slope = self.slope(potential, current);
        if potential >= threshold && slope.is_positive() {
            return Some(T::zero());
        }
        // Without a maximum V ends at rest, which it reaches never: a threshold at rest is out of reach.
        let ends_above = threshold.is_negative();
        if current.is_zero() {
            let is_below = potential < threshold && ends_above;
            return is_below.then(|| (potential.clone() / threshold.clone()).ln() / self.b.clone());
        }
        if current.is_positive()
            && slope.is_positive()
            && self.stays_far_below(potential, current, threshold)
        {
            return None;
        }
        let extremum = self.extremum(potential, current);
        let rise = if current.is_positive() {
            if !slope.is_positive() {
                return None;
            }
            match extremum {
                Some(peak) => {
                    let top = self.at(&peak, potential, current);
                    if top.potential < *threshold {
                        return None;
                    }
                    Rise {
                        from: T::zero(),
                        to: peak,
                    }
                }
                None if ends_above => self.rise(T::zero(), potential, current, threshold),
                None => return None,
            }
        } else if slope.is_positive() {
            if !ends_above {
                return None;
            }
            self.rise(T::zero(), potential, current, threshold)
        } else {
            let bottom = extremum.filter(|_| ends_above)?;
            if self.at(&bottom, potential, current).potential >= *threshold {
                return None;
            }
            self.rise(bottom, potential, current, threshold)
        };
        Some(self.root(rise, potential, current, threshold))
    }

    /// V rises from `from` on and ends above the threshold: how far to go until it is there.
    fn rise(&self, from: T, potential: &T, current: &T, threshold: &T) -> Rise<T> {
        let mut length = T::of(0.125) / self.b.clone().smaller(self.a.clone());
        loop {
            let to = from.clone() + length.clone();
            if self.at(&to, potential, current).potential >= *threshold {
                return Rise { from, to };
            }
            length = length * T::of(2.0);
        }
    }

    /// The one root of a rise: Newton's steps, and bisection where these leave the bracket or shrink too slowly.
    fn root(&self, rise: Rise<T>, potential: &T, current: &T, threshold: &T) -> T {
        let (mut low, mut high) = (rise.from, rise.to);
        let half = T::of(0.5);
        let middle = |low: &T, high: &T| (low.clone() + high.clone()) * half.clone();
        let mut t = middle(&low, &high);
        if T::EPSILON < f64::EPSILON * f64::EPSILON {
            let (from, to) = (low.near(), high.near());
            let (v, i, theta) = (potential.near(), current.near(), threshold.near());
            let guess = T::of(self.rough().root(Rise { from, to }, &v, &i, &theta));
            if guess > low && guess < high {
                t = guess;
            }
        }
        for iteration in 0..1000 {
            let at = self.at(&t, potential, current);
            let miss = at.potential.clone() - threshold.clone();
            let noise = T::of(4.0 * T::EPSILON) * (at.terms + threshold.magnitude());
            let width = high.clone() - low.clone();
            if miss.magnitude() <= noise || width <= T::of(4.0 * T::EPSILON) * t.clone() {
                return t;
            }
            if miss.is_negative() {
                low = t.clone();
            } else {
                high = t.clone();
            }
            let newton = t.clone() - miss / at.slope.clone();
            let is_inside = at.slope.is_positive() && newton > low && newton < high;
            // Every third step halves the bracket once Newton has had its chance.
            t = match is_inside && (iteration < 40 || iteration % 3 != 0) {
                true => newton,
                false => middle(&low, &high),
            };
        }
        panic!("no root in a thousand steps between {low:?} and {high:?}");
    }
}
