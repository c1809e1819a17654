//! Derivatives through a block of windows that has been simulated.

use super::super::GpuStream;
use super::super::block::Block;
use super::super::layout::{SparseEvent, SparseFired};
use super::super::slopes::SlopeFloors;
use super::columns::Columns;
use super::room::make_origins;
use crate::gpu::kernel::Role;
use crate::gpu::kernels::sparse_carry::SparseCarryParameters;
use crate::gpu::kernels::sparse_meet::SparseMeetParameters;
use crate::gpu::kernels::sparse_trace::SparseTraceParameters;
use crate::gpu::layout::WORKGROUP;
use crate::gpu::schedule::Schedule;
use crate::stream::StreamSpike;
use crate::{Error, Result};

/// Workgroups that note arrivals, at most: they take turns.
const MOST_TRACING: u32 = 4096;

/// What is carried from block to block, but for what the device holds.
#[derive(Debug)]
pub(super) struct Carry {
    pub columns: Columns,
    pub n_receptors: u32,
    pub floors: SlopeFloors,
    pub grazing: u64,
    /// Spikes that may still arrive, in order of window, unit, then time, and their rows.
    earlier: Vec<SparseEvent>,
    rows: Vec<f32>,
    /// How many spikes each channel of all generators has had.
    counts: Vec<usize>,
}

/// A block's spikes and rows, window by window.
pub(super) type Moved = Vec<(Vec<StreamSpike>, Vec<f64>)>;

/// The events of a block, after those that arrive in it.
struct Listed {
    first: u32,
    n_windows: u32,
    events: Vec<SparseEvent>,
    /// How many come before the block's.
    n_earlier: usize,
    /// For each window how many spikes are in the longest chain of which the last arrives in it.
    depths: Vec<u32>,
    /// Where the events of each window begin, from as many windows before the block on as delays reach, and the end of the last's.
    starts: Vec<u32>,
}

impl Carry {
    pub fn new(columns: Columns, n_receptors: u32, floors: SlopeFloors, channels: usize) -> Self {
        Self {
            columns,
            n_receptors,
            floors,
            grazing: 0,
            earlier: Vec::new(),
            rows: Vec::new(),
            counts: vec![0; channels],
        }
    }

    /// Carries derivatives through the windows from `first` on up to where the simulation is, which were this `block`; drives' next
    /// arrivals were as in `drawn` at the start.
    ///
    /// # Errors
    /// More spikes or parameters than the adapter binds; a device that fails.
    pub async fn block(
        &mut self,
        simulation: &mut GpuStream,
        first: u32,
        block: Block,
        drawn: Option<&[wgpu::Buffer; 2]>,
    ) -> Result<Moved> {
        let listed = self.listed(simulation, first, block);
        if !self.columns.list.is_empty() {
            self.on_device(simulation, &listed, drawn).await?;
        }
        let moved = self.moved(&listed, simulation.n_neurons);
        self.keep(listed, simulation.delays.reach);
        Ok(moved)
    }

    /// The rows of a block's events.
    async fn on_device(
        &mut self,
        simulation: &mut GpuStream,
        listed: &Listed,
        drawn: Option<&[wgpu::Buffer; 2]>,
    ) -> Result<()> {
        let n_columns = self.columns.list.len();
        self.upload(simulation, listed)?;
        make_origins(simulation)?;
        let schedule = self.schedule(simulation, listed);
        if let Some([before, after]) = drawn {
            let device = &mut simulation.device;
            device.copy(Role::Upcoming, after, false);
            device.copy(Role::Upcoming, before, true);
        }
        simulation.device.run(&schedule).await?;
        let device = &mut simulation.device;
        if let Some([_, after]) = drawn {
            device.copy(Role::Upcoming, after, true);
        }
        let own = listed.n_earlier * n_columns..listed.events.len() * n_columns;
        let wanted = [(Role::Rows, 4 * own.start as u64..4 * own.end as u64)];
        let read = device.buffers.read_parts(&device.context, &wanted).await?;
        self.rows
            .extend(bytemuck::pod_collect_to_vec::<_, f32>(&read[0]));
        Ok(())
    }

