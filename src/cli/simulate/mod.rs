//! `spikefront simulate`: large networks of the field, and those of a file.

mod asked;
mod observe;
mod recorded;
mod results;
mod saved;
mod states;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use spikefront::networks::{NETWORKS, RunSettings};
use spikefront::stream::{StreamOptions, StreamSpike};
use spikefront::{Error, Result};

use super::interrupt::Interrupt;
use super::stream_engine::SparseEngineArgs;
use super::{Outcome, memory, nir, output};
use asked::Asked;
use observe::Observer;
use recorded::recorded;
use results::Summary;
use saved::{Saving, resumed};
use states::StateFiles;

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
    engine: SparseEngineArgs,
    /// How many threads of the CPU [default: one for each core]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// The length of a window in ms; results depend on it by rounding alone [default: the file's; the longest]
    #[arg(long, value_name = "MS")]
    window: Option<f64>,
    /// Folder for summary.json, spikes.npz, states of neurons and the pictures; nothing is written without it
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

/// So many times a run is looked at from outside at least: progress, Ctrl-C.
const GLANCES: f64 = 200.0;
/// How many seconds the next look may take to come.
const STRIDE_SECONDS: f64 = 0.2;
/// The most windows of a run: more end in no lifetime.
const MOST_WINDOWS: f64 = 1e10;
/// Where the run does not look for a second.
const FAREWELL: &str =
    "stopped while the network was made or within a long window; nothing was written";

