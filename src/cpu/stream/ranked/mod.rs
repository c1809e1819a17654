//! One large network over several ranks.
//!
//! Each rank advances its own partitions. What they fire in an *interval*, as many windows as the shortest delay allows, or in half of it, is
//! exchanged at its end; all spikes of a window, by time, then neuron, are what every rank delivers. So a rank's partitions are given what they would be
//! given in one process, and the bits are the same on any number of ranks.

mod course;
mod derivatives;
mod gradient;
mod samples;
mod spikes;
mod state;

pub use derivatives::{ParameterGradient, rank_derivatives};
pub use gradient::rank_gradient;

use super::simulation::CpuStream;
use crate::network::{NetworkShare, Totals};
use crate::ranks::{Ranks, Traffic};
use crate::stream::{StateRecorder, StateSample, Stream, StreamOptions, StreamSpike, StreamState};
use crate::{Error, Result};

/// Spikes of so many windows are kept at most before they are exchanged.
const MOST_WINDOWS: u64 = 256;

/// A large network in time, of which this rank has a share.
///
/// Its methods are collective: every rank calls the same ones with the same values. Spikes are those of all neurons on every rank;
/// states of recorded neurons come to rank 0. An error on one rank, also one that is returned by what it is given to call, is an error on
/// all.
///
/// ```
/// use spikefront::cpu::stream::{RankStream, StreamOptions};
/// use spikefront::ranks::{PATIENCE, cluster};
///
/// let mut described = spikefront::networks::cuba(0.05, 1);
/// described.partitions(4);
/// let counts = cluster(2, PATIENCE, |ranks| {
///     let share = described.clone().build_share(ranks.rank(), ranks.size())?;
///     let mut stream = RankStream::new(share, StreamOptions::default(), ranks)?;
///     stream.run(50.0, |_| Ok(()))?;
///     Ok(stream.spikes())
/// });
/// let counts = counts.into_iter().collect::<spikefront::Result<Vec<_>>>()?;
/// assert!(counts[0] > 0 && counts[0] == counts[1]);
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug)]
pub struct RankStream {
    stream: CpuStream,
    ranks: Ranks,
    /// How many windows fit into the shortest delay.
    fitting: u64,
    /// How many windows pass between two exchanges of a run.
    interval: u64,
    totals: Totals,
}

impl RankStream {
    /// Words that a spike takes in an exchange.
    pub const SPIKE_WORDS: usize = crate::stream::SPIKE_WORDS;

    /// A network at time 0.
    ///
    /// # Errors
    /// The share of another rank; a network with a synapse without delay, which goes from event to event in one process; a window that
    /// the network does not allow, or that differs between ranks.
    pub fn new(share: NetworkShare, options: StreamOptions, ranks: Ranks) -> Result<Self> {
        Self::open(share, options, ranks, None)
    }

    /// A network where it was: the same bits as without an interruption, on any number of ranks. Every rank is given the same state;
    /// [recorders](Self::record) are to be added again.
    ///
    /// # Errors
    /// As [`new`](Self::new) and [`CpuStream::resume`].
    pub fn resume(
        share: NetworkShare,
        options: StreamOptions,
        state: &StreamState,
        ranks: Ranks,
    ) -> Result<Self> {
        Self::open(share, options, ranks, Some(state))
    }

    fn open(
        share: NetworkShare,
        options: StreamOptions,
        mut ranks: Ranks,
        state: Option<&StreamState>,
    ) -> Result<Self> {
        let opened = Self::opened(share, options, &mut ranks, state);
        let (stream, totals) = opened.inspect_err(|error| ranks.fail(error))?;
        let fitting = fitting(stream.network().shortest_delay(), stream.window());
        Ok(Self {
            stream,
            ranks,
            fitting,
            interval: (fitting / 2).max(1),
            totals,
        })
    }

    fn opened(
        share: NetworkShare,
        options: StreamOptions,
        ranks: &mut Ranks,
        state: Option<&StreamState>,
    ) -> Result<(CpuStream, Totals)> {
        let rank = ranks.rank();
        let (network, totals) = share.agreed(ranks)?;
        let stream = match state {
            None => CpuStream::new(&network, options)?,
            Some(state) if rank == 0 => CpuStream::resume(&network, options, state)?,
            // Rank 0 counts on from what all have counted.
            Some(state) => CpuStream::resume(&network, options, &state.uncounted())?,
        };
        let window = stream.window().to_bits();
        let differs = ranks.unlike(vec![window, stream.next_window()])?;
        if differs.is_some() {
            let remedy = "give all ranks the same window and the same state";
            return Err(Error::invalid("window", stream.window(), remedy));
        }
        Ok((stream, totals))
    }

    /// The length of a window in ms.
    pub fn window(&self) -> f64 {
        self.stream.window()
    }

    /// How many windows pass between two exchanges of spikes.
    pub fn interval(&self) -> u64 {
        self.interval
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

    /// How many arrivals neurons of all ranks have had, those of drives included.
    ///
    /// # Errors
    /// A rank that is lost or has failed.
    pub fn synaptic_events(&mut self) -> Result<u64> {
        let all = self.ranks.all_gather(vec![self.stream.synaptic_events()])?;
        Ok(all.iter().flatten().sum())
    }

    /// Records states of neurons from now on; samples come to rank 0.
    ///
    /// # Errors
    /// As [`CpuStream::record`].
    pub fn record(&mut self, recorder: StateRecorder) -> Result<usize> {
        self.stream.record(recorder)
    }

    /// Goes on until `until` ms and hands over the spikes of all neurons on the way, as [`CpuStream::run`].
    ///
    /// # Errors
    /// As there; a rank that is lost or has failed.
    pub fn run(
        &mut self,
        until: f64,
        spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
    ) -> Result<()> {
        self.run_recording(until, spikes, |_| Ok(()))
    }

    /// As [`run`](Self::run), and on rank 0 hands over what recorders find, as [`CpuStream::run_recording`].
    ///
    /// # Errors
    /// As there, and what `states` returns.
    pub fn run_recording(
        &mut self,
        until: f64,
        mut spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
        mut states: impl FnMut(&[StateSample]) -> Result<()>,
    ) -> Result<()> {
        let ended = self.go(until, &mut spikes, &mut states);
        ended.inspect_err(|error| self.ranks.fail(error))
    }
}

/// How many windows of `window` ms may pass before what was fired in the first of them arrives.
fn fitting(shortest_delay: f64, window: f64) -> u64 {
    let fits = |windows: &u64| *windows as f64 * window <= shortest_delay;
    (1..=MOST_WINDOWS).take_while(fits).last().unwrap_or(1)
}

impl Stream for RankStream {
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
        RankStream::synaptic_events(self)
    }

    fn run(
        &mut self,
        until: f64,
        spikes: &mut dyn FnMut(&[StreamSpike]) -> Result<()>,
    ) -> Result<()> {
        self.run(until, spikes)
    }

    fn record(&mut self, recorder: &StateRecorder) -> Result<usize> {
        self.record(recorder.clone())
    }

    fn run_recording(
        &mut self,
        until: f64,
        spikes: &mut dyn FnMut(&[StreamSpike]) -> Result<()>,
        states: &mut dyn FnMut(&[StateSample]) -> Result<()>,
    ) -> Result<()> {
        self.run_recording(until, spikes, states)
    }

    fn state(&self) -> Result<StreamState> {
        let remedy = "all ranks gather it: RankStream::gather_state";
        Err(Error::unavailable(
            "the state of a network on one rank",
            remedy,
        ))
    }
}
