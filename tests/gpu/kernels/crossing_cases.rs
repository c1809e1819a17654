//! Intervals for first crossings: drawn at random, and drawn to be difficult.

use bytemuck::{Pod, Zeroable};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::dynamics::Flow;

/// An interval, as the shader is given it; potentials above the drive, times in ms.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub struct Interval {
    pub synapse_rate: f32,
    pub membrane_rate: f32,
    pub potential: f32,
    pub current: f32,
    pub threshold: f32,
    pub limit: f32,
    /// How much past the limit a crossing may be that still counts.
    pub resolution: f32,
}

impl Interval {
    pub fn flow(&self) -> Flow {
        Flow {
            synapse_rate: self.synapse_rate.into(),
            membrane_rate: self.membrane_rate.into(),
        }
    }

    /// The first crossing from below where the threshold is higher by `more` and all crossings up to `latest` count. Between
    /// its ends and its one extremum V is monotone, so that halving finds it; no solver under test has a part in this.
    pub fn crossing(&self, more: f64, latest: f64) -> Option<f64> {
        let threshold = f64::from(self.threshold) + more;
        let mut is_below = f64::from(self.potential) < threshold;
        if !is_below && self.slope() > 0.0 {
            return Some(0.0);
        }
        let turn = self.extremum().filter(|&turn| turn < latest);
        let mut start = 0.0;
        for end in turn.into_iter().chain([latest]) {
            let is_there = self.potential_at(end) >= threshold;
            if is_below && is_there {
                return Some(self.halved(threshold, start, end));
            }
            (is_below, start) = (!is_there, end);
        }
        None
    }

    fn halved(&self, threshold: f64, mut low: f64, mut high: f64) -> f64 {
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            match self.potential_at(middle) < threshold {
                true => low = middle,
                false => high = middle,
            }
        }
        high
    }

    /// Where dV/dt is zero after the start.
    pub fn extremum(&self) -> Option<f64> {
        let (flow, d) = (self.flow(), self.flow().rate_difference());
        let q = self.slope() / (flow.synapse_rate * f64::from(self.current));
        let is_there = q > 0.0 && q.is_finite() && d * q > -1.0;
        is_there.then(|| if d == 0.0 { q } else { (d * q).ln_1p() / d })
    }

    /// The potential after `time`.
    pub fn potential_at(&self, time: f64) -> f64 {
        let propagator = self.flow().propagator(time);
        f64::from(self.potential) * propagator.membrane + f64::from(self.current) * propagator.gain
    }

    /// dV/dt at its start.
    pub fn slope(&self) -> f64 {
        f64::from(self.current) - f64::from(self.membrane_rate) * f64::from(self.potential)
    }
}

/// `value` moved by `n` of its units in the last place.
fn moved(value: f32, n: i32) -> f32 {
    f32::from_bits(value.to_bits().wrapping_add_signed(n))
}

/// A kind of interval.
pub struct Kind {
    pub name: &'static str,
    pub draw: fn(&mut ChaCha8Rng) -> Interval,
    /// The share of which the answer may be below the resolution of f32.
    pub unresolved: f64,
}

/// The kinds: where nothing was placed at the edge of an answer, hardly any may be unresolved.
pub const KINDS: [Kind; 12] = [
    Kind {
        name: "any",
        draw: any,
        unresolved: 0.001,
    },
    Kind {
        name: "equal or nearly equal time constants",
        draw: nearly_equal,
        unresolved: 0.001,
    },
    Kind {
        name: "peaks that touch the threshold",
        draw: tangent,
        unresolved: 0.2,
    },
    Kind {
        name: "negative current, threshold below the drive",
        draw: inhibited,
        unresolved: 0.001,
    },
    Kind {
        name: "crossings at the end",
        draw: at_end,
        unresolved: 0.25,
    },
    Kind {
        name: "starts at the threshold",
        draw: at_threshold,
        unresolved: 0.02,
    },
    Kind {
        name: "starts level",
        draw: level,
        unresolved: 0.25,
    },
    Kind {
        name: "short intervals",
        draw: short,
        unresolved: 0.1,
    },
    Kind {
        name: "strong currents",
        draw: strong,
        unresolved: 0.001,
    },
    Kind {
        name: "a driven neuron over many time constants",
        draw: driven,
        unresolved: 0.02,
    },
    Kind {
        name: "falls from its threshold",
        draw: falling,
        unresolved: 0.05,
    },
    Kind {
        name: "crossings just after an arrival",
        draw: after_the_end,
        unresolved: 0.05,
    },
];

/// `n` intervals of a kind, the same ones each time.
pub fn drawn(kind: &Kind, n: usize) -> Vec<Interval> {
    let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
    (0..n).map(|_| (kind.draw)(&mut rng)).collect()
}

/// Between `low` and `high`, each decade as often.
fn scaled(rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    rng.random_range(low.ln()..high.ln()).exp()
}

fn any(rng: &mut ChaCha8Rng) -> Interval {
    let taus = [scaled(rng, 0.5, 60.0), scaled(rng, 0.5, 60.0)];
    let shorter = taus[0].min(taus[1]);
    Interval {
        synapse_rate: (1.0 / taus[0]) as f32,
        membrane_rate: (1.0 / taus[1]) as f32,
        potential: rng.random_range(-1.5..0.99),
        // A current of 1/tau moves the potential by about one.
        current: (rng.random_range(-2.0..6.0) / shorter) as f32,
        threshold: 1.0,
        // Windows are no longer than that.
        limit: (32.0 * shorter * scaled(rng, 1e-4, 1.0)) as f32,
        resolution: 0.0,
    }
}

