//! Parameters in numpy's archive format.

use std::io::Cursor;
use std::path::Path;

use super::pairs;
use crate::data::{Npz, NpzWriter};
use crate::files::write_atomically;
use crate::network::{Network, Parameters, TensorKind};
use crate::{Error, Result};

/// Writes all parameters to an `.npz` file, one f64 array for each named tensor
/// of the network's layout, by the tensor's own name (`"input->hidden/weight"`) and in its shape: weights
/// `[source x target]`, delays and time constants in ms, thresholds, rest and initial potentials. numpy's `load` reads it.
///
/// A projection that does not connect all to all has one weight for each of its synapses, and two i64 arrays of the same
/// length beside them: `"input->hidden/source"` and `"input->hidden/target"`, between which neurons each synapse is, counted
/// from 0 within their populations.
///
/// # Errors
/// A file that cannot be written.
pub fn write_parameters(
    path: impl AsRef<Path>,
    network: &Network,
    parameters: &Parameters,
) -> Result<()> {
    let path = path.as_ref();
    let failed = |e| Error::io("write", path, std::io::Error::other(e));
    let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
    for tensor in parameters.layout().tensors() {
        let values = &parameters.values()[tensor.range.clone()];
        writer
            .add(&tensor.name, &tensor.shape, values)
            .map_err(failed)?;
    }
    pairs::add(&mut writer, network).map_err(failed)?;
    write_atomically(path, writer.finish().map_err(failed)?.into_inner())
}

/// Reads what [`write_parameters`] wrote, for the same network.
///
/// Time constants, rest and initial potentials that the file lacks, as those of earlier versions do, are the network's own.
///
/// # Errors
/// A file that cannot be read or understood, an array that is missing or of
/// another shape, weights of other pairs of neurons, values that the network does not accept.
pub fn read_parameters(path: impl AsRef<Path>, network: &Network) -> Result<Parameters> {
    let mut file = Npz::open(path.as_ref())?;
    pairs::check(&mut file, network)?;
    let mut parameters = network.parameters(0);
    for tensor in network.layout().tensors() {
        if TensorKind::OF_NEURONS.contains(&tensor.kind) && !file.has(&tensor.name) {
            continue;
        }
        let values = read_tensor(&mut file, &tensor.name, &tensor.shape)?;
        parameters.values_mut()[tensor.range.clone()].copy_from_slice(&values);
    }
    let checked = parameters.check(network);
    checked.map_err(|error| Error::malformed(file.origin(), error))?;
    Ok(parameters)
}

/// The values of an array that must have this shape.
pub(super) fn read_tensor(file: &mut Npz, name: &str, expected: &[usize]) -> Result<Vec<f64>> {
    let (shape, values) = if expected.len() == 2 {
        let matrix = file.matrix(name)?;
        (matrix.shape().to_vec(), matrix.iter().copied().collect())
    } else {
        let vector = file.vector(name)?;
        (vec![vector.len()], vector)
    };
    if shape != expected {
        let detail = format!("its shape is {shape:?}; the network's is {expected:?}");
        return Err(file.fault(name, detail));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::network::{Distribution, Neuron, Projection};

    fn network(hidden: usize) -> Result<Network> {
        let mut network = Network::builder();
        let input = network.input("input", 3);
        let neuron = Neuron::leaky_integrate_and_fire();
        let hidden = network.population("hidden", hidden, neuron);
        let uniform = Distribution::Uniform {
            lowest: -1.0,
            highest: 1.0,
        };
        network.connect(input, hidden, Projection::random(uniform).delay(0.5));
        network.build()
    }

    #[test]
    fn what_was_written_is_read_back() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("weights.npz");
        let parameters = network(4)?.parameters(8);
        write_parameters(&path, &network(4)?, &parameters)?;
        assert_eq!(read_parameters(&path, &network(4)?)?, parameters);
        let error = read_parameters(&path, &network(5)?).expect_err("another network");
        assert_eq!(error.kind(), ErrorKind::Malformed);
        assert!(
            error
                .to_string()
                .contains("array input->hidden/weight: its shape"),
            "{error}"
        );
        Ok(())
    }
}
