//! The reference engine: f64, on the processor's vector units and cores.

mod adjoint;
mod aligned;
mod arrivals;
mod blocks;
mod budget;
mod compiled;
mod exponential;
mod forward;
mod lists;
mod own_values;
mod part_words;
mod propagators;
mod record;
mod registers;
mod replay;
mod sample;
mod simulate;
mod spike_order;
pub mod stream;
mod threads;
mod timeline;
mod turn;
mod words;
mod workers;
mod workspace;

pub use compiled::Kernel;

use std::ops::Range;
use std::sync::{Arc, Mutex};

use crate::Result;
use crate::engine::{
    Cotangent, Direction, Engine, Gradient, GradientOptions, Jacobian, Method, Tangent,
};
use crate::event::Recording;
use crate::network::{Form, PopulationId};
use crate::problem::Problem;
use crate::ranks::Ranks;
use budget::Budget;
use compiled::Compiled;
use part_words::Seen;
use threads::Threads;
use workers::{Question, Workers};
use workspace::Pool;

/// Partial gradients that are held at once: bounds memory, and gives the cores enough to do.
const CHUNKS_AT_ONCE: usize = 16;

/// Samples that are worked on together: enough for a block's weights to be worth loading,
/// few enough that a batch gives every core something to do. A function of the
/// batch alone, so that results do not depend on the number of threads.
fn chunks(n_samples: usize) -> Vec<Range<usize>> {
    let size = n_samples.div_ceil(8).clamp(1, 32);
    let chunk = |start: usize| start..(start + size).min(n_samples);
    (0..n_samples).step_by(size).map(chunk).collect()
}

/// Chunks whose partial gradients are held at once, one range after another.
fn at_once(n_chunks: usize) -> impl Iterator<Item = Range<usize>> {
    let group = move |first: usize| first..(first + CHUNKS_AT_ONCE).min(n_chunks);
    (0..n_chunks).step_by(CHUNKS_AT_ONCE).map(group)
}

/// The CPU engine.
///
/// ```
/// use spikefront::Engine;
/// use spikefront::cpu::CpuEngine;
///
/// let engine = CpuEngine::new(); // the threads of the rayon pool that it is called in
/// let alone = CpuEngine::new().threads(1)?; // the same bits, on this thread
/// assert_eq!(engine.name(), alone.name());
/// # Ok::<(), spikefront::Error>(())
/// ```
///
/// A clone shares threads and memory with the engine that it is of.
///
/// What it is asked is a [`Problem`]; what can be asked is in [`Engine`].
#[derive(Debug, Clone)]
pub struct CpuEngine {
    threads: Threads,
    kernel: Kernel,
    workspaces: Arc<Pool>,
    ranks: Option<Arc<Mutex<Ranks>>>,
}

impl Default for CpuEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl CpuEngine {
    /// An engine on the threads of the rayon pool that it is called in, the program's on all cores
    /// where there is no other.
    pub fn new() -> Self {
        Self {
            threads: Threads::default(),
            kernel: Kernel::Auto,
            workspaces: Arc::default(),
            ranks: None,
        }
    }

    /// Uses this many threads: the one that calls, and helpers of the engine's own. Where there are as many
    /// cores, helpers stay awake for a moment after each call, which makes the steps of small networks shorter.
    ///
    /// # Errors
    /// No threads, or more than the system will start.
    pub fn threads(mut self, threads: usize) -> Result<Self> {
        self.threads = Threads::new(threads)?;
        Ok(self)
    }

    /// Chooses how neurons are advanced; results agree to rounding.
    #[must_use]
    pub fn kernel(mut self, kernel: Kernel) -> Self {
        self.kernel = kernel;
        self
    }

