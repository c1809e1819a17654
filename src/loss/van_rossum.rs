//! The distance between spike trains of van Rossum.

use ndarray::Array2;

use super::check::{positive, spiking};
use super::targets::{SpikeTargets, fired};
use super::{Loss, LossValue};
use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::{Cotangent, Result};

/// The van Rossum distance of a population's spike trains from target trains.
///
/// With f and g the two trains of a neuron, each spike a kernel exp(-t / tau) from its time on, the
/// mean over the batch of the sum over neurons of
///
/// ```text
/// (1/tau) integral of (f - g)^2 dt        from 0 to infinity
/// ```
///
/// (van Rossum 2001, *A novel spike distance*, Neural Computation 13: 751-763): 1/2 for a spike without
/// partner, whatever the time. It is computed in closed form, without a grid. Let h = f - g just after one of
/// the spikes of both trains in order, and d the time to the next: the integral over that stretch is
/// `tau/2 h^2 (1 - exp(-2 d / tau))`. For spike j of f,
///
/// ```text
/// d(distance)/dt_j = (later - earlier) / tau
/// ```
///
/// where `earlier` and `later` are the sums of `+-exp(-|t_j - t_i| / tau)` over the spikes before
/// and after it, plus for those of f and minus for those of g; both follow from spike to spike. Spikes at one
/// time are a kink of the distance (its minimum, where one is a target), at which they do not move one another.
///
/// The predicted class is the label whose targets are nearest.
#[derive(Debug, Clone, PartialEq)]
pub struct VanRossumDistance {
    population: PopulationId,
    targets: SpikeTargets,
    tau: f64,
}

impl VanRossumDistance {
    /// The distance of the spikes of `population` from targets, with the kernel's `tau` in ms.
    ///
    /// # Errors
    /// A tau that is not finite or not above zero.
    pub fn new(population: PopulationId, targets: SpikeTargets, tau: f64) -> Result<Self> {
        Ok(Self {
            population,
            targets,
            tau: positive("tau of the van Rossum distance, in ms,", tau)?,
        })
    }
}

impl VanRossumDistance {
    /// For each neuron its spikes, by their places in the recording, and its targets, in order of time.
    fn merged(
        recording: &Recording,
        spikes: &[Vec<usize>],
        targets: &[Vec<f64>],
    ) -> Vec<Vec<Mark>> {
        let trains = spikes.iter().zip(targets);
        let merge =
            |(spikes, targets): (&Vec<usize>, &Vec<f64>)| merge(recording.times(), spikes, targets);
        trains.map(merge).collect()
    }

    fn distance(&self, recording: &Recording, spikes: &[Vec<usize>], targets: &[Vec<f64>]) -> f64 {
        let trains = Self::merged(recording, spikes, targets);
        trains.iter().map(|train| distance(train, self.tau)).sum()
    }
}

impl Loss for VanRossumDistance {
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let population = self
            .targets
            .check(network, self.population, recording, labels)?;
        let share = 1.0 / labels.len() as f64;
        let mut value = LossValue {
            mean: 0.0,
            cotangent: Cotangent::zeros(recording),
            predictions: Vec::with_capacity(labels.len()),
        };
        for (sample, &label) in labels.iter().enumerate() {
            let spikes = fired(recording, sample, population.units());
            for train in Self::merged(recording, &spikes, self.targets.of(label)) {
                value.mean += share * distance(&train, self.tau);
                derivatives(&train, self.tau, |ix, slope| {
                    value.cotangent.spike_times[ix] = share * slope;
                });
            }
            let distance = |targets: &[Vec<f64>]| self.distance(recording, &spikes, targets);
            value.predictions.push(self.targets.nearest(distance));
        }
        Ok(value)
    }

    /// Minus the distance from the targets of each class.
    fn scores(&self, network: &Network, recording: &Recording) -> Result<Option<Array2<f64>>> {
        let units = spiking(network, self.population)?.units();
        let scores = self
            .targets
            .scores(recording.n_samples(), |sample, targets| {
                let spikes = fired(recording, sample, units.clone());
                self.distance(recording, &spikes, targets)
            });
        Ok(Some(scores))
    }

    fn looks_at(&self, _: &Network) -> Vec<PopulationId> {
        vec![self.population]
    }
}

