//! The engine's answers for those who cannot block.

use super::engine::{GpuEngine, check_direction, check_gradient};
use crate::Result;
use crate::engine::{Cotangent, Direction, Gradient, GradientOptions, Jacobian, Tangent};
use crate::event::Recording;
use crate::problem::{InMatrices, Problem};

impl GpuEngine {
    /// As [`Engine::simulate`](crate::Engine::simulate), where blocking is not possible: in a browser, awaiting this yields to its
    /// event loop. Elsewhere the future waits for the device when it is polled.
    ///
    /// # Errors
    /// As there; a device that fails, too little memory.
    pub async fn simulate_async(&mut self, problem: &Problem<'_>) -> Result<Recording> {
        let made = problem.in_matrices()?;
        let problem = &made.as_ref().map_or(*problem, InMatrices::problem);
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
        let made = problem.in_matrices()?;
        let problem = &made.as_ref().map_or(*problem, InMatrices::problem);
        check_gradient(problem, recording, cotangent, options)?;
        let mut inner = self.exclusive();
        let gradient = inner
            .gradient(problem, recording, cotangent, options)
            .await?;
        let gradient = gradient.finite(problem)?;
        Ok(match &made {
            Some(made) => made.gradient(gradient),
            None => gradient,
        })
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
        let made = problem.in_matrices()?;
        let problem = &made.as_ref().map_or(*problem, InMatrices::problem);
        let made_direction = made.as_ref().map(|made| made.direction(direction));
        let direction = made_direction.as_ref().unwrap_or(direction);
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
        let made = problem.in_matrices()?;
        let problem = &made.as_ref().map_or(*problem, InMatrices::problem);
        check_gradient(problem, recording, &Cotangent::zeros(recording), options)?;
        let mut inner = self.exclusive();
        let jacobian = inner.jacobian(problem, recording, sample, options).await?;
        let jacobian = jacobian.finite(problem)?;
        Ok(match &made {
            Some(made) => made.jacobian(jacobian),
            None => jacobian,
        })
    }
}
