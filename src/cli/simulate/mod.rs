//! `spikefront simulate`: large networks of the field, and those of a file.

mod asked;
mod course;
mod follow;
mod observe;
mod over_ranks;
mod ranked;
mod recorded;
mod results;
mod saved;
mod simulation;
mod states;
mod times;
mod watched;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use spikefront::data::KeptParts;
use spikefront::network::{NetworkBuilder, PopulationInRows};
use spikefront::networks::NETWORKS;
use spikefront::stream::{StateRecorder, Stream, StreamOptions, StreamState};
use spikefront::{Result, count};

use super::folder::refuse_training;
use super::interrupt::Interrupt;
use super::stream_engine::StreamEngineArgs;
use super::{Outcome, memory, nir, output, ranks};
use asked::Asked;
use course::{Course, Size};
use follow::follow;
use results::Summary;
use saved::{Saving, resumed};
use simulation::Simulation;
use watched::{SoFar, Watched, claim};

/// Arguments of `simulate`.
#[derive(Debug, Args)]
#[command(after_help = networks())]
pub struct SimulateArgs {
    /// Which network, or a file that describes one
    #[arg(value_name = "NETWORK|FILE.toml")]
    network: String,
    /// Change a setting: a parameter of the network (listed below), or a key of its file, such as
    /// `population.excitatory.threshold=-52`; `spikefront preset every-simulation-key` explains them
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// How many times the neurons that a network was published with; in-degrees are kept
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// How much biological time, in ms [default: the file's; 1000]
    #[arg(long, value_name = "MS")]
    duration: Option<f64>,
    /// From when on spikes are recorded and counted, in ms [default: the file's; a tenth of the duration]
    #[arg(long, value_name = "MS")]
    from: Option<f64>,
    /// Write spikes of these populations only, or of some of their neurons, such as L23E:0-99; `none` writes no spikes
    /// [default: the file's; all]
    #[arg(long, value_name = "POPULATION[:FIRST-LAST]", value_delimiter = ',')]
    record: Vec<String>,
    /// Seed of synapses, starting values and drives [default: the file's; 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    engine: StreamEngineArgs,
    /// How many threads of the CPU [default: one for each core]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// The length of a window in ms; results depend on it by rounding alone [default: the file's; the longest]
    #[arg(long, value_name = "MS")]
    window: Option<f64>,
    /// Folder for summary.json, spikes.npz, states of neurons and the pictures; nothing is written without it. What was there
    /// stays until a run has ended
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Save the run here when it is stopped (Ctrl-C), to be gone on with; removed once the run is complete. CPU engine only
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// And every so many seconds
    #[arg(long, value_name = "SECONDS")]
    checkpoint_every: Option<f64>,
    /// Go on with a run that was saved, with the same bits: give the same network and options
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// With mpirun: seconds that a process waits in one exchange before it names the processes that have not come, and ends all
    #[arg(long, value_name = "SECONDS", default_value_t = spikefront::ranks::PATIENCE.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    exchange_timeout: u64,
}

fn networks() -> String {
    let mut text = String::from(
        "Example:\n  spikefront simulate cuba --duration 200 --out runs/cuba\n\nNetworks:\n",
    );
    for network in NETWORKS {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:<13} {}", network.name, network.about);
        for parameter in network.parameters {
            let name = format!("{}={}", parameter.name, parameter.default);
            let _ = writeln!(text, "      --set {name:<20} {}", parameter.about);
        }
    }
    text.push_str(
        "\nA network of one's own: `spikefront preset cuba > own.toml`, change it, `spikefront simulate own.toml --out runs/own`",
    );
    text
}

/// Where the run does not look for a second.
const FAREWELL: &str =
    "stopped while the network was made or within a long window; nothing was written";

