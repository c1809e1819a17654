//! Segments of the run: states to go on from, and the run from one of them again.

use super::super::layout::{SparseEvent, SparseFired};
use super::GpuStream;
use super::sweep::Sweep;
use crate::Result;
use crate::gpu::kernel::Role;

/// A simulation at the start of a window, as the host keeps it.
pub(super) struct Checkpoint {
    now: u32,
    recent: Vec<SparseFired>,
    /// Of neurons and of drives, as the device has them.
    states: Vec<Vec<u8>>,
}

/// What the device changes of a simulation from window to window.
const CHANGED: [Role; 2] = [Role::SparseStates, Role::Upcoming];

/// Windows that were simulated again.
pub(super) struct Segment {
    /// Its first window.
    pub first: u32,
    /// One past its last.
    pub end: u32,
    /// What neurons did, in any order but for each neuron in that of time.
    pub events: Vec<SparseEvent>,
    /// The first windows of its blocks.
    pub blocks: Vec<u32>,
    /// For each window how many spikes are in the longest chain of which the last arrives in it.
    pub depths: Vec<u32>,
}

impl GpuStream {
    /// Keeps the state.
    pub(super) async fn checkpoint(&mut self) -> Result<Checkpoint> {
        let device = &mut self.device;
        let wanted = CHANGED.map(|role| (role, device.buffers.get(role).size()));
        Ok(Checkpoint {
            now: self.now,
            recent: self.recent.clone(),
            states: device.buffers.read(&device.context, &wanted).await?,
        })
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        self.now = checkpoint.now;
        self.recent.clone_from(&checkpoint.recent);
        let device = &mut self.device;
        for (role, state) in CHANGED.into_iter().zip(&checkpoint.states) {
            device.buffers.write(&device.context, role, 0, state)?;
        }
        Ok(())
    }
}

impl Sweep {
    /// Simulates the windows before number `end` again and remembers what happened, and at the start of each block what drives
    /// will draw.
    pub(super) async fn replay(
        &mut self,
        simulation: &mut GpuStream,
        checkpoint: Checkpoint,
        end: u32,
    ) -> Result<Segment> {
        simulation.restore(&checkpoint)?;
        let mut segment = Segment {
            first: checkpoint.now,
            end,
            events: Vec::new(),
            blocks: Vec::new(),
            depths: Vec::new(),
        };
        while simulation.now < end {
            let number = segment.blocks.len();
            if self.kept.n_driven > 0 {
                if self.drawn.len() == number {
                    let buffer = simulation.device.buffer_like(Role::Upcoming);
                    self.drawn.push(buffer);
                }
                let drawn = &self.drawn[number];
                simulation.device.copy(Role::Upcoming, drawn, false);
            }
            segment.blocks.push(simulation.now);
            let n_windows = self.kept.at_once.min(end - simulation.now);
            let block = simulation.block(n_windows).await?;
            segment.events.extend(block.events);
            segment.depths.extend(block.depths);
        }
        Ok(segment)
    }
}
