//! What only the CPU engine runs as one long run.

use crate::network::NetworkInRows;
use crate::{Error, Result};

/// Refuses a network by what it has that kernels do not know.
pub(super) fn check(network: &NetworkInRows) -> Result<()> {
    if network.shortest_delay() == 0.0 {
        return Err(Error::unavailable(
            "a synapse without delay in one long run on a GPU",
            "use the CPU engine, or keep every delay above zero",
        ));
    }
    Ok(())
}
