//! The engine's answers for those who cannot block.

use super::engine::GpuEngine;
use crate::Result;
use crate::engine::{Cotangent, Direction, Gradient, GradientOptions, Jacobian, Tangent};
use crate::event::Recording;
use crate::problem::Problem;

impl GpuEngine {
    /// As [`Engine::simulate`](crate::Engine::simulate), where blocking is not possible: in a browser, awaiting this yields to its
    /// event loop. Elsewhere the future waits for the device when it is polled.
    ///
    /// # Errors
    /// As there; a device that fails, too little memory.
    pub async fn simulate_async(&mut self, problem: &Problem<'_>) -> Result<Recording> {
        let matrices = problem.in_matrices()?;
        let recording = self.exclusive().simulate(&matrices.problem()).await?;
        Ok(matrices.recording(recording))
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
        let matrices = problem.in_matrices()?;
        problem.check_gradient(recording, cotangent, options)?;
        let mut inner = self.exclusive();
        let gradient = inner
            .gradient(&matrices.problem(), recording, cotangent, options)
            .await?;
        matrices.gradient(gradient).finite(problem)
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
        let matrices = problem.in_matrices()?;
        problem.check_direction(recording, direction, options)?;
        let direction = matrices.direction(direction);
        let mut inner = self.exclusive();
        let tangent = inner
            .jvp(&matrices.problem(), recording, &direction, options)
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
        let matrices = problem.in_matrices()?;
        problem.check_gradient(recording, &Cotangent::zeros(recording), options)?;
        let mut inner = self.exclusive();
        let jacobian = inner
            .jacobian(&matrices.problem(), recording, sample, options)
            .await?;
        matrices.jacobian(jacobian).finite(problem)
    }
}
