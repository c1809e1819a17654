//! The GPU engine: the same answers as the CPU's, to single precision.

use std::sync::{Arc, Mutex, PoisonError};

use super::buffers::Buffers;
use super::ceilings::Ceilings;
use super::context::Context;
use super::kernel::{Kernels, Mutation, Source};
use super::kernels;
use super::options::GpuOptions;
use super::profile::Profile;
use super::schedule::{Capacities, Carry};
use super::session::GpuSession;
use crate::Result;
use crate::engine::{Cotangent, Direction, Engine, Gradient, GradientOptions, Jacobian, Tangent};
use crate::event::Recording;
use crate::network::Form;
use crate::problem::Problem;
use crate::session::{Session, SessionPlan, open_session};

/// The part of the largest buffer that an engine may fill by default.
const DEFAULT_SHARE: u64 = 2;

/// How many bytes an engine may use unless it is told.
pub(super) fn default_memory(limits: &wgpu::Limits) -> u64 {
    limits.max_buffer_size / DEFAULT_SHARE
}

/// What an engine has been through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// How often something had too little room and windows were repeated.
    pub repeats: usize,
    /// How many windows that was: of a simulation those of a block, of a training step all of them.
    pub repeated_windows: usize,
    /// How often a buffer grew.
    pub grown_buffers: usize,
    /// Dispatches of kernels.
    pub dispatches: usize,
    /// Columns in a tile of the latest forward propagation.
    pub tile_width: usize,
    /// Passes, in all, through windows of a long run that are gone through again because spikes may arrive in the window in which they
    /// are fired.
    pub passes: usize,
    /// The most passes that one window took.
    pub most_passes: usize,
    /// Bytes that the host has read from the device.
    pub bytes_read: u64,
    /// Bytes that it has written to it.
    pub bytes_written: u64,
    /// How often it has written to a buffer.
    pub writes: usize,
    /// How often it has handed commands over.
    pub submissions: usize,
}

/// What changes from call to call.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub buffers: Buffers,
    capacities: Option<Capacities>,
    kernels: Kernels,
    statistics: Statistics,
    profile: Profile,
    /// Whether kernels are not timed although they could be.
    is_untimed: bool,
    /// Whether the first guess of room is one of everything.
    starts_tight: bool,
    /// Which ways of carrying sensitivities may be taken.
    carry: Carry,
    /// What is wrong with the kernels; nothing but in tests.
    mutation: Option<Mutation>,
}

/// The GPU engine.
///
/// One call runs at a time: callers on several threads wait for one another.
///
/// It takes the place of the CPU engine wherever an [`Engine`] is asked for; where there is no GPU, opening one says so:
///
/// ```no_run
/// use spikefront::cpu::CpuEngine;
/// use spikefront::gpu::{AdapterChoice, GpuEngine, GpuOptions};
/// use spikefront::{Engine, ErrorKind};
///
/// let options = GpuOptions::default().adapter(AdapterChoice::Hardware);
/// let engine: Box<dyn Engine> = match GpuEngine::new(&options) {
///     Ok(gpu) => Box::new(gpu),
///     Err(error) if error.kind() == ErrorKind::Unavailable => Box::new(CpuEngine::new()),
///     Err(error) => return Err(error),
/// };
/// println!("computing on the {}", engine.name());
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug)]
pub struct GpuEngine {
    context: Arc<Context>,
    budget: u64,
    memory: Mutex<Memory>,
}

/// An engine in the middle of a call.
pub(super) struct Inner<'a> {
    pub context: &'a Context,
    pub budget: u64,
    pub buffers: &'a mut Buffers,
    pub capacities: &'a mut Option<Capacities>,
    pub statistics: &'a mut Statistics,
    pub kernels: &'a mut Kernels,
    pub profile: &'a mut Profile,
    pub is_untimed: bool,
    pub starts_tight: bool,
    pub carry: Carry,
    pub mutation: Option<&'a Mutation>,
}

impl GpuEngine {
    /// Opens a GPU, waiting for it.
    ///
    /// # Errors
    /// No adapter, one below the limits that the kernels need, or one that refuses.
    pub fn new(options: &GpuOptions) -> Result<Self> {
        pollster::block_on(Self::open(options))
    }