    /// Puts what happened and the spikes of generators in order, after what is underway; slopes are bounded, and rows of generators made.
    fn listed(&mut self, simulation: &GpuStream, first: u32, block: Block) -> Listed {
        let n_windows = simulation.now - first;
        let n_earlier = self.earlier.len();
        let mut own = block.events;
        self.grazing += self.floors.bound(&mut own, simulation.n_neurons);
        let generated = simulation.generated.within(first..simulation.now);
        own.extend(generated.iter().map(|spike: &SparseFired| SparseEvent {
            window: spike.window,
            offset: spike.offset,
            unit: spike.unit,
            ..SparseEvent::default()
        }));
        // Stable: the events of a unit stay in the order of time.
        own.sort_by_key(|event| (event.window, event.unit));
        let mut events = std::mem::take(&mut self.earlier);
        events.extend(own);
        let reach = i64::from(simulation.delays.reach);
        let (from, to) = (i64::from(first) - reach, i64::from(simulation.now));
        let start =
            |window: i64| events.partition_point(|event| i64::from(event.window) < window) as u32;
        Listed {
            first,
            n_windows,
            depths: block.depths,
            starts: (from..=to).map(start).collect(),
            events,
            n_earlier,
        }
    }

    /// Brings events, rows and columns to the device.
    fn upload(&mut self, simulation: &mut GpuStream, listed: &Listed) -> Result<()> {
        let n_columns = self.columns.list.len();
        let mut rows = self.rows.clone();
        rows.resize(listed.events.len() * n_columns, 0.0);
        let own = listed.events.iter().enumerate().skip(listed.n_earlier);
        for (at, event) in own.filter(|(_, event)| event.unit >= simulation.n_neurons) {
            let channel = (event.unit - simulation.n_neurons) as usize;
            let spike = self.counts[channel];
            self.counts[channel] += 1;
            for &column in self.columns.of_time(channel, spike) {
                rows[at * n_columns + column] = 1.0;
            }
        }
        if simulation.delays.is_at_once {
            rows.extend_from_within(..);
        }
        let columns = self.columns.list.iter();
        let columns = columns.flat_map(|column| [column.kind, column.first, column.end]);
        let windows: Vec<u32> = listed.starts.iter().copied().chain(columns).collect();
        if u32::try_from(rows.len()).is_err() {
            return Err(Error::invalid(
                "number of spikes in a block times parameters",
                rows.len(),
                "they are counted in 32 bits: give fewer parameters at a time",
            ));
        }
        let why = "the spikes of a block, times parameters, are too many for this adapter; give fewer parameters at a time, for one";
        for (role, bytes, what) in [
            (
                Role::Events,
                size_of_val(&listed.events[..]),
                "the events of a block",
            ),
            (
                Role::Rows,
                size_of_val(&rows[..]),
                "the derivatives of a block's spikes",
            ),
            (
                Role::Windows,
                size_of_val(&windows[..]),
                "the places of events",
            ),
        ] {
            simulation.ensure_or(role, bytes as u64, what, why)?;
        }
        let device = &mut simulation.device;
        let (context, buffers) = (&device.context, &mut device.buffers);
        buffers.write(context, Role::Events, 0, &listed.events)?;
        buffers.write(context, Role::Rows, 0, &rows)?;
        buffers.write(context, Role::Windows, 0, &windows)
    }

