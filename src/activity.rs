//! What populations do: rates, irregularity, synchrony, in bounded memory.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Neurons with fewer intervals say nothing of their irregularity.
const LEAST_INTERVALS: u32 = 3;

/// The bin in which synchrony is counted, in ms (Potjans and Diesmann 2014).
pub const SYNCHRONY_BIN: f64 = 3.0;

/// Into at most how many bins the rates over time are divided, about.
const RATE_BINS: f64 = 150.0;

/// The statistics of one population.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PopulationActivity {
    /// How many neurons it has.
    pub neurons: u64,
    /// How many spikes they fired.
    pub spikes: u64,
    /// Spikes per second and neuron.
    pub rate: f64,
    /// The share of neurons that never fired.
    pub silent: f64,
    /// Irregularity: the coefficient of variation of a neuron's intervals, mean over the neurons with three intervals or
    /// more; 1 for a Poisson process, 0 for a clock. `None` where there are no such neurons.
    pub irregularity: Option<f64>,
    /// Synchrony: the variance of the population's spike count in bins of [`SYNCHRONY_BIN`] over its mean; 1 for
    /// independent Poisson processes. `None` without spikes.
    pub synchrony: Option<f64>,
}

/// Rates of populations over time.
#[derive(Debug, Clone, PartialEq)]
pub struct RatesOverTime {
    /// How long a bin is, in ms: 1, 2 or 5 times a power of ten. The first one begins with the time asked for, the last one
    /// ends with it.
    pub bin: f64,
    /// For each population the rate in each bin, in spikes per second and neuron.
    pub rates: Vec<Vec<f64>>,
}

/// A neuron's past.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Past {
    last: f64,
    spikes: u32,
    /// Sums of its intervals and of their squares.
    intervals: f64,
    squares: f64,
}

/// A population's past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Counted {
    neurons: Range<u32>,
    /// The bin that is being counted, and its spikes.
    bin: u64,
    in_bin: f64,
    sum: f64,
    squares: f64,
    over_time: Vec<u32>,
}

/// Counts spikes as they come: 32 bytes a neuron, whatever the number of spikes. Written and read with serde it goes on where it
/// was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    time: Range<f64>,
    /// How long a bin of the rates is, in ms.
    bin: f64,
    pasts: Vec<Past>,
    populations: Vec<Counted>,
}

impl Activity {
    /// Of populations of neurons (counted through the network, one population after the other), between two times in ms.
    ///
    /// # Errors
    /// A time that is empty or not finite.
    pub fn new(
        populations: impl IntoIterator<Item = Range<u32>>,
        time: Range<f64>,
    ) -> Result<Self> {
        if !(time.start.is_finite() && time.end.is_finite() && time.start < time.end) {
            return Err(Error::invalid(
                "time of statistics",
                format!("{} to {} ms", time.start, time.end),
                "give an end after the start",
            ));
        }
        let bin = round_above((time.end - time.start) / RATE_BINS);
        // What rounding adds to a whole number of bins is none.
        let bins = ((time.end - time.start) / bin - 1e-9).ceil() as usize;
        let populations: Vec<Counted> = populations
            .into_iter()
            .map(|neurons| Counted {
                neurons,
                bin: 0,
                in_bin: 0.0,
                sum: 0.0,
                squares: 0.0,
                over_time: vec![0; bins],
            })
            .collect();
        let neurons = populations.last().map_or(0, |p| p.neurons.end as usize);
        Ok(Self {
            time,
            bin,
            pasts: vec![Past::default(); neurons],
            populations,
        })
    }

    /// Notes a spike at `time` ms; spikes come in order of time. Those outside the time asked for are ignored.
    pub fn note(&mut self, time: f64, neuron: u32) {
        if time < self.time.start || time > self.time.end {
            return;
        }
        let past = &mut self.pasts[neuron as usize];
        if past.spikes > 0 {
            let interval = time - past.last;
            past.intervals += interval;
            past.squares += interval * interval;
        }
        past.spikes += 1;
        past.last = time;
        let since = time - self.time.start;
        let ix = self
            .populations
            .partition_point(|p| p.neurons.end <= neuron);
        let population = &mut self.populations[ix];
        population.go_on_to((since / SYNCHRONY_BIN) as u64);
        population.in_bin += 1.0;
        let last = population.over_time.len() - 1;
        population.over_time[((since / self.bin) as usize).min(last)] += 1;
    }

    /// The statistics of each population.
    pub fn summary(&self) -> Vec<PopulationActivity> {
        let duration = self.time.end - self.time.start;
        let bins = (duration / SYNCHRONY_BIN) as u64;
        let of = |population: &Counted| {
            let range = population.neurons.start as usize..population.neurons.end as usize;
            let pasts = &self.pasts[range];
            let spikes: u64 = pasts.iter().map(|past| u64::from(past.spikes)).sum();
            let neurons = pasts.len() as f64;
            let silent = pasts.iter().filter(|past| past.spikes == 0).count();
            let irregular = pasts.iter().filter_map(Past::irregularity);
            let (n, sum) = irregular.fold((0.0, 0.0), |(n, sum), cv| (n + 1.0, sum + cv));
            let mut counted = population.clone();
            // The last bin counts where it is whole.
            counted.go_on_to(bins.max(counted.bin));
            let mean = counted.sum / bins as f64;
            let variance = counted.squares / bins as f64 - mean * mean;
            PopulationActivity {
                neurons: pasts.len() as u64,
                spikes,
                rate: spikes as f64 / neurons / duration * 1e3,
                silent: silent as f64 / neurons,
                irregularity: (n > 0.0).then(|| sum / n),
                synchrony: (mean > 0.0).then(|| variance / mean),
            }
        };
        self.populations.iter().map(of).collect()
    }