    /// Opens a GPU.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub async fn open(options: &GpuOptions) -> Result<Self> {
        let context = Arc::new(Context::new(options).await?);
        let budget = options
            .memory
            .unwrap_or_else(|| default_memory(&context.limits));
        Ok(Self {
            context,
            budget,
            memory: Mutex::default(),
        })
    }

    /// The adapter and the driver, in one line.
    pub fn description(&self) -> String {
        self.context.description()
    }

    /// Whether it runs on a piece of hardware rather than a software driver.
    pub fn is_hardware(&self) -> bool {
        self.context.is_hardware()
    }

    /// What the engine has been through so far.
    pub fn statistics(&self) -> Statistics {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let traffic = memory.buffers.traffic();
        Statistics {
            bytes_read: traffic.bytes_read,
            bytes_written: traffic.bytes_written,
            writes: traffic.writes,
            submissions: traffic.submissions,
            ..memory.statistics
        }
    }

    /// Whether kernels are timed from now on; they are where the engine was opened to be profiled. Time stamps cost time themselves.
    pub fn time_kernels(&self, is_timed: bool) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.is_untimed = !is_timed;
    }

    /// How long each kernel has run since the last call; empty unless the engine was opened to be profiled.
    pub fn take_profile(&self) -> Profile {
        self.locked(|inner| std::mem::take(inner.profile))
    }

    /// Measures what the device can do at most.
    ///
    /// # Errors
    /// A device that fails, or has no 192 MiB.
    pub fn ceilings(&self) -> Result<Ceilings> {
        self.locked(|mut inner| pollster::block_on(inner.ceilings()))
    }

    /// Computes for 0.4 seconds, for a GPU that has been idle runs at a fraction of its clock at first: before something is timed.
    ///
    /// # Errors
    /// A device that fails.
    pub fn warm_up(&self) -> Result<()> {
        self.locked(|mut inner| pollster::block_on(inner.warm_up()))
    }

    /// Gives every run from now on room for one of everything at first; for tests of how it grows.
    #[doc(hidden)]
    pub fn start_tight(&self) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.starts_tight = true;
        memory.capacities = None;
    }

    /// Which ways of carrying sensitivities may be taken from now on; for tests, which compare them.
    #[doc(hidden)]
    pub fn carry(&self, carry: Carry) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.carry = carry;
    }

    /// Replaces a piece of the shaders by another from now on; for tests, which must not pass then. The answer is in how
    /// many kernels it is.
    #[doc(hidden)]
    pub fn mutate(&self, right: &str, wrong: &str) -> usize {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.kernels.clear();
        memory.mutation = Some(Mutation {
            right: right.to_owned(),
            wrong: wrong.to_owned(),
        });
        let has_it = |source: &&Source| {
            let mut texts = std::iter::once(source.text).chain(source.several);
            texts.any(|text| text.contains(right))
        };
        kernels::ALL.iter().filter(has_it).count()
    }

    /// Takes the device away, as a driver's reset does; for tests of what follows.
    #[doc(hidden)]
    pub fn lose_device(&self) {
        self.context.device.destroy();
    }

    /// Runs `work` with the engine's memory to itself.
    fn locked<T>(&self, work: impl FnOnce(Inner<'_>) -> T) -> T {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        work(memory.inner(&self.context, self.budget))
    }

    /// The engine's memory, of which the caller is the only user.
    pub(super) fn exclusive(&mut self) -> Inner<'_> {
        let memory = self
            .memory
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        memory.inner(&self.context, self.budget)
    }
}

impl Memory {
    /// Memory of its own for another user of the device, who computes in the same way.
    fn like(&self) -> Self {
        Self {
            starts_tight: self.starts_tight,
            carry: self.carry,
            mutation: self.mutation.clone(),
            ..Self::default()
        }
    }

    /// An engine in the middle of a call.
    pub fn inner<'a>(&'a mut self, context: &'a Context, budget: u64) -> Inner<'a> {
        Inner {
            context,
            budget,
            buffers: &mut self.buffers,
            capacities: &mut self.capacities,
            statistics: &mut self.statistics,
            kernels: &mut self.kernels,
            profile: &mut self.profile,
            is_untimed: self.is_untimed,
            starts_tight: self.starts_tight,
            carry: self.carry,
            mutation: self.mutation.as_ref(),
        }
    }
}

impl Engine for GpuEngine {
    fn name(&self) -> &str {
        "gpu"
    }

    fn session(&self, plan: &SessionPlan<'_>) -> Result<Option<Box<dyn Session>>> {
        if plan.network.has_own_spikes() {
            return Ok(None);
        }
        let memory = self
            .memory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .like();
        let session = open_session(plan, |plan| {
            let session = GpuSession::new(self.context.clone(), self.budget, memory, plan)?;
            Ok(Box::new(session))
        });
        session.map(Some)
    }

    fn simulate(&self, problem: &Problem<'_>) -> Result<Recording> {
        let computed = problem.computed(Form::Synapses)?;
        let problem = computed.problem();
        let recording = self.locked(|mut inner| pollster::block_on(inner.simulate(&problem)));
        recording.map(|recording| computed.recording(recording))
    }

    fn gradient(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<Gradient> {
        let computed = problem.computed(Form::Synapses)?;
        problem.check_gradient(recording, cotangent, options)?;
        let gradient = self.locked(|mut inner| {
            pollster::block_on(inner.gradient(&computed.problem(), recording, cotangent, options))
        });
        computed.gradient(gradient?).finite(problem)
    }

    fn jacobian(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian> {
        let computed = problem.computed(Form::Synapses)?;
        problem.check_gradient(recording, &Cotangent::zeros(recording), options)?;
        let jacobian = self.locked(|mut inner| {
            pollster::block_on(inner.jacobian(&computed.problem(), recording, sample, options))
        });
        computed.jacobian(jacobian?).finite(problem)
    }

    fn jvp(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        direction: &Direction,
        options: &GradientOptions,
    ) -> Result<Tangent> {
        let computed = problem.computed(Form::Synapses)?;
        problem.check_direction(recording, direction, options)?;
        let direction = computed.direction(direction);
        let tangent = self.locked(|mut inner| {
            pollster::block_on(inner.jvp(&computed.problem(), recording, &direction, options))
        });
        tangent?.finite()
    }
}
