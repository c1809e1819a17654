//! Spikes that lie apart though every neuron fires as often.

use super::Bars;
use super::margin::{RESOLUTION, smallest_change};
use crate::event::Recording;
use crate::problem::Problem;
use crate::{Engine, Result};

/// How far the spikes of a sample lie apart at most, in ms, and the smallest relative change after which the reference
/// has none more than the [bar](Bars::SINGLE) from the other's but those of neurons that then fire another number of times;
/// each of them may take a change of its own. `None` where no spike is beyond the bar, and where one stays there
/// whatever is changed below the resolution of single precision.
///
/// An arrival that one engine has before a crossing and the other after it moves a spike by any amount and keeps their number.
/// That the reference fires otherwise after a change is not enough: it must fire as the other does, so that a mistake
/// in such a sample is told.
pub(super) fn margin_apart(
    engine: &dyn Engine,
    problem: &Problem<'_>,
    reference: &Recording,
    other: &Recording,
    sample: usize,
) -> Result<Option<(f64, f64)>> {
    let n_neurons = problem.network.n_neurons();
    let bar = Bars::SINGLE.time_tail * problem.options.duration;
    let x = trains(reference, sample, n_neurons);
    let y = trains(other, sample, n_neurons);
    let mut beyond = Vec::new();
    let mut largest = 0.0_f64;
    for (neuron, (x, y)) in x.iter().zip(&y).enumerate() {
        for (number, (x, y)) in x.iter().zip(y).enumerate() {
            let apart = (x - y).abs();
            largest = largest.max(apart);
            if apart > bar {
                beyond.push((neuron, number));
            }
        }
    }
    if beyond.is_empty() {
        return Ok(None);
    }
    let found = smallest_change(engine, problem, sample, RESOLUTION, |found| {
        let found = trains(found, 0, n_neurons);
        beyond.retain(|&(neuron, number)| {
            let is_as_often = found[neuron].len() == x[neuron].len();
            is_as_often && (found[neuron][number] - y[neuron][number]).abs() > bar
        });
        beyond.is_empty()
    })?;
    Ok(found.map(|change| (largest, change)))
}

/// When each neuron fires in a sample, in ms.
fn trains(recording: &Recording, sample: usize, n_neurons: usize) -> Vec<Vec<f64>> {
    let mut trains = vec![Vec::new(); n_neurons];
    for spike in recording.sample(sample) {
        trains[spike.unit].push(spike.time);
    }
    trains
}
