//! A checkpoint's bytes.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use super::{Array, Checkpoint};
use crate::files::{AtomicFile, sealed};
use crate::train::Experiment;
use crate::{Error, Result};

const FORMAT: &str = "spikefront checkpoint 2";
impl Checkpoint {
    /// Writes it beside `path`, where it will be once it is committed.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn begin(&self, path: impl AsRef<Path>) -> Result<AtomicFile> {
        let path = path.as_ref();
        self.check().map_err(|detail| {
            Error::malformed(
                "the training",
                format!("{detail}; it went astray: lower the learning rate"),
            )
        })?;
        let failed = |error: String| Error::io("write", path, std::io::Error::other(error));
        let json = |text: serde_json::Result<String>| text.map_err(|e| failed(e.to_string()));
        let metadata = HashMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("experiment".to_owned(), self.experiment.to_toml()?),
            (
                "progress".to_owned(),
                json(serde_json::to_string(&self.progress))?,
            ),
            (
                "history".to_owned(),
                json(serde_json::to_string(&self.history))?,
            ),
            ("data".to_owned(), json(serde_json::to_string(&self.data))?),
            (
                "inputs".to_owned(),
                json(serde_json::to_string(&self.inputs))?,
            ),
            (sealed::KEY.to_owned(), sealed::OPEN.to_owned()),
        ]);
        let bytes: Vec<(&String, &[usize], Vec<u8>)> = self
            .arrays
            .iter()
            .map(|(name, array)| {
                let bytes = array.values.iter().flat_map(|value| value.to_le_bytes());
                (name, array.shape.as_slice(), bytes.collect())
            })
            .collect();
        let views = bytes
            .iter()
            .map(|(name, shape, bytes)| {
                TensorView::new(Dtype::F64, shape.to_vec(), bytes).map(|view| (*name, view))
            })
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|error| failed(error.to_string()))?;
        let mut file =
            serialize(views, Some(metadata)).map_err(|error| failed(error.to_string()))?;
        if !sealed::seal(&mut file) {
            return Err(failed("the header has no checksum".to_owned()));
        }
        AtomicFile::with(path, file)
    }

    pub(super) fn parse(file: &[u8], path: &Path) -> Result<Self> {
        let fault = |detail: String| Error::malformed(path.display().to_string(), detail);
        let wrong = |error: &dyn std::fmt::Display| fault(error.to_string());
        let remedy = "use another copy, or train anew";
        let header = sealed::Header::read(file, (FORMAT, "this program has"), remedy);
        let header = header.map_err(fault)?;
        let text = |key: &str| header.text(key).map_err(fault);
        let tensors = SafeTensors::deserialize(file).map_err(|e| wrong(&e))?;
        let mut arrays = BTreeMap::new();
        for (name, view) in tensors.iter() {
            if view.dtype() != Dtype::F64 {
                return Err(fault(format!("array {name} is not of f64")));
            }
            let values = view.data().as_chunks().0.iter();
            let array = Array {
                shape: view.shape().to_vec(),
                values: values.map(|&bytes| f64::from_le_bytes(bytes)).collect(),
            };
            arrays.insert(name.to_owned(), array);
        }
        let origin = format!("the experiment in {}", path.display());
        let data = match text("data") {
            Ok(data) => serde_json::from_str(data).map_err(|e| wrong(&e))?,
            Err(_) => BTreeMap::new(),
        };
        let inputs = match text("inputs") {
            Ok(inputs) => serde_json::from_str(inputs).map_err(|e| wrong(&e))?,
            Err(_) => None,
        };
        let checkpoint = Self {
            inputs,
            experiment: Experiment::from_toml(text("experiment")?, &origin)?,
            history: serde_json::from_str(text("history")?).map_err(|e| wrong(&e))?,
            progress: serde_json::from_str(text("progress")?).map_err(|e| wrong(&e))?,
            data,
            arrays,
            origin: path.to_owned(),
        };
        checkpoint.check().map_err(fault)?;
        Ok(checkpoint)
    }
}
