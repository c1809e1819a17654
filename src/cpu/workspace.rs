//! Memory that a chunk of samples needs for a while, kept for the next chunk.

use std::sync::{Mutex, PoisonError};

use super::adjoint::{OwnSteps, SweepMemory};
use super::arrivals::Arrival;
use super::propagators::Propagators;
use super::sample::SampleMemory;
use super::spike_order::SpikeOrder;
use super::timeline::Timeline;

/// What one chunk needs at a time; its contents mean nothing from one use to the next.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    pub timelines: Vec<Timeline>,
    pub arrivals: Vec<Arrival>,
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

/// The workspaces of an engine: as many as have ever been in use at once.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Workspace>>);

impl Pool {
    /// Lends a workspace to `work`.
    pub fn lend<T>(&self, work: impl FnOnce(&mut Workspace) -> T) -> T {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut workspace = lock().pop().unwrap_or_default();
        let result = work(&mut workspace);
        lock().push(workspace);
        result
    }
}
