//! A block of windows: one submission and one readback, repeated with more room where there was too little.

use super::generated::starts;
use super::layout::{MOST_SPIKES, QUEUED, RUNAWAY, SparseArrival, SparseFired, SparseStep};
use super::simulation::SparseGpuSimulation;
use super::submit::{ADVANCE, DELIVER, Dispatch, ORDER};
use crate::gpu::kernel::Role;
use crate::gpu::layout::{OVERFLOW, WORKGROUP};
use crate::{Error, Result};

/// How often a block is repeated with more room before something must be wrong.
const MOST_REPEATS: usize = 40;
/// Workgroups that deliver, which take turns where there is more for them: at least, and at most.
const DELIVERING: (usize, usize) = (64, 4096);

/// A block about to run.
struct Start {
    /// Its first window, and how many they are.
    window: u32,
    n_windows: u32,
    /// Where each window's spikes begin, of neurons and then of generators.
    windows: Vec<u32>,
    /// Generators' spikes that arrive in it, then neurons' of the windows before it.
    listed: Vec<SparseFired>,
    n_generated: u32,
}

impl SparseGpuSimulation {
    /// Advances through the next windows; what neurons fired in them, in order of (window, offset, neuron).
    pub(super) async fn block(&mut self, n_windows: u32) -> Result<Vec<SparseFired>> {
        let start = self.start(n_windows);
        self.device.copy_state(false);
        for _ in 0..MOST_REPEATS {
            self.make_room(&start)?;
            self.submit(&start).await?;
            let n_recent = self.recent.len() as u64;
            let fired = size_of::<SparseFired>() as u64;
            let first = (u64::from(start.n_generated) + n_recent) * fired;
            let wanted = [
                (Role::Counters, 0..u64::from(QUEUED) * 4),
                (Role::Windows, 0..start.windows.len() as u64 * 4),
                (
                    Role::Listed,
                    first..first + u64::from(self.room.listed) * fired,
                ),
            ];
            let device = &mut self.device;
            let read = device.buffers.read_parts(&device.context, &wanted).await?;
            let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&read[0]);
            if counters[OVERFLOW as usize] == 0 {
                let windows: Vec<u32> = bytemuck::pod_collect_to_vec(&read[1]);
                let end = windows[(self.delays.reach + n_windows) as usize];
                let n = end as usize - n_recent as usize;
                let mut listed: Vec<SparseFired> = bytemuck::pod_collect_to_vec(&read[2]);
                listed.truncate(n);
                self.end_block(&start, &listed);
                return Ok(listed);
            }
            if counters[RUNAWAY as usize] != 0 {
                return Err(runaway(counters[RUNAWAY as usize] - 1, self.window()));
            }
            self.statistics.repeats += 1;
            self.statistics.repeated_windows += n_windows as usize;
            self.statistics.grown_buffers += self.room.grow(&counters, n_recent as u32)?;
            self.device.copy_state(true);
        }
        Err(self
            .device
            .context
            .failure("a run did not end however much room it was given"))
    }

    fn start(&self, n_windows: u32) -> Start {
        let (window, reach) = (self.now, self.delays.reach);
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
        }
    }

    /// Makes room and writes what a block starts from.
    fn make_room(&mut self, start: &Start) -> Result<()> {
        let n = u64::from(self.n_neurons);
        let room = self.room;
        let fired = size_of::<SparseFired>() as u64;
        let listed = start.listed.len() as u64 + u64::from(room.listed);
        let wanted = [
            (
                Role::Queues,
                n * u64::from(room.queued) * size_of::<SparseArrival>() as u64,
                "the queues of arrivals",
            ),
            (Role::Counters, (u64::from(QUEUED) + n) * 4, "the counters"),
            (
                Role::SparseFired,
                u64::from(room.fired) * fired,
                "the spikes of a window",
            ),
            (Role::Listed, listed * fired, "the spikes of a block"),
        ];
        for (role, bytes, what) in wanted {
            self.ensure(role, bytes, what)?;
        }
        let device = &mut self.device;
        let (context, buffers) = (&device.context, &mut device.buffers);
        buffers.fill(context, Role::Windows, &start.windows)?;
        buffers.write(context, Role::Listed, 0, &start.listed);
        buffers.clear(context, Role::Counters, (u64::from(QUEUED) + n) * 4);
        Ok(())
    }

    async fn submit(&mut self, start: &Start) -> Result<()> {
        let n_parts = self.synapses.parts.len();
        let n_sources = self.synapses.sources.len() / n_parts.max(1);
        let (mut steps, mut schedule) = (Vec::new(), Vec::new());
        let n_pending = start.listed.len();
        for place in 0..start.n_windows {
            let step = SparseStep {
                window: start.window + place,
                place,
                window_length: self.window() as f32,
                n_neurons: self.n_neurons,
                reach: self.delays.reach,
                generated: self.delays.reach + start.n_windows + 1,
                first_listed: start.n_generated,
                listed_capacity: self.recent.len() as u32 + self.room.listed,
                fired_capacity: self.room.fired,
                queue_capacity: self.room.queued,
                n_populations: self.n_populations,
                delay_shift: self.delays.shift,
                delay_unit: self.delays.unit as f32,
                ..SparseStep::default()
            };
            for (part, held) in self.synapses.parts.iter().enumerate() {
                let expected = 2 * n_pending * held.most_pieces as usize;
                schedule.push(Dispatch {
                    kernel: DELIVER,
                    step: steps.len(),
                    part,
                    workgroups: expected.clamp(DELIVERING.0, DELIVERING.1) as u32,
                });
                steps.push(SparseStep {
                    first_source: (part * n_sources) as u32,
                    n_sources: n_sources as u32,
                    most_pieces: held.most_pieces,
                    ..step
                });
            }
            for (kernel, invocations) in [(ADVANCE, self.n_neurons), (ORDER, self.room.fired)] {
                schedule.push(Dispatch {
                    kernel,
                    step: steps.len(),
                    part: 0,
                    workgroups: invocations.div_ceil(WORKGROUP),
                });
            }
            steps.push(step);
        }
        self.statistics.dispatches += schedule.len();
        self.device.run(&steps, &schedule).await
    }

    /// Goes on to the next block: spikes that may still be underway are kept.
    fn end_block(&mut self, start: &Start, fired: &[SparseFired]) {
        self.now += start.n_windows;
        let earliest = self.now.saturating_sub(self.delays.reach);
        self.recent.extend_from_slice(fired);
        self.recent.retain(|spike| spike.window >= earliest);
    }
}

fn runaway(neuron: u32, window: f64) -> Error {
    Error::invalid(
        format!("number of spikes of neuron {neuron} in one window"),
        format!("more than {MOST_SPIKES} within {window} ms"),
        "give it a refractory time, or lower the drive and the weights",
    )
}