/// A spike of either train.
struct Mark {
    time: f64,
    /// The place in the recording; none for a target.
    spike: Option<usize>,
}

impl Mark {
    /// The jump of f - g.
    fn sign(&self) -> f64 {
        if self.spike.is_some() { 1.0 } else { -1.0 }
    }
}

/// Both trains in order of time.
fn merge(times: &[f64], spikes: &[usize], targets: &[f64]) -> Vec<Mark> {
    let fired = spikes.iter().map(|&ix| Mark {
        time: times[ix],
        spike: Some(ix),
    });
    let wanted = targets.iter().map(|&time| Mark { time, spike: None });
    let mut marks: Vec<Mark> = fired.chain(wanted).collect();
    marks.sort_by(|x, y| x.time.total_cmp(&y.time));
    marks
}

/// (1/tau) times the integral of (f - g)^2: a sum of terms none of which is negative.
fn distance(marks: &[Mark], tau: f64) -> f64 {
    let (mut sum, mut h) = (0.0, 0.0);
    for (ix, mark) in marks.iter().enumerate() {
        h += mark.sign();
        let decay = marks.get(ix + 1).map(|next| (mark.time - next.time) / tau);
        let gone = decay.map_or(1.0, |x| -(2.0 * x).exp_m1());
        sum += 0.5 * h * h * gone;
        h *= decay.map_or(0.0, f64::exp);
    }
    sum
}

/// Tells `take` of each spike's derivative: once through the marks forward for what is earlier, once back for what is later.
fn derivatives(marks: &[Mark], tau: f64, mut take: impl FnMut(usize, f64)) {
    let earlier = sums(marks.iter(), tau);
    let later = sums(marks.iter().rev(), tau);
    let pairs = earlier.into_iter().zip(later.into_iter().rev());
    for (mark, (earlier, later)) in marks.iter().zip(pairs) {
        if let Some(ix) = mark.spike {
            take(ix, (later - earlier) / tau);
        }
    }
}

