//! How often Poisson arrivals come.

use crate::{Error, Result};

/// The rate of Poisson arrivals, per ms.
#[derive(Debug, Clone, PartialEq)]
pub enum PoissonRate {
    /// The same all the time.
    Constant(f64),
    /// From each time in ms on the rate beside it; none before the first.
    Changing(Vec<(f64, f64)>),
}

impl From<f64> for PoissonRate {
    fn from(rate: f64) -> Self {
        Self::Constant(rate)
    }
}

impl From<Vec<(f64, f64)>> for PoissonRate {
    fn from(changes: Vec<(f64, f64)>) -> Self {
        Self::Changing(changes)
    }
}

impl PoissonRate {
    /// The one rate, where it does not change.
    pub(crate) fn constant(&self) -> Option<f64> {
        match self {
            Self::Constant(rate) => Some(*rate),
            Self::Changing(_) => None,
        }
    }

    /// The largest that it ever is.
    pub(crate) fn most(&self) -> f64 {
        match self {
            Self::Constant(rate) => *rate,
            Self::Changing(changes) => changes.iter().map(|(_, rate)| *rate).fold(0.0, f64::max),
        }
    }

    /// How often it changes.
    pub(crate) fn changes(&self) -> usize {
        match self {
            Self::Constant(_) => 0,
            Self::Changing(changes) => changes.len(),
        }
    }

    /// When the next arrival comes after `offset`, both since `start`, in ms; `interval` is what it would wait for at a rate of 1.
    ///
    /// Arrivals of a Poisson process whose rate changes are those of one with rate 1 in the time that the integral of the rate
    /// measures (time rescaling), so that between changes they are exact as well.
    #[inline]
    pub(crate) fn next(&self, start: f64, offset: f64, interval: f64) -> f64 {
        match self {
            Self::Constant(rate) => offset + 1.0 / rate * interval,
            Self::Changing(changes) => after(changes, start, offset, interval),
        }
    }

    pub(crate) fn check(&self, field: &str) -> Result<()> {
        let is_rate = |rate: f64| rate.is_finite() && rate >= 0.0;
        let wrong = "give a finite rate in 1/ms, zero or more";
        match self {
            Self::Constant(rate) if !is_rate(*rate) => Err(Error::invalid(field, rate, wrong)),
            Self::Constant(_) => Ok(()),
            Self::Changing(changes) => {
                let remedy = "give one or more pairs of a time in ms and a rate, in order of time";
                if changes.is_empty() {
                    return Err(Error::invalid(field, "an empty list", remedy));
                }
                if let Some((_, rate)) = changes.iter().find(|(_, rate)| !is_rate(*rate)) {
                    return Err(Error::invalid(field, rate, wrong));
                }
                let is_time = |time: f64| time.is_finite() && time >= 0.0;
                let times = || changes.iter().map(|(time, _)| *time);
                let disordered = times().zip(times().skip(1)).find(|(a, b)| a >= b);
                let wrong = times().find(|time| !is_time(*time));
                match wrong.or(disordered.map(|(_, time)| time)) {
                    Some(time) => Err(Error::invalid(field, format!("from {time} ms on"), remedy)),
                    None => Ok(()),
                }
            }
        }
    }
}

fn after(changes: &[(f64, f64)], start: f64, mut offset: f64, mut interval: f64) -> f64 {
    let mut passed = changes.partition_point(|(time, _)| time - start <= offset);
    loop {
        let rate = passed.checked_sub(1).map_or(0.0, |ix| changes[ix].1);
        let end = changes
            .get(passed)
            .map_or(f64::INFINITY, |(time, _)| time - start);
        if rate > 0.0 {
            let most = rate * (end - offset);
            if interval <= most {
                return offset + interval / rate;
            }
            interval -= most;
        }
        if end == f64::INFINITY {
            return end;
        }
        offset = end;
        passed += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_measured_by_the_integral_of_the_rate() {
        let rate = PoissonRate::from(vec![(10.0, 2.0), (20.0, 0.0), (30.0, 0.5)]);
        // 4 from 10 to 12 ms; 20 are used up at 20; 5 more take ten at half the rate.
        assert_eq!(rate.next(0.0, 0.0, 4.0), 12.0);
        assert_eq!(rate.next(0.0, 0.0, 25.0), 40.0);
        assert_eq!(rate.next(8.0, 4.0, 3.0), 5.5);
        assert_eq!(rate.next(25.0, 0.0, 1.0), 7.0);
        let ends = PoissonRate::from(vec![(0.0, 1.0), (5.0, 0.0)]);
        assert_eq!(ends.next(0.0, 0.0, 6.0), f64::INFINITY);
        assert_eq!(ends.next(0.0, 0.0, 4.0), 4.0);
    }
}
