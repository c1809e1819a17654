//! What a spike and a release do to the adjoint of their neuron.

use crate::cpu::replay::OwnKind;
use crate::dynamics::{NeuronDynamics, SpikeJump, release_derivative};

/// Takes the adjoint of the potential backward through an event of its neuron.
///
/// `ell` is dL/d(spike time) of the event's spike. Returns the potential's adjoint
/// before the event and what the event adds to dL/dthreshold.
#[inline]
pub(super) fn back_through(
    dynamics: &NeuronDynamics,
    kind: OwnKind,
    (slope, release_slope): (f64, f64),
    ell: &mut f64,
    potential: f64,
) -> (f64, f64) {
    match kind {
        OwnKind::Release => {
            *ell += release_derivative(release_slope) * potential;
            (0.0, 0.0)
        }
        OwnKind::Spike => {
            let rate = dynamics.flow.membrane_rate;
            SpikeJump::new(dynamics.reset, rate, slope, release_slope).transposed(potential, ell)
        }
    }
}
