//! A block of windows: some submissions and one readback, repeated with more room where there was too little.

use super::dispatches::WINDOWS_SUBMITTED;
use super::generated::starts;
use super::layout::{
    DEPTH_IN, LISTED, MOST_SPIKES, NOTED, QUEUED, RUNAWAY, SparseArrival, SparseEvent, SparseFired,
    SparseSample,
};
use super::passes::of_windows;
use super::record::Wanted;
use super::simulation::GpuStream;
use crate::gpu::kernel::Role;
use crate::gpu::layout::OVERFLOW;
use crate::stream::StreamSpike;
use crate::{Error, Result};

/// How often a block is repeated with more room before something must be wrong.
const MOST_REPEATS: usize = 40;

/// What happened in a block.
pub(super) struct Block {
    /// What neurons fired, in order of (window, offset, neuron).
    pub fired: Vec<SparseFired>,
    /// Their spikes and releases, those of each neuron in order of time; none where none are noted.
    pub events: Vec<SparseEvent>,
    /// For each window the length, in spikes, of the longest chain in which each may cause the next and the last arrives in it.
    pub depths: Vec<u32>,
    /// What recorders asked of which windows, and their samples.
    pub wanted: Vec<Wanted>,
    pub samples: Vec<SparseSample>,
}

impl Block {
    /// What neurons fired, in the same order.
    pub fn spikes(&self) -> impl Iterator<Item = StreamSpike> + '_ {
        self.fired.iter().map(|fired| StreamSpike {
            window: fired.window.into(),
            offset: fired.offset.into(),
            neuron: fired.unit,
        })
    }
}

/// A block about to run.
pub(super) struct Start {
    /// Its first window, and how many they are.
    pub window: u32,
    pub n_windows: u32,
    /// Where each window's spikes begin, of neurons and then of generators: of neurons' as far as it is known.
    windows: Vec<u32>,
    /// Generators' spikes that arrive in it, then neurons' of the windows before it.
    pub listed: Vec<SparseFired>,
    pub n_generated: u32,
    /// What recorders ask of it.
    pub wanted: Vec<Wanted>,
    samples: Vec<SparseSample>,
}

