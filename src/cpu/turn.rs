//! A largest voltage at an arrival that turned V down.
//!
//! Where V is smooth at its maximum, the derivative of the maximum is that of V at a fixed time
//! (the envelope theorem). Where arrival k at t_k turned a rising V down, the maximum moves with it:
//!
//! ```text
//! d V(t_k) = dV just before, at fixed time  +  (dV/dt just before) dt_k
//! ```
//!
//! Of arrivals at the same time the first that leaves V falling is k; those before it, j, are met on the
//! way, and each changes dV at fixed time by `-w_j dt_j`.

use super::arrivals::{Arrival, gather_neuron};
use super::compiled::Compiled;
use super::replay::Replay;
use crate::event::Maximum;

/// Another engine's recording names an arrival's time as precisely as this, in durations of the run.
const NEAR: f64 = 5e-7;

/// What the time of an arrival is worth to a maximum.
pub(super) struct Turn {
    pub row: u32,
    pub origin: u32,
    /// d(largest V)/d(arrival time), beyond what V at fixed time says.
    pub worth: f64,
}

fn is_turned(maximum: &Maximum, end: f64) -> bool {
    maximum.slope > 0.0 && maximum.time < end
}

/// Puts every maximum that an arrival made at the very time of that arrival.
pub(super) fn settle(compiled: &Compiled<'_>, replay: &mut Replay<'_>) {
    let near = NEAR * compiled.problem.options.duration;
    let mut arrivals = Vec::new();
    for (ix, population) in compiled.populations.iter().enumerate() {
        let mut maxima = std::mem::take(&mut replay.maxima[ix]);
        for (neuron, maximum) in maxima.iter_mut().enumerate() {
            let time = maximum.time;
            if !is_turned(maximum, replay.end) {
                continue;
            }
            let (values, around) = (compiled.values(), (time - near, time + near));
            gather_neuron(population, neuron, values, &*replay, around, &mut arrivals);
            let distance = |arrival: &Arrival| (arrival.time - time).abs();
            let nearest = arrivals
                .iter()
                .min_by(|x, y| distance(x).total_cmp(&distance(y)));
            if let Some(arrival) = nearest {
                maximum.time = arrival.time;
            }
        }
        replay.maxima[ix] = maxima;
    }
}

/// The arrivals that the maximum of one readout moves with.
pub(super) fn turns(
    compiled: &Compiled<'_>,
    population_ix: usize,
    neuron: usize,
    replay: &Replay<'_>,
) -> Vec<Turn> {
    let maximum = replay.maxima[population_ix][neuron];
    let (time, mut slope) = (maximum.time, maximum.slope);
    let mut turns = Vec::new();
    if !is_turned(&maximum, replay.end) {
        return turns;
    }
    let population = &compiled.populations[population_ix];
    let (values, mut arrivals) = (compiled.values(), Vec::new());
    let moment = (time, time.next_up());
    gather_neuron(population, neuron, values, replay, moment, &mut arrivals);
    for arrival in arrivals {
        let weight = values[population.weight_of(arrival.row as usize, neuron)];
        let is_last = slope + weight <= 0.0;
        turns.push(Turn {
            row: arrival.row,
            origin: arrival.origin,
            worth: if is_last { slope } else { -weight },
        });
        if is_last {
            break;
        }
        slope += weight;
    }
    turns
}
