//! What losses refuse.

use crate::event::Recording;
use crate::network::{Network, Population, PopulationId};
use crate::{Error, Result};

/// Checks that there is one label per sample and that each is below `n_classes`.
///
/// # Errors
/// Another number of labels, a label out of range, or no samples at all.
pub fn check_labels(recording: &Recording, labels: &[usize], n_classes: usize) -> Result<()> {
    if labels.len() != recording.n_samples() || labels.is_empty() {
        return Err(Error::invalid(
            "number of labels",
            labels.len(),
            format!(
                "give one for each of the {} samples recorded, and at least one",
                recording.n_samples()
            ),
        ));
    }
    match labels.iter().position(|&label| label >= n_classes) {
        None => Ok(()),
        Some(sample) => Err(Error::invalid(
            format!("label of sample {sample}"),
            labels[sample],
            format!("count classes from 0; the output has {n_classes} neurons"),
        )),
    }
}

/// The output population, which must be one of the network's.
pub(super) fn output(network: &Network, id: PopulationId) -> Result<&Population> {
    network.populations().get(id.index()).ok_or_else(|| {
        Error::invalid(
            "output population of the loss",
            format!("number {}", id.index()),
            "name a population of the network that is trained",
        )
    })
}

/// The output population, which must be one that fires.
pub(super) fn spiking(network: &Network, id: PopulationId) -> Result<&Population> {
    let population = output(network, id)?;
    if population.is_spiking() {
        return Ok(population);
    }
    Err(Error::invalid(
        "output population of a loss on spikes",
        format!("the readout \"{}\"", population.name),
        "name a population with a threshold, or use a loss on readouts",
    ))
}

/// A parameter of a loss that must be finite and above zero.
pub(super) fn positive(field: &str, value: f64) -> Result<f64> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(Error::invalid(
        field,
        value,
        "give a finite number above zero",
    ))
}
