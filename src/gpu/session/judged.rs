//! Losses that the host judges: the spikes that they look at come to it, and the derivatives go back.

use super::batch::Batch;
use crate::engine::Cotangent;
use crate::event::Recording;
use crate::gpu::engine::Inner;
use crate::gpu::kernel::Role;
use crate::gpu::layout::{NONE, SEEN_HEAD, SEEN_WORDS, Spike};
use crate::gpu::memory;
use crate::gpu::record;
use crate::gpu::rows::Row;
use crate::gpu::schedule::{self, Schedule};
use crate::gpu::shown::places;
use crate::gpu::tables::Tables;
use crate::network::PopulationId;
use crate::session::{HostLoss, Judged};
use crate::{Error, Result};

/// Which spikes come to the host, and how they lie in a slot's words.
pub(super) struct Seen {
    /// Each population as a source, and where it begins.
    pub sources: Vec<(usize, u32)>,
    /// Words of a slot.
    pub stride: u32,
}

impl Seen {
    pub fn of(tables: &Tables, populations: &[PopulationId]) -> Self {
        let mut seen = Self {
            sources: Vec::new(),
            stride: 0,
        };
        for id in populations {
            let Some(table) = tables.populations.get(id.index()) else {
                continue;
            };
            if table.is_spiking {
                seen.sources.push((table.source, seen.stride));
                seen.stride += SEEN_HEAD + SEEN_WORDS * tables.sources[table.source].capacity;
            }
        }
        seen
    }

    /// Bytes of a slot.
    pub fn bytes(&self) -> u64 {
        u64::from(self.stride) * 4
    }

    /// The spikes of each source of each slot, `[slot x source]`; none of those that are not looked at.
    fn unpack(&self, tables: &Tables, words: &[u32], n_slots: usize) -> Vec<Vec<Spike>> {
        let n_sources = tables.sources.len();
        let mut spikes = vec![Vec::new(); n_slots * n_sources];
        for slot in 0..n_slots {
            for &(source, first) in &self.sources {
                let words = &words[slot * self.stride as usize + first as usize..];
                let of_spikes = words[SEEN_HEAD as usize..].chunks_exact(SEEN_WORDS as usize);
                spikes[slot * n_sources + source] = of_spikes
                    .take(words[0] as usize)
                    .map(|word| Spike {
                        window: word[0],
                        time: f32::from_bits(word[1]),
                        unit: word[2],
                        previous: NONE,
                        next: NONE,
                        ..Spike::default()
                    })
                    .collect();
            }
        }
        spikes
    }
}

/// What the host has seen of a batch.
struct Witnessed {
    recording: Recording,
    /// For each spike of it its place in its slot's stretch.
    places: Vec<u32>,
}

