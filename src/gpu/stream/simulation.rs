//! A large network in time, on a device.

use super::delays::Delays;
use super::generated::Generated;
use super::layout::{SparseArrival, SparseFired, SparsePopulation, SparseState};
use super::record::Recording;
use super::room::Room;
use super::submit::Device;
use super::synapses::Layout;
use crate::gpu::engine::Statistics;
use crate::gpu::kernel::Role;
use crate::gpu::options::GpuOptions;
use crate::gpu::profile::Profile;
use crate::stream::{Handover, StateSample, StreamOptions, StreamSpike};
use crate::{Error, Result};

/// How a large network is simulated on a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct GpuStreamOptions {
    /// As on the CPU. A window is rounded to single precision.
    pub simulation: StreamOptions,
    /// Which adapter; by default it may fill its memory.
    pub gpu: GpuOptions,
    /// The most bytes of synapses to bind at once; by default what the adapter allows. Changes no bit.
    pub binding: Option<u64>,
    /// Begins with room for one of everything; for tests of how it grows.
    #[doc(hidden)]
    pub tight: bool,
    /// A piece of the shaders and what replaces it; for tests, which must not pass then.
    #[doc(hidden)]
    pub mutation: Option<(&'static str, &'static str)>,
}

setters!(GpuStreamOptions {
    simulation: StreamOptions,
    gpu: GpuOptions,
    binding: Option<u64>,
    #[doc(hidden)]
    tight: bool,
    #[doc(hidden)]
    mutation: Option<(&'static str, &'static str)>,
});

/// A large network in time, simulated by a GPU in single precision: its state, and how far it is.
///
/// The same contract as [`CpuStream`](crate::cpu::stream::CpuStream), whose spikes it
/// finds until rounding has been amplified: a recurrent network is chaotic. The same adapter gives the same bits, whatever the
/// number of windows in a call and however often room grew.
///
/// ```no_run
/// use spikefront::gpu::stream::{GpuStreamOptions, GpuStream};
///
/// let network = spikefront::networks::cuba(1.0, 1).build_in_rows()?;
/// let mut simulation = GpuStream::new(&network, &GpuStreamOptions::default())?;
/// let window = simulation.window();
/// simulation.run(1000.0, |spikes| {
///     for spike in spikes {
///         println!("{} ms: neuron {}", spike.time(window), spike.neuron);
///     }
///     Ok(())
/// })?;
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug)]
pub struct GpuStream {
    pub(super) device: Device,
    pub(super) synapses: Layout,
    pub(super) delays: Delays,
    pub(super) generated: Generated,
    pub(super) room: Room,
    pub(super) n_neurons: u32,
    /// Those that are advanced here: all of them, or those of one rank.
    pub(super) own: std::ops::Range<u32>,
    /// As the device sees them: neurons of one kind each.
    pub(super) n_populations: u32,
    pub(super) window: f64,
    pub(super) memory: Option<u64>,
    /// What is kept of derivatives, in bytes.
    pub(super) kept: u64,
    /// The next window.
    pub(super) now: u32,
    /// Spikes of neurons that may still be underway, in order.
    pub(super) recent: Vec<SparseFired>,
    /// Up to where runs have gone, in ms.
    pub(super) reached: f64,
    pub(super) statistics: Statistics,
    pub(super) handover: Handover,
    pub(super) recording: Recording,
    /// Where among the next arrivals of drives those begin that a pass through a window draws.
    pub(super) first_drawn: u32,
}

impl GpuStream {
    /// Makes sure that a buffer has room.
    ///
    /// # Errors
    /// More than the adapter binds, or than the simulation may use in all.
    pub(super) fn ensure(&mut self, role: Role, bytes: u64, what: &str) -> Result<()> {
        let remedy = format!("{} neurons are too many for this adapter", self.n_neurons);
        self.ensure_or(role, bytes, what, &remedy)
    }

    /// As [`ensure`](Self::ensure), and says why where the adapter does not bind as much at once.
    pub(super) fn ensure_or(
        &mut self,
        role: Role,
        bytes: u64,
        what: &str,
        why: &str,
    ) -> Result<()> {
        let limits = &self.device.context.limits;
        let most = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
        if bytes > most {
            let remedy = format!(
                "{why}, which binds no more at once; use fewer, another adapter, or the CPU"
            );
            return Err(Error::memory(what, bytes, most, remedy));
        }
        self.check_memory()?;
        let Device {
            context, buffers, ..
        } = &mut self.device;
        buffers.ensure(context, role, bytes)
    }

