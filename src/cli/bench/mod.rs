//! `spikefront bench`: how long things take.

mod cluster;
mod large;
mod large_measure;
mod large_model;
mod measure;
mod model;
mod network;
mod networks;
mod networks_table;
mod predict;
mod report;
mod step;
mod workload;

use clap::Subcommand;

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Time one training step of a benchmark workload
    Workload(workload::WorkloadArgs),
    /// Time engines side by side on networks by name and size
    Networks(networks::NetworksArgs),
    /// Time large sparse networks of growing size
    Large(large::LargeArgs),
    /// Compute what a large network would cost on many ranks, from a small one on a simulated cluster
    Cluster(cluster::ClusterArgs),
}

/// Runs `bench`.
pub fn run(command: &BenchCommand) -> anyhow::Result<()> {
    match command {
        BenchCommand::Workload(args) => workload::run(args),
        BenchCommand::Networks(args) => networks::run(args),
        BenchCommand::Large(args) => large::run(args),
        BenchCommand::Cluster(args) => cluster::run(args),
    }
}
