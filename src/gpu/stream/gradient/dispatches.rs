//! The dispatches of the way back.

use super::super::GpuStream;
use super::events::Events;
use super::room::Kept;
use crate::gpu::kernels::sparse_adjoint::SparseAdjointParameters;
use crate::gpu::kernels::sparse_collect::SparseCollectParameters;
use crate::gpu::kernels::sparse_draw::SparseDrawParameters;
use crate::gpu::layout::WORKGROUP;
use crate::gpu::schedule::Schedule;
use crate::{Error, Result};

/// Workgroups of a dispatch.
const MOST_GROUPS: u32 = u16::MAX as u32;

/// What the dispatches over a segment have in common.
pub(super) struct Back<'a> {
    pub simulation: &'a GpuStream,
    pub kept: Kept,
    pub events: &'a Events,
    /// How many windows the run has.
    pub n_windows: u32,
}

impl Back<'_> {
    /// Back through one window. Where spikes arrive in it themselves, in passes: first what its events are without them, then what
    /// their arrivals find, as often as the longest chain has spikes.
    ///
    /// # Errors
    /// More spikes of generators in it than a dispatch has room for.
    pub fn window(&self, schedule: &mut Schedule, window: u32) -> Result<()> {
        let number = (window - self.events.windows.start) as usize;
        let n_generated = self.n_generated(window);
        // A chain has one spike more than arrive, its last, and may begin with one of a generator.
        let is_at_once = self.simulation.delays.is_at_once;
        let n_before = match self.events.depths[number] {
            depth if is_at_once && n_generated > 0 => depth + 2,
            0 => 0,
            depth => depth + 1,
        };
        for pass in 0..=n_before {
            let is_last = pass == n_before;
            // Before the first collection nothing has been found.
            let has_collected = pass > 0 || is_last;
            if has_collected {
                self.push_collects(schedule, window, is_last);
            }
            let n_shares = match has_collected && !self.simulation.synapses.parts.is_empty() {
                true => WORKGROUP,
                false => 0,
            };
            self.push_adjoint(schedule, window, (n_generated, n_shares), is_last)?;
        }
        Ok(())
    }

    /// How many spikes of generators a window has.
    fn n_generated(&self, window: u32) -> usize {
        let own = &self.events.list[self.events.of(window)];
        own.len() - own.partition_point(|event| event.unit < self.simulation.n_neurons)
    }

    /// What the arrivals of a window's spikes find.
    fn push_collects(&self, schedule: &mut Schedule, window: u32, is_last: bool) {
        let simulation = self.simulation;
        let parts = &simulation.synapses.parts;
        let n_sources = simulation.n_sources();
        let number = (window - self.events.windows.start) as usize;
        for round in &self.events.rounds[number] {
            let n_items = round.end - round.start;
            for part in 0..parts.len() {
                let parameters = SparseCollectParameters {
                    window,
                    window_length: simulation.window() as f32,
                    n_windows: self.n_windows,
                    n_neurons: simulation.n_neurons,
                    n_receptors: self.kept.n_receptors,
                    ring: self.kept.ring,
                    first_window: self.events.windows.start,
                    first_item: round.start,
                    n_items,
                    first_source: (part * n_sources) as u32,
                    n_sources: n_sources as u32,
                    delay_shift: simulation.delays.shift,
                    delay_unit: simulation.delays.unit as f32,
                    is_first: u32::from(part == 0),
                    is_last: u32::from(is_last),
                };
                schedule.push_part(parameters, [n_items.min(MOST_GROUPS), 1, 1], part);
            }
        }
    }

    /// All neurons back through a window.
    fn push_adjoint(
        &self,
        schedule: &mut Schedule,
        window: u32,
        (n_generated, n_shares): (usize, u32),
        is_last: bool,
    ) -> Result<()> {
        let simulation = self.simulation;
        let n_groups =
            (n_generated as u64 + u64::from(simulation.n_neurons)).div_ceil(u64::from(WORKGROUP));
        if n_groups > u64::from(MOST_GROUPS) {
            return Err(Error::invalid(
                "number of spikes of generators in one window",
                n_generated,
                "a dispatch has no room for so many; give a shorter window, or use the CPU",
            ));
        }
        let parameters = SparseAdjointParameters {
            window,
            window_length: simulation.window() as f32,
            n_neurons: simulation.n_neurons,
            n_populations: simulation.n_populations,
            n_receptors: self.kept.n_receptors,
            n_generated: n_generated as u32,
            ring: self.kept.ring,
            first_window: self.events.windows.start,
            n_shares,
            is_last: u32::from(is_last),
            zero: 0,
        };
        schedule.push(parameters, [n_groups as u32, 1, 1]);
        Ok(())
    }

    /// What the drives of some windows have drawn.
    pub fn draws(&self, window: u32, n_windows: u32) -> Schedule {
        let simulation = self.simulation;
        let parameters = SparseDrawParameters {
            window,
            n_windows,
            window_length: simulation.window() as f32,
            n_neurons: simulation.n_neurons,
            n_populations: simulation.n_populations,
            n_receptors: self.kept.n_receptors,
            ring: self.kept.ring,
            first_window: self.events.windows.start,
            zero: 0,
        };
        let mut schedule = Schedule::default();
        schedule.push(parameters, [simulation.n_neurons.div_ceil(WORKGROUP), 1, 1]);
        schedule
    }
}
