//! The dispatches of a block of windows.

use std::ops::Range;

use super::GpuStream;
use super::block::Start;
use crate::gpu::kernels::sparse_advance::SparseAdvanceParameters;
use crate::gpu::kernels::sparse_deliver::SparseDeliverParameters;
use crate::gpu::kernels::sparse_relay::SparseRelayParameters;
use crate::gpu::layout::WORKGROUP;
use crate::gpu::schedule::Schedule;

/// Windows that go in one submission.
pub(in crate::gpu) const WINDOWS_SUBMITTED: u32 = 32;

/// Parts of the synapses that are delivered from in one dispatch.
pub(in crate::gpu) const PARTS_AT_ONCE: usize = 2;

/// Workgroups that deliver, which take turns where there is more for them: at least, and at most.
const DELIVERING: (usize, usize) = (64, 4096);

/// Workgroups that deliver so many pairs of a spike that is underway and a piece of its synapses.
pub(in crate::gpu) fn delivering_groups(n_pairs: usize) -> u32 {
    (2 * n_pairs).clamp(DELIVERING.0, DELIVERING.1) as u32
}

/// Workgroups with an invocation for each of so many.
fn over(n: u32) -> [u32; 3] {
    [n.div_ceil(WORKGROUP), 1, 1]
}

impl GpuStream {
    /// Those of some windows of a block.
    pub(super) fn schedule(&self, start: &Start, places: Range<u32>) -> Schedule {
        let mut schedule = Schedule::default();
        for place in places {
            let window = start.window + place;
            self.push_deliveries(&mut schedule, start, place);
            for pass in 1..=self.room.passes {
                if pass > 1 {
                    self.push_relays(&mut schedule, start, place, pass);
                }
                self.push_advance(&mut schedule, start, place, pass);
            }
            self.push_records(&mut schedule, window, &start.wanted);
            self.push_advance(&mut schedule, start, place, 0);
        }
        schedule
    }

    /// Sources in each part of the synapses.
    pub(super) fn n_sources(&self) -> usize {
        self.synapses.sources.len() / self.synapses.parts.len().max(1)
    }

    /// What spikes of earlier windows cause in one, and generators in theirs.
    fn push_deliveries(&self, schedule: &mut Schedule, start: &Start, place: u32) {
        let (delays, n_sources) = (&self.delays, self.n_sources());
        let parts = self.synapses.parts.chunks(PARTS_AT_ONCE);
        for (part, held) in (0..).step_by(PARTS_AT_ONCE).zip(parts) {
            let most_pieces = held.iter().map(|part| part.most_pieces).sum();
            let parameters = SparseDeliverParameters {
                window: start.window + place,
                place,
                window_length: self.window() as f32,
                reach: delays.reach,
                reach_of_generated: delays.span(),
                first_generated: delays.reach + start.n_windows + 1,
                first_listed: start.n_generated,
                n_recent: self.recent.len() as u32,
                queue_capacity: self.room.queued,
                first_source: (part * n_sources) as u32,
                n_sources: n_sources as u32,
                has_more: u32::from(held.len() > 1),
                most_pieces,
                delay_shift: delays.shift,
                delay_unit: delays.unit as f32,
            };
            let groups = delivering_groups(start.listed.len() * most_pieces as usize);
            schedule.push_part(parameters, [groups, 1, 1], part);
        }
    }

    /// What the spikes of the pass before cause in their own window.
    fn push_relays(&self, schedule: &mut Schedule, start: &Start, place: u32, pass: u32) {
        let (delays, n_sources) = (&self.delays, self.n_sources());
        for (part, held) in self.synapses.parts.iter().enumerate() {
            let parameters = SparseRelayParameters {
                window: start.window + place,
                place,
                window_length: self.window() as f32,
                pass_number: pass,
                first_tried: start.listed.len() as u32 + self.room.listed,
                tried_capacity: self.room.tried,
                queue_capacity: self.room.queued,
                first_source: (part * n_sources) as u32,
                n_sources: n_sources as u32,
                most_pieces: held.most_pieces,
                delay_shift: delays.shift,
                delay_unit: delays.unit as f32,
            };
            schedule.push_part(parameters, [DELIVERING.0 as u32, 1, 1], part);
        }
    }

    /// All neurons that are here through a window: in a pass, or after the last.
    fn push_advance(&self, schedule: &mut Schedule, start: &Start, place: u32, pass: u32) {
        let parameters = SparseAdvanceParameters {
            window: start.window + place,
            place,
            window_length: self.window() as f32,
            first_neuron: self.own.start,
            end_neuron: self.own.end,
            n_populations: self.n_populations,
            queue_capacity: self.room.queued,
            first_listed: start.listed.len() as u32,
            listed_capacity: self.room.listed,
            tried_capacity: self.room.tried,
            events_capacity: if pass == 0 { self.room.events } else { 0 },
            n_passes: self.room.passes,
            pass_number: pass,
            first_drawn: if pass == 0 { 0 } else { self.first_drawn },
            zero: 0,
        };
        schedule.push(parameters, over(self.own.len() as u32));
    }
}