    /// Shares the samples of every batch with other ranks: each simulates and differentiates some chunks of it, and all have the
    /// recording of all samples and the gradient over them, with the bits of one process.
    ///
    /// Simulations and gradients are then collective: every rank asks its own engine the same in the same order. An error on one rank is an
    /// error on all of them. Jacobians and derivatives along a direction are not shared: the rank that asks computes all of it.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use spikefront::cpu::CpuEngine;
    /// use spikefront::ranks::{PATIENCE, cluster};
    /// use spikefront::train::{Experiment, Task};
    ///
    /// let prepared = Experiment::preset(Task::Xor, "default")?.prepare(0)?;
    /// let losses = cluster(2, PATIENCE, |ranks| {
    ///     let engine = CpuEngine::new().threads(1)?.ranks(Arc::new(Mutex::new(ranks)));
    ///     let mut trainer = prepared.trainer(engine)?;
    ///     Ok(trainer.epoch(&prepared.train, None)?.loss)
    /// });
    /// let alone = prepared.trainer(CpuEngine::new())?.epoch(&prepared.train, None)?.loss;
    /// for loss in losses {
    ///     assert_eq!(loss?, alone);
    /// }
    /// # Ok::<(), spikefront::Error>(())
    /// ```
    #[must_use]
    pub fn ranks(mut self, ranks: Arc<Mutex<Ranks>>) -> Self {
        self.ranks = Some(ranks);
        self
    }

    /// In matrices neurons are advanced by nothing but the plain flow.
    fn form(&self) -> Form {
        match self.kernel {
            Kernel::Auto => Form::Synapses,
            Kernel::Plain => Form::Matrices,
        }
    }

    fn workers(&self) -> Workers<'_> {
        Workers {
            threads: &self.threads,
            pool: &self.workspaces,
            ranks: self.ranks.as_deref(),
        }
    }

    /// A recording that has of other ranks' samples what is seen.
    fn recording(&self, problem: &Problem<'_>, seen: &Seen) -> Result<Recording> {
        let computed = problem.computed(self.form())?;
        let compiled = Compiled::new(computed.problem(), self.kernel);
        let chunks = chunks(problem.inputs.n_samples());
        let (budget, workers) = (Budget::new(problem.options), self.workers());
        let made_of = compiled.problem.fingerprint();
        let question = Question::Simulate(made_of);
        let simulate = |ix: usize| {
            let (share, samples) = (budget.share(ix), chunks[ix].clone());
            self.workspaces
                .lend(|workspace| simulate::simulate_chunk(&compiled, samples, share, workspace))
        };
        let parts = workers.map(question, 0..chunks.len(), simulate, seen)?;
        budget.check(problem, &parts, &chunks)?;
        let share = workers.share().filter(|_| !seen.is_all());
        Ok(computed.recording(record::recording(&compiled, &parts, made_of, share)))
    }
}

impl Engine for CpuEngine {
    fn name(&self) -> &str {
        "cpu"
    }

    fn simulate(&self, problem: &Problem<'_>) -> Result<Recording> {
        self.recording(problem, &Seen::all())
    }

    fn simulate_seen(&self, problem: &Problem<'_>, seen: &[PopulationId]) -> Result<Recording> {
        self.recording(problem, &Seen::only(problem.network, seen))
    }

    fn gradient(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<Gradient> {
        let computed = problem.computed(self.form())?;
        let workers = self.workers();
        match recording.share == workers.share() {
            true => problem.check_share(recording, cotangent, options)?,
            false => problem.check_gradient(recording, cotangent, options)?,
        }
        let compiled = Compiled::new(computed.problem(), self.kernel);
        let gradient = match options.method {
            Method::Adjoint => {
                adjoint::gradient(&compiled, recording, cotangent, options, &workers)?
            }
            Method::Forward => {
                forward::gradient(&compiled, recording, cotangent, options, &workers)?
            }
        };
        computed.gradient(gradient).finite(problem)
    }

    fn jacobian(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian> {
        let computed = problem.computed(self.form())?;
        let zeros = Cotangent::zeros(recording);
        problem.check_gradient(recording, &zeros, options)?;
        recording.check_sample(sample)?;
        Jacobian::check_memory(&computed.problem(), recording, sample)?;
        let compiled = Compiled::new(computed.problem(), self.kernel);
        let (threads, pool) = (&self.threads, &self.workspaces);
        let jacobian = match options.method {
            Method::Adjoint => {
                adjoint::jacobian(&compiled, recording, sample, options, (threads, pool))
            }
            Method::Forward => forward::jacobian(&compiled, recording, sample, options, pool),
        };
        computed.jacobian(jacobian).finite(problem)
    }

    fn jvp(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        direction: &Direction,
        options: &GradientOptions,
    ) -> Result<Tangent> {
        let computed = problem.computed(self.form())?;
        problem.check_direction(recording, direction, options)?;
        let compiled = Compiled::new(computed.problem(), self.kernel);
        let direction = computed.direction(direction);
        forward::jvp(&compiled, recording, &direction, options, &self.threads).finite()
    }
}