    /// What the network takes with as much room as it has now, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        let synapses = 4 * self.synapses.words;
        let queue = u64::from(self.room.queued) * size_of::<SparseArrival>() as u64;
        let states = queue + 2 * size_of::<SparseState>() as u64;
        let kinds = u64::from(self.n_populations) * size_of::<SparsePopulation>() as u64;
        synapses + u64::from(self.n_neurons) * states + kinds
    }

    /// Whether the network, with as much room as it has now, is within what may be used.
    pub(super) fn check_memory(&self) -> Result<()> {
        let n = u64::from(self.n_neurons);
        let total = self.bytes() + self.kept;
        if let Some(memory) = self.memory.filter(|&memory| total > memory) {
            let remedy = format!(
                "{n} neurons and their synapses take that; give a memory limit of {} MiB or more, or a smaller network",
                total.div_ceil(1 << 20)
            );
            let what = match self.kept {
                0 => "the network",
                _ => "the network and its derivatives",
            };
            return Err(Error::memory(what, total, memory, remedy));
        }
        Ok(())
    }

    /// Notes spikes and releases from now on; `is_tight`: at first with room for one.
    pub(super) fn note_events(&mut self, is_tight: bool) {
        let guess = self.room.listed.saturating_mul(2);
        self.room.events = if is_tight { 1 } else { guess };
    }

    /// How many of the windows up to `until` ms go into the next block.
    pub(super) fn windows_left(&self, until: f64) -> u32 {
        let is_before = |n: &u32| f64::from(self.now + n) * self.window < until;
        // The last begins before the end of the run.
        (1..self.room.windows()).take_while(is_before).count() as u32 + 1
    }

    /// Whether so many windows can be counted.
    pub(super) fn check_until(&self, until: f64) -> Result<()> {
        let most = f64::from(u32::MAX / 2) * self.window;
        if until > most {
            let remedy = format!("windows are counted in 32 bits: give at most {most} ms");
            return Err(Error::invalid("until", until, remedy));
        }
        Ok(())
    }

    /// The adapter and the driver, in one line.
    pub fn description(&self) -> String {
        self.device.context.description()
    }

    /// The length of a window in ms.
    pub fn window(&self) -> f64 {
        self.window
    }

    /// How far the simulation is, in ms: up to where the last run went.
    pub fn time(&self) -> f64 {
        self.reached
    }

    /// How many spikes have been handed over.
    pub fn spikes(&self) -> u64 {
        self.handover.handed()
    }

    /// What the simulation has been through.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// In how many parts the synapses lie: an adapter binds only so much at once.
    pub fn parts(&self) -> usize {
        self.synapses.parts.len()
    }

    /// How long each kernel has run since the last call; empty unless opened to be profiled.
    pub fn take_profile(&mut self) -> Profile {
        std::mem::take(&mut self.device.profile)
    }

    /// Whether kernels are timed from now on; they are where it was opened to be profiled. Time stamps cost time themselves.
    pub fn time_kernels(&mut self, is_timed: bool) {
        self.device.is_timed = is_timed;
    }

    /// How many arrivals neurons have had, those of drives included; asks the device.
    ///
    /// # Errors
    /// A device that fails.
    pub fn synaptic_events(&mut self) -> Result<u64> {
        let bytes = u64::from(self.n_neurons) * size_of::<SparseState>() as u64;
        let Device {
            context, buffers, ..
        } = &mut self.device;
        let read = pollster::block_on(buffers.read(context, &[(Role::SparseStates, bytes)]))?;
        let states: Vec<SparseState> = bytemuck::pod_collect_to_vec(&read[0]);
        Ok(states.iter().map(|s| u64::from(s.n_arrivals)).sum())
    }

    /// Goes on until `until` ms and hands over the spikes on the way, in order of time, then neuron: those
    /// of one window at a time, and never one after `until`.
    ///
    /// # Errors
    /// What `spikes` returns; a neuron that fires without end; more arrivals or spikes in a window than kernels
    /// go through; a device that fails or has too little memory.
    pub fn run(
        &mut self,
        until: f64,
        spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
    ) -> Result<()> {
        pollster::block_on(self.run_async(until, spikes))
    }

    /// As [`run`](Self::run), and hands over what [recorders](Self::record) find: window by window, by recorder, time, then
    /// neuron. The last window may go a little beyond `until`, and what is recorded there comes with it.
    ///
    /// # Errors
    /// As there, and what `states` returns.
    pub fn run_recording(
        &mut self,
        until: f64,
        spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
        states: impl FnMut(&[StateSample]) -> Result<()>,
    ) -> Result<()> {
        pollster::block_on(self.run_recording_async(until, spikes, states))
    }

    /// As [`run`](Self::run), where blocking is not possible.
    ///
    /// # Errors
    /// As there.
    pub async fn run_async(
        &mut self,
        until: f64,
        spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
    ) -> Result<()> {
        self.run_recording_async(until, spikes, |_| Ok(())).await
    }

    /// As [`run_recording`](Self::run_recording), where blocking is not possible.
    ///
    /// # Errors
    /// As there.
    pub async fn run_recording_async(
        &mut self,
        until: f64,
        mut spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
        mut states: impl FnMut(&[StateSample]) -> Result<()>,
    ) -> Result<()> {
        let window = self.window;
        self.handover.begin(until, window, &mut spikes)?;
        self.check_until(until)?;
        while f64::from(self.now) * self.window < until {
            let first = self.now;
            let block = self.block(self.windows_left(until)).await?;
            for now in first..self.now {
                let own = block.wanted.iter().filter(|wanted| wanted.window == now);
                let own = own.flat_map(|wanted| self.recording.found(wanted, &block.samples));
                let samples: Vec<StateSample> = own.collect();
                if !samples.is_empty() {
                    states(&samples)?;
                }
                let from = block.fired.partition_point(|fired| fired.window < now);
                let own = block.spikes().skip(from);
                let own = own.take_while(|spike| spike.window == u64::from(now));
                self.handover
                    .pass(until, window, own.collect(), &mut spikes)?;
            }
        }
        self.reached = self.reached.max(until);
        Ok(())
    }
}
