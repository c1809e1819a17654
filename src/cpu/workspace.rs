//! Memory that a chunk of samples needs for a while, kept for the next chunk.

use std::sync::Mutex;
use std::thread::ThreadId;

use super::adjoint::{OwnSteps, SweepMemory};
use super::aligned::Aligned;
use super::arrivals::Arrival;
use super::blocks::Blocks;
use super::lists::Lists;
use super::propagators::Propagators;
use super::sample::SampleMemory;
use super::spike_order::SpikeOrder;
use super::threads::lock;
use super::timeline::Timeline;

/// What one chunk needs at a time; its contents mean nothing from one use to the next.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    pub timelines: Vec<Timeline>,
    pub arrivals: Vec<Arrival>,
    pub lists: Lists,
    pub propagators: Propagators,
    pub spike_order: SpikeOrder,
    /// Of samples that are done.
    pub samples: Vec<SampleMemory>,
    /// Of the adjoint's samples.
    pub sweeps: Vec<SweepMemory>,
    pub own_steps: Vec<OwnSteps>,
    /// Of sensitivities that are done; whatever is in them, nobody reads it before writing.
    floats: Vec<Vec<f64>>,
}

impl Workspace {
    /// A buffer with anything in it.
    pub fn take(&mut self, len: usize) -> Vec<f64> {
        let mut buffer = self.floats.pop().unwrap_or_default();
        buffer.resize(len, 0.0);
        buffer
    }

    /// Takes a buffer back.
    pub fn put(&mut self, buffer: Vec<f64>) {
        self.floats.push(buffer);
    }
}

/// An engine's memory from call to call: as much as has ever been in use at once.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// Each with the thread that had it last, in whose cache it may still be.
    workspaces: Mutex<Vec<(ThreadId, Workspace)>>,
    /// Of gradients: large enough for the system to take back, and to clear anew, what is freed.
    gradients: Mutex<Vec<Aligned>>,
    /// Of gradients in the order of the flat vector.
    flat_gradients: Mutex<Vec<Vec<f64>>>,
}

impl Pool {
    /// Lends a workspace to `work`.
    pub fn lend<T>(&self, work: impl FnOnce(&mut Workspace) -> T) -> T {
        let here = std::thread::current().id();
        let mut workspace = {
            let mut free = lock(&self.workspaces);
            let own = free.iter().position(|(thread, _)| *thread == here);
            let any = free.len().checked_sub(1);
            let ix = own.or(any);
            ix.map_or_else(Workspace::default, |ix| free.swap_remove(ix).1)
        };
        let result = work(&mut workspace);
        lock(&self.workspaces).push((here, workspace));
        result
    }

    /// Zeros of the shape of some weights.
    pub fn zeros_like(&self, weights: &Blocks) -> Blocks {
        let memory = lock(&self.gradients).pop();
        weights.zeros_within(memory.unwrap_or_default())
    }

    /// So many zeros, in the order of the flat vector.
    pub fn flat_zeros(&self, len: usize) -> Vec<f64> {
        let mut flat = lock(&self.flat_gradients).pop().unwrap_or_default();
        flat.clear();
        flat.resize(len, 0.0);
        flat
    }

    /// Takes such gradients back.
    pub fn keep_flat(&self, gradients: impl Iterator<Item = Vec<f64>>) {
        lock(&self.flat_gradients).extend(gradients.filter(|flat| !flat.is_empty()));
    }

    /// Takes gradients back.
    pub fn keep(&self, gradients: Vec<Blocks>) {
        let memory = gradients.into_iter().map(Blocks::into_memory);
        lock(&self.gradients).extend(memory);
    }
}
