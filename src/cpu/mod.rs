//! The reference engine: f64, on the processor's vector units and cores.

mod adjoint;
mod aligned;
mod arrivals;
mod blocks;
mod compiled;
mod exponential;
mod forward;
mod propagators;
mod record;
mod registers;
mod replay;
mod sample;
mod simulate;
mod spike_order;
mod timeline;
mod workspace;

use rayon::prelude::*;

pub use compiled::Kernel;

use crate::engine::{Cotangent, Engine, Gradient, GradientOptions, Jacobian, Method};
use crate::event::Recording;
use crate::problem::Problem;
use crate::{Error, Result};
use compiled::Compiled;
use workspace::Pool;

/// Samples that are worked on together: enough for a block's weights to be worth loading,
/// few enough that a batch gives every core something to do. A function of the
/// batch alone, so that results do not depend on the number of threads.
fn chunk_size(n_samples: usize) -> usize {
    n_samples.div_ceil(8).clamp(1, 32)
}

/// The CPU engine.
#[derive(Debug)]
pub struct CpuEngine {
    pool: Option<rayon::ThreadPool>,
    kernel: Kernel,
    workspaces: Pool,
}

impl Default for CpuEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl CpuEngine {
    /// An engine on all cores.
    pub fn new() -> Self {
        Self {
            pool: None,
            kernel: Kernel::Auto,
            workspaces: Pool::default(),
        }
    }

    /// Uses this many threads.
    ///
    /// # Errors
    /// No threads, or more than the system will start.
    pub fn threads(mut self, threads: usize) -> Result<Self> {
        let invalid = |remedy: String| Error::invalid("threads", threads, remedy);
        if threads == 0 {
            return Err(invalid("give at least one".into()));
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        self.pool = Some(pool.map_err(|error| invalid(format!("give fewer ({error})")))?);
        Ok(self)
    }

    /// Chooses how neurons are advanced; results agree to rounding.
    pub fn kernel(mut self, kernel: Kernel) -> Self {
        self.kernel = kernel;
        self
    }

    /// Runs `work` on the engine's threads.
    fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

impl Engine for CpuEngine {
    fn name(&self) -> &str {
        "cpu"
    }

    fn simulate(&self, problem: &Problem<'_>) -> Result<Recording> {
        problem.check()?;
        self.install(|| {
            let compiled = Compiled::new(*problem, self.kernel);
            let n_samples = problem.inputs.n_samples();
            let chunk = chunk_size(n_samples);
            let parts: Vec<record::Part> = (0..n_samples.div_ceil(chunk))
                .into_par_iter()
                .map(|ix| {
                    let first = ix * chunk;
                    let samples = first..(first + chunk).min(n_samples);
                    self.workspaces
                        .lend(|workspace| simulate::simulate_chunk(&compiled, samples, workspace))
                })
                .collect();
            record::recording(&compiled, &parts, chunk)
        })
    }

    fn gradient(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<Gradient> {
        problem.check()?;
        problem.check_gradient(recording, cotangent, options)?;
        Ok(self.install(|| {
            let compiled = Compiled::new(*problem, self.kernel);
            match options.method {
                Method::Adjoint => {
                    let pool = &self.workspaces;
                    adjoint::gradient(&compiled, recording, cotangent, options, pool)
                }
                Method::Forward => {
                    let pool = &self.workspaces;
                    forward::gradient(&compiled, recording, cotangent, options, pool)
                }
            }
        }))
    }

    fn jacobian(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian> {
        problem.check()?;
        let zeros = Cotangent::zeros(recording);
        problem.check_gradient(recording, &zeros, options)?;
        if sample >= recording.n_samples() {
            return Err(Error::invalid(
                "sample",
                sample,
                format!(
                    "the recording has {}, counted from 0",
                    recording.n_samples()
                ),
            ));
        }
        Ok(self.install(|| {
            let compiled = Compiled::new(*problem, self.kernel);
            match options.method {
                Method::Adjoint => {
                    let pool = &self.workspaces;
                    adjoint::jacobian(&compiled, recording, sample, options, pool)
                }
                Method::Forward => {
                    let pool = &self.workspaces;
                    forward::jacobian(&compiled, recording, sample, options, pool)
                }
            }
        }))
    }
}
