//! Batches that are shared among ranks: the recordings, gradients and trainings of one process, bit for bit.

mod batches;
mod trainings;

use std::sync::{Arc, Mutex};

use spikefront::Result;
use spikefront::cpu::CpuEngine;
use spikefront::ranks::Ranks;
use spikefront::train::{Experiment, Prepared, Samples, Task};

fn engine(ranks: Ranks) -> Result<CpuEngine> {
    let engine = CpuEngine::new().threads(1)?;
    Ok(engine.ranks(Arc::new(Mutex::new(ranks))))
}

fn first(samples: &Samples, n: usize) -> Samples {
    samples.select(&(0..n.min(samples.n_samples())).collect::<Vec<_>>())
}

fn prepared(task: Task, preset: &str, set: &[&str]) -> Result<Prepared> {
    let experiment = Experiment::preset(task, preset)?;
    let set = set.iter().try_fold(experiment, |all, one| all.set(one))?;
    set.prepare(3)
}