impl Batch<'_> {
    /// Simulates a batch, has it judged, and goes back where that is asked for; none if something had too little room.
    pub async fn judge(
        &self,
        inner: &mut Inner<'_>,
        loss: &dyn HostLoss,
        is_update: bool,
    ) -> Result<Option<Judged>> {
        let seen = self.seen.as_ref().expect("the loss is on the host");
        let Some(witnessed) = self.witness(inner, seen).await? else {
            return Ok(None);
        };
        let mut judged = loss.judge(&witnessed.recording, self.labels)?;
        if !is_update {
            return Ok(Some(judged));
        }
        let cotangent = cotangent(&witnessed.recording, &judged)?;
        judged.derivatives.clear();
        let is_whole = self.most >= self.n_samples();
        if !is_whole {
            // Each chunk has overwritten the one before: simulate each again, and count grazing spikes only this time.
            let head = memory::counters_head(&self.tables);
            inner.buffers.clear(inner.context, Role::Counters, head);
        }
        for (first, n_slots) in self.chunks() {
            if !is_whole {
                let schedule = self.simulation(inner, first, n_slots)?;
                inner.run(&schedule).await?;
            }
            self.clear_adjoints(inner, n_slots);
            let mut schedule = self.schedule(n_slots);
            let samples = first..first + n_slots;
            self.write_derivatives(inner, &mut schedule, &witnessed, &cotangent, samples)?;
            self.sweep(inner, schedule, first, n_slots).await?;
        }
        Ok(Some(judged))
    }

    /// Simulates a batch and reads what a loss looks at.
    async fn witness(&self, inner: &mut Inner<'_>, seen: &Seen) -> Result<Option<Witnessed>> {
        let (tables, options) = (&*self.tables, self.problem.options);
        let mut witnessed = Witnessed {
            recording: Recording {
                offsets: vec![0],
                duration: options.duration,
                voltage_times: options.voltage_times.clone(),
                ..Recording::default()
            },
            places: Vec::new(),
        };
        let observed = tables.n_readouts as usize * self.shown.n_shown();
        let observed = (observed + self.shown.n_places(tables)) as u64 * 4;
        for (first, n_slots) in self.chunks() {
            let mut schedule = self.simulation(inner, first, n_slots)?;
            schedule::seen_spikes(&mut schedule, tables, &seen.sources, seen.stride);
            inner.run(&schedule).await?;
            let wanted = [
                (Role::Counters, memory::counters_head(tables)),
                (Role::Observed, n_slots as u64 * observed),
                (Role::Seen, n_slots as u64 * seen.bytes()),
            ];
            let read = inner.buffers.read(inner.context, &wanted).await?;
            let counters: Vec<u32> = bytemuck::pod_collect_to_vec(&read[0]);
            if inner.grow(
                &self.problem,
                tables,
                &counters,
                first,
                tables.plan.n_windows(),
            )? {
                return Ok(None);
            }
            let observed: Vec<f32> = bytemuck::pod_collect_to_vec(&read[1]);
            let words: Vec<u32> = bytemuck::pod_collect_to_vec(&read[2]);
            let spikes = seen.unpack(tables, &words, n_slots);
            let n_sources = tables.sources.len();
            let n_spikes = spikes.iter().map(Vec::len).sum();
            let fired = |slot: usize, source: usize| {
                let spikes = spikes[slot * n_sources + source].iter();
                spikes.copied()
            };
            let places = record::append(
                &mut witnessed.recording,
                tables,
                &self.problem,
                (n_slots, n_spikes),
                fired,
                &observed,
            );
            witnessed.places.extend(places);
        }
        Ok(Some(witnessed))
    }

    /// Writes the derivatives by the spikes and readouts of some samples, and schedules what brings them to where the sweep reads them.
    fn write_derivatives(
        &self,
        inner: &mut Inner<'_>,
        schedule: &mut Schedule,
        witnessed: &Witnessed,
        cotangent: &Cotangent,
        samples: std::ops::Range<usize>,
    ) -> Result<()> {
        let (buffers, context) = (&mut *inner.buffers, inner.context);
        let tables = &*self.tables;
        let n_sources = tables.sources.len();
        let recording = &witnessed.recording;
        // Where those of each slot and source begin, and then these.
        let mut packed = vec![0_u32; samples.len() * n_sources];
        let mut most = vec![0; n_sources];
        let mut of_sources = vec![Vec::new(); n_sources];
        let mut of_readouts = Vec::new();
        let mut when = Vec::new();
        for (slot, sample) in samples.enumerate() {
            let range = recording.range(sample);
            for ix in range.clone() {
                let next = tables
                    .sources
                    .partition_point(|s| s.base <= witnessed.places[ix]);
                of_sources[next - 1].push((cotangent.spike_times[ix] as f32).to_bits());
            }
            for (source, values) in of_sources.iter_mut().enumerate() {
                packed[slot * n_sources + source] = packed.len() as u32;
                most[source] = most[source].max(values.len() as u32);
                packed.append(values);
            }
            let row = Row {
                sample,
                cotangent,
                only: None,
            };
            of_readouts.extend(row.observed(&self.problem, recording, range.len()));
            when.extend(places(tables, recording, sample));
        }
        buffers.write(context, Role::Packed, 0, &packed)?;
        schedule::spread_derivatives(schedule, tables, &most);
        buffers.write(context, Role::Observed, 0, &of_readouts)?;
        let n_times = self.problem.options.voltage_times.len() as u64;
        buffers.write(context, Role::Requested, n_times, &when)
    }
}

/// The derivatives that a loss gives, one for each thing in the recording.
fn cotangent(recording: &Recording, judged: &Judged) -> Result<Cotangent> {
    let mut cotangent = Cotangent::zeros(recording);
    let n = cotangent.entries().count();
    if n != judged.derivatives.len() {
        return Err(Error::invalid(
            "number of derivatives of the loss",
            judged.derivatives.len(),
            format!("give one for each of the {n} things recorded"),
        ));
    }
    let entries = cotangent.entries_mut().zip(&judged.derivatives);
    entries.for_each(|(entry, &derivative)| *entry = derivative);
    Ok(cotangent)
}
