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

use super::arrivals::gather_neuron;
use super::compiled::Compiled;
use super::replay::Replay;

/// What the time of an arrival is worth to a maximum.
pub(super) struct Turn {
    pub row: u32,
    pub origin: u32,
    /// d(largest V)/d(arrival time), beyond what V at fixed time says.
    pub worth: f64,
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
    if slope <= 0.0 || time >= replay.end {
        return turns;
    }
    let population = &compiled.populations[population_ix];
    let (values, mut arrivals) = (compiled.values(), Vec::new());
    let moment = (time, time.next_up());
    gather_neuron(population, neuron, values, replay, moment, &mut arrivals);
    for arrival in arrivals {
        let weight = values[population.row_weight[arrival.row as usize] + neuron];
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
