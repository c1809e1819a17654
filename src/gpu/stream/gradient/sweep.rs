//! The way back, segment by segment.

use super::super::layout::SparseEvent;
use super::super::slopes::SlopeFloors;
use super::GpuStream;
use super::dispatches::Back;
use super::events::Events;
use super::room::Kept;
use super::segment::Segment;
use crate::gpu::kernel::Role;
use crate::gpu::layout::WORKGROUP;
use crate::gpu::schedule::Schedule;
use crate::network::NetworkInRows;
use crate::stream::StreamSpike;
use crate::{Error, Result};

/// The way back, and what it has found.
pub(super) struct Sweep {
    pub kept: Kept,
    /// For each block of a segment what drives will draw from its start on.
    pub drawn: Vec<wgpu::Buffer>,
    floors: SlopeFloors,
    until: f64,
    /// How many windows the run has.
    n_windows: u32,
    /// What happened in the windows that the next spikes reach, in order.
    later: Vec<SparseEvent>,
    pub spikes: u64,
    pub grazing: u64,
    /// Of each neuron's.
    pub thresholds: Vec<f64>,
    /// For each channel of all generators dL/d(spike time), the last first.
    pub generator_times: Vec<Vec<f64>>,
}

impl Sweep {
    pub fn new(
        network: &NetworkInRows,
        simulation: &GpuStream,
        kept: Kept,
        slope_floor: f64,
        until: f64,
    ) -> Self {
        let channels = network.generators.iter().map(|g| g.trains.len()).sum();
        Self {
            kept,
            drawn: Vec::new(),
            floors: SlopeFloors::new(network, slope_floor),
            until,
            n_windows: simulation.now,
            later: Vec::new(),
            spikes: 0,
            grazing: 0,
            thresholds: vec![0.0; network.neurons()],
            generator_times: vec![Vec::new(); channels],
        }
    }

    /// Makes room, and lets the simulation note what happens from now on; `is_tight`: room for one event.
    ///
    /// # Errors
    /// Less memory than there must be.
    pub async fn begin(
        &self,
        simulation: &mut GpuStream,
        network: &NetworkInRows,
        is_tight: bool,
    ) -> Result<()> {
        simulation.note_events(is_tight);
        self.kept.make(simulation, network).await
    }

    /// Goes back through a segment.
    ///
    /// # Errors
    /// More events than the adapter binds; a device that fails.
    pub async fn segment(
        &mut self,
        simulation: &mut GpuStream,
        segment: Segment,
        cotangent: &mut impl FnMut(&[StreamSpike], &mut [f64]),
    ) -> Result<()> {
        let (window, reach) = (simulation.window(), simulation.delays.reach);
        let blocks = segment.blocks.clone();
        let generated = simulation.generated.within(segment.first..segment.end);
        let later = std::mem::take(&mut self.later);
        let mut events = Events::new(segment, generated, later, reach);
        let own = &mut events.list[..events.n_own];
        self.grazing += self.floors.bound(own, simulation.n_neurons);
        for number in events.windows.clone().rev() {
            let of = events.of(number);
            self.cotangents(
                &mut events.list[of],
                simulation.n_neurons,
                window,
                cotangent,
            );
        }
        upload(simulation, &events)?;
        let mut end = events.windows.end;
        for (number, first) in blocks.into_iter().enumerate().rev() {
            let back = Back {
                simulation,
                kept: self.kept,
                events: &events,
                n_windows: self.n_windows,
            };
            let mut schedule = Schedule::default();
            for window in (first..end).rev() {
                back.window(&mut schedule, window)?;
            }
            let draws = back.draws(first, end - first);
            simulation.device.run(&schedule).await?;
            if self.kept.n_driven > 0 {
                let device = &mut simulation.device;
                device.copy(Role::Upcoming, &self.drawn[number], true);
                device.run(&draws).await?;
            }
            end = first;
        }
        let reached = events.windows.start + reach;
        let n_read = events.list.partition_point(|event| event.window < reached);
        let n_read = n_read.max(events.n_own);
        let device = &mut simulation.device;
        let wanted = [(Role::Events, (n_read * size_of::<SparseEvent>()) as u64)];
        let read = device.buffers.read(&device.context, &wanted).await?;
        let mut list: Vec<SparseEvent> = bytemuck::pod_collect_to_vec(&read[0]);
        self.meet(&list[..events.n_own], simulation.n_neurons);
        list.retain(|event| event.window < reached);
        self.later = list;
        Ok(())
    }

    /// Asks for the loss's derivatives with respect to the spikes of one window.
    fn cotangents(
        &mut self,
        events: &mut [SparseEvent],
        n_neurons: u32,
        window: f64,
        cotangent: &mut impl FnMut(&[StreamSpike], &mut [f64]),
    ) {
        let mut seen: Vec<(StreamSpike, &mut f32)> = Vec::new();
        for event in events {
            let spike = StreamSpike {
                window: event.window.into(),
                offset: event.offset.into(),
                neuron: event.unit,
            };
            let is_spike = event.unit < n_neurons && event.is_release == 0;
            if is_spike && spike.time(window) <= self.until {
                seen.push((spike, &mut event.ell));
            }
        }
        seen.sort_by(|(a, _), (b, _)| {
            let by_time = a.offset.total_cmp(&b.offset);
            by_time.then(a.neuron.cmp(&b.neuron))
        });
        let spikes: Vec<StreamSpike> = seen.iter().map(|(spike, _)| *spike).collect();
        let mut values = vec![0.0; spikes.len()];
        cotangent(&spikes, &mut values);
        for ((_, ell), value) in seen.into_iter().zip(values) {
            *ell = value as f32;
        }
        self.spikes += spikes.len() as u64;
    }

    /// Adds what a segment's events have learned, the last first.
    fn meet(&mut self, events: &[SparseEvent], n_neurons: u32) {
        for event in events.iter().rev() {
            if event.unit >= n_neurons {
                let channel = (event.unit - n_neurons) as usize;
                self.generator_times[channel].push(event.ell.into());
            } else if event.is_release == 0 {
                self.thresholds[event.unit as usize] += f64::from(event.threshold);
            }
        }
    }
}

/// Brings a segment's events to the device.
fn upload(simulation: &mut GpuStream, events: &Events) -> Result<()> {
    let why = "the events of a segment are too many for this adapter; give shorter segments, \
               option `segment`, for one";
    let wanted = [
        (
            Role::Events,
            size_of_val(&events.list[..]) as u64,
            "the events of a segment",
        ),
        (
            Role::Windows,
            size_of_val(&events.starts[..]) as u64,
            "the places of events",
        ),
        (
            Role::Shares,
            4 * u64::from(WORKGROUP) * events.most() as u64,
            "what the spikes of a window collect",
        ),
    ];
    for (role, bytes, what) in wanted {
        simulation.ensure_or(role, bytes, what, why)?;
    }
    if u32::try_from(events.list.len()).is_err() {
        return Err(Error::invalid(
            "number of events in a segment",
            events.list.len(),
            "they are counted in 32 bits: give shorter segments",
        ));
    }
    let device = &mut simulation.device;
    let (context, buffers) = (&device.context, &mut device.buffers);
    buffers.write(context, Role::Events, 0, &events.list)?;
    buffers.write(context, Role::Windows, 0, &events.starts)
}
