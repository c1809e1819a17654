//! The derivatives of what was recorded.

use pyo3::prelude::*;
use spikefront::{Direction, Method};

use crate::arrays;
use crate::cotangent::{Cotangent, Tangent};
use crate::gradient::{Gradient, Jacobian};
use crate::options::{self, WithRespectTo};
use crate::parameters;
use crate::recording::Recording;
use crate::work::{run, run_here};

#[pymethods]
impl Recording {
    /// The gradient of a scalar loss whose derivatives with respect to what is recorded are given.
    ///
    /// Parameters
    /// ----------
    /// cotangent : Cotangent or array of float
    ///     The loss's derivatives; an array is those with respect to :attr:`times`.
    /// with_respect_to : str or list of str
    ///     Any of ``"weights"``, ``"delays"``, ``"thresholds"``, ``"input_times"``, ``"tau_membrane"``, ``"tau_synapse"``,
    ///     ``"rest"``, ``"initial"``; or ``"everything"``. What is not asked for is zero.
    /// method : {"adjoint", "forward"}
    ///     One sweep backward in time (Wunderlich and Pehle 2021), or sensitivities carried forward (Lee et al. 2023). Both are
    ///     exact.
    /// slope_floor : float, optional
    ///     Below which slope, relative to its neuron's scale of slopes, a spike is grazing: its derivative is bounded, and
    ///     it is counted. 1e-5 unless given.
    ///
    /// Returns
    /// -------
    /// Gradient
    #[pyo3(signature = (cotangent, *, with_respect_to=WithRespectTo::One("weights".into()), method="adjoint", slope_floor=None),
           text_signature = "($self, cotangent, *, with_respect_to='weights', method='adjoint', slope_floor=None)")]
    fn gradient(
        &self,
        py: Python<'_>,
        cotangent: &Bound<'_, PyAny>,
        with_respect_to: WithRespectTo,
        method: &str,
        slope_floor: Option<f64>,
    ) -> PyResult<Gradient> {
        let options = options::gradient(method, &with_respect_to, slope_floor)?;
        let cotangent = Cotangent::read(cotangent, &self.run.network.described, &self.recorded)?;
        let (work, recorded, engine) = (
            self.run.clone(),
            self.recorded.clone(),
            self.run.engine.live(py)?,
        );
        let is_short = options.method == Method::Adjoint && self.is_short_backward();
        let back = move || engine.gradient(&work.problem(), &recorded, &cotangent, &options);
        let found = match is_short {
            true => run_here(py, back)?,
            false => run(py, back)?,
        };
        Gradient::new(py, &self.run.network, found)
    }

    /// The derivatives of everything that one sample recorded.
    ///
    /// Parameters
    /// ----------
    /// sample : int
    /// with_respect_to, slope_floor
    ///     As of :meth:`gradient`.
    ///
    /// Returns
    /// -------
    /// Jacobian
    #[pyo3(signature = (sample=0, *, with_respect_to=WithRespectTo::One("weights".into()), slope_floor=None),
           text_signature = "($self, sample=0, *, with_respect_to='weights', slope_floor=None)")]
    fn jacobian(
        &self,
        py: Python<'_>,
        sample: usize,
        with_respect_to: WithRespectTo,
        slope_floor: Option<f64>,
    ) -> PyResult<Jacobian> {
        let options = options::gradient("forward", &with_respect_to, slope_floor)?;
        let (work, recorded, engine) = (
            self.run.clone(),
            self.recorded.clone(),
            self.run.engine.live(py)?,
        );
        let found = run(py, move || {
            engine.jacobian(&work.problem(), &recorded, sample, &options)
        })?;
        Jacobian::new(py, &self.run.network, found)
    }

    /// The derivatives of everything that is recorded along one direction: the Jacobian times the direction.
    ///
    /// Parameters
    /// ----------
    /// parameters : mapping of str to array, optional
    ///     How the parameters change; tensors that are left out stay.
    /// input_times : array of float, optional
    ///     How the times of input spikes change, one for each.
    /// slope_floor
    ///     As of :meth:`gradient`.
    ///
    /// Returns
    /// -------
    /// Tangent
    #[pyo3(signature = (parameters=None, *, input_times=None, slope_floor=None))]
    fn jvp(
        &self,
        py: Python<'_>,
        parameters: Option<&Bound<'_, PyAny>>,
        input_times: Option<&Bound<'_, PyAny>>,
        slope_floor: Option<f64>,
    ) -> PyResult<Tangent> {
        let mut direction = Direction::zeros(&self.run.problem());
        if let Some(mapping) = parameters {
            parameters::write(
                self.run.network.described.layout(),
                mapping,
                true,
                &mut direction.parameters,
            )?;
        }
        if let Some(times) = input_times {
            direction.input_times = arrays::vector(times, "input_times")?;
        }
        let options =
            options::gradient("forward", &WithRespectTo::Several(Vec::new()), slope_floor)?;
        let (work, recorded, engine) = (
            self.run.clone(),
            self.recorded.clone(),
            self.run.engine.live(py)?,
        );
        let found = run(py, move || {
            engine.jvp(&work.problem(), &recorded, &direction, &options)
        })?;
        Tangent::new(py, &self.run.network.described, &self.recorded, found)
    }
}