/// Runs `simulate`.
pub fn run(args: &SimulateArgs) -> anyhow::Result<Outcome> {
    nir::refuse(Path::new(&args.network))?;
    let threads = match args.threads {
        Some(threads) => usize::from(threads),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    pool.install(|| simulate(args, threads))
}

fn simulate(args: &SimulateArgs, threads: usize) -> anyhow::Result<Outcome> {
    let asked = Asked::new(args)?;
    let run = &asked.file.simulation;
    let (duration, from) = (run.duration, check_times(run)?);
    asked.file.check_memory(args.engine.holds_synapses())?;
    let described = asked.file.describe()?;
    if let Some(note) = asked.note_on_scale() {
        output::note(&note);
    }
    let mut saving = Saving::new(args)?;
    let so_far = resumed(args, &described)?;
    let has_states = states::are_asked(&asked.file) && args.out.is_some();
    if has_states && !args.engine.holds_synapses() {
        return Err(Error::unavailable(
            "a record of potentials and currents on a GPU",
            "use --engine cpu, or leave the records of kind \"states\" out",
        )
        .into());
    }
    let interrupt = Interrupt::listen(FAREWELL)?;
    let start = Instant::now();
    let network = args
        .engine
        .build(described.clone(), threads, memory::for_synapses())?;
    let options = StreamOptions { window: run.window };
    let mut simulation = match &so_far {
        Some((state, _)) => args.engine.resume(&network, options, state)?,
        None => args.engine.open(&network, options)?,
    };
    // A GPU's synapses are made on their way to it.
    let build_seconds = start.elapsed().as_secs_f64();
    output::note(&format!(
        "{}: {} neurons, {} synapses of {:.1} bytes each, made in {build_seconds:.1} s",
        asked.name,
        network.neurons(),
        network.synapses(),
        network.synapse_bytes() as f64 / network.synapses().max(1) as f64,
    ));
    if let Some(device) = simulation.device() {
        output::note(&device);
    }
    let (populations, time) = (network.populations(), from..duration);
    let recorded = recorded(populations, &args.record, &asked.file.records)?;
    let (out, is_kept) = (args.out.as_deref(), saving.is_some());
    let (mut observer, states_so_far) = match so_far {
        Some((_, so_far)) => {
            let observer =
                Observer::resume(populations, time.clone(), recorded, out, so_far.spikes)?;
            (observer, Some(so_far.states))
        }
        None => (
            Observer::new(populations, time.clone(), recorded, out, is_kept)?,
            None,
        ),
    };
    let mut states = match out.filter(|_| has_states) {
        Some(out) => {
            let so_far = states_so_far.as_deref();
            StateFiles::new(populations, &asked.file, &time, out, is_kept, so_far)?
        }
        None => StateFiles::default(),
    };
    for recorder in states.recorders() {
        simulation.record(recorder)?;
    }
    let bar = progress();
    let start = Instant::now();
    let window = simulation.window();
    check_windows(duration, window)?;
    let begun = simulation.time();
    let (mut is_stopped, mut until) = (false, begun);
    let longest = (duration / GLANCES).max(window);
    let mut stride = longest.min(16.0 * window);
    while until < duration {
        let began = Instant::now();
        until = duration.min(until + stride);
        let mut note = |spikes: &[StreamSpike]| observer.note(spikes, window);
        simulation.run_recording(until, &mut note, &mut |samples| states.note(samples))?;
        let took = began.elapsed().as_secs_f64().max(1e-6);
        // At most twice as long as the one before: activity may grow.
        stride = (stride * (STRIDE_SECONDS / took).min(2.0)).clamp(window, longest);
        if let Some(bar) = &bar {
            let factor = start.elapsed().as_secs_f64() / ((until - begun) / 1e3);
            bar.set_position((GLANCES * until / duration) as u64);
            bar.set_message(format!("{until:.0} ms, {factor:.1} times real time"));
        }
        is_stopped = interrupt.is_asked() && until < duration;
        if let Some(saving) = &mut saving
            && (is_stopped || (saving.is_due() && until < duration))
        {
            saving.write(&described, simulation.state()?, &mut observer, &mut states)?;
        }
        if is_stopped {
            break;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let simulated = simulation.time().min(duration);
    if is_stopped {
        output::note(&format!("stopped at {simulated:.1} ms of {duration}"));
        if let Some(saving) = &saving {
            output::note(&saving.advice());
        }
        if simulated <= from || saving.is_some() {
            return Ok(Outcome::Interrupted(interrupt.code()));
        }
    }
    let summary = Summary {
        network: &asked.name,
        scale: asked.scale,
        seed: run.seed,
        engine: args.engine.name(),
        device: simulation.device(),
        threads,
        neurons: network.neurons(),
        synapses: network.synapses(),
        synapse_bytes: network.synapse_bytes(),
        window,
        simulated,
        from,
        build_seconds,
        seconds,
        real_time_factor: seconds / ((simulated - begun) / 1e3),
        spikes: simulation.spikes(),
        synaptic_events: simulation.synaptic_events()?,
        peak_memory_mb: memory::peak_megabytes(),
        populations: observer.populations(simulated, asked.published_rates())?,
    };
    output::print(&summary.table())?;
    if let Some(folder) = &args.out {
        states.finish()?;
        observer.save(folder, simulated, &summary)?;
    }
    if let Some(saving) = saving {
        saving.remove()?;
    }
    Ok(if is_stopped {
        Outcome::Interrupted(interrupt.code())
    } else {
        Outcome::Success
    })
}

/// From when on spikes count.
fn check_times(run: &RunSettings) -> Result<f64> {
    let duration = run.duration;
    if !(duration.is_finite() && duration > 0.0) {
        let remedy = "give a time in ms above zero";
        return Err(Error::invalid("duration", duration, remedy));
    }
    // Before the network is made, which may take minutes.
    if let Some(window) = run.window.filter(|window| *window > 0.0) {
        check_windows(duration, window)?;
    }
    let from = run.from.unwrap_or(duration / 10.0);
    if !(from >= 0.0 && from < duration) {
        let remedy = format!("give a time in ms from 0 to the duration, {duration}");
        return Err(Error::invalid("from", from, remedy));
    }
    Ok(from)
}

/// Whether a run has an end that can be waited for.
fn check_windows(duration: f64, window: f64) -> Result<()> {
    if duration / window <= MOST_WINDOWS {
        return Ok(());
    }
    let n = duration / window;
    let (longest, shortest) = (MOST_WINDOWS * window, duration / MOST_WINDOWS);
    Err(Error::invalid(
        "duration",
        format!("{duration:?} ms, {n:.0e} windows of {window:?} ms"),
        format!(
            "a run has {MOST_WINDOWS:.0e} windows at most: give a duration of up to {longest:e} ms, or a window of at least {shortest:e} ms"
        ),
    ))
}

fn progress() -> Option<ProgressBar> {
    use std::io::{IsTerminal, stderr};
    stderr().is_terminal().then(|| {
        let bar = ProgressBar::new(GLANCES as u64);
        let style = ProgressStyle::with_template("{wide_bar} {percent}% {eta} left  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    })
}
