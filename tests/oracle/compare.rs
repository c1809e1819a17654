//! The library's spikes against the oracle's: counts strict, times to 1e-12, and what rounding excuses.

use std::cell::OnceCell;

use crate::dd::Dd;
use crate::exact::{Run, simulate};
use crate::net::Net;
use crate::real::Real;
use crate::rule::{Flip, Rules};
use crate::ways::Trains;

/// Spike times, relative to the time or to 1 ms, whichever is more.
pub const TIMES: f64 = 1e-12;

/// How many near ties are turned over one by one.
const MOST_FLIPS: usize = 8;

/// A spike that one rounding of one value moves by a twentieth of the error is ill-conditioned: some dozens of
/// roundings lie between the values and the spike.
const ROUNDINGS: f64 = 20.0;

/// A network with what it should do.
pub struct Case<'a> {
    pub net: &'a Net,
    pub run: Run<Dd>,
    pub trains: Vec<Vec<Dd>>,
    rules: Rules,
    perturbed: OnceCell<Vec<Vec<Vec<Dd>>>>,
}

/// How an answer differs.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    Count {
        neuron: usize,
        right: usize,
        got: usize,
    },
    Time {
        neuron: usize,
        spike: usize,
        right: f64,
        got: f64,
    },
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// With the largest error of a time, relative.
    Agrees(f64),
    /// The oracle gives the same answer when one value is off by one rounding.
    Excused(Difference),
    Differs(Difference),
}

impl<'a> Case<'a> {
    pub fn new(net: &'a Net) -> Self {
        Self::with_rules(net, Rules::default())
    }

    pub fn with_rules(net: &'a Net, rules: Rules) -> Self {
        let run = simulate::<Dd>(net, None, rules);
        let trains = run.trains(net.neurons.len());
        Self {
            net,
            run,
            trains,
            rules,
            perturbed: OnceCell::new(),
        }
    }

    /// A case of any number of spikes.
    pub fn new_long(net: &'a Net) -> Self {
        let is_long = true;
        Self::with_rules(
            net,
            Rules {
                is_long,
                ..Rules::default()
            },
        )
    }

    /// Compares what one run of the library gave.
    pub fn compare(&self, found: &Trains) -> Verdict {
        match difference(&self.trains, found) {
            Ok(worst) => Verdict::Agrees(worst),
            Err(off) if self.is_excused(found, &off) => Verdict::Excused(off),
            Err(off) => Verdict::Differs(off),
        }
    }

    /// Spikes with one value off by one rounding, or one near tie resolved the other way.
    ///
    /// Where some spike and an arrival are at one time exactly, the order of events is fixed by rule: a rounding that
    /// breaks such a tie excuses nothing.
    fn perturbed(&self) -> &[Vec<Vec<Dd>>] {
        self.perturbed.get_or_init(|| {
            let mut runs = Vec::new();
            let mut keep = |run: Run<Dd>| {
                if run.exact_ties == self.run.exact_ties {
                    runs.push(run.trains(self.net.neurons.len()));
                }
            };
            for value in self.net.values() {
                for rounded in [f64::next_up, f64::next_down] {
                    let mut net = self.net.clone();
                    let place = net.value_mut(value);
                    // A delay of zero, a rest of zero: nothing was rounded.
                    if *place != 0.0 {
                        *place = rounded(*place);
                        keep(simulate(&net, None, self.rules));
                    }
                }
            }
            let each = (0..self.run.near_ties.min(MOST_FLIPS)).map(Flip::One);
            for flip in each.chain([Flip::All]) {
                keep(simulate(self.net, None, Rules { flip, ..self.rules }));
            }
            runs
        })
    }

    /// A perturbed oracle gives this answer; or times alone are off, by what roundings do to an ill-conditioned spike.
    fn is_excused(&self, found: &Trains, off: &Difference) -> bool {
        let close = |run: &Vec<Vec<Dd>>| {
            run.iter().zip(found).all(|(right, found)| {
                let same = right.len() == found.len();
                same && right.iter().zip(found).all(|(x, &y)| relative(x, y) < 1e-6)
            })
        };
        if self.perturbed().iter().any(close) && !close(&self.trains) {
            return true;
        }
        matches!(off, Difference::Time { .. })
            && close(&self.trains)
            && self.trains.iter().enumerate().all(|(neuron, train)| {
                train.iter().enumerate().all(|(spike, right)| {
                    let error = relative(right, found[neuron][spike]);
                    error <= TIMES || ROUNDINGS * self.movement(neuron, spike) >= error
                })
            })
    }

    /// How far one rounding moves a spike, relative to its time, as far as counts stay.
    fn movement(&self, neuron: usize, spike: usize) -> f64 {
        let right = self.trains[neuron][spike];
        let moved = self
            .perturbed()
            .iter()
            .filter_map(|run| run[neuron].get(spike));
        moved
            .map(|&time| (time - right).near().abs() / right.near().abs().max(1.0))
            .fold(0.0, f64::max)
    }
}

fn relative(right: &Dd, found: f64) -> f64 {
    let error = (*right - Dd::of(found)).near().abs() / right.near().abs().max(1.0);
    if error.is_nan() { f64::INFINITY } else { error }
}

/// The largest relative error of a spike time, or the first difference beyond the bar: counts before times.
pub fn difference(right: &[Vec<Dd>], found: &Trains) -> Result<f64, Difference> {
    for (neuron, (right, found)) in right.iter().zip(found).enumerate() {
        if right.len() != found.len() {
            return Err(Difference::Count {
                neuron,
                right: right.len(),
                got: found.len(),
            });
        }
    }
    let mut worst = 0.0_f64;
    for (neuron, (right, found)) in right.iter().zip(found).enumerate() {
        for (spike, (x, &y)) in right.iter().zip(found).enumerate() {
            let error = relative(x, y);
            if error > TIMES {
                return Err(Difference::Time {
                    neuron,
                    spike,
                    right: x.near(),
                    got: y,
                });
            }
            worst = worst.max(error);
        }
    }
    Ok(worst)
}