impl GpuStream {
    /// Advances through the next windows, or the first of them where recorders ask for much.
    pub(super) async fn block(&mut self, n_windows: u32) -> Result<Block> {
        let start = self.start(n_windows);
        self.device.copy_state(false);
        for _ in 0..MOST_REPEATS {
            self.make_room(&start)?;
            self.submit(&start).await?;
            let n_recent = self.recent.len() as u64;
            let fired = size_of::<SparseFired>() as u64;
            let first = (u64::from(start.n_generated) + n_recent) * fired;
            let events = u64::from(self.room.events) * size_of::<SparseEvent>() as u64;
            let wanted = [
                (Role::Counters, 0..u64::from(QUEUED) * 4),
                (
                    Role::Listed,
                    first..first + u64::from(self.room.listed) * fired,
                ),
                (Role::Events, 0..events),
                (Role::Samples, 0..size_of_val(&start.samples[..]) as u64),
            ];
            let device = &mut self.device;
            let read = device.buffers.read_parts(&device.context, &wanted).await?;
            let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&read[0]);
            if counters[OVERFLOW as usize] == 0 {
                let n = counters[LISTED as usize] as usize * size_of::<SparseFired>();
                let mut listed: Vec<SparseFired> = bytemuck::pod_collect_to_vec(&read[1][..n]);
                put_in_order(&mut listed);
                self.end_block(&start, &listed);
                let mut events: Vec<SparseEvent> = bytemuck::pod_collect_to_vec(&read[2]);
                events.truncate(counters[NOTED as usize] as usize);
                if self.room.passes > 0 {
                    self.statistics.note_passes(&counters, start.n_windows);
                    self.room.settle(&counters);
                }
                let depths = of_windows(&counters, DEPTH_IN, start.n_windows);
                return Ok(Block {
                    fired: listed,
                    events,
                    depths: depths.to_vec(),
                    wanted: start.wanted,
                    samples: bytemuck::pod_collect_to_vec(&read[3]),
                });
            }
            if counters[RUNAWAY as usize] != 0 {
                return Err(runaway(counters[RUNAWAY as usize] - 1, self.window()));
            }
            self.check_passes(&counters, &start)?;
            self.statistics.repeats += 1;
            self.statistics.repeated_windows += start.n_windows as usize;
            self.statistics.grown_buffers += self.room.grow(&counters)?;
            self.device.copy_state(true);
        }
        Err(self
            .device
            .context
            .failure("a run did not end however much room it was given"))
    }

    fn start(&self, n_windows: u32) -> Start {
        let (window, reach) = (self.now, self.delays.reach);
        let (wanted, n_windows) = self.wanted(n_windows);
        let generated = self
            .generated
            .within(window.saturating_sub(reach)..window + n_windows);
        let first = i64::from(window) - i64::from(reach);
        let n_entries = reach + n_windows;
        let mut windows = starts(&self.recent, first, n_entries);
        // What the block will fire is not known yet: its windows begin where they will be found to.
        let n_recent = self.recent.len() as u32;
        windows[reach as usize..].fill(n_recent);
        windows.extend(starts(generated, first, n_entries));
        Start {
            window,
            n_windows,
            windows,
            listed: [generated, &self.recent].concat(),
            n_generated: generated.len() as u32,
            samples: self.recording.samples(&wanted),
            wanted,
        }
    }

    /// Makes room and writes what a block starts from.
    fn make_room(&mut self, start: &Start) -> Result<()> {
        let n = u64::from(self.n_neurons);
        let room = self.room;
        let fired = size_of::<SparseFired>() as u64;
        let listed = start.listed.len() as u64 + u64::from(room.listed) + u64::from(room.tried);
        let wanted = [
            (
                Role::Queues,
                n * u64::from(room.queued) * size_of::<SparseArrival>() as u64,
                "the queues of arrivals",
            ),
            (Role::Counters, (u64::from(QUEUED) + n) * 4, "the counters"),
            (Role::Listed, listed * fired, "the spikes of a block"),
            (
                Role::Events,
                u64::from(room.events) * size_of::<SparseEvent>() as u64,
                "the events of a block",
            ),
            (
                Role::Samples,
                size_of_val(&start.samples[..]) as u64,
                "the samples of a block",
            ),
        ];
        for (role, bytes, what) in wanted {
            self.ensure(role, bytes, what)?;
        }
        let device = &mut self.device;
        let (context, buffers) = (&device.context, &mut device.buffers);
        buffers.fill(context, Role::Windows, &start.windows)?;
        buffers.write(context, Role::Listed, 0, &start.listed)?;
        buffers.write(context, Role::Samples, 0, &start.samples)?;
        buffers.clear(context, Role::Counters, (u64::from(QUEUED) + n) * 4);
        Ok(())
    }

    async fn submit(&mut self, start: &Start) -> Result<()> {
        let mut next = 0;
        while next < start.n_windows {
            // While the device goes through some windows those after them are made ready.
            let end = start.n_windows.min(next + WINDOWS_SUBMITTED);
            let schedule = self.schedule(start, next..end);
            self.statistics.dispatches += schedule.dispatches.len();
            self.device.run(&schedule).await?;
            next = end;
        }
        Ok(())
    }

    /// Goes on to the next block: spikes that may still be underway are kept.
    fn end_block(&mut self, start: &Start, fired: &[SparseFired]) {
        self.now += start.n_windows;
        let earliest = self.now.saturating_sub(self.delays.reach);
        self.recent.extend_from_slice(fired);
        self.recent.retain(|spike| spike.window >= earliest);
    }
}

/// Puts spikes that are in order of their windows in that of (window, offset, neuron).
fn put_in_order(fired: &mut [SparseFired]) {
    for window in fired.chunk_by_mut(|a, b| a.window == b.window) {
        window.sort_unstable_by(|a, b| a.offset.total_cmp(&b.offset).then(a.unit.cmp(&b.unit)));
    }
}

fn runaway(neuron: u32, window: f64) -> Error {
    Error::invalid(
        format!("number of spikes of neuron {neuron} in one window"),
        format!("more than {MOST_SPIKES} within {window} ms"),
        "give it a refractory time, or lower the drive and the weights",
    )
}
