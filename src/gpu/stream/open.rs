//! Bringing a large network to a device.

use super::GpuStreamOptions;
use super::delays::Delays;
use super::drawn;
use super::generated::Generated;
use super::record::Recording;
use super::room::Room;
use super::simulation::GpuStream;
use super::submit::Device;
use super::synapses::Layout;
use super::tables::{Tables, most_kinds};
use super::upload::{Upload, buffer_for};
use crate::gpu::context::Context;
use crate::gpu::engine::Statistics;
use crate::gpu::kernel::{Mutation, Role};
use crate::gpu::layout::WORKGROUP;
use crate::network::{Joined, NetworkInParts, NetworkInRows};
use crate::stream::Handover;
use crate::{Error, Result};

/// Bytes of a word.
pub(super) const WORD: u64 = 4;

impl GpuStream {
    /// A network at time 0 on a device, waiting for it.
    ///
    /// # Errors
    /// No such adapter; a window that the network does not allow, or that is too short for its longest delay; a network
    /// for which there is too little memory.
    pub fn new(network: &NetworkInRows, options: &GpuStreamOptions) -> Result<Self> {
        pollster::block_on(Self::open(network, options))
    }

    /// As [`new`](Self::new), where blocking is not possible.
    ///
    /// # Errors
    /// As there.
    pub async fn open(network: &NetworkInRows, options: &GpuStreamOptions) -> Result<Self> {
        let mut simulation = Self::begun(network, options, WORD).await?;
        simulation.complete(network).await?;
        Ok(simulation)
    }

    /// A device that waits for a network; for each word of its synapses `bytes` must be bound at once.
    pub(super) async fn begun(
        network: &NetworkInRows,
        options: &GpuStreamOptions,
        bytes: u64,
    ) -> Result<Self> {
        let words = network.rows().map(|rows| rows.extent().words()).sum();
        Self::begin(network, words, options, bytes).await
    }

    /// Brings the synapses and everything else to the device.
    pub(super) async fn complete(&mut self, network: &NetworkInRows) -> Result<()> {
        for partition in network.partitions.iter() {
            let rows = partition.rows.iter().map(std::slice::from_ref);
            self.bring(network, rows.map(Joined::new)).await?;
        }
        self.fill(network).await
    }

    /// As [`new`](Self::new), of a network whose synapses are made one partition after another: the host holds no more of
    /// them at a time. How many partitions there are changes no bit.
    ///
    /// # Errors
    /// As there; a partition that does not fit into the host's memory.
    pub fn in_parts(network: &NetworkInParts, options: &GpuStreamOptions) -> Result<Self> {
        pollster::block_on(Self::open_in_parts(network, options))
    }

    /// As [`in_parts`](Self::in_parts), where blocking is not possible.
    ///
    /// # Errors
    /// As there.
    pub async fn open_in_parts(
        network: &NetworkInParts,
        options: &GpuStreamOptions,
    ) -> Result<Self> {
        let words = network.extents().map(|extent| extent.words()).sum();
        let mut simulation = Self::begin(&network.outline, words, options, WORD).await?;
        for ix in 0..network.partitions() {
            let partition = network.partition(ix)?;
            let rows = partition.iter().map(|shares| Joined::new(shares));
            simulation.bring(&network.outline, rows).await?;
        }
        simulation.fill(&network.outline).await?;
        Ok(simulation)
    }

    /// A device that waits for a network whose synapses take so many words; for each of them `bytes` must be bound at once.
    pub(super) async fn begin(
        outline: &NetworkInRows,
        words: u64,
        options: &GpuStreamOptions,
        bytes: u64,
    ) -> Result<Self> {
        let longest = options.simulation.window_for(outline)?;
        let window = in_single_precision(longest);
        let delays = Delays::new(outline, window)?;
        let most = u32::from(u16::MAX) * WORKGROUP;
        if outline.neurons() > most as usize {
            return Err(Error::invalid(
                "number of neurons",
                outline.neurons(),
                format!("a dispatch has room for {most}; use the CPU"),
            ));
        }
        drawn::check(outline, window)?;
        let n_neurons = outline.neurons() as u32;
        let context = Context::new(&options.gpu).await?;
        let limits = &context.limits;
        let binding = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size)
            .min(options.binding.unwrap_or(u64::MAX));
        let room = match options.tight {
            true => Room::least(delays.is_at_once),
            false => Room::guess(n_neurons, delays.is_at_once),
        };
        let mutation = options.mutation.map(|(right, wrong)| Mutation {
            right: right.to_owned(),
            wrong: wrong.to_owned(),
        });
        let simulation = Self {
            generated: Generated::new(outline, window),
            device: Device::new(context, mutation).await?,
            synapses: Layout::new(outline, words, binding / bytes),
            delays,
            room,
            n_neurons,
            own: 0..n_neurons,
            n_populations: most_kinds(outline),
            window,
            memory: options.gpu.memory,
            kept: 0,
            now: 0,
            recent: Vec::new(),
            reached: 0.0,
            statistics: Statistics::default(),
            handover: Handover::default(),
            recording: Recording::new(outline),
            first_drawn: 0,
        };
        simulation.check_memory()?;
        Ok(simulation)
    }

    /// Brings the synapses of a partition to the device: the rows of each group.
    async fn bring(
        &mut self,
        outline: &NetworkInRows,
        partition: impl Iterator<Item = Joined<'_>>,
    ) -> Result<()> {
        let (context, buffers) = (&self.device.context, &mut self.device.buffers.synapses);
        let mut upload = Upload::new(context, &self.delays);
        for (group, rows) in partition.enumerate() {
            for placed in self.synapses.place(outline, group, rows, &self.delays)? {
                if buffers.len() == placed.part {
                    let part = &self.synapses.parts[placed.part];
                    buffers.push(buffer_for(context, part).await?);
                }
                upload.piece(&buffers[placed.part], rows, &placed).await?;
            }
        }
        upload.finish().await
    }

    /// Writes everything but the synapses, which are there.
    async fn fill(&mut self, outline: &NetworkInRows) -> Result<()> {
        self.synapses.finish();
        let mut tables = Tables::new(outline, self.window);
        self.n_populations = tables.populations.len() as u32;
        let kinds = size_of_val(&tables.populations[..]) as u64;
        self.ensure(Role::Populations, kinds, "the values of neurons")?;
        let states = size_of_val(&tables.states[..]) as u64;
        self.ensure(Role::SparseStates, states, "the states of neurons")?;
        if self.delays.is_at_once {
            // Passes through a window draw on the second of both.
            self.first_drawn = tables.upcoming.len() as u32;
            tables.upcoming.extend_from_within(..);
        }
        let upcoming = size_of_val(&tables.upcoming[..]) as u64;
        self.ensure(Role::Upcoming, upcoming, "the next arrivals of drives")?;
        let Device {
            context, buffers, ..
        } = &mut self.device;
        buffers.fill(context, Role::SparseStates, &tables.states)?;
        buffers.fill(context, Role::Upcoming, &tables.upcoming)?;
        buffers.fill(context, Role::Populations, &tables.populations)?;
        buffers.fill(context, Role::Drives, &tables.drives)?;
        buffers.fill(context, Role::SparseSources, &self.synapses.sources)?;
        buffers.fill(context, Role::Pieces, &self.synapses.pieces)?;
        self.device.make_saved();
        self.device.context.check()
    }
}

/// The longest length that is no longer and that kernels can hold.
fn in_single_precision(window: f64) -> f64 {
    let rounded = window as f32;
    if f64::from(rounded) > window {
        rounded.next_down().into()
    } else {
        rounded.into()
    }
}
