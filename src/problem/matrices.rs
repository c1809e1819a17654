//! A problem in matrices, where its network is not.

use ndarray::Array2;

use super::{Problem, SimulationOptions};
use crate::Result;
use crate::engine::{Direction, Gradient, Jacobian};
use crate::event::SpikeBatch;
use crate::network::{Dense, Parameters};

/// A problem that engines can compute with, and the way back to the parameters of the one that it stands for.
pub(crate) struct InMatrices<'a> {
    dense: &'a Dense,
    /// How many parameters the network itself has.
    n_own: usize,
    parameters: Parameters,
    inputs: &'a SpikeBatch,
    options: &'a SimulationOptions,
}

impl<'a> Problem<'a> {
    /// The same problem in matrices; none where its network is in matrices itself.
    ///
    /// # Errors
    /// A problem that does not make sense.
    pub(crate) fn in_matrices(&self) -> Result<Option<InMatrices<'a>>> {
        let Some(dense) = self.network.dense.as_deref() else {
            return Ok(None);
        };
        self.check()?;
        // Nothing that is sent over a delay of two runs arrives.
        let far = 2.0 * self.options.duration;
        Ok(Some(InMatrices {
            dense,
            n_own: self.network.layout().len(),
            parameters: dense.expand(self.parameters.values(), far),
            inputs: self.inputs,
            options: self.options,
        }))
    }
}

impl InMatrices<'_> {
    pub fn problem(&self) -> Problem<'_> {
        Problem {
            network: &self.dense.network,
            parameters: &self.parameters,
            inputs: self.inputs,
            options: self.options,
        }
    }

    fn own(&self, of_matrices: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut own = vec![0.0; self.n_own];
        self.dense.contract(of_matrices, &mut own);
        own
    }

    pub fn gradient(&self, of_matrices: Gradient) -> Gradient {
        let parameters = self.own(|place| of_matrices.parameters[place]);
        Gradient {
            parameters,
            ..of_matrices
        }
    }

    pub fn jacobian(&self, of_matrices: Jacobian) -> Jacobian {
        let mut parameters = Array2::zeros((of_matrices.parameters.nrows(), self.n_own));
        let rows = of_matrices.parameters.outer_iter();
        for (mut own, row) in parameters.outer_iter_mut().zip(rows) {
            let values = self.own(|place| row[place]);
            own.iter_mut()
                .zip(values)
                .for_each(|(own, value)| *own = value);
        }
        Jacobian {
            parameters,
            ..of_matrices
        }
    }

    /// A direction of the wrong length is left as it is, for the check that names it.
    pub fn direction(&self, own: &Direction) -> Direction {
        let parameters = match own.parameters.len() == self.n_own {
            true => self.dense.expand_direction(&own.parameters),
            false => own.parameters.clone(),
        };
        Direction {
            parameters,
            ..own.clone()
        }
    }
}
