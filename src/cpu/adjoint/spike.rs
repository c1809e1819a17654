//! What a spike and a release do to the adjoint of their neuron.

use crate::cpu::replay::OwnKind;
use crate::dynamics::{NeuronDynamics, ResetRule};

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
    match (kind, dynamics.reset) {
        (OwnKind::Release, _) => {
            *ell -= release_slope * potential;
            (0.0, 0.0)
        }
        (OwnKind::Spike, ResetRule::Subtract { amount }) => {
            *ell -= dynamics.flow.membrane_rate * amount * potential;
            let kick = *ell / slope;
            (potential - kick, kick - potential)
        }
        (OwnKind::Spike, ResetRule::To { refractory, .. }) => {
            if refractory == 0.0 {
                *ell -= release_slope * potential;
            }
            let kick = *ell / slope;
            (-kick, kick)
        }
    }
}
