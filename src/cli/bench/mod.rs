//! `spikefront bench`: how long things take.

mod memory;
mod report;
mod step;
mod workload;

use clap::Subcommand;

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Time one training step of a benchmark workload
    Workload(workload::WorkloadArgs),
}

/// Runs `bench`.
pub fn run(command: &BenchCommand) -> anyhow::Result<()> {
    match command {
        BenchCommand::Workload(args) => workload::run(args),
    }
}
