//! A neuron with several synaptic currents: its flow, and when it first crosses its threshold.

use super::bracket::Bracket;
use super::exponential_sum::{Term, roots_between, sum_roots};
use super::{Flow, Interval, first_crossing};

/// The most synaptic currents of a neuron.
pub const MAX_CURRENTS: usize = 4;

/// Newton's steps converge with second order; once a step is this fraction of the local scale, what remains after it is
/// below rounding.
const LAST_STEP: f64 = 1e-8;

/// Intervals of more than this many of the slowest time constant are first cut to where something can still happen.
const LONG: f64 = 30.0;

/// The state of a neuron: its potential, measured from rest, and its synaptic currents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurrentState {
    /// Above rest.
    pub potential: f64,
    /// As many as the flow has; the rest are zero.
    pub currents: [f64; MAX_CURRENTS],
}

/// `dV/dt = -b V + sum of I_k`, `dI_k/dt = -a_k I_k`.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentsFlow {
    /// b = 1/tau_membrane, in 1/ms.
    pub membrane_rate: f64,
    /// The flow with each current alone.
    flows: Vec<Flow>,
}

impl CurrentsFlow {
    /// The flow with the given time constants in ms.
    pub fn new(tau_membrane: f64, tau_synapse: &[f64]) -> Self {
        let flows: Vec<Flow> = tau_synapse
            .iter()
            .map(|&tau| Flow::new(tau_membrane, tau))
            .collect();
        Self {
            membrane_rate: 1.0 / tau_membrane,
            flows,
        }
    }

    /// The flows with each current alone.
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// dV/dt.
    #[inline]
    pub fn slope(&self, state: &CurrentState) -> f64 {
        state.currents.iter().sum::<f64>() - self.membrane_rate * state.potential
    }

    /// -d2V/dt2, given dV/dt.
    fn curvature(&self, state: &CurrentState, slope: f64) -> f64 {
        let currents = self.flows.iter().zip(&state.currents);
        let decay: f64 = currents.map(|(flow, i)| flow.synapse_rate * i).sum();
        self.membrane_rate * slope + decay
    }

    /// The state after `t >= 0` ms.
    #[inline]
    pub fn after(&self, t: f64, state: &CurrentState) -> CurrentState {
        let mut next = CurrentState {
            potential: state.potential * (-self.membrane_rate * t).exp(),
            currents: [0.0; MAX_CURRENTS],
        };
        let currents = next.currents.iter_mut().zip(&state.currents);
        for (flow, (next_current, &current)) in self.flows.iter().zip(currents) {
            let step = flow.propagator(t);
            next.potential += current * step.gain;
            *next_current = current * step.synapse;
        }
        next
    }

    /// A potential that V does not exceed within `t` ms where it starts below: V with its largest current held on.
    #[inline]
    pub fn upper_bound(&self, t: f64, state: &CurrentState) -> f64 {
        let mut current = 0.0;
        for (flow, &i) in self.flows.iter().zip(&state.currents) {
            current += i.max(i * (-flow.synapse_rate * t).exp());
        }
        let decay = (-self.membrane_rate * t).exp_m1();
        let end = state.potential + (state.potential - current / self.membrane_rate) * decay;
        end.max(state.potential)
    }

