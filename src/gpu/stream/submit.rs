//! The device's side of a large network: buffers and kernels.

use crate::Result;
use crate::gpu::buffers::Buffers;
use crate::gpu::context::Context;
use crate::gpu::kernel::{Kernel, Kernels, Mutation, Role, Source};
use crate::gpu::kernels::{sparse_advance, sparse_deliver, sparse_relay};
use crate::gpu::profile::Profile;
use crate::gpu::receptors::Receptors;
use crate::gpu::schedule::Schedule;

/// What a run changes and a repeated block starts from.
const SAVED: [Role; 2] = [Role::SparseStates, Role::Upcoming];

/// The kernels in the order in which a window runs them.
const SOURCES: [&Source; 3] = [
    &sparse_deliver::SOURCE,
    &sparse_relay::SOURCE,
    &sparse_advance::SOURCE,
];

#[derive(Debug)]
pub(super) struct Device {
    pub context: Context,
    pub buffers: Buffers,
    pub profile: Profile,
    /// Whether kernels are timed, if the device has a clock.
    pub is_timed: bool,
    kernels: Kernels,
    /// Copies of what is [`SAVED`].
    saved: Vec<wgpu::Buffer>,
    mutation: Option<Mutation>,
}

impl Device {
    /// One with the kernels of a simulation.
    ///
    /// # Errors
    /// A device that refuses one.
    pub async fn new(context: Context, mutation: Option<Mutation>) -> Result<Self> {
        let mut device = Self {
            context,
            buffers: Buffers::default(),
            profile: Profile::new(),
            is_timed: true,
            kernels: Kernels::new(),
            saved: Vec::new(),
            mutation,
        };
        device.compile(&SOURCES).await?;
        Ok(device)
    }

    /// Compiles kernels.
    ///
    /// # Errors
    /// A device that refuses one.
    pub async fn compile(&mut self, sources: &[&Source]) -> Result<()> {
        for source in sources {
            let kernel = Kernel::new(&self.context, source, self.mutation.as_ref()).await?;
            self.kernels.insert((source.name, Receptors::One), kernel);
        }
        Ok(())
    }

    /// Makes the buffers that hold what a block can be repeated from.
    pub fn make_saved(&mut self) {
        self.saved = SAVED.map(|role| self.buffer_like(role)).into();
    }

    /// A buffer that can hold what another does.
    pub fn buffer_like(&self, role: Role) -> wgpu::Buffer {
        let descriptor = wgpu::BufferDescriptor {
            label: Some("saved"),
            size: self.buffers.get(role).size(),
            usage: wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        };
        self.context.device.create_buffer(&descriptor)
    }

    /// Saves the state, or brings back what was saved.
    pub fn copy_state(&mut self, is_back: bool) {
        for (role, saved) in SAVED.into_iter().zip(self.saved.clone()) {
            self.copy(role, &saved, is_back);
        }
    }

    /// Copies what a role's buffer holds to another, or back.
    pub fn copy(&mut self, role: Role, saved: &wgpu::Buffer, is_back: bool) {
        let held = self.buffers.get(role).clone();
        let (from, to) = if is_back {
            (saved, &held)
        } else {
            (&held, saved)
        };
        self.buffers.copy(&self.context, from, to, held.size());
    }

    /// Runs dispatches in order, timing each where the device was opened to be profiled.
    ///
    /// # Errors
    /// A fault or loss of the device.
    pub async fn run(&mut self, schedule: &Schedule) -> Result<()> {
        let is_timed = self.is_timed && self.context.has_clock;
        let profile = is_timed.then_some(&mut self.profile);
        self.buffers
            .record(&self.context, &self.kernels, schedule, profile)
            .await?;
        self.buffers.submit(&self.context)
    }
}
