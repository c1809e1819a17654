//! `spikefront bench networks`: engines side by side on networks by name and size.

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;
use spikefront::cpu::CpuEngine;
use spikefront::gpu::model::Device;
use spikefront::gpu::{Ceilings, GpuEngine, GpuOptions};
use spikefront::memory;
use spikefront::{Engine, Error};

use super::measure::{Profiled, Row, measure};
use super::model::ModelArgs;
use super::network::{Measured, NAMES};
use super::networks_table::table;
use super::predict::{self, predict};
use crate::cli::budget::BudgetArgs;
use crate::cli::output;

/// Arguments of `bench networks`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct NetworksArgs {
    /// Which networks, separated by commas
    #[arg(long, value_delimiter = ',', default_values_t = NAMES.map(str::to_owned))]
    network: Vec<String>,
    /// Samples in a batch, separated by commas
    #[arg(long, value_delimiter = ',', default_values_t = [1, 32, 1024])]
    batch: Vec<usize>,
    /// Which engines, separated by commas: cpu, gpu
    #[arg(long, value_delimiter = ',', default_values_t = ["cpu".to_owned(), "gpu".to_owned()])]
    engines: Vec<String>,
    /// How many times each is timed, after once that is not
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    repeats: u16,
    #[command(flatten)]
    budget: BudgetArgs,
    /// Time forward propagation of all weights too, over one sample
    #[arg(long)]
    forward: bool,
    /// How many threads the CPU engine uses [default: one for each core]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Device memory that may be used, in MiB
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    memory: Option<u64>,
    #[command(flatten)]
    model: ModelArgs,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Example:
  spikefront bench networks --network feed-forward --batch 32 --engines cpu --repeats 2

Columns: spikes of the batch; medians of a simulation and of an adjoint gradient, and the second over the first; million
spikes, and million arrivals times neurons that they reach, for each second of simulation; forward propagation with
respect to all weights of one sample, and its billion multiply-adds a second.

With --model, for each kernel: dispatches; multiply-adds; exponentials and divisions; megabytes of memory and of workgroup
memory; atomic operations; and for each device what it would take, and what binds: arithmetic, exponentials, memory,
workgroup memory, the invocation that has most to do (chain), or beginning dispatches (launch).";

/// Everything that was measured in one run.
#[derive(Debug, Serialize)]
pub struct Report {
    pub device: Option<String>,
    /// Whether a prediction is printed beside what was measured.
    #[serde(skip)]
    pub is_predicted: bool,
    pub bytes_per_second: Option<f64>,
    pub multiply_adds_per_second: Option<f64>,
    pub threads: usize,
    pub repeats: u16,
    pub rows: Vec<Row>,
}

/// At least so many bytes a sample takes: 500 input spikes or more, and as many of the network's own.
const SAMPLE_BYTES: u64 = 500 * 40;

/// Refuses a batch that does not fit.
fn check_batch(batch: usize) -> spikefront::Result<()> {
    memory::check(
        &format!("a batch of {batch} samples"),
        (batch as u64).saturating_mul(SAMPLE_BYTES),
        |there| format!("give --batch of at most {}", there / SAMPLE_BYTES),
    )
}

/// The networks that are asked for, each with each number of samples.
fn networks(args: &NetworksArgs) -> impl Iterator<Item = anyhow::Result<Measured>> {
    let batches = |name| args.batch.iter().map(move |&batch| (name, batch));
    args.network.iter().flat_map(batches).map(|(name, batch)| {
        if batch == 0 {
            bail!("batch is 0: give at least one sample");
        }
        check_batch(batch)?;
        let Some(mut measured) = Measured::new(name, batch)? else {
            return Err(Error::unknown("network", name, &NAMES).into());
        };
        measured.options.spike_budget =
            args.budget.given().unwrap_or(measured.options.spike_budget);
        Ok(measured)
    })
}

/// What devices would take that need not be there.
fn predicted(args: &NetworksArgs, cpu: &CpuEngine, devices: &[Device]) -> anyhow::Result<()> {
    let mut predictions = Vec::new();
    for measured in networks(args) {
        predictions.push(predict(cpu, &measured?, devices, args.forward)?);
    }
    output::print(&if args.json {
        serde_json::to_string(&predictions)? + "\n"
    } else {
        predict::table(&predictions, devices)
    })
}

/// Runs `bench networks`.
pub fn run(args: &NetworksArgs) -> anyhow::Result<()> {
    for name in &args.engines {
        if !["cpu", "gpu"].contains(&name.as_str()) {
            return Err(Error::unknown("--engines", name, &["cpu", "gpu"]).into());
        }
    }
    let threads = args
        .threads
        .map_or_else(rayon::current_num_threads, usize::from);
    let cpu = CpuEngine::new().threads(threads)?;
    let devices = args.model.devices()?;
    if !devices.is_empty() {
        return predicted(args, &cpu, &devices);
    }
    args.model
        .check(args.engines.iter().any(|name| name == "gpu"))?;
    let options = GpuOptions::default()
        .memory(args.memory.map(|mib| mib << 20))
        .profiled(true);
    let gpu = match args.engines.iter().any(|name| name == "gpu") {
        true => Some(
            GpuEngine::new(&options)
                .context("failed to open a GPU; --engines cpu leaves it out")?,
        ),
        false => None,
    };
    if let Some(gpu) = &gpu {
        gpu.time_kernels(false);
    }
    let ceilings: Option<Ceilings> = gpu.as_ref().map(GpuEngine::ceilings).transpose()?;
    let mut rows = Vec::new();
    for measured in networks(args) {
        let measured = measured?;
        for engine in &args.engines {
            let (engine, profiled): (&dyn Engine, Option<Profiled<'_>>) = match (&gpu, ceilings) {
                (Some(gpu), Some(ceilings)) if engine == "gpu" => {
                    let device = args.model.device_of(&ceilings);
                    (gpu, Some(Profiled { gpu, device }))
                }
                _ => (&cpu, None),
            };
            let (name, batch) = (measured.name, measured.inputs.n_samples());
            output::note(&format!("{name}, batch {batch}, {}", engine.name()));
            let row = measure(engine, profiled, &measured, args.repeats, args.forward)?;
            rows.push(row);
        }
    }
    for row in &rows {
        if let Some(told) = output::grazing(row.grazing_spikes) {
            output::note(&format!(
                "{}, batch {}, {}: {told}",
                row.network, row.batch, row.engine
            ));
        }
    }
    let report = Report {
        device: gpu.as_ref().map(GpuEngine::description),
        is_predicted: args.model.is_measured(),
        bytes_per_second: ceilings.map(|c| c.bytes_per_second),
        multiply_adds_per_second: ceilings.map(|c| c.multiply_adds_per_second),
        threads,
        repeats: args.repeats,
        rows,
    };
    output::print(&if args.json {
        serde_json::to_string(&report)? + "\n"
    } else {
        table(&report)
    })
}
