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
