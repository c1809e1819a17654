//! Graphs to HDF5 files.

use std::path::Path;

use hdf5_writer::{DatasetBuilder, Hdf5Builder, WriteOptions};

use super::NirGraph;
use crate::{Error, Result, files};

/// The version of NIR that is written where a graph was not read from a file.
const VERSION: &str = "1.0";

impl NirGraph {
    /// Writes the graph to an HDF5 file that NIR's own reader accepts, whole or not at all. Numbers are in double precision, shapes
    /// whole.
    ///
    /// # Errors
    /// A name of a node or a parameter that HDF5 cannot hold (one with `/`); a file that cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        files::write_atomically(path, self.encoded()?)
    }

    fn encoded(&self) -> Result<Vec<u8>> {
        let refused = |e: hdf5_writer::Error| {
            Error::invalid(
                "graph",
                e,
                "give nodes names without '/', which HDF5 can hold",
            )
        };
        let text = |name: &str, text: &str| {
            DatasetBuilder::vlen_string_data(name, [], &[text]).map_err(refused)
        };
        let version = match self.version.as_str() {
            "" => VERSION,
            version => version,
        };
        let mut file = Hdf5Builder::new()
            .dataset(text("version", version)?)
            .dataset(text("node/type", "NIRGraph")?);
        let ends: Vec<&str> = self.edges().flat_map(|(from, to)| [from, to]).collect();
        let shape = [self.edges.len() as u64, 2];
        let edges = DatasetBuilder::vlen_string_data("node/edges", shape, &ends);
        file = file.dataset(edges.map_err(refused)?);
        for node in &self.nodes {
            if node.name.contains('/') {
                let remedy = "leave out '/', which HDF5 has between the names of groups";
                return Err(Error::invalid(
                    "name of a node",
                    format!("{:?}", node.name),
                    remedy,
                ));
            }
            let place = format!("node/nodes/{}", node.name);
            file = file.dataset(text(&format!("{place}/type"), &node.kind)?);
            for (name, values) in &node.parameters {
                let place = format!("{place}/{name}");
                let shape: Vec<u64> = values.shape().iter().map(|&axis| axis as u64).collect();
                let dataset = if name == "shape" {
                    let whole: Vec<i64> = values.iter().map(|&value| value as i64).collect();
                    DatasetBuilder::typed_data(place, shape, &whole)
                } else {
                    let values: Vec<f64> = values.iter().copied().collect();
                    DatasetBuilder::typed_data(place, shape, &values)
                };
                file = file.dataset(dataset.map_err(refused)?);
            }
        }
        let plan = file.into_plan().map_err(refused)?;
        plan.encode(WriteOptions::default()).map_err(refused)
    }
}
