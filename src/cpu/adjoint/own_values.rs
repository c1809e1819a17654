//! What a finished sweep says of neurons' own values; `cpu/own_values.rs` has the formulas.

use super::sweep::Sweep;
use crate::cpu::compiled::Compiled;
use crate::cpu::own_values::{Own, local};

/// Adds a sample's derivatives with respect to the time constants, rest and initial potentials of all neurons.
pub(super) fn add(compiled: &Compiled<'_>, sweep: &Sweep<'_>, gradient: &mut [f64]) {
    for (ix, local) in local(compiled, &sweep.replay).iter().enumerate() {
        let population = &compiled.populations[ix];
        let mut add = |neuron: usize, factor: f64, own: &Own| {
            for (place, value) in compiled.own_places(ix, neuron).zip(own) {
                gradient[place] += factor * value;
            }
        };
        let spikes = &sweep.replay.spikes[ix];
        for (spike, own) in local.spikes.iter().enumerate() {
            let neuron = spikes.units[spike] as usize - population.first_unit;
            let dynamics = &population.dynamics[neuron];
            let slope = dynamics.bounded_slope(spikes.slopes[spike], sweep.slope_floor);
            add(neuron, -sweep.ell[ix][spike] / slope, own);
        }
        let seen = [
            (sweep.readouts[ix].voltages, &local.voltages),
            (sweep.readouts[ix].maxima, &local.maxima),
            (sweep.readouts[ix].integrals, &local.integrals),
        ];
        for (cotangent, all) in seen {
            for (place, (&cotangent, own)) in cotangent.iter().zip(all).enumerate() {
                add(place % population.size, cotangent, own);
            }
        }
    }
}
