//! `spikefront nir`: networks of other programs.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use spikefront::nir::{NirGraph, NirOptions, NirReset, NirSpikeJump, NirTimeUnit, NirWriteOptions};
use spikefront::{Error, Result};

use super::describe;
use super::simulate::Simulation;
use crate::cli::engine::EngineArgs;
use crate::cli::trained::WeightsArgs;
use crate::cli::{output, train};

/// Arguments of `nir`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct NirArgs {
    /// The graph, an HDF5 file; with --from the file to write
    #[arg(value_name = "FILE.nir")]
    file: PathBuf,
    /// What times in FILE are in [default: by the longest time constant; when writing, s]
    #[arg(long, value_enum)]
    time_unit: Option<Unit>,
    /// What a spike of weight w adds to a synaptic current [default: by the constants, where they are a known writer's]
    #[arg(long, value_enum)]
    jump: Option<Jump>,
    /// The step in ms of the program that FILE comes from; for --jump step, which it implies
    #[arg(long, value_name = "MS")]
    step: Option<f64>,
    /// What a spike does to its neuron's potential [default: to]
    #[arg(long, value_enum)]
    reset: Option<ResetChoice>,
    /// The input is no spikes but this number on every channel, at all times
    #[arg(long, value_name = "X")]
    constant_input: Option<f64>,
    /// Simulate: the input spikes of samples, a .npz file with times (ms), units and offsets [sample + 1]
    #[arg(long, value_name = "FILE.npz")]
    pub(super) inputs: Option<PathBuf>,
    /// How long, in ms
    #[arg(long, value_name = "MS")]
    pub(super) duration: Option<f64>,
    /// Folder for spikes.npz
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Write FILE: the network and weights of this run of `train`
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    #[command(flatten)]
    weights: WeightsArgs,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
}

const HELP: &str = "\
A graph is described: its nodes, its edges, and what was chosen where the file leaves something open, with the reason. Where
neither the file nor an option decides, it is refused with what can be said. With --duration it is simulated;
`spikefront train TASK --nir FILE.nir` trains it.

What a spike of weight w adds to the synaptic current, in the units of the file:
  weight   w
  w-in     w x w_in
  delta    w x w_in / tau_syn: NIR's equation as it stands, spikes being Dirac deltas
  step     w x w_in x step / tau_syn: of a program that simulates in steps, where a spike is 1 for one step

DIR/spikes.npz:
  times, units   when (ms) and of which neuron, of all spikes, sample after sample
  offsets        [sample + 1]: where each sample begins in them, and the last ends
  populations    [population]: their names, those of nodes
  bounds         [population + 1]: population p has the units from bounds[p] to below bounds[p + 1]
  voltage_times  [time], in ms, and `voltages of NAME` [sample x time x neuron] of neurons without threshold

Example:
  spikefront train xor --epochs 1 --out runs/xor
  spikefront nir xor.nir --from runs/xor --reset subtract
  spikefront nir xor.nir --reset subtract --duration 50 --out runs/silent";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Unit {
    /// Seconds
    S,
    /// Milliseconds
    Ms,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Jump {
    /// Its weight
    Weight,
    /// Its weight times w_in
    WIn,
    /// Its weight times w_in / tau_syn
    Delta,
    /// Its weight times w_in step / tau_syn
    Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ResetChoice {
    /// It becomes v_reset, or 0 in files without it
    To,
    /// The threshold is subtracted
    Subtract,
}

/// Runs `nir`.
pub fn run(args: &NirArgs) -> anyhow::Result<()> {
    let simulation = Simulation::of(args)?;
    let options = options(args)?;
    if let Some(folder) = &args.from {
        return write(args, &options, folder);
    }
    let graph = NirGraph::read(&args.file)?;
    output::print(&describe::graph(&graph))?;
    let network = graph.network(&options)?;
    output::print(&describe::notes(&network))?;
    let built = network.builder.build()?;
    output::print(&describe::network(&built))?;
    match simulation {
        None => Ok(()),
        Some(simulation) => simulation.run(args, &built),
    }
}

fn options(args: &NirArgs) -> Result<NirOptions> {
    let spike_jump = match (args.jump, args.step) {
        (None, None) => None,
        (None | Some(Jump::Step), Some(step)) => Some(NirSpikeJump::Step(step)),
        (Some(Jump::Step), None) => {
            return Err(Error::invalid(
                "--step",
                "not given",
                "give the step in ms, as --jump step needs",
            ));
        }
        (Some(_), Some(step)) => {
            return Err(Error::invalid(
                "--step",
                step,
                "leave it out: it is for --jump step",
            ));
        }
        (Some(Jump::Weight), None) => Some(NirSpikeJump::Weight),
        (Some(Jump::WIn), None) => Some(NirSpikeJump::WeightTimesInput),
        (Some(Jump::Delta), None) => Some(NirSpikeJump::Delta),
    };
    Ok(NirOptions::default()
        .time_unit(args.time_unit.map(unit))
        .spike_jump(spike_jump)
        .reset(args.reset.map(|reset| match reset {
            ResetChoice::To => NirReset::ToPotential,
            ResetChoice::Subtract => NirReset::Subtract,
        }))
        .constant_input(args.constant_input))
}

fn unit(unit: Unit) -> NirTimeUnit {
    match unit {
        Unit::S => NirTimeUnit::Seconds,
        Unit::Ms => NirTimeUnit::Milliseconds,
    }
}

/// Writes the network of a training.
fn write(args: &NirArgs, options: &NirOptions, folder: &Path) -> anyhow::Result<()> {
    let given = [
        ("--jump", options.spike_jump.is_some()),
        ("--constant-input", args.constant_input.is_some()),
        ("--duration", args.duration.is_some()),
    ];
    if let Some((name, _)) = given.iter().find(|(_, is_given)| *is_given) {
        let remedy = "leave it out: it is about reading a graph, and --from writes one";
        return Err(Error::invalid(*name, "given", remedy).into());
    }
    let checkpoint = train::read_run(folder)?;
    let trained = checkpoint.trained()?;
    let engine = spikefront::cpu::CpuEngine::new();
    let (trainer, epoch) = trained.trainer(engine, args.weights.choice())?;
    let options = NirWriteOptions::default()
        .time_unit(args.time_unit.map_or(NirTimeUnit::Seconds, unit))
        .leave_out_subtraction(options.reset == Some(NirReset::Subtract));
    let graph = NirGraph::of_network(trained.network(), trainer.parameters(), &options)?;
    graph.write(&args.file)?;
    let text = describe::graph(&graph);
    output::print(&format!(
        "weights of epoch {epoch}\n{text}written to {}\n",
        args.file.display()
    ))
}
