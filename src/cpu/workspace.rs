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
        if len == 0 {
            return Vec::new();
        }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ndarray::Array2;

    use super::*;
    use crate::cpu::CpuEngine;
    use crate::event::{Spike, SpikeBatch};
    use crate::network::{Network, Neuron, Projection};
    use crate::ranks::{PATIENCE, cluster};
    use crate::{Cotangent, Engine, GradientOptions, Problem, Result, SimulationOptions};

    /// How many flat gradients and gradients in blocks an engine keeps after some gradients of a cycle with a readout.
    fn kept(engine: &CpuEngine, rounds: usize) -> Result<(usize, usize)> {
        let weights = |from, to| Projection::dense(Array2::from_elem((from, to), 0.1));
        let mut network = Network::builder();
        let input = network.input("input", 2);
        let cells = network.population("cells", 3, Neuron::leaky_integrate_and_fire());
        let readout = network.population("readout", 2, Neuron::leaky_integrator());
        network.connect(input, cells, weights(2, 3));
        network.connect(cells, cells, weights(3, 3));
        network.connect(cells, readout, weights(3, 2));
        let network = network.build()?;
        let parameters = network.parameters(1);
        let options = SimulationOptions::new(20.0);
        let mut inputs = SpikeBatch::new();
        for _ in 0..16 {
            inputs.push_sample(&[Spike { unit: 0, time: 1.0 }])?;
        }
        let problem = Problem {
            network: &network,
            parameters: &parameters,
            inputs: &inputs,
            options: &options,
        };
        for _ in 0..rounds {
            let recording = engine.simulate(&problem)?;
            let cotangent = Cotangent::zeros(&recording);
            engine.gradient(
                &problem,
                &recording,
                &cotangent,
                &GradientOptions::default(),
            )?;
        }
        let pool = &engine.workspaces;
        let flat = lock(&pool.flat_gradients).len();
        Ok((flat, lock(&pool.gradients).len()))
    }

    /// What other ranks have computed is read into memory of the pool, too.
    #[test]
    fn a_pool_keeps_no_more_than_was_in_use_at_once() -> Result<()> {
        let alone = CpuEngine::new().threads(1)?;
        let first = kept(&alone, 1)?;
        assert!(first.0 > 0 && first.1 > 0, "{first:?}");
        assert_eq!(kept(&alone, 4)?, first);
        for counts in cluster(2, PATIENCE, |ranks| {
            let engine = CpuEngine::new().threads(1)?;
            let engine = engine.ranks(Arc::new(Mutex::new(ranks)));
            Ok((kept(&engine, 1)?, kept(&engine, 4)?))
        }) {
            let (first, later) = counts?;
            assert_eq!(later, first);
        }
        Ok(())
    }
}
