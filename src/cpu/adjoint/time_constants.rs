//! What a finished sweep says of time constants; `cpu/time_constants.rs` has the formulas.

use super::sweep::Sweep;
use crate::cpu::compiled::Compiled;
use crate::cpu::time_constants::{Pair, local};

/// Adds a sample's dL/d(tau_membrane) of every neuron, then dL/d(tau_synapse).
pub(super) fn add(compiled: &Compiled<'_>, sweep: &Sweep<'_>, gradient: &mut [f64]) {
    let (by_membrane, by_synapse) = gradient.split_at_mut(gradient.len() / 2);
    let mut add = |unit: usize, factor: f64, pair: &Pair| {
        by_membrane[unit] += factor * pair[0];
        by_synapse[unit] += factor * pair[1];
    };
    for (ix, local) in local(compiled, &sweep.replay).iter().enumerate() {
        let population = &compiled.populations[ix];
        let spikes = &sweep.replay.spikes[ix];
        for (spike, pair) in local.spikes.iter().enumerate() {
            let unit = spikes.units[spike] as usize;
            let dynamics = &population.dynamics[unit - population.first_unit];
            let slope = dynamics.bounded_slope(spikes.slopes[spike], sweep.slope_floor);
            add(unit, -sweep.ell[ix][spike] / slope, pair);
        }
        let seen = [
            (sweep.readouts[ix].voltages, &local.voltages),
            (sweep.readouts[ix].maxima, &local.maxima),
            (sweep.readouts[ix].integrals, &local.integrals),
        ];
        for (cotangent, pairs) in seen {
            for (place, (&cotangent, pair)) in cotangent.iter().zip(pairs).enumerate() {
                add(
                    population.first_unit + place % population.size,
                    cotangent,
                    pair,
                );
            }
        }
    }
}