    /// The rates of each population over time.
    pub fn rates(&self) -> RatesOverTime {
        let duration = self.time.end - self.time.start;
        let of = |population: &Counted| {
            let neurons = population.neurons.len() as f64;
            let counts = population.over_time.iter().enumerate();
            let rate = |(ix, &count): (usize, &u32)| {
                let width = self.bin.min(duration - ix as f64 * self.bin);
                f64::from(count) / neurons / width * 1e3
            };
            counts.map(rate).collect()
        };
        RatesOverTime {
            bin: self.bin,
            rates: self.populations.iter().map(of).collect(),
        }
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is no smaller than `value`.
fn round_above(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let factors = [1.0, 2.0, 5.0].into_iter();
    let mut large_enough = factors.filter(|factor| factor * power >= value * (1.0 - 1e-9));
    large_enough.next().unwrap_or(10.0) * power
}

impl Counted {
    /// Closes the bins before `bin`.
    fn go_on_to(&mut self, bin: u64) {
        if bin > self.bin {
            self.sum += self.in_bin;
            self.squares += self.in_bin * self.in_bin;
            (self.bin, self.in_bin) = (bin, 0.0);
        }
    }
}

impl Past {
    fn irregularity(&self) -> Option<f64> {
        let intervals = self.spikes.saturating_sub(1);
        if intervals < LEAST_INTERVALS {
            return None;
        }
        let n = f64::from(intervals);
        let mean = self.intervals / n;
        let variance = (self.squares / n - mean * mean).max(0.0);
        Some(variance.sqrt() / mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn a_clock_and_a_crowd() {
        let mut activity = Activity::new([0..10, 10..30], 100.0..1100.0).expect("a good time");
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let mut spikes: Vec<(f64, u32)> = Vec::new();
        for k in 0..100 {
            spikes.extend((0..10).map(|neuron| (f64::from(k) * 20.0, neuron)));
        }
        for neuron in 10..29 {
            spikes.extend((0..80).map(|_| (rng.random_range(0.0..2000.0), neuron)));
        }
        spikes.sort_by(|a, b| a.0.total_cmp(&b.0));
        for &(time, neuron) in &spikes {
            activity.note(time, neuron);
        }
        let [clock, crowd] = activity.summary()[..] else {
            panic!("two populations");
        };
        assert_eq!(clock.spikes, 10 * 51);
        assert!((clock.rate - 51.0).abs() < 1e-9 && clock.silent == 0.0);
        assert!(clock.irregularity.expect("enough spikes") < 1e-6);
        // Ten at once in 51 of 333 bins: the variance over the mean is 10 (1 - 51/333).
        let synchrony = clock.synchrony.expect("it fires");
        assert!((synchrony - 8.47).abs() < 0.1, "{synchrony}");
        assert!((crowd.rate - 38.0).abs() < 3.0 && (crowd.silent - 0.05).abs() < 1e-12);
        let irregularity = crowd.irregularity.expect("enough spikes");
        assert!((irregularity - 0.97).abs() < 0.1, "{irregularity}");
        let synchrony = crowd.synchrony.expect("it fires");
        assert!((synchrony - 1.0).abs() < 0.2, "{synchrony}");
        let over_time = activity.rates();
        let rates = &over_time.rates;
        assert_eq!((over_time.bin, rates.len(), rates[1].len()), (10.0, 2, 100));
        let mean = rates[1].iter().sum::<f64>() / rates[1].len() as f64;
        assert!((mean - crowd.rate).abs() < 1e-9, "{mean}");
    }

    #[test]
    fn bins_are_round_and_the_last_one_may_be_shorter() {
        let widths = [270.0, 150.0, 1500.0, 1501.0, 0.3].map(|ms| round_above(ms / RATE_BINS));
        let expected = [2.0, 1.0, 10.0, 20.0, 0.002];
        for (width, expected) in widths.iter().zip(expected) {
            assert!((width / expected - 1.0).abs() < 1e-9, "{widths:?}");
        }
        let mut activity = Activity::new([0..1, 1..2], 0.0..301.0).expect("a good time");
        for time in [0.5, 300.5, 301.0] {
            activity.note(time, 0);
        }
        let rates = &activity.rates().rates[0];
        // 60 bins of 5 ms and one of 1 ms.
        assert_eq!((rates.len(), rates[0], rates[60]), (61, 200.0, 2000.0));
    }

    #[test]
    fn silence_has_no_irregularity() {
        let activity = Activity::new([0..1, 1..3], 0.0..10.0).expect("a good time");
        let silent = activity.summary()[1];
        assert_eq!((silent.rate, silent.silent), (0.0, 1.0));
        assert_eq!((silent.irregularity, silent.synchrony), (None, None));
        assert!(Activity::new([0..1, 1..3], 5.0..5.0).is_err());
    }
}
