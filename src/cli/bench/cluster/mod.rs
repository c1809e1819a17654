//! `spikefront bench cluster`: what a large network would cost on many ranks, computed from a small one on a simulated cluster.

mod measured;
mod model;
mod pairs;
mod table;

use anyhow::bail;
use clap::Args;

use crate::cli::output;
use measured::Measured;
use model::{Links, Plan};

/// Arguments of `bench cluster`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct ClusterArgs {
    /// Which network is measured: cuba, brunel or microcircuit
    #[arg(long, default_value = "microcircuit")]
    network: String,
    /// How many times its published neurons are measured; in-degrees are kept
    #[arg(long, default_value_t = 0.05)]
    scale: f64,
    /// How much biological time is measured, in ms
    #[arg(long, default_value_t = 100.0)]
    duration: f64,
    /// How many ranks are simulated as threads, to count messages and bytes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(2..=64))]
    simulated: u16,
    /// For how many ranks costs are computed, separated by commas; one core each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 4, 16, 64, 256, 1024], value_parser = clap::value_parser!(u64).range(1..))]
    ranks: Vec<u64>,
    /// Size of the one network that all ranks share, in multiples of the published neurons
    #[arg(long, default_value_t = 1.0)]
    strong: f64,
    /// Neurons for each rank where the network grows with the ranks, in multiples of the published ones
    #[arg(long, default_value_t = 0.1)]
    weak: f64,
    /// How many neurons are planned for on the most ranks
    #[arg(long, default_value_t = 1_000_000_000)]
    planned: u64,
    /// Assumed: how long a message takes from rank to rank however short it is, in microseconds
    #[arg(long, default_value_t = 2.0)]
    latency: f64,
    /// Assumed: how many bytes a rank receives a second, in units of 10^9
    #[arg(long, default_value_t = 10.0)]
    bandwidth: f64,
    /// Assumed: how long a rank takes to sort a spike of another and look up its row, in nanoseconds
    #[arg(long, default_value_t = 100.0)]
    spike: f64,
    /// Seed of synapses, starting values and drives
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

const EXAMPLE: &str = "\
Example:
  spikefront bench cluster --scale 0.02 --duration 20 --ranks 1,16,1024

What is measured on one thread: arrivals and spikes of a neuron for each ms, the time of an arrival, bytes of synapses and neurons, and
how long synapses take to be made. What is assumed: --latency, --bandwidth and --spike; an exchange takes a latency for each doubling of
the ranks, and then what it brings at the bandwidth; what computation hides of it is not taken off.";

/// Runs `bench cluster`.
pub fn run(args: &ClusterArgs) -> anyhow::Result<()> {
    for (name, value) in [
        ("--duration", args.duration),
        ("--strong", args.strong),
        ("--weak", args.weak),
        ("--latency", args.latency),
        ("--bandwidth", args.bandwidth),
        ("--spike", args.spike),
    ] {
        if !(value.is_finite() && value > 0.0) {
            bail!("{name} is {value}: give a number above zero");
        }
    }
    let measured = Measured::new(args)?;
    let links = Links {
        latency: args.latency * 1e-6,
        bandwidth: args.bandwidth * 1e9,
        spike: args.spike * 1e-9,
    };
    let published = measured.neurons as f64 / args.scale;
    let plan = |neurons: f64, ranks: u64| Plan::new(&measured, &links, neurons, ranks);
    let strong = args.ranks.iter().map(|&n| plan(args.strong * published, n));
    let weak = args
        .ranks
        .iter()
        .map(|&n| plan(args.weak * published * n as f64, n));
    let most = args.ranks.iter().copied().max().unwrap_or(1);
    let mut text = table::told(&measured);
    text += &table::plans("One network on more ranks", &strong.collect::<Vec<_>>());
    text += &table::plans(
        "A network that grows with the ranks",
        &weak.collect::<Vec<_>>(),
    );
    text += &table::plans("Planned for", &[plan(args.planned as f64, most)]);
    text += &table::widths(args.planned, &measured);
    output::print(&text)
}