    /// The first time in `(0, length]` at which the potential reaches `threshold` from below.
    ///
    /// `(V' exp(b t))' = exp(b t) S'` with `S' = - sum of a_k I_k exp(-a_k t)`. Between the roots of
    /// S' the left side is monotone and V' has one root at most; between the roots of V' the
    /// potential is monotone and reaches the threshold once at most. So every crossing is bracketed, and none missed.
    ///
    /// At the threshold, near the interval's end and beside rest it answers as [`first_crossing`].
    pub fn first_crossing(
        &self,
        state: &CurrentState,
        threshold: f64,
        interval: Interval,
    ) -> Option<f64> {
        if let [flow] = &self.flows[..] {
            let (potential, current) = (state.potential, state.currents[0]);
            let crossing = first_crossing(flow, potential, current, threshold, interval);
            return crossing.map(|crossing| crossing.after);
        }
        let limit = interval.length;
        if limit <= 0.0 {
            return None;
        }
        if state.potential >= threshold && self.slope(state) > 0.0 {
            return Some(0.0);
        }
        let slowest = self.slowest_rate(state);
        let shifted;
        let (mut limit, mut flow) = (limit, self);
        if threshold == 0.0 {
            // The threshold is the rest, and all terms decay to it. Without the slowest decay their sum has the
            // same sign and does not vanish.
            shifted = self.shifted(slowest);
            flow = &shifted;
        } else if limit * slowest > LONG {
            limit = limit.min(self.last_time(state, slowest, threshold)?);
        }
        let at = |t: f64| {
            let at = flow.after(t, state);
            let slope = self.slope(&at);
            (at.potential - threshold, slope, self.curvature(&at, slope))
        };
        let mut extrema = Vec::new();
        let roots = sum_roots(&self.terms(state), limit);
        roots_between(&roots, limit, |t| at(t).1, &mut extrema);
        extrema.push(limit);
        let (mut from, mut excess) = (0.0, state.potential - threshold);
        for to in extrema {
            let (there, slope, _) = at(to);
            if there >= 0.0 && excess < 0.0 {
                return Some(rising_root(at, self.fastest_rate(), from, to));
            }
            // A dip from the threshold that is below rounding: it rises from there.
            if excess >= 0.0 && there > excess {
                return Some(from);
            }
            let is_end = to == interval.length;
            if is_end && there < 0.0 && -there <= slope * interval.resolution {
                return Some(to);
            }
            (from, excess) = (to, there);
        }
        None
    }

    /// Where dV/dt changes its sign within `(0, limit)` ms, in order.
    pub fn extrema(&self, state: &CurrentState, limit: f64) -> Vec<f64> {
        let mut extrema = Vec::new();
        let slope = |t: f64| self.slope(&self.after(t, state));
        let roots = sum_roots(&self.terms(state), limit);
        roots_between(&roots, limit, slope, &mut extrema);
        extrema
    }

    /// The slowest decay of anything that there is.
    fn slowest_rate(&self, state: &CurrentState) -> f64 {
        let currents = self.flows.iter().zip(&state.currents);
        currents
            .filter(|&(_, &current)| current != 0.0)
            .map(|(flow, _)| flow.synapse_rate)
            .fold(self.membrane_rate, f64::min)
    }

    fn fastest_rate(&self) -> f64 {
        let rates = self.flows.iter().map(|flow| flow.synapse_rate);
        rates.fold(self.membrane_rate, f64::max)
    }

    /// A time that no crossing comes after, in ms; `None` where there is none at all.
    ///
    /// With s the slowest rate, `|V| <= (|V0| + sum of 2 |I_k|/s) exp(-s t/2)`, as for one current: then V is
    /// nearer to rest than the threshold is.
    fn last_time(&self, state: &CurrentState, slowest: f64, threshold: f64) -> Option<f64> {
        let currents: f64 = state.currents.iter().map(|current| current.abs()).sum();
        let size = state.potential.abs() + 2.0 * currents / slowest;
        let last = 2.0 / slowest * (size / threshold.abs()).ln();
        // Beyond rounding.
        (last >= 0.0).then(|| last * (1.0 + 1e-9) + 1e-9 / self.membrane_rate)
    }

    /// The flow times exp(shift t).
    fn shifted(&self, shift: f64) -> Self {
        let flows = self.flows.iter().map(|flow| Flow {
            synapse_rate: flow.synapse_rate - shift,
            membrane_rate: flow.membrane_rate - shift,
        });
        Self {
            membrane_rate: self.membrane_rate - shift,
            flows: flows.collect(),
        }
    }

    /// S' as a sum of exponentials.
    fn terms(&self, state: &CurrentState) -> Vec<Term> {
        let flows = self.flows.iter().zip(&state.currents);
        flows
            .map(|(flow, &current)| Term {
                factor: -flow.synapse_rate * current,
                rate: flow.synapse_rate,
            })
            .collect()
    }
}

