//! One large network over several ranks, each with an adapter.
//!
//! Each rank's device has the synapses onto the rank's own neurons, and advances those. A block is no longer than the shortest delay, so that
//! nothing fired in it arrives in it; what all ranks fired in it is what the next begins with.

use super::layout::SparseFired;
use super::{GpuStream, GpuStreamOptions};
use crate::network::{NetworkShare, Totals};
use crate::ranks::{Ranks, Traffic};
use crate::stream::{StateRecorder, StateSample, Stream, StreamSpike, StreamState, merged, packed};
use crate::{Error, Result};

/// A large network in time on several devices, of which this rank has one.
///
/// Its methods are collective, as those of [`RankStream`](crate::cpu::stream::RankStream). Spikes are those of all neurons on every rank,
/// and those of one [`GpuStream`], bit for bit, where adapters are alike. States are not recorded, and runs are not gone on with.
///
/// ```no_run
/// use spikefront::gpu::stream::{GpuRankStream, GpuStreamOptions};
/// use spikefront::ranks::{PATIENCE, cluster};
///
/// let mut described = spikefront::networks::cuba(1.0, 1);
/// described.partitions(2);
/// let counts = cluster(2, PATIENCE, |ranks| {
///     let share = described.clone().build_share(ranks.rank(), ranks.size())?;
///     let mut stream = GpuRankStream::new(share, &GpuStreamOptions::default(), ranks)?;
///     stream.run(100.0, |_| Ok(()))?;
///     Ok(stream.spikes())
/// });
/// # for count in counts { count?; }
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug)]
pub struct GpuRankStream {
    stream: GpuStream,
    ranks: Ranks,
    /// How many windows pass between two exchanges.
    interval: u32,
    totals: Totals,
}

impl GpuRankStream {
    /// A network at time 0, on this rank's device.
    ///
    /// # Errors
    /// As [`GpuStream::new`]; the share of another rank; a network with a synapse without delay; a window that differs between ranks.
    pub fn new(share: NetworkShare, options: &GpuStreamOptions, mut ranks: Ranks) -> Result<Self> {
        let opened = pollster::block_on(opened(share, options, &mut ranks));
        let (stream, totals) = opened.inspect_err(|error| ranks.fail(error))?;
        Ok(Self {
            interval: stream.delays.least_windows(),
            stream,
            ranks,
            totals,
        })
    }

    /// The adapter and the driver of this rank, in one line.
    pub fn description(&self) -> String {
        self.stream.description()
    }

    /// The length of a window in ms.
    pub fn window(&self) -> f64 {
        self.stream.window()
    }

    /// How many windows pass between two exchanges of spikes.
    pub fn interval(&self) -> u64 {
        self.interval.into()
    }

    /// How far the simulation is, in ms: up to where the last run went.
    pub fn time(&self) -> f64 {
        self.stream.time()
    }

    /// How many spikes have been handed over, of all neurons.
    pub fn spikes(&self) -> u64 {
        self.stream.spikes()
    }

    /// How many synapses all ranks have.
    pub fn synapses(&self) -> u64 {
        self.totals.synapses
    }

    /// What the synapses of all ranks take in memory, in bytes.
    pub fn synapse_bytes(&self) -> u64 {
        self.totals.synapse_bytes
    }

    /// What exchanges have cost this rank so far.
    pub fn traffic(&self) -> Traffic {
        self.ranks.traffic()
    }

    /// The ranks, to exchange something else between two runs.
    pub fn ranks(&mut self) -> &mut Ranks {
        &mut self.ranks
    }

    /// How many arrivals neurons of all ranks have had, those of drives included; asks the device.
    ///
    /// # Errors
    /// A rank that is lost or has failed; a device that fails.
    pub fn synaptic_events(&mut self) -> Result<u64> {
        let own = self.stream.synaptic_events();
        let own = own.inspect_err(|error| self.ranks.fail(error))?;
        let all = self.ranks.all_gather(vec![own])?;
        Ok(all.iter().flatten().sum())
    }

