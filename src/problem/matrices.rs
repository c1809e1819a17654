//! The problem that engines compute with: the one that they are asked, or, where its network is sparse, the same in matrices.

use std::borrow::Cow;

use ndarray::Array2;

use super::Problem;
use crate::Result;
use crate::engine::{Direction, Gradient, Jacobian};
use crate::event::Recording;
use crate::network::{Dense, Parameters};

/// A checked problem as engines compute with it, and the way back to what was asked.
pub(crate) struct InMatrices<'a> {
    asked: Problem<'a>,
    /// None where the network is in matrices itself.
    made: Option<(&'a Dense, Parameters)>,
}

impl<'a> Problem<'a> {
    /// Checks the problem, and puts it into matrices.
    ///
    /// # Errors
    /// A problem that does not make sense.
    pub(crate) fn in_matrices(&self) -> Result<InMatrices<'a>> {
        self.check()?;
        // Nothing that is sent over a delay of two runs arrives.
        let far = 2.0 * self.options.duration;
        let values = self.parameters.values();
        let dense = self.network.dense.as_deref();
        Ok(InMatrices {
            asked: *self,
            made: dense.map(|dense| (dense, dense.expand(values, far))),
        })
    }
}

impl InMatrices<'_> {
    pub fn problem(&self) -> Problem<'_> {
        match &self.made {
            None => self.asked,
            Some((dense, parameters)) => Problem {
                network: &dense.network,
                parameters,
                ..self.asked
            },
        }
    }

    /// A recording of the problem that was asked.
    pub fn recording(&self, of_matrices: Recording) -> Recording {
        match &self.made {
            None => of_matrices,
            Some(_) => Recording {
                made_of: Some(self.asked.fingerprint()),
                ..of_matrices
            },
        }
    }

    pub fn gradient(&self, of_matrices: Gradient) -> Gradient {
        match &self.made {
            None => of_matrices,
            Some((dense, _)) => Gradient {
                parameters: self.own(dense, |place| of_matrices.parameters[place]),
                ..of_matrices
            },
        }
    }

    pub fn jacobian(&self, of_matrices: Jacobian) -> Jacobian {
        let Some((dense, _)) = &self.made else {
            return of_matrices;
        };
        let n_own = self.asked.network.layout().len();
        let mut parameters = Array2::zeros((of_matrices.parameters.nrows(), n_own));
        let rows = of_matrices.parameters.outer_iter();
        for (mut own, row) in parameters.outer_iter_mut().zip(rows) {
            own.assign(&ndarray::aview1(&self.own(dense, |place| row[place])));
        }
        Jacobian {
            parameters,
            ..of_matrices
        }
    }

    /// A direction that was checked against the problem that was asked, in matrices.
    pub fn direction<'d>(&self, own: &'d Direction) -> Cow<'d, Direction> {
        match &self.made {
            None => Cow::Borrowed(own),
            Some((dense, _)) => Cow::Owned(Direction {
                parameters: dense.expand_direction(&own.parameters),
                ..own.clone()
            }),
        }
    }

    /// Derivatives with respect to the parameters that were asked for, from those with respect to the matrices' values.
    fn own(&self, dense: &Dense, of_matrices: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut own = vec![0.0; self.asked.network.layout().len()];
        dense.contract(of_matrices, &mut own);
        own
    }
}
