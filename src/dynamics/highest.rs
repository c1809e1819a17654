//! The largest potential of an interval without events.

use super::{CurrentState, CurrentsFlow, Ends, Flow, extremum};

/// Where the potential is highest between two events, the first of equal moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Highest {
    /// The potential above rest.
    pub potential: f64,
    /// Time from the start of the interval, in ms.
    pub after: f64,
    /// dV/dt there, in 1/ms: zero inside of the interval, the slope at its end there.
    pub slope: f64,
}

/// The highest potential after the start of an interval.
///
/// V has one interior extremum at most, a maximum where it rises at the start under a positive current and
/// falls at the end.
pub(crate) fn highest(flow: &Flow, ends: &Ends) -> Highest {
    let slope = |(potential, current): (f64, f64)| current - flow.membrane_rate * potential;
    let turns = ends.start.1 > 0.0 && slope(ends.start) > 0.0 && slope(ends.end) <= 0.0;
    let peak = turns.then(|| extremum(flow, ends.start.0, ends.start.1));
    match peak.flatten() {
        Some(after) if after < ends.interval.length => Highest {
            potential: flow.propagator(after).apply(ends.start.0, ends.start.1).0,
            after,
            slope: 0.0,
        },
        _ => Highest {
            potential: ends.end.0,
            after: ends.interval.length,
            slope: slope(ends.end).max(0.0),
        },
    }
}

/// The highest potential of a neuron with several currents after the start of an interval of `length` ms.
pub(crate) fn highest_of_several(
    flow: &CurrentsFlow,
    start: &CurrentState,
    length: f64,
) -> Highest {
    let end = flow.after(length, start);
    let last = Highest {
        potential: end.potential,
        after: length,
        slope: flow.slope(&end).max(0.0),
    };
    let inside = flow
        .extrema(start, length)
        .into_iter()
        .map(|after| Highest {
            potential: flow.after(after, start).potential,
            after,
            slope: 0.0,
        });
    let higher = |best: Highest, next: Highest| match next.potential >= best.potential {
        true => next,
        false => best,
    };
    // Backward, so that of equals the first is left.
    inside.rev().fold(last, higher)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::{Interval, MAX_CURRENTS};

    fn state(potential: f64, currents: &[f64]) -> CurrentState {
        let mut all = [0.0; MAX_CURRENTS];
        all[..currents.len()].copy_from_slice(currents);
        CurrentState {
            potential,
            currents: all,
        }
    }

    #[test]
    fn of_several_currents_nothing_is_higher() {
        let flow = CurrentsFlow::new(2.0, &[0.5, 2.5, 20.0]);
        let (mut inside, mut at_end) = (0, 0);
        for (start, length) in [
            (state(0.0, &[3.0, -3.0, 1.4]), 60.0),
            (state(0.0, &[3.0, -3.0, 0.4]), 60.0),
            (state(-0.5, &[0.1, 0.2, 0.3]), 0.5),
            (state(0.7, &[-1.0, 0.0, 0.5]), 3.0),
        ] {
            let found = highest_of_several(&flow, &start, length);
            let steps = (1..=10_000).map(|k| length * f64::from(k) / 1e4);
            let sampled = steps.map(|t| flow.after(t, &start).potential);
            let sampled = sampled.fold(f64::MIN, f64::max);
            assert!(found.potential >= sampled - 1e-14, "{found:?} {sampled}");
            assert!(found.potential <= sampled + 1e-4, "{found:?} {sampled}");
            match found.after < length {
                true => inside += 1,
                false => at_end += 1,
            }
        }
        assert_eq!((inside, at_end), (2, 2));
    }

    #[test]
    fn two_alike_are_one_of_the_sum() {
        let (several, one) = (CurrentsFlow::new(10.0, &[4.0, 4.0]), Flow::new(10.0, 4.0));
        for length in [2.0, 50.0] {
            let found = highest_of_several(&several, &state(0.1, &[0.2, 0.3]), length);
            let ends = Ends {
                start: (0.1, 0.5),
                end: one.propagator(length).apply(0.1, 0.5),
                interval: Interval::exact(length),
            };
            let expected = highest(&one, &ends);
            assert!((found.potential - expected.potential).abs() < 1e-14);
            assert!((found.after - expected.after).abs() < 1e-7);
        }
    }
}
