//! The engine's answers for those who cannot block.

use super::engine::{GpuEngine, check_direction, check_gradient};
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
        problem.check()?;
        self.exclusive().simulate(problem).await
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
        check_gradient(problem, recording, cotangent, options)?;
        let mut inner = self.exclusive();
        let gradient = inner
            .gradient(problem, recording, cotangent, options)
            .await?;
        gradient.finite(problem)
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
        check_direction(problem, recording, direction, options)?;
        let mut inner = self.exclusive();
        let tangent = inner.jvp(problem, recording, direction, options).await?;
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
        check_gradient(problem, recording, &Cotangent::zeros(recording), options)?;
        let mut inner = self.exclusive();
        let jacobian = inner.jacobian(problem, recording, sample, options).await?;
        jacobian.finite(problem)
    }
}
