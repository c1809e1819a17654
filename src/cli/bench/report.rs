//! What a benchmark found, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;
use spikefront::statistics::median;

/// The median of some times and how far they spread, in ms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    /// Of at least one duration.
    pub fn of(durations: impl Iterator<Item = Duration>) -> Self {
        let mut times: Vec<f64> = durations.map(|time| time.as_secs_f64() * 1e3).collect();
        times.sort_by(f64::total_cmp);
        let (first, last) = (times.first(), times.last());
        Self {
            median: median(times.iter().copied()).unwrap_or(f64::NAN),
            min: first.copied().unwrap_or(f64::NAN),
            max: last.copied().unwrap_or(f64::NAN),
        }
    }
}

impl Spread {
    /// The median, in ms.
    pub fn median(&self) -> f64 {
        self.median
    }
}

/// A timed workload.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub step_ms: Spread,
    pub simulate_ms: Spread,
    pub gradient_ms: Spread,
    pub hidden_spikes: usize,
    pub loss: f64,
    /// How many spikes were slower than the slope floor.
    pub grazing_spikes: usize,
    pub gradient_norms: BTreeMap<&'static str, f64>,
    /// In megabytes; null where the system does not say.
    pub peak_memory_mb: Option<f64>,
    pub threads: usize,
    pub engine: String,
    pub method: String,
}

impl Report {
    /// For a terminal.
    pub fn table(&self, repeats: usize) -> String {
        let mut text = format!(
            "{} engine, {}, {} threads, {repeats} repeats\n\n{:<9} {:>10} {:>10} {:>10}  ms\n",
            self.engine, self.method, self.threads, "", "median", "min", "max"
        );
        let times = [
            ("step", self.step_ms),
            ("simulate", self.simulate_ms),
            ("gradient", self.gradient_ms),
        ];
        // Writing to a string cannot fail, here and below.
        for (name, Spread { median, min, max }) in times {
            let _ = writeln!(text, "{name:<9} {median:>10.3} {min:>10.3} {max:>10.3}");
        }
        let _ = writeln!(text, "\nhidden spikes  {}", self.hidden_spikes);
        let _ = writeln!(text, "loss           {:.12}", self.loss);
        for (name, norm) in &self.gradient_norms {
            let _ = writeln!(text, "|dL/d{name:<3}|      {norm:.12e}");
        }
        if let Some(peak) = self.peak_memory_mb {
            let _ = writeln!(text, "peak memory    {peak:.1} MB");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_the_mean_of_the_middle() {
        let spread = |times: &[u64]| Spread::of(times.iter().map(|&ms| Duration::from_millis(ms)));
        let close = |x: f64, y: f64| (x - y).abs() < 1e-9;
        assert!(close(spread(&[4, 1, 3, 2]).median, 2.5));
        assert!(close(spread(&[9, 1, 3]).median, 3.0));
        assert!(close(spread(&[9, 1, 3]).min, 1.0));
        assert!(close(spread(&[9, 1, 3]).max, 9.0));
    }
}
