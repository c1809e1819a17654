//! Which pairs of neurons the values of a sparse projection belong to, in files of weights.

use std::io::{Seek, Write};

use zip::result::ZipResult;

use crate::data::{Npz, NpzWriter};
use crate::network::{Connection, Network};
use crate::{Error, Result, count};

/// The names of the arrays of sources and targets: `"input->hidden/source"`, `"input->hidden/target"`.
fn names(connection: &Connection) -> [String; 2] {
    ["source", "target"].map(|end| format!("{}/{end}", connection.name))
}

/// Sources and targets of a connection's synapses, counted within their groups; none where all are connected to all.
fn ends(connection: &Connection) -> Option<[Vec<i64>; 2]> {
    let synapses = connection.synapses()?;
    Some([0, 1].map(|end| synapses.iter().map(|pair| i64::from(pair[end])).collect()))
}

/// Adds the two arrays of each projection that does not connect all to all.
pub(super) fn add<W: Write + Seek>(writer: &mut NpzWriter<W>, network: &Network) -> ZipResult<()> {
    for connection in network.connections() {
        let Some(ends) = ends(connection) else {
            continue;
        };
        for (name, end) in names(connection).iter().zip(ends) {
            writer.add_whole(name, &end)?;
        }
    }
    Ok(())
}

/// What a file says of the pairs of a network's projections.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// The arrays that were looked at.
    pub arrays: Vec<String>,
    /// Projections with fewer synapses than pairs whose pairs the file does not say, as files of earlier versions do not.
    pub unknown: Vec<String>,
}

/// Compares the pairs in a file with those of the network, for each projection that the file has weights of.
///
/// # Errors
/// Other pairs; a matrix of all pairs for some of them, or the reverse: of which projection.
pub(super) fn check(file: &mut Npz, network: &Network) -> Result<Pairs> {
    let mut pairs = Pairs::default();
    for connection in network.connections() {
        let weight = format!("{}/weight", connection.name);
        if file.has(&weight) {
            check_one(file, connection, &weight, &mut pairs)?;
        }
    }
    Ok(pairs)
}

fn check_one(file: &mut Npz, own: &Connection, weight: &str, pairs: &mut Pairs) -> Result<()> {
    let arrays = names(own);
    let is_said = arrays.iter().all(|name| file.has(name));
    let Some(ends) = ends(own) else {
        if !is_said {
            return Ok(());
        }
        let detail = "it has weights of some pairs, and the network connects all of them: give its layer the probability (and the \
                      seed) of the network that wrote the file";
        return Err(file.fault(weight, detail));
    };
    if !is_said {
        if file.matrix(weight).is_ok() {
            let detail = format!(
                "it has weights of all pairs, and the network connects {} of them: connect all in the network as well (leave the \
                 probability of its layer out)",
                own.n_synapses()
            );
            return Err(file.fault(weight, detail));
        }
        pairs.unknown.push(own.name.clone());
        return Ok(());
    }
    for (name, expected) in arrays.iter().zip(&ends) {
        let found = file.vector(name)?;
        let is_same = |(found, expected): (&f64, &i64)| *found == *expected as f64;
        if found.len() != expected.len() || !found.iter().zip(expected).all(is_same) {
            return Err(other(file, own, name, found.len()));
        }
        pairs.arrays.push(name.clone());
    }
    Ok(())
}

fn other(file: &Npz, own: &Connection, name: &str, found: usize) -> Error {
    let numbers = match found == own.n_synapses() {
        true => String::new(),
        false => format!(
            " ({} here, {} there)",
            count(own.n_synapses(), "synapse"),
            found
        ),
    };
    file.fault(
        name,
        format!(
            "the weights belong to other pairs of neurons than the network connects{numbers}: the seed and the probability of a \
             layer decide which, so give those of the network that wrote the file"
        ),
    )
}

#[cfg(test)]
#[path = "pairs_tests.rs"]
mod tests;