/// The root in `(low, high]` of a function, given with its slope and curvature, that rises from below zero to zero or
/// above: Newton's steps inside a bracket. `fastest` is the rate at which its slope can change.
fn rising_root(value: impl Fn(f64) -> (f64, f64, f64), fastest: f64, low: f64, high: f64) -> f64 {
    let mut bracket = Bracket::new(low, high);
    let mut t = high;
    loop {
        let (f, slope, curvature) = value(t);
        bracket.narrow(t, f < 0.0);
        let step = -f / slope;
        let newton = t + step;
        let is_last = newton >= bracket.low
            && newton <= bracket.high
            && step.abs() * fastest < LAST_STEP
            && (step * curvature).abs() < LAST_STEP * slope.abs();
        if is_last {
            return newton;
        }
        if bracket.is_closed() {
            return bracket.high;
        }
        t = bracket.next(newton);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(potential: f64, currents: &[f64]) -> CurrentState {
        let mut all = [0.0; MAX_CURRENTS];
        all[..currents.len()].copy_from_slice(currents);
        CurrentState {
            potential,
            currents: all,
        }
    }

    /// The first of a hundred thousand steps at whose end the potential is above.
    fn by_steps(
        flow: &CurrentsFlow,
        start: &CurrentState,
        threshold: f64,
        limit: f64,
    ) -> Option<f64> {
        let n = 100_000;
        (1..=n)
            .map(|k| limit * f64::from(k) / f64::from(n))
            .find(|&t| flow.after(t, start).potential >= threshold)
    }

    #[test]
    fn no_crossing_is_missed() {
        use rand::{RngExt, SeedableRng};
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let (mut crossed, mut twice) = (0, 0);
        for _ in 0..400 {
            let n = rng.random_range(2..=4);
            let tau: Vec<f64> = (0..n).map(|_| rng.random_range(0.3..30.0)).collect();
            let flow = CurrentsFlow::new(rng.random_range(2.0..30.0), &tau);
            let currents: Vec<f64> = (0..n).map(|_| rng.random_range(-2.0..2.0)).collect();
            let start = state(rng.random_range(-1.0..0.99), &currents);
            let limit = 60.0;
            let found = flow.first_crossing(&start, 1.0, Interval::exact(limit));
            let stepped = by_steps(&flow, &start, 1.0, limit);
            match (found, stepped) {
                (Some(a), Some(b)) => {
                    assert!(a <= b && b - a <= 1.01 * limit / 1e5, "{a} {b}");
                    let reached = flow.after(a, &start).potential;
                    assert!((reached - 1.0).abs() < 1e-13, "{reached}");
                    assert!(flow.upper_bound(limit, &start) >= 1.0);
                    crossed += 1;
                }
                (None, None) => (),
                // Steps may miss a peak between two of them, never find one that is not there.
                (Some(a), None) => {
                    let reached = flow.after(a, &start).potential;
                    assert!((reached - 1.0).abs() < 1e-13);
                    twice += 1;
                }
                (None, Some(b)) => panic!("missed the crossing before {b} of {start:?}"),
            }
        }
        assert!(crossed > 60 && twice < 5, "{crossed} {twice}");
    }

    /// Up, down, and up again: the potential has three extrema, and the threshold lies between the peaks.
    #[test]
    fn the_second_of_two_peaks_is_found() {
        let flow = CurrentsFlow::new(2.0, &[0.5, 2.5, 20.0]);
        let start = state(0.0, &[3.0, -3.0, 1.4]);
        let peaks: Vec<f64> = (1..600)
            .map(|k| f64::from(k) * 0.1)
            .map(|t| flow.after(t, &start).potential)
            .collect();
        let first = peaks[..12].iter().copied().fold(f64::MIN, f64::max);
        let last = peaks[40..].iter().copied().fold(f64::MIN, f64::max);
        assert!(first < last, "{first} {last}");
        let threshold = 0.5 * (first + last);
        let found = flow.first_crossing(&start, threshold, Interval::exact(60.0));
        let found = found.expect("the second peak is above the threshold");
        assert!(found > 1.2, "{found}");
        let before = flow.first_crossing(&start, first - 1e-3, Interval::exact(60.0));
        assert!(before.is_some_and(|t| t < 1.2), "{before:?}");
    }

    #[test]
    fn one_current_twice_is_one_of_twice_the_size() {
        let two = CurrentsFlow::new(10.0, &[4.0, 4.0]);
        let one = CurrentsFlow::new(10.0, &[4.0]);
        let a = two.first_crossing(&state(0.0, &[0.2, 0.3]), 1.0, Interval::exact(50.0));
        let b = one.first_crossing(&state(0.0, &[0.5]), 1.0, Interval::exact(50.0));
        let (a, b) = (a.expect("it fires"), b.expect("it fires"));
        assert!((a - b).abs() < 1e-13, "{a} {b}");
    }
}
