//! The engine's answers for those who cannot block.

use super::engine::GpuEngine;
use crate::Result;
use crate::engine::{Cotangent, Direction, Gradient, GradientOptions, Jacobian, Tangent};
use crate::event::Recording;
use crate::network::Form;
use crate::problem::Problem;

impl GpuEngine {
    /// As [`Engine::simulate`](crate::Engine::simulate), where blocking is not possible: in a browser, awaiting this yields to its
    /// event loop. Elsewhere the future waits for the device when it is polled.
    ///
    /// # Errors
    /// As there; a device that fails, too little memory.
    pub async fn simulate_async(&mut self, problem: &Problem<'_>) -> Result<Recording> {
        let computed = problem.computed(Form::Synapses)?;
        let recording = self.exclusive().simulate(&computed.problem()).await?;
        Ok(computed.recording(recording))
    }

    /// As [`Engine::gradient`](crate::Engine::gradient), and as [`simulate_async`](Self::simulate_async).
    ///
    /// # Errors
    /// As there.
    pub async fn gradient_async(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<Gradient> {
        let computed = problem.computed(Form::Synapses)?;
        problem.check_gradient(recording, cotangent, options)?;
        let mut inner = self.exclusive();
        let gradient = inner
            .gradient(&computed.problem(), recording, cotangent, options)
            .await?;
        computed.gradient(gradient).finite(problem)
    }

    /// As [`Engine::jvp`](crate::Engine::jvp), and as [`simulate_async`](Self::simulate_async).
    ///
    /// # Errors
    /// As there.
    pub async fn jvp_async(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        direction: &Direction,
        options: &GradientOptions,
    ) -> Result<Tangent> {
        let computed = problem.computed(Form::Synapses)?;
        problem.check_direction(recording, direction, options)?;
        let direction = computed.direction(direction);
        let mut inner = self.exclusive();
        let tangent = inner
            .jvp(&computed.problem(), recording, &direction, options)
            .await?;
        tangent.finite()
    }

    /// As [`Engine::jacobian`](crate::Engine::jacobian), and as [`simulate_async`](Self::simulate_async).
    ///
    /// # Errors
    /// As there.
    pub async fn jacobian_async(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian> {
        let computed = problem.computed(Form::Synapses)?;
        problem.check_gradient(recording, &Cotangent::zeros(recording), options)?;
        let mut inner = self.exclusive();
        let jacobian = inner
            .jacobian(&computed.problem(), recording, sample, options)
            .await?;
        computed.jacobian(jacobian).finite(problem)
    }
}