    fn schedule(&self, simulation: &GpuStream, listed: &Listed) -> Schedule {
        let window_length = simulation.window() as f32;
        let capacity = simulation.room.queued;
        let (delays, n_neurons) = (&simulation.delays, simulation.n_neurons);
        let n_populations = simulation.n_populations;
        let parts = &simulation.synapses.parts;
        let n_sources = simulation.n_sources();
        let over = n_neurons.div_ceil(WORKGROUP);
        let mut schedule = Schedule::default();
        for place in 0..listed.n_windows {
            let window = listed.first + place;
            let start = |place: u32| listed.starts[place as usize];
            let n_arriving = start(place + delays.span()) - start(place);
            let mut first_synapse = 0;
            for (part, held) in parts.iter().enumerate() {
                let parameters = SparseTraceParameters {
                    window,
                    window_length,
                    first_window: place,
                    reach: delays.span(),
                    capacity,
                    first_source: (part * n_sources) as u32,
                    n_sources: n_sources as u32,
                    most_pieces: held.most_pieces,
                    first_synapse,
                    delay_shift: delays.shift,
                    delay_unit: delays.unit as f32,
                };
                // Where one is chosen, 32 bits hold all numbers.
                first_synapse = first_synapse.wrapping_add(held.synapses as u32);
                let n_pairs = n_arriving.saturating_mul(held.most_pieces);
                if n_pairs > 0 {
                    schedule.push_part(parameters, [n_pairs.min(MOST_TRACING), 1, 1], part);
                }
            }
            let parameters = SparseMeetParameters {
                window,
                window_length,
                n_neurons,
                n_populations,
                capacity,
            };
            schedule.push(parameters, [over, 1, 1]);
            // The first pass is the last where no spike arrives in its own window.
            for left in (0..=listed.depths[place as usize]).rev() {
                let n_events = listed.events.len() as u32;
                let of_turn = |turn: u32| if turn.is_multiple_of(2) { 0 } else { n_events };
                let parameters = SparseCarryParameters {
                    window,
                    window_length,
                    n_neurons,
                    n_populations,
                    n_receptors: self.n_receptors,
                    first_window: place + delays.reach,
                    first_column: listed.starts.len() as u32,
                    n_columns: self.columns.list.len() as u32,
                    capacity,
                    rows_read: of_turn(left + 1),
                    rows_written: of_turn(left),
                    is_last: u32::from(left == 0),
                    zero: 0,
                };
                schedule.push(parameters, [over, parameters.n_columns, 1]);
            }
        }
        schedule
    }

    /// What neurons fired in each window, by time, then neuron.
    fn moved(&self, listed: &Listed, n_neurons: u32) -> Moved {
        let n_columns = self.columns.list.len();
        let own = listed.events.iter().enumerate().skip(listed.n_earlier);
        let is_spike = |event: &SparseEvent| event.unit < n_neurons && event.is_release == 0;
        let mut own: Vec<_> = own.filter(|(_, event)| is_spike(event)).collect();
        own.sort_by(|(_, a), (_, b)| {
            let by_window = a.window.cmp(&b.window);
            let by_time = by_window.then(a.offset.total_cmp(&b.offset));
            by_time.then(a.unit.cmp(&b.unit))
        });
        let windows = own.chunk_by(|(_, a), (_, b)| a.window == b.window);
        let moved = windows.map(|own| {
            let spike = |(_, event): &(usize, &SparseEvent)| StreamSpike {
                window: event.window.into(),
                offset: event.offset.into(),
                neuron: event.unit,
            };
            let row = |(at, _): &(usize, &SparseEvent)| {
                let row = &self.rows[at * n_columns..(at + 1) * n_columns];
                row.iter().map(|&moved| f64::from(moved))
            };
            let spikes = own.iter().map(spike).collect();
            (spikes, own.iter().flat_map(row).collect())
        });
        moved.collect()
    }

    /// Keeps the spikes that may still arrive.
    fn keep(&mut self, listed: Listed, reach: u32) {
        let n_columns = self.columns.list.len();
        let earliest = (listed.first + listed.n_windows).saturating_sub(reach);
        let rows = std::mem::take(&mut self.rows);
        for (at, event) in listed.events.into_iter().enumerate() {
            if event.window >= earliest && event.is_release == 0 {
                self.earlier.push(event);
                self.rows
                    .extend(&rows[at * n_columns..(at + 1) * n_columns]);
            }
        }
    }
}
