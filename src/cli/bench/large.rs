//! `spikefront bench large`: large networks of growing size.

use anyhow::bail;
use clap::Args;
use serde::Serialize;
use spikefront::ErrorKind;
use spikefront::gpu::model::Device;
use spikefront::networks::NamedNetwork;

use super::large_measure::{Measured, measure};
use super::large_model::{self, Size, Span};
use super::model::ModelArgs;
use crate::cli::stream_engine::{StreamEngine, StreamEngineArgs};
use crate::cli::{memory, output};

/// Arguments of `bench large`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct LargeArgs {
    /// Which network: cuba, brunel or microcircuit
    #[arg(long, default_value = "cuba")]
    network: String,
    /// How many times the neurons that it was published with, separated by commas; in-degrees are kept
    #[arg(long, value_delimiter = ',', default_values_t = [0.25, 1.0, 4.0, 16.0, 64.0])]
    scales: Vec<f64>,
    /// How much biological time is measured, in ms
    #[arg(long, default_value_t = 200.0)]
    duration: f64,
    /// How much biological time goes before it, in ms
    #[arg(long, default_value_t = 100.0)]
    warm_up: f64,
    /// Seed of synapses, starting values and drives
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Which engines, separated by commas: cpu, gpu
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [StreamEngine::Cpu])]
    engines: Vec<StreamEngine>,
    /// Which GPU, by its number in `spikefront devices` [default: the best]
    #[arg(long, value_name = "N")]
    adapter: Option<usize>,
    /// How many threads of the CPU [default: one for each core]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Memory of the host that synapses may take at a time, in MiB [default: four fifths of what is free]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    memory: Option<u64>,
    #[command(flatten)]
    model: ModelArgs,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Example:
  spikefront bench large --network cuba --scales 0.25,0.5 --duration 50

Columns: x real is seconds of computation for each second of the network's time; events are spikes that arrived at
neurons, those of drives included. With the engine gpu the device time of each kernel follows, and with --model measured
what the counts of the cost model predict for the device's measured ceilings.

With --model and a device nothing is measured: the CPU engine finds the spikes, and the columns are those of
`spikefront bench networks --model`.";

/// One size.
#[derive(Debug, Serialize)]
struct Row {
    network: &'static str,
    scale: f64,
    engine: &'static str,
    threads: usize,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Measured(Measured),
    /// Why it did not fit.
    Refused {
        refused: String,
    },
}

/// Runs `bench large`.
pub fn run(args: &LargeArgs) -> anyhow::Result<()> {
    for (name, value) in [("--duration", args.duration), ("--warm-up", args.warm_up)] {
        if !(value.is_finite() && value >= 0.0) || (name == "--duration" && value == 0.0) {
            bail!("{name} is {value}: give a time in ms above zero");
        }
    }
    let named = NamedNetwork::find(&args.network)?;
    let threads = match args.threads {
        Some(threads) => usize::from(threads),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    let devices = args.model.devices()?;
    if !devices.is_empty() {
        return pool.install(|| predicted(args, named, threads, &devices));
    }
    args.model
        .check(args.engines.contains(&StreamEngine::Gpu))?;
    if !args.json {
        output::print(&head(threads))?;
    }
    for &scale in &args.scales {
        for &engine in &args.engines {
            let engine = StreamEngineArgs {
                engine,
                adapter: args.adapter.filter(|_| engine == StreamEngine::Gpu),
            };
            let size = size(args, named, scale, threads);
            let measured = pool.install(|| measure(size, span(args), engine, &args.model));
            let outcome = match measured {
                Ok(measured) => Outcome::Measured(measured),
                Err(error) if error.kind() == ErrorKind::Memory => Outcome::Refused {
                    refused: error.to_string(),
                },
                Err(error) => return Err(error.into()),
            };
            let row = Row {
                network: named.name,
                scale,
                engine: engine.name(),
                threads,
                outcome,
            };
            output::print(&match args.json {
                true => serde_json::to_string(&row)? + "\n",
                false => line(&row),
            })?;
        }
    }
    Ok(())
}

fn size(args: &LargeArgs, named: NamedNetwork, scale: f64, threads: usize) -> Size {
    let given = args.memory;
    Size {
        named,
        scale,
        seed: args.seed,
        limit: given.map_or_else(memory::for_synapses, |mib| mib << 20),
        threads,
    }
}

fn span(args: &LargeArgs) -> Span {
    Span {
        warm_up: args.warm_up,
        duration: args.duration,
    }
}

/// What devices would take that need not be there.
fn predicted(
    args: &LargeArgs,
    named: NamedNetwork,
    threads: usize,
    devices: &[Device],
) -> anyhow::Result<()> {
    if !args.json {
        output::print("Predicted from counts, not measured (docs/cost-model.md).\n")?;
    }
    for &scale in &args.scales {
        let size = size(args, named, scale, threads);
        let predicted = large_model::predict(size, span(args), devices)?;
        output::print(&match args.json {
            true => serde_json::to_string(&predicted)? + "\n",
            false => predicted.table(devices),
        })?;
    }
    Ok(())
}

fn head(threads: usize) -> String {
    format!(
        "{threads} threads of the CPU\n{:<13} {:<3} {:>6} {:>9} {:>11} {:>8} {:>8} {:>8} {:>9} {:>11} {:>9} {:>8}\n",
        "network",
        "",
        "scale",
        "neurons",
        "synapses",
        "MB",
        "build/s",
        "run/s",
        "x real",
        "events",
        "Mevent/s",
        "ns/event"
    )
}

fn line(row: &Row) -> String {
    let name = format!("{:<13} {:<3} {:>6}", row.network, row.engine, row.scale);
    match &row.outcome {
        Outcome::Refused { refused } => format!("{name} does not fit: {refused}\n"),
        Outcome::Measured(m) => kernels(
            m,
            format!(
                "{name} {:>9} {:>11} {:>8.1} {:>8.2} {:>8.3} {:>9.3} {:>11} {:>9.1} {:>8.1}\n",
                m.neurons,
                m.synapses,
                m.synapse_bytes as f64 / 1e6,
                m.build_seconds,
                m.seconds,
                m.real_time_factor,
                m.synaptic_events,
                m.synaptic_events as f64 / m.seconds / 1e6,
                m.nanoseconds_per_event
            ),
        ),
    }
}

/// What its kernels took, after the line of a size.
fn kernels(measured: &Measured, mut text: String) -> String {
    for (kernel, ms) in &measured.kernels_ms {
        text += &format!("  {kernel:<24} {ms:>10.3} ms on the device");
        let counted = measured
            .predicted
            .as_ref()
            .and_then(|p| p.kernels.get(kernel));
        for on in counted
            .into_iter()
            .flat_map(|counted| counted.devices.values())
        {
            text += &format!("  predicted {:>10.3} ms, {}", on.ms, on.bound);
        }
        text.push('\n');
    }
    text
}
