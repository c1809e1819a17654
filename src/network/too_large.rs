//! What is said of a projection that a batch cannot compute with.

use super::Connection;
use super::computed::MOST_ENTRIES;
use crate::Error;

/// A projection with which there were more than `most` numbers.
pub(super) fn too_large(connection: &Connection, most: usize) -> Error {
    let Connection {
        name,
        source_size,
        target_size,
        ..
    } = connection;
    let limit = match most < MOST_ENTRIES {
        true => ", raise the limit of memory",
        false => "",
    };
    if let Some(synapses) = connection.synapses() {
        return Error::invalid(
            format!("number of synapses of \"{name}\""),
            synapses.len(),
            format!(
                "a batch computes with at most {most} numbers: give fewer{limit}, or make the network in rows"
            ),
        );
    }
    Error::invalid(
        format!("pairs of \"{name}\""),
        format!("{source_size} x {target_size}"),
        format!(
            "all pairs are computed with, at most {most} numbers: connect fewer neurons{limit}, or make the network in rows"
        ),
    )
}