    /// Goes on until `until` ms and hands over the spikes of all neurons on the way, as [`GpuStream::run`].
    ///
    /// # Errors
    /// As there; a rank that is lost or has failed.
    pub fn run(
        &mut self,
        until: f64,
        mut spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
    ) -> Result<()> {
        let ended = pollster::block_on(self.go(until, &mut spikes));
        ended.inspect_err(|error| self.ranks.fail(error))
    }

    async fn go(
        &mut self,
        until: f64,
        spikes: &mut impl FnMut(&[StreamSpike]) -> Result<()>,
    ) -> Result<()> {
        let Self { stream, ranks, .. } = self;
        let window = stream.window;
        stream.handover.begin(until, window, spikes)?;
        stream.check_until(until)?;
        while f64::from(stream.now) * window < until {
            let first = stream.now;
            let n_windows = stream.windows_left(until).min(self.interval);
            let own: Vec<StreamSpike> = stream.block(n_windows).await?.spikes().collect();
            let all = ranks.all_gather(packed(first.into(), &own))?;
            let all = merged(&all, first.into(), n_windows as usize);
            stream.take_fired(first, all.iter().flatten());
            for fired in all {
                stream.handover.pass(until, window, fired, spikes)?;
            }
        }
        stream.reached = stream.reached.max(until);
        Ok(())
    }
}

/// The device with this rank's share, and what all ranks have.
async fn opened(
    share: NetworkShare,
    options: &GpuStreamOptions,
    ranks: &mut Ranks,
) -> Result<(GpuStream, Totals)> {
    let (network, totals) = share.agreed(ranks)?;
    let mut stream = GpuStream::open(&network, options).await?;
    stream.own = network.own_neurons();
    let differs = ranks.unlike(vec![stream.window().to_bits()])?;
    if differs.is_some() {
        let remedy = "give all ranks the same window";
        return Err(Error::invalid("window", stream.window(), remedy));
    }
    Ok((stream, totals))
}

impl GpuStream {
    /// Takes what neurons of all ranks fired from window number `first` on for what its own have; in order of window, time, then neuron.
    fn take_fired<'a>(&mut self, first: u32, all: impl Iterator<Item = &'a StreamSpike>) {
        let earliest = self.now.saturating_sub(self.delays.reach);
        self.recent.retain(|spike| spike.window < first);
        let listed = all.map(|spike| SparseFired {
            window: spike.window as u32,
            offset: spike.offset as f32,
            unit: spike.neuron,
        });
        self.recent
            .extend(listed.filter(|spike| spike.window >= earliest));
    }
}

impl Stream for GpuRankStream {
    fn device(&self) -> Option<String> {
        Some(self.description())
    }

    fn window(&self) -> f64 {
        self.window()
    }

    fn time(&self) -> f64 {
        self.time()
    }

    fn spikes(&self) -> u64 {
        self.spikes()
    }

    fn synaptic_events(&mut self) -> Result<u64> {
        self.synaptic_events()
    }

    fn run(
        &mut self,
        until: f64,
        spikes: &mut dyn FnMut(&[StreamSpike]) -> Result<()>,
    ) -> Result<()> {
        self.run(until, spikes)
    }

    /// # Errors
    /// Always: states are recorded in one process, or on CPUs.
    fn record(&mut self, _recorder: &StateRecorder) -> Result<usize> {
        let what = "states of neurons of a network on GPUs of several ranks";
        let remedy = "record spikes alone, use the CPU engine, or one process";
        Err(Error::unavailable(what, remedy))
    }

    fn run_recording(
        &mut self,
        until: f64,
        spikes: &mut dyn FnMut(&[StreamSpike]) -> Result<()>,
        _states: &mut dyn FnMut(&[StateSample]) -> Result<()>,
    ) -> Result<()> {
        self.run(until, spikes)
    }

    fn state(&self) -> Result<StreamState> {
        let what = "the state of a simulation on GPUs of several ranks";
        Err(Error::unavailable(what, "use the CPU engine"))
    }
}