/// Runs `simulate`.
pub fn run(args: &SimulateArgs) -> anyhow::Result<Outcome> {
    nir::refuse(Path::new(&args.network))?;
    let started = ranks::started();
    let threads = match (args.threads, started) {
        (Some(threads), _) => usize::from(threads),
        (None, Some(started)) => started.threads(),
        (None, None) => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    pool.install(|| match started {
        Some(started) => over_ranks::simulate(args, threads, started),
        None => simulate(args, threads),
    })
}

fn simulate(args: &SimulateArgs, threads: usize) -> anyhow::Result<Outcome> {
    let prepared = Prepared::new(args, args.engine.holds_synapses())?;
    let start = Instant::now();
    let network = args
        .engine
        .build(prepared.described.clone(), threads, memory::for_synapses())?;
    let options = prepared.options();
    let stream = match &prepared.so_far {
        Some((state, _)) => args.engine.resume(&network, options, state)?,
        None => args.engine.open(&network, options)?,
    };
    let size = Size {
        neurons: network.neurons(),
        synapses: network.synapses(),
        synapse_bytes: network.synapse_bytes(),
        threads,
        // A GPU's synapses are made on their way to it.
        build_seconds: start.elapsed().as_secs_f64(),
    };
    let simulation = Simulation::Alone(stream);
    conduct(args, prepared, simulation, network.populations(), size)
}

/// What is known before a network is made.
struct Prepared {
    asked: Asked,
    /// From when on spikes count, in ms.
    from: f64,
    described: NetworkBuilder,
    saving: Option<Saving>,
    so_far: Option<(StreamState, SoFar)>,
    interrupt: Interrupt,
}

impl Prepared {
    /// Checks what is asked for; `with_synapses` where this process holds all of them, and waits for no other.
    fn new(args: &SimulateArgs, with_synapses: bool) -> anyhow::Result<Self> {
        let asked = Asked::new(args)?;
        let from = times::beginning(&asked.file.simulation)?;
        check(args, &asked, with_synapses)?;
        let described = asked.file.describe()?;
        for warning in asked.file.time_warnings(&described) {
            output::note(&format!("warning: {warning}"));
        }
        let (populations, records) = (&asked.file.populations, &asked.file.records);
        recorded::check(populations, &args.record, records)?;
        let saving = Saving::new(args)?;
        let so_far = resumed(args, &described)?;
        let interrupt = match with_synapses {
            true => Interrupt::listen(FAREWELL)?,
            // A process that waits in an exchange sees the interrupt only after it, so it is given as long.
            false => Interrupt::listen_for(Duration::from_secs(args.exchange_timeout), FAREWELL)?,
        };
        Ok(Self {
            asked,
            from,
            described,
            saving,
            so_far,
            interrupt,
        })
    }

    fn options(&self) -> StreamOptions {
        StreamOptions::default().window(self.asked.file.simulation.window)
    }
}

/// Takes a network through its run, in this process or as rank 0 of several. The other ranks make the same exchanges in the same
/// order (`over_ranks`).
fn conduct(
    args: &SimulateArgs,
    prepared: Prepared,
    mut simulation: Simulation,
    populations: &[PopulationInRows],
    size: Size,
) -> anyhow::Result<Outcome> {
    let Prepared {
        asked,
        from,
        described,
        saving,
        so_far,
        interrupt,
    } = prepared;
    let run = &asked.file.simulation;
    let duration = run.duration;
    tell_size(&asked.name, &size, simulation.stream());
    let (so_far, is_kept) = (so_far.map(|(_, so_far)| so_far), saving.is_some());
    let _lock = claim(args.out.as_deref(), so_far.as_ref())?;
    let mut watched = Watched::new(args, &asked, populations, from..duration, is_kept, so_far)?;
    let recorders: Vec<StateRecorder> = watched.states().recorders().cloned().collect();
    simulation.record(&recorders)?;
    let window = simulation.stream().window();
    times::check_windows(duration, window, run.window.is_some())?;
    let begun = simulation.stream().time();
    let events_before = simulation.stream().synaptic_events()?;
    let start = Instant::now();
    let mut saving = saving.map(|saving| (saving, &described));
    let is_stopped = follow(
        &mut simulation,
        duration,
        &mut watched,
        &mut saving,
        &interrupt,
    )?;
    let course = Course {
        asked: &asked,
        size: &size,
        from,
        begun,
        events_before,
        seconds: start.elapsed().as_secs_f64(),
        is_stopped,
    };
    let saving = saving.map(|(saving, _)| saving);
    if is_stopped {
        let simulated = simulation.stream().time();
        output::note(&format!("stopped at {simulated:.1} ms of {duration}"));
        if let Some(saving) = &saving {
            output::note(&saving.advice());
        }
        if simulated <= from || saving.is_some() {
            return Ok(Outcome::Interrupted(interrupt.code()));
        }
    }
    let summary = course.summary(args, &mut simulation, &watched)?;
    // Other ranks need not wait for files.
    drop(simulation);
    output::print(&summary.table())?;
    let kept = save(args, watched, &summary)?;
    if let Some(saving) = saving {
        saving.remove()?;
    }
    // A run that is killed before its checkpoint is gone can be gone on with.
    kept.remove()?;
    Ok(match is_stopped {
        true => Outcome::Interrupted(interrupt.code()),
        false => Outcome::Success,
    })
}

/// Refuses, before anything is made, what could not be simulated or not be written, and says what looks odd.
fn check(args: &SimulateArgs, asked: &Asked, with_synapses: bool) -> Result<()> {
    asked.file.check_memory(with_synapses)?;
    if let Some(out) = &args.out {
        refuse_training(out)?;
    }
    let file = &asked.file;
    let arrivals = file.check_arrivals()?;
    for warning in file.unit_warnings().iter().chain(&arrivals) {
        output::note(&format!("warning: {warning}"));
    }
    if let Some(note) = asked.note_on_scale() {
        output::note(&note);
    }
    Ok(())
}

fn tell_size(name: &str, size: &Size, simulation: &dyn Stream) {
    output::note(&format!(
        "{name}: {}, {} of {:.1} bytes each, made in {:.1} s",
        count(size.neurons, "neuron"),
        count(size.synapses as usize, "synapse"),
        size.synapse_bytes as f64 / size.synapses.max(1) as f64,
        size.build_seconds,
    ));
    if let Some(device) = simulation.device() {
        output::note(&device);
    }
}

/// Writes what was recorded, where a folder is named; what a run that was stopped has come to takes no place of one that has
/// ended.
fn save(args: &SimulateArgs, watched: Watched<'_>, summary: &Summary) -> Result<KeptParts> {
    let Some(folder) = &args.out else {
        return Ok(KeptParts::default());
    };
    if summary.stopped && results::has_ended(folder) {
        output::note(&format!(
            "{} has the results of a run that has ended, and keeps them: those of this one are not written",
            folder.display()
        ));
        return Ok(KeptParts::default());
    }
    watched.save(folder, summary.simulated, summary)
}
