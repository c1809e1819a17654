//! `spikefront bench workload`: one training step, timed.

use std::path::PathBuf;

use clap::Args;
use spikefront::data::Workload;

use super::report::{Report, Spread};
use super::step::{Step, Times};
use crate::cli::budget::BudgetArgs;
use crate::cli::engine::EngineArgs;
use crate::cli::memory::peak_megabytes;
use crate::cli::method::MethodArgs;
use crate::cli::{nir, output};

/// Arguments of `bench workload`.
#[derive(Debug, Args)]
#[command(after_long_help = FILE)]
pub struct WorkloadArgs {
    /// The workload, a .npz file
    file: PathBuf,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    method: MethodArgs,
    #[command(flatten)]
    budget: BudgetArgs,
    /// How many threads [default: one for each core]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// How many steps are timed, after one that is not
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    repeats: u16,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

const FILE: &str = "\
The file is a .npz archive (numpy.savez) with the samples of one step and fixed weights. Its arrays tell its kind.

Feed-forward, inputs to hidden to output, all spiking:
  t      [sample x channel]   one spike a channel, in ms from 0; NaN where the channel is silent
  label  [sample]             the class, a whole number from 0
  W1     [channel x hidden]   weights
  W2     [hidden x class]     weights

Recurrent, inputs to a recurrent layer to readouts without threshold:
  ev     [event x 3]          rows (sample, channel, time in ms), in any order
  label  [sample]             the class, a whole number from 0
  Win    [channel x hidden]   weights
  Wr     [hidden x hidden]    weights, from row to column, without delay
  Wo     [hidden x class]     weights

Neurons are tau_membrane dV/dt = -V + I with tau_membrane 20 ms, tau_synapse 5 ms, threshold 1, reset to 0; a spike adds
its weight to I. A feed-forward step runs for 50 ms with 5 channels and else for 40 ms, and takes the first 150 samples
of 5 channels, the first 128 of 784, else all; a recurrent one runs for 100 ms and takes all.

Example (with NumPy):
  python3 -c 'import numpy as np; g = np.random.default_rng(0); np.savez(\"step.npz\",
    t=g.uniform(0, 20, (64, 5)), label=g.integers(0, 3, 64), W1=g.normal(8, 4, (5, 100)), W2=g.normal(1, 1, (100, 3)))'
  spikefront bench workload step.npz";

/// Runs `bench workload`.
pub fn run(args: &WorkloadArgs) -> anyhow::Result<()> {
    nir::refuse(&args.file)?;
    let step = Step::new(Workload::read(&args.file)?, args.budget.given())?;
    let threads = args.threads.map(usize::from);
    let engine = args.engine.make(threads)?;
    let method = args.method.method();
    let take = || step.take(engine.as_ref(), method);
    // The first step warms caches up and shows what all of them give.
    let first = take()?;
    // What a step gives is dropped before the next, as in training.
    let timed = (0..args.repeats)
        .map(|_| take().map(|taken| taken.times))
        .collect::<spikefront::Result<Vec<Times>>>()?;
    let report = Report {
        step_ms: Spread::of(timed.iter().map(|times| times.whole)),
        simulate_ms: Spread::of(timed.iter().map(|times| times.simulate)),
        gradient_ms: Spread::of(timed.iter().map(|times| times.gradient)),
        hidden_spikes: step.hidden_spikes(&first.recording),
        loss: first.loss,
        grazing_spikes: first.gradient.grazing_spikes,
        gradient_norms: step.gradient_norms(&first.gradient).into_iter().collect(),
        peak_memory_mb: peak_megabytes(),
        threads: threads.unwrap_or_else(rayon::current_num_threads),
        engine: engine.name().to_owned(),
        method: method.to_string(),
    };
    let text = if args.json {
        serde_json::to_string(&report)? + "\n"
    } else {
        let file = args.file.display();
        let table = report.table(timed.len());
        format!("{file}: {} samples, {table}", step.n_samples())
    };
    if let Some(told) = output::grazing(report.grazing_spikes) {
        output::note(&told);
    }
    output::print(&text)
}
