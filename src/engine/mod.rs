//! What every engine answers.

mod computed;
mod cotangent;
mod differentiable;
mod finite;
mod gradient;
mod jacobian;
mod options;
mod stream_gradient;
mod tangent;

pub use cotangent::Cotangent;
pub use gradient::Gradient;
pub use jacobian::Jacobian;
pub use options::{GradientOptions, Method};
pub use stream_gradient::{StreamGradient, StreamGradientOptions};
pub use tangent::{Direction, Tangent};

use std::sync::Arc;

use crate::Result;
use crate::event::Recording;
use crate::network::PopulationId;
use crate::problem::Problem;
use crate::session::{Session, SessionPlan};

/// Simulates networks and differentiates what they did.
///
/// A simulation leaves a recording; with the derivative of a loss with respect to what is in it, the gradient follows:
///
/// ```
/// use spikefront::cpu::CpuEngine;
/// use spikefront::{Cotangent, Engine, GradientOptions, Problem};
/// # use spikefront::event::{Spike, SpikeBatch};
/// # use spikefront::network::{Network, Neuron, Projection};
/// # use spikefront::{SimulationOptions, ndarray};
/// # let mut network = Network::builder();
/// # let input = network.input("input", 1);
/// # let neuron = network.population("neuron", 1, Neuron::leaky_integrate_and_fire());
/// # network.connect(input, neuron, Projection::dense(ndarray::array![[0.6]]));
/// # let network = network.build()?;
/// # let parameters = network.parameters(0);
/// # let mut inputs = SpikeBatch::new();
/// # inputs.push_sample(&[Spike { unit: 0, time: 2.0 }])?;
/// # let options = SimulationOptions::new(40.0);
///
/// fn gradient(engine: &dyn Engine, problem: &Problem<'_>) -> spikefront::Result<Vec<f64>> {
///     let recording = engine.simulate(problem)?;
///     // The loss is the sum of all spike times: its derivative with respect to each of them is 1.
///     let mut cotangent = Cotangent::zeros(&recording);
///     cotangent.spike_times.fill(1.0);
///     let gradient = engine.gradient(problem, &recording, &cotangent, &GradientOptions::default())?;
///     Ok(gradient.parameters)
/// }
///
/// let problem = Problem { network: &network, parameters: &parameters, inputs: &inputs, options: &options };
/// let gradient = gradient(&CpuEngine::new(), &problem)?;
/// assert!(gradient[0] < 0.0); // a larger weight, an earlier spike
/// # Ok::<(), spikefront::Error>(())
/// ```
pub trait Engine: Send + Sync {
    /// A short name such as `"cpu"`.
    fn name(&self) -> &str;

    /// Runs every sample of the batch.
    ///
    /// # Errors
    /// Options, inputs or parameters that do not fit the network; a sample that
    /// passes its spike budget.
    fn simulate(&self, problem: &Problem<'_>) -> Result<Recording>;

    /// As [`simulate`](Self::simulate), for whoever looks at all spikes of the populations in `seen` alone, and of other neurons
    /// at whether they fire at all. An engine over several ranks leaves out of the recording what is not looked at, and may be asked for
    /// its gradient; every other engine leaves out nothing.
    ///
    /// # Errors
    /// As [`simulate`](Self::simulate).
    fn simulate_seen(&self, problem: &Problem<'_>, seen: &[PopulationId]) -> Result<Recording> {
        let _ = seen;
        self.simulate(problem)
    }

    /// The gradient of the loss whose cotangent is given, over the recording of the same problem.
    ///
    /// # Errors
    /// A recording or cotangent of other sizes than the problem's.
    fn gradient(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<Gradient>;

    /// A training that stays on the engine's device; `None` where the engine has no device or
    /// the device has no form of what is asked.
    ///
    /// # Errors
    /// A device that fails, or has too little memory.
    fn session(&self, plan: &SessionPlan<'_>) -> Result<Option<Box<dyn Session>>> {
        let _ = plan;
        Ok(None)
    }

    /// The full Jacobian of one sample: of its spike times and of all that its readouts recorded.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient); a sample out of range.
    fn jacobian(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian>;

    /// The derivatives of everything that the recording holds along one direction of parameters and input times: the
    /// Jacobian times the direction, by forward propagation of one column. Of `options` only the slope floor is used.
    ///
    /// It costs a few operations for each arrival at each target, whatever the number of parameters.
    ///
    /// # Errors
    /// A recording or direction of other sizes than the problem's, or what the engine cannot differentiate.
    fn jvp(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        direction: &Direction,
        options: &GradientOptions,
    ) -> Result<Tangent>;
}

/// An engine that is shared.
impl<E: Engine + ?Sized> Engine for Arc<E> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn simulate(&self, problem: &Problem<'_>) -> Result<Recording> {
        (**self).simulate(problem)
    }

    fn simulate_seen(&self, problem: &Problem<'_>, seen: &[PopulationId]) -> Result<Recording> {
        (**self).simulate_seen(problem, seen)
    }

    fn gradient(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<Gradient> {
        (**self).gradient(problem, recording, cotangent, options)
    }

    fn session(&self, plan: &SessionPlan<'_>) -> Result<Option<Box<dyn Session>>> {
        (**self).session(plan)
    }

    fn jacobian(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian> {
        (**self).jacobian(problem, recording, sample, options)
    }

    fn jvp(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        direction: &Direction,
        options: &GradientOptions,
    ) -> Result<Tangent> {
        (**self).jvp(problem, recording, direction, options)
    }
}
