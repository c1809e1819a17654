//! What only the CPU engine runs as one long run.

use crate::network::NetworkInRows;
use crate::{Error, Result};

/// Refuses a network by what it has that kernels do not know.
pub(super) fn check(network: &NetworkInRows) -> Result<()> {
    let refuse = |what: String, remedy: &str| Err(Error::unavailable(what, remedy));
    for population in network.populations() {
        let name = &population.name;
        if population.neuron.threshold.is_none() {
            return refuse(
                format!("the readout \"{name}\" in one long run on a GPU"),
                "use the CPU engine, or leave the readout out",
            );
        }
        if !population.neuron.is_uniform() {
            return refuse(
                format!("population \"{name}\", whose neurons differ, in one long run on a GPU"),
                "use the CPU engine, or give all neurons of a population the same values",
            );
        }
    }
    if network.shortest_delay() == 0.0 {
        return refuse(
            "a synapse without delay in one long run on a GPU".to_owned(),
            "use the CPU engine, or keep every delay above zero",
        );
    }
    let changes = |drive: &crate::network::PoissonDrive| drive.rate.constant().is_none();
    if network.drives.iter().any(changes) {
        return refuse(
            "a Poisson drive whose rate changes in time on a GPU".to_owned(),
            "use the CPU engine, or a constant rate",
        );
    }
    Ok(())
}