fn nearly_equal(rng: &mut ChaCha8Rng) -> Interval {
    let interval = any(rng);
    let apart = match rng.random_range(0..3) {
        0 => 0.0,
        1 => f32::EPSILON * rng.random_range(-8.0..8.0f32).round(),
        _ => scaled(rng, 1e-6, 0.1) as f32,
    };
    Interval {
        synapse_rate: interval.membrane_rate * (1.0 + apart),
        current: interval.membrane_rate * rng.random_range(-1.0..6.0),
        ..interval
    }
}

/// The threshold at the peak, or up to some units in the last place beside it.
fn tangent(rng: &mut ChaCha8Rng) -> Interval {
    loop {
        let interval = match rng.random_bool(0.5) {
            true => any(rng),
            false => nearly_equal(rng),
        };
        let (flow, d) = (interval.flow(), interval.flow().rate_difference());
        let q = interval.slope() / (flow.synapse_rate * f64::from(interval.current));
        let peak = if d == 0.0 { q } else { (d * q).ln_1p() / d };
        // NaN where there is none; a threshold of nearly zero has units in the last place beyond all others.
        let top = interval.potential_at(peak) as f32;
        let is_peak = interval.current > 0.0 && interval.slope() > 0.0 && top.abs() > 1e-3;
        if is_peak && peak * flow.fastest_rate() < 8.0 {
            return Interval {
                threshold: moved(top, rng.random_range(-300..=300)),
                limit: (peak * rng.random_range(1.0..4.0)) as f32,
                ..interval
            };
        }
    }
}

fn inhibited(rng: &mut ChaCha8Rng) -> Interval {
    let interval = any(rng);
    let threshold = rng.random_range(-1.0..-0.1f32);
    Interval {
        threshold,
        potential: threshold - rng.random_range(0.0..1.0f32),
        current: match rng.random_bool(0.2) {
            true => 0.0,
            false => -interval.current.abs() * 0.3,
        },
        ..interval
    }
}

/// The end at the crossing, or up to some units in the last place beside it.
fn at_end(rng: &mut ChaCha8Rng) -> Interval {
    loop {
        let interval = any(rng);
        if let Some(crossing) = interval.crossing(0.0, interval.limit.into()) {
            let limit = moved(crossing as f32, rng.random_range(-400..=400));
            return Interval { limit, ..interval };
        }
    }
}

fn at_threshold(rng: &mut ChaCha8Rng) -> Interval {
    let interval = any(rng);
    Interval {
        potential: moved(interval.threshold, rng.random_range(-100..=100)),
        ..interval
    }
}

/// The slope at the start is zero or a few roundings.
fn level(rng: &mut ChaCha8Rng) -> Interval {
    let interval = any(rng);
    let potential = rng.random_range(0.5..1.5f32);
    Interval {
        potential,
        current: moved(
            interval.membrane_rate * potential,
            rng.random_range(-100..=100),
        ),
        ..interval
    }
}

fn short(rng: &mut ChaCha8Rng) -> Interval {
    let interval = any(rng);
    let below = scaled(rng, 1e-7, 1e-2) as f32;
    Interval {
        potential: interval.threshold - below,
        limit: match rng.random_bool(0.05) {
            true => 0.0,
            false => scaled(rng, 1e-6, 1e-1) as f32,
        },
        ..interval
    }
}

fn strong(rng: &mut ChaCha8Rng) -> Interval {
    let interval = any(rng);
    Interval {
        current: interval.current * scaled(rng, 10.0, 1e4) as f32,
        ..interval
    }
}

/// V rises to rest, or beyond; one of the time constants may be far longer than the interval.
fn driven(rng: &mut ChaCha8Rng) -> Interval {
    let shorter = scaled(rng, 0.5, 10.0);
    let longer = shorter * scaled(rng, 1.0, 1e3);
    let [synapse, membrane] = match rng.random_bool(0.5) {
        true => [shorter, longer],
        false => [longer, shorter],
    };
    let potential = -rng.random_range(0.5..2.0f32);
    Interval {
        synapse_rate: (1.0 / synapse) as f32,
        membrane_rate: (1.0 / membrane) as f32,
        potential,
        current: match rng.random_bool(0.5) {
            true => 0.0,
            false => (rng.random_range(-1.0..1.0) / longer) as f32,
        },
        threshold: potential * scaled(rng, 1e-4, 0.999) as f32,
        limit: (32.0 * shorter) as f32,
        resolution: 0.0,
    }
}

/// At the threshold or some units in the last place above it, inhibited; it may come back.
fn falling(rng: &mut ChaCha8Rng) -> Interval {
    let interval = any(rng);
    let threshold = -rng.random_range(0.1..2.0f32);
    let potential = moved(threshold, -rng.random_range(0..=50));
    let fall = scaled(rng, 1e-3, 10.0) as f32;
    Interval {
        threshold,
        potential,
        current: interval.membrane_rate * potential * (1.0 + fall),
        ..interval
    }
}

/// The crossing some parts in ten thousand before or after the end, where one part of these still counts.
fn after_the_end(rng: &mut ChaCha8Rng) -> Interval {
    loop {
        let interval = any(rng);
        let latest = f64::from(interval.limit);
        if let Some(crossing) = interval
            .crossing(0.0, latest)
            .filter(|&at| at > 0.1 * latest)
        {
            let limit = (crossing * (1.0 + rng.random_range(-2e-3..1e-3))) as f32;
            return Interval {
                limit,
                resolution: 1e-3 * limit,
                ..interval
            };
        }
    }
}
