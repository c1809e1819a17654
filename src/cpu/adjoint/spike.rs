//! What a spike and a release do to the adjoint of their neuron.

use crate::cpu::replay::OwnKind;
use crate::cpu::sample::SpikeColumns;
use crate::dynamics::{NeuronDynamics, SpikeJump, release_derivative};

/// Takes the adjoint of the potential backward through an event of its neuron.
///
/// The event is a spike of its population's `spikes`, or the release after it; `ell` is dL/d(spike time). Returns the
/// potential's adjoint before the event and what the event adds to dL/dthreshold.
#[inline]
pub(super) fn back_through(
    dynamics: &NeuronDynamics,
    kind: OwnKind,
    (spikes, spike): (&SpikeColumns, usize),
    slope_floor: f64,
    ell: &mut f64,
    potential: f64,
) -> (f64, f64) {
    let release_slope = spikes.release_slopes[spike];
    match kind {
        OwnKind::Release => {
            *ell += release_derivative(release_slope) * potential;
            (0.0, 0.0)
        }
        OwnKind::Spike => {
            let slope = dynamics.bounded_slope(spikes.slopes[spike], slope_floor);
            let at_once = dynamics.immediate_reset().map(|_| release_slope);
            let rate = dynamics.flow.membrane_rate;
            SpikeJump::new(dynamics.reset, rate, slope, at_once).transposed(potential, ell)
        }
    }
}