/// For each mark: the sum over those before it in this direction, not counting those at its own time.
fn sums<'a>(marks: impl Iterator<Item = &'a Mark>, tau: f64) -> Vec<f64> {
    // What came before `time`, and what is at it.
    let (mut before, mut here, mut time) = (0.0, 0.0, 0.0);
    let mut sums = Vec::new();
    for mark in marks {
        if mark.time != time {
            before = (before + here) * (-(mark.time - time).abs() / tau).exp();
            (here, time) = (0.0, mark.time);
        }
        sums.push(before);
        here += mark.sign();
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, assert_cotangent, spiking};
    use super::*;

    fn case() -> Result<(Network, PopulationId, Recording)> {
        let spikes: [&[(u32, f64)]; 2] = [
            &[(0, 1.0), (1, 4.0), (2, 5.5), (1, 6.0), (1, 7.0)],
            &[(1, 2.0), (2, 2.5)],
        ];
        spiking(1, 2, &spikes, 20.0)
    }

    fn targets() -> Result<SpikeTargets> {
        SpikeTargets::new(vec![
            vec![vec![3.0, 7.5, 7.5], vec![5.0]],
            vec![vec![2.1], vec![]],
        ])
    }

    /// The definition as a double sum: 1/2 sum of q_i q_j exp(-|t_i - t_j| / tau).
    fn by_double_sum(spikes: &[f64], targets: &[f64], tau: f64) -> f64 {
        let signed = |times: &[f64], sign: f64| -> Vec<(f64, f64)> {
            times.iter().map(|&time| (time, sign)).collect()
        };
        let all = [signed(spikes, 1.0), signed(targets, -1.0)].concat();
        let terms = all.iter().flat_map(|(t, q)| {
            let with = all.iter();
            with.map(move |(u, p)| 0.5 * q * p * (-(t - u).abs() / tau).exp())
        });
        terms.sum()
    }

    #[test]
    fn value_is_the_double_sum() -> Result<()> {
        let (network, population, recording) = case()?;
        for tau in [0.1, 3.0, 100.0] {
            let loss = VanRossumDistance::new(population, targets()?, tau)?;
            let value = loss.evaluate(&network, &recording, &[0, 1])?;
            let expected = by_double_sum(&[4.0, 6.0, 7.0], &[3.0, 7.5, 7.5], tau)
                + by_double_sum(&[5.5], &[5.0], tau)
                + by_double_sum(&[2.0], &[2.1], tau)
                + by_double_sum(&[2.5], &[], tau);
            assert_close(value.mean, 0.5 * expected, 1e-13);
            let first = by_double_sum(&[4.0, 6.0, 7.0], &[3.0, 7.5, 7.5], tau)
                + by_double_sum(&[5.5], &[5.0], tau);
            let second =
                by_double_sum(&[4.0, 6.0, 7.0], &[2.1], tau) + by_double_sum(&[5.5], &[], tau);
            let nearest = usize::from(second < first);
            assert_eq!(value.predictions, [Some(nearest), Some(1)], "{tau}");
        }
        Ok(())
    }

    #[test]
    fn a_spike_without_partner_is_a_half_and_equal_trains_are_nothing() -> Result<()> {
        let (network, population, recording) = spiking(1, 1, &[&[(1, 3.0), (1, 9.0)]], 20.0)?;
        let at = |train: Vec<f64>| -> Result<LossValue> {
            let targets = SpikeTargets::new(vec![vec![train]])?;
            let loss = VanRossumDistance::new(population, targets, 2.0)?;
            loss.evaluate(&network, &recording, &[0])
        };
        let equal = at(vec![3.0, 9.0])?;
        assert_eq!(equal.mean, 0.0);
        assert_close(at(vec![3.0])?.mean, 0.5, 1e-15);
        // On its target a spike rests; the other is drawn by nothing.
        assert_eq!(equal.cotangent.spike_times, [0.0, 0.0]);
        Ok(())
    }

    #[test]
    fn cotangent_is_the_derivative() -> Result<()> {
        let (network, population, recording) = case()?;
        for tau in [0.5, 3.0, 30.0] {
            let loss = VanRossumDistance::new(population, targets()?, tau)?;
            let control = VanRossumDistance::new(population, targets()?, 1.01 * tau)?;
            assert_cotangent(&loss, &control, &network, &recording, &[0, 1])?;
        }
        Ok(())
    }

    #[test]
    fn long_trains_cost_no_precision() -> Result<()> {
        let spikes: Vec<(u32, f64)> = (0..2000).map(|k| (1, 10.0 * f64::from(k))).collect();
        let (network, population, recording) = spiking(1, 1, &[&spikes], 1e5)?;
        let train = spikes.iter().map(|(_, time)| time + 0.25).collect();
        let targets = SpikeTargets::new(vec![vec![train]])?;
        let loss = VanRossumDistance::new(population, targets, 1.0)?;
        let value = loss.evaluate(&network, &recording, &[0])?;
        // Far neighbours add less than exp(-9.75) each.
        let alone = 2000.0 * -(-0.25_f64).exp_m1();
        assert!((value.mean - alone).abs() < 2000.0 * 2.0 * (-9.75_f64).exp());
        Ok(())
    }

    #[test]
    fn misuse_is_an_error() -> Result<()> {
        let (_, population, _) = case()?;
        for tau in [0.0, -1.0, f64::NAN] {
            assert!(VanRossumDistance::new(population, targets()?, tau).is_err());
        }
        Ok(())
    }
}
