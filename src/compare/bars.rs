//! How much agreement is enough.

use super::{Agreement, RESOLUTION};

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
}

impl Agreement {
    /// What exceeds the bars, a line each; none where all is well.
    pub fn shortfalls(&self, bars: &Bars) -> Vec<String> {
        let mut found = Vec::new();
        let n_wrong = self.unequal.len() - self.n_unresolved();
        if n_wrong > 0 {
            found.push(format!(
                "{n_wrong} samples fire other spikes although the reference's margin is above {RESOLUTION:.0e}"
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
