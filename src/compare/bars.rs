//! How much agreement is enough.

use super::{Agreement, RESOLUTION};
use crate::count;

/// What an [`Agreement`] must not exceed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bars {
    /// The share of samples that may fire other spikes where the reference's margin is below [`RESOLUTION`].
    pub unresolved: f64,
    /// The median of spike-time errors, relative to the run's length.
    pub time_median: f64,
    /// The 99.9th percentile of spike-time errors, relative to the run's length.
    pub time_tail: f64,
    /// The median of gradient errors, relative to the gradient's largest entry.
    pub gradient_median: f64,
    /// The 99.9th percentile of gradient errors, relative to the gradient's largest entry.
    pub gradient_tail: f64,
}

impl Bars {
    /// Single precision against double. A spike's time is off by the rounding of the potential over
    /// the slope: about a millionth of the run, and more where a spike grazes.
    pub const SINGLE: Self = Self {
        unresolved: 0.005,
        time_median: 1e-6,
        time_tail: 1e-4,
        gradient_median: 1e-5,
        gradient_tail: 1e-3,
    };

    /// The same of a case with a handful of spikes: all of its gradient may hang on one that grazes, and the
    /// median is then no smaller than the largest error (of random-25 with three spikes, the slowest at
    /// 0.011 / ms, it is 2.6e-5). So one bar holds for all entries, as in `tests/gpu/cases.rs`.
    pub const CASE: Self = Self {
        gradient_median: Self::SINGLE.gradient_tail,
        ..Self::SINGLE
    };
}

/// What an [`Agreement`] comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing exceeds the bars.
    Agree,
    /// Something does.
    Disagree,
    /// Nothing does, but no sample was left to compare: all are below the [resolution](RESOLUTION) of single precision.
    Unresolved,
}

impl Agreement {
    /// Whether one engine agrees with the other.
    pub fn verdict(&self, bars: &Bars) -> Verdict {
        match (self.excesses(bars).is_empty(), self.is_compared()) {
            (false, _) => Verdict::Disagree,
            (true, true) => Verdict::Agree,
            (true, false) => Verdict::Unresolved,
        }
    }

    /// Why the [verdict](Self::verdict) is not that they agree, a line each; none where they do.
    pub fn shortfalls(&self, bars: &Bars) -> Vec<String> {
        let mut found = self.excesses(bars);
        if !self.is_compared() {
            let line = "no sample fires the same spikes: nothing was compared";
            found.insert(0, line.to_owned());
        }
        found
    }

    fn is_compared(&self) -> bool {
        self.unequal.len() < self.n_samples
    }

    fn excesses(&self, bars: &Bars) -> Vec<String> {
        let mut found = Vec::new();
        let n_wrong = self.unequal.len() - self.n_unresolved();
        if n_wrong > 0 {
            found.push(format!(
                "other spikes in {} although the reference's margin is above {RESOLUTION:.0e}",
                count(n_wrong, "sample")
            ));
        }
        // One is allowed in however few samples: a share of them would be none.
        let most = (bars.unresolved * self.n_samples as f64).max(1.0);
        if self.n_unresolved() as f64 > most {
            found.push(format!(
                "{} samples of {} fire other spikes below the resolution of single precision; {most:.0} may",
                self.n_unresolved(),
                self.n_samples
            ));
        }
        let mut limit = |what: String, value: f64, bar: f64| {
            // Written so that a NaN is reported.
            let is_met = value <= bar;
            if !is_met {
                found.push(format!("{what} is {value:.1e}; at most {bar:.0e}"));
            }
        };
        let times = "spike-time errors relative to the run";
        let duration = self.duration;
        limit(
            format!("median of {times}"),
            self.spike_times.median() / duration,
            bars.time_median,
        );
        limit(
            format!("99.9th percentile of {times}"),
            self.spike_times.tail() / duration,
            bars.time_tail,
        );
        for gradient in &self.gradients {
            let (errors, method) = (gradient.errors(), gradient.method);
            limit(
                format!("median of {method} gradient errors"),
                errors.median(),
                bars.gradient_median,
            );
            limit(
                format!("99.9th percentile of {method} gradient errors"),
                errors.tail(),
                bars.gradient_tail,
            );
        }
        found
    }
}
