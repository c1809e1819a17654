//! The problem that engines compute with: the one that they are asked, or the same in the form that they compute with.

use std::borrow::Cow;

use ndarray::Array2;

use super::{Direction, Gradient, Jacobian};
use crate::event::Recording;
use crate::network::{Computed, Form, Parameters};
use crate::problem::Problem;
use crate::{Result, memory};

/// A checked problem as engines compute with it, and the way back to what was asked.
pub(crate) struct ComputedProblem<'a> {
    asked: Problem<'a>,
    /// None where the network is in that form itself.
    made: Option<(&'a Computed, Parameters)>,
}

impl<'a> Problem<'a> {
    /// Checks the problem, and puts it into a form.
    ///
    /// # Errors
    /// A problem that does not make sense; matrices that do not fit.
    pub(crate) fn computed(&self, form: Form) -> Result<ComputedProblem<'a>> {
        self.check()?;
        // Nothing that is sent over a delay of two runs arrives.
        let far = 2.0 * self.options.duration;
        let values = self.parameters.values();
        let computed = self.network.computed(form)?;
        if let Some(computed) = computed {
            let numbers = computed.network.layout().len();
            memory::check_large(
                "the weights and delays of a batch",
                (numbers * size_of::<f64>()) as u64,
                |there| {
                    let fit = there / size_of::<f64>() as u64;
                    format!(
                        "{fit} fit, of pairs where all are computed with; connect fewer neurons, or make the network in rows"
                    )
                },
            )?;
        }
        Ok(ComputedProblem {
            asked: *self,
            made: computed.map(|computed| (computed, computed.expand(values, far))),
        })
    }
}

impl ComputedProblem<'_> {
    pub fn problem(&self) -> Problem<'_> {
        match &self.made {
            None => self.asked,
            Some((computed, parameters)) => Problem {
                network: &computed.network,
                parameters,
                ..self.asked
            },
        }
    }

    /// A recording of the problem that was asked.
    pub fn recording(&self, of_form: Recording) -> Recording {
        match &self.made {
            None => of_form,
            Some(_) => Recording {
                made_of: Some(self.asked.fingerprint()),
                ..of_form
            },
        }
    }

    pub fn gradient(&self, of_form: Gradient) -> Gradient {
        match &self.made {
            None => of_form,
            Some((computed, _)) => Gradient {
                parameters: self.own(computed, |place| of_form.parameters[place]),
                ..of_form
            },
        }
    }

    pub fn jacobian(&self, of_form: Jacobian) -> Jacobian {
        let Some((computed, _)) = &self.made else {
            return of_form;
        };
        let n_own = self.asked.network.layout().len();
        let mut parameters = Array2::zeros((of_form.parameters.nrows(), n_own));
        let rows = of_form.parameters.outer_iter();
        for (mut own, row) in parameters.outer_iter_mut().zip(rows) {
            own.assign(&ndarray::aview1(&self.own(computed, |place| row[place])));
        }
        Jacobian {
            parameters,
            ..of_form
        }
    }

    /// A direction that was checked against the problem that was asked, in this form.
    pub fn direction<'d>(&self, own: &'d Direction) -> Cow<'d, Direction> {
        match &self.made {
            None => Cow::Borrowed(own),
            Some((computed, _)) => Cow::Owned(Direction {
                parameters: computed.expand_direction(&own.parameters),
                ..own.clone()
            }),
        }
    }

    /// Derivatives with respect to the parameters that were asked for, from those with respect to the form's values.
    fn own(&self, computed: &Computed, of_form: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut own = vec![0.0; self.asked.network.layout().len()];
        computed.contract(of_form, &mut own);
        own
    }
}
