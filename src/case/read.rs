//! Case files: read, checked, asked.

use std::path::Path;

use super::result::CaseResult;
use super::validate;
use super::wire::{CaseFile, NeuronEntry, SynapseEntry, complaint};
use crate::{Error, Result, files};

/// The largest file that is read, in bytes; larger than any case by far.
const LARGEST_FILE: u64 = 256 << 20;

/// Enough for any case; a runaway is refused before it fills the memory.
const SPIKE_BUDGET: usize = 100_000;

/// A case file that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub(super) name: String,
    pub(super) neurons: Vec<NeuronEntry>,
    pub(super) synapses: Vec<SynapseEntry>,
    pub(super) input_spikes: Vec<Vec<f64>>,
    pub(super) end: f64,
    pub(super) spike_budget: usize,
    expected: Option<CaseResult>,
}

impl Case {
    /// Reads and checks a case file.
    ///
    /// # Errors
    /// A file that cannot be read, is no regular file or is larger than 256 MiB; else as [`parse`](Self::parse).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = files::read_text(path, LARGEST_FILE)?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Checks a case given as text; `origin` says in messages where it came from,
    /// and names the case if it does not name itself.
    ///
    /// # Errors
    /// Text that is not JSON or has other members than a case; the first value
    /// that is not allowed, by the path of its field.
    pub fn parse(text: &str, origin: &str) -> Result<Self> {
        let file: CaseFile = serde_json::from_str(text)
            .map_err(|error| Error::malformed(origin, complaint(&error)))?;
        validate::check_file(&file)?;
        let expected = file.expected.map(CaseResult::from);
        let case = Self {
            name: file.name.unwrap_or_else(|| origin.to_owned()),
            neurons: file.neurons,
            synapses: file.synapses,
            input_spikes: file.input_spikes,
            end: file.end,
            spike_budget: SPIKE_BUDGET,
            expected,
        };
        case.check()?;
        Ok(case)
    }

    /// With another limit on how many spikes it may fire, if one is given.
    #[must_use]
    pub fn spike_budget(mut self, budget: Option<usize>) -> Self {
        self.spike_budget = budget.unwrap_or(self.spike_budget);
        self
    }

    /// Checks every value; a case that was changed is checked again.
    pub(super) fn check(&self) -> Result<()> {
        validate::check_values(self)?;
        match &self.expected {
            Some(expected) => validate::check_expected(self, expected),
            None => Ok(()),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it should give, where the file says so.
    pub fn expected(&self) -> Option<&CaseResult> {
        self.expected.as_ref()
    }

    /// A changed case gives something else.
    pub(super) fn forget_expected(&mut self) {
        self.expected = None;
    }

    /// How many input channels.
    pub fn n_inputs(&self) -> usize {
        self.input_spikes.len()
    }

    /// How many neurons.
    pub fn n_neurons(&self) -> usize {
        self.neurons.len()
    }

    /// How many synapses.
    pub fn n_synapses(&self) -> usize {
        self.synapses.len()
    }

    /// How many input spikes over all channels.
    pub fn n_input_spikes(&self) -> usize {
        self.input_spikes.iter().map(Vec::len).sum()
    }

    /// The run is `[0, end]`, in ms.
    pub fn end(&self) -> f64 {
        self.end
    }

    /// Whether spike times can be differentiated with respect to delays: at a
    /// delay of zero they have a derivative on one side only.
    pub fn has_delay_derivatives(&self) -> bool {
        self.synapses.iter().all(|synapse| synapse.delay > 0.0)
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
