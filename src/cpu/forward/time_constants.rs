//! The columns of a neuron's own time constants; `cpu/time_constants.rs` has the formulas.

use super::state::Sensitivity;
use super::walk::Walk;
use crate::cpu::time_constants::{Local, Pair};

/// The columns of one neuron's tau_membrane and tau_synapse within the tile, each with the derivative of a
/// potential while events stay.
pub(super) struct OwnTimeConstants([Option<(usize, f64)>; 2]);

impl Walk<'_> {
    /// Those of a neuron, `of` choosing the potential.
    pub(super) fn own_time_constants(
        &self,
        population: usize,
        neuron: usize,
        of: impl Fn(&Local) -> Pair,
    ) -> OwnTimeConstants {
        let Some(first) = self.columns.first_time_constant else {
            return OwnTimeConstants([None; 2]);
        };
        let unit = self.compiled.populations[population].first_unit + neuron;
        let n_neurons = self.compiled.problem.network.n_neurons();
        let [by_membrane, by_synapse] = of(&self.local[population]);
        let column = |column: usize, value: f64| Some((self.local(column)?, value));
        OwnTimeConstants([
            column(first + unit, by_membrane),
            column(first + n_neurons + unit, by_synapse),
        ])
    }
}

impl OwnTimeConstants {
    pub fn columns(&self) -> impl Iterator<Item = usize> {
        self.0.iter().flatten().map(|&(column, _)| column)
    }

    /// Makes room for them in a neuron's sensitivities.
    pub fn widen(&self, state: &mut Sensitivity, neuron: usize) {
        for column in self.columns() {
            state.widen(neuron, &(column..column + 1));
        }
    }

    /// Adds `factor` times each derivative to a row that begins at column `first` of the tile.
    pub fn add_to(&self, row: &mut [f64], first: usize, factor: f64) {
        for &(column, value) in self.0.iter().flatten() {
            row[column - first] += factor * value;
        }
    }
}
