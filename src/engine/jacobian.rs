//! The derivatives of everything that one sample recorded.

use ndarray::Array2;

use super::finite::{not_finite, parameter};
use crate::Result;
use crate::event::{ReadoutRecording, Recording};
use crate::memory;
use crate::problem::Problem;

/// The derivatives of everything that one sample's recording holds.
///
/// Rows are observables: the sample's spike times in order, then for each readout
/// its voltages `[time x neuron]`, its integrals `[neuron]` and, where they were
/// recorded, its maxima `[neuron]`. Columns are the flat
/// parameters, or the sample's input spikes in order; those that were not asked
/// for are zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Jacobian {
    /// d(observable)/d(parameter), `[observable x parameter]`.
    pub parameters: Array2<f64>,
    /// d(observable)/d(input time), `[observable x input spike]`.
    pub input_times: Array2<f64>,
    /// How many of the rows are spike times.
    pub n_spikes: usize,
    /// How many spikes were slower than the slope floor.
    pub grazing_spikes: usize,
}

impl Jacobian {
    /// All zero, of the sizes of one sample of a recording.
    pub fn zeros(problem: &Problem<'_>, recording: &Recording, sample: usize) -> Self {
        let n_spikes = recording.range(sample).len();
        let n_values = |r: &ReadoutRecording| r.integrals.len() + r.voltages.len() + r.maxima.len();
        let readouts = recording.readouts().iter().map(n_values).sum::<usize>();
        let n_rows = n_spikes + readouts / recording.n_samples();
        Self {
            parameters: Array2::zeros((n_rows, problem.network.layout().len())),
            input_times: Array2::zeros((n_rows, problem.inputs.range(sample).len())),
            n_spikes,
            grazing_spikes: 0,
        }
    }
}

impl Jacobian {
    /// Refuses one that does not fit into memory.
    pub(crate) fn check_memory(
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
    ) -> Result<()> {
        let columns = problem.network.layout().len() + problem.inputs.range(sample).len();
        let row = 8 * columns as u64;
        let needed = row.saturating_mul(recording.range(sample).len() as u64);
        memory::check_large("the Jacobian", needed, |there| {
            format!(
                "{} rows fit; a gradient or a derivative along a direction takes one",
                there / row.max(1)
            )
        })
    }

    /// Refuses one that is not finite.
    pub(crate) fn finite(self, problem: &Problem<'_>) -> Result<Self> {
        let find = |matrix: &Array2<f64>| {
            let mut all = matrix.indexed_iter();
            all.find(|(_, value)| !value.is_finite())
                .map(|((row, column), value)| (row, column, *value))
        };
        let parameters =
            find(&self.parameters).map(|(row, ix, x)| (row, parameter(problem, ix), x));
        let input_times =
            || find(&self.input_times).map(|(row, ix, x)| (row, format!("input time {ix}"), x));
        match parameters.or_else(input_times) {
            None => Ok(self),
            Some((row, name, value)) => Err(not_finite(&format!("{name} of row {row}"), value)),
        }
    }
}
