//! What a loss's cotangent should be, from its values alone.

use super::Loss;
use crate::event::Recording;
use crate::network::Network;
use crate::{Cotangent, Result};

/// The derivative of a loss with respect to everything recorded, by central differences of its value.
///
/// For tests of a loss of one's own: its [`Cotangent`] must agree wherever the loss is smooth. One
/// of the recorded times, integrals, voltages and maxima at a time is moved by `step`
/// (in ms, or in the unit of V) to either side. 1e-5 leaves an error of about 1e-10 where the loss changes
/// over some ms.
///
/// # Errors
/// Whatever the loss refuses.
pub fn central_differences(
    loss: &dyn Loss,
    network: &Network,
    recording: &Recording,
    labels: &[usize],
    step: f64,
) -> Result<Cotangent> {
    let mut cotangent = Cotangent::zeros(recording);
    let mut moved = recording.clone();
    for (ix, derivative) in cotangent.entries_mut().enumerate() {
        let mut at = |shift: f64| {
            let entry = |moved: &mut Recording, value: Option<f64>| {
                let mut entries = entries_mut(moved);
                let entry = entries
                    .nth(ix)
                    .expect("a cotangent is of the recording's size");
                let old = *entry;
                *entry = value.unwrap_or(old + shift);
                old
            };
            let old = entry(&mut moved, None);
            let value = loss.evaluate(network, &moved, labels);
            entry(&mut moved, Some(old));
            value.map(|value| value.mean)
        };
        *derivative = (at(step)? - at(-step)?) / (2.0 * step);
    }
    Ok(cotangent)
}

/// Everything that a loss may look at, in the order of [`Cotangent::entries`].
fn entries_mut(recording: &mut Recording) -> impl Iterator<Item = &mut f64> {
    let readouts = recording.readouts.iter_mut().flat_map(|readout| {
        let maxima = readout.maxima.iter_mut().map(|m| &mut m.voltage);
        let seen = readout.integrals.iter_mut().chain(&mut readout.voltages);
        seen.chain(maxima)
    });
    recording.times.iter_mut().chain(readouts)
}
