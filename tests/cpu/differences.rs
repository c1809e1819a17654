//! Derivatives by central differences, where they can be trusted.

use spikefront::event::Recording;
use spikefront::{Cotangent, Engine, Problem, Result};

use crate::common::Drawn;

/// The loss whose gradient is asked for: linear in everything recorded.
fn loss(recording: &Recording, cotangent: &Cotangent) -> f64 {
    let readouts = recording.readouts().iter().flat_map(|readout| {
        let maxima = readout.maxima.iter().map(|maximum| maximum.voltage);
        let seen = readout.integrals.iter().chain(&readout.voltages).copied();
        seen.chain(maxima).collect::<Vec<f64>>()
    });
    let entries = recording.times().iter().copied().chain(readouts);
    entries.zip(cotangent.entries()).map(|(x, y)| x * y).sum()
}

/// dL/d(parameter number `place`) by steps of half of `step`; none where a step changes the order of the spikes of the recording, or where
/// two step sizes disagree: an event has moved past another, or a spike nearly grazes.
pub fn difference(
    engine: &dyn Engine,
    drawn: &Drawn,
    (recording, cotangent): (&Recording, &Cotangent),
    place: usize,
    step: f64,
) -> Result<Option<f64>> {
    let at = |shift: f64| -> Result<Option<f64>> {
        let mut parameters = drawn.parameters.clone();
        parameters.values_mut()[place] += shift;
        let moved = engine.simulate(&Problem {
            parameters: &parameters,
            ..drawn.problem()
        })?;
        let is_same = moved.neurons() == recording.neurons();
        Ok(is_same.then(|| loss(&moved, cotangent)))
    };
    let by = |step: f64| -> Result<Option<f64>> {
        let ends = at(step)?.zip(at(-step)?);
        Ok(ends.map(|(up, down)| (up - down) / (2.0 * step)))
    };
    let (Some(coarse), Some(fine)) = (by(step)?, by(step / 2.0)?) else {
        return Ok(None);
    };
    let is_trusted = (coarse - fine).abs() <= 1e-6 * (1.0 + fine.abs());
    Ok(is_trusted.then_some(fine))
}
