//! The columns of a neuron's own values; `cpu/own_values.rs` has the formulas.

use super::state::Sensitivity;
use super::walk::Walk;
use crate::cpu::own_values::{Local, Own};
use crate::dynamics::MAX_CURRENTS;

/// The columns of one neuron's own values within the tile, each with the derivative of a potential while events stay.
pub(super) struct OwnColumns([Option<(usize, f64)>; 3 + MAX_CURRENTS]);

impl Walk<'_> {
    /// Those of a neuron, `of` choosing the potential.
    pub(super) fn own_values(
        &self,
        population: usize,
        neuron: usize,
        of: impl Fn(&Local) -> Own,
    ) -> OwnColumns {
        let Some(local) = self.local.get(population) else {
            return OwnColumns([None; 3 + MAX_CURRENTS]);
        };
        let values = of(local);
        let columns = &self.columns.own_values[population];
        OwnColumns(std::array::from_fn(|ix| {
            let column = columns.get(ix).copied()??.of(neuron);
            Some((self.local(column)?, values[ix]))
        }))
    }
}

impl OwnColumns {
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
