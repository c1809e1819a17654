//! Numbers and lists of numbers in an HDF5 file, read without trusting what it claims.

use super::hdf5_number::Number;
use super::npz::whole_below;
use super::spike_trains::MOST_CLASSES;
use crate::{Error, Result};
use hdf5_reader::{Dataset, Datatype, Hdf5File, OpenOptions};
use std::path::Path;

/// The longest axis accepted.
const LONGEST: u64 = 1 << 24;
/// The most bytes that deflate makes of one (zlib's documentation: 1032 to 1).
const MOST_FROM_ONE: u64 = 1032;
/// The most numbers accepted in all lists of a data set together.
const MOST_NUMBERS: u64 = 1 << 30;
/// The largest chunk and the largest array of references, in bytes.
const MOST_BYTES: usize = 1 << 30;

/// An open file; every error names it, and the data set where there is one.
pub(super) struct Source {
    pub(super) origin: String,
    file: Hdf5File,
    /// How many bytes it has.
    length: u64,
}

impl Source {
    /// A file of `length` bytes.
    pub(super) fn open(path: &Path, length: u64) -> Result<Self> {
        let origin = path.display().to_string();
        let options = OpenOptions::default()
            .with_max_chunk_bytes(MOST_BYTES)
            .with_max_read_bytes(MOST_BYTES);
        let file = Hdf5File::open_with_options(path, options)
            .map_err(|e| Error::malformed(&origin, format!("not a readable HDF5 file ({e})")))?;
        Ok(Self {
            origin,
            file,
            length,
        })
    }

    pub(super) fn fault(&self, dataset: &str, detail: impl std::fmt::Display) -> Error {
        Error::malformed(&self.origin, format!("data set {dataset}: {detail}"))
    }

    /// A data set with one axis that is not too long.
    fn vector(&self, name: &str) -> Result<Dataset> {
        let dataset = self.file.dataset(name).map_err(|e| self.fault(name, e))?;
        match dataset.shape() {
            // Whatever is stored, and however it is packed, takes its part of the file.
            &[length] if length / MOST_FROM_ONE > self.length => {
                let detail = format!(
                    "it claims {length} samples in a file of {} bytes: it is damaged or was never written; fetch it again",
                    self.length
                );
                Err(self.fault(name, detail))
            }
            &[length] if length <= LONGEST => Ok(dataset),
            shape => {
                let detail =
                    format!("its shape is {shape:?}; it must have one axis of at most {LONGEST}");
                Err(self.fault(name, detail))
            }
        }
    }

    pub(super) fn labels(&self) -> Result<Vec<usize>> {
        let dataset = self.vector("labels")?;
        let number = Number::of(dataset.dtype()).ok_or_else(|| {
            let detail = format!("its type is {:?}; it must be a number", dataset.dtype());
            self.fault("labels", detail)
        })?;
        let bytes = dataset
            .read_raw_bytes()
            .map_err(|e| self.fault("labels", e))?;
        let labels = number.values(&bytes).into_iter().enumerate();
        let label = |(sample, label): (usize, f64)| {
            whole_below(label, MOST_CLASSES).ok_or_else(|| {
                let detail = format!("label {sample} is {label}; it must be whole and 0 or more");
                self.fault("labels", detail)
            })
        };
        labels.map(label).collect()
    }
}

/// A data set of lists of variable length.
pub(super) struct Lists<'a> {
    file: &'a Source,
    pub(super) name: &'static str,
    dataset: Dataset,
    number: Number,
    references: Vec<u8>,
    pub(super) lengths: Vec<usize>,
}

impl<'a> Lists<'a> {
    pub(super) fn open(file: &'a Source, name: &'static str) -> Result<Self> {
        let dataset = file.vector(name)?;
        let base = match dataset.dtype() {
            Datatype::VarLen { base, .. } => Number::of(base),
            _ => None,
        };
        let number = base.ok_or_else(|| {
            let detail = format!(
                "its type is {:?}; it must be lists of numbers of variable length",
                dataset.dtype()
            );
            file.fault(name, detail)
        })?;
        let references = dataset.read_raw_bytes().map_err(|e| file.fault(name, e))?;
        // A reference begins with how many numbers its list has.
        let lengths: Vec<usize> = references
            .chunks_exact(dataset.vlen_reference_size())
            .filter_map(|reference| reference.first_chunk())
            .map(|length| u32::from_le_bytes(*length) as usize)
            .collect();
        let all = lengths.iter().map(|&length| length as u64).sum::<u64>();
        if all > MOST_NUMBERS {
            let detail = format!("it has {all} numbers; at most {MOST_NUMBERS} are read");
            return Err(file.fault(name, detail));
        }
        Ok(Self {
            file,
            name,
            dataset,
            number,
            references,
            lengths,
        })
    }

    pub(super) fn list(&self, sample: usize) -> Result<Vec<f64>> {
        let size = self.dataset.vlen_reference_size();
        let reference = &self.references[sample * size..(sample + 1) * size];
        let bytes = self
            .dataset
            .resolve_vlen_reference_bytes(reference, self.number.size());
        let values = bytes.map(|bytes| self.number.values(&bytes));
        let fault = |detail: String| {
            self.file
                .fault(self.name, format!("sample {sample}: {detail}"))
        };
        let values = values.map_err(|e| fault(e.to_string()))?;
        let (found, claimed) = (values.len(), self.lengths[sample]);
        if found != claimed {
            return Err(fault(format!(
                "{found} numbers where {claimed} are claimed"
            )));
        }
        match values.iter().find(|v| !v.is_finite() || **v < 0.0) {
            Some(value) => Err(fault(format!("{value} is negative or not finite"))),
            None => Ok(values),
        }
    }
}
