//! Commands, one file each.

mod bench;
mod budget;
mod case_help;
mod check;
mod compare;
mod devices;
mod engine;
mod evaluate;
mod folder;
mod hint;
mod interrupt;
mod jacobian;
mod memory;
mod method;
mod nir;
mod output;
mod own_file;
mod predict;
mod preset;
mod ranks;
mod report;
mod same_file;
mod simulate;
mod stream_engine;
mod train;
mod trained;

use std::process::ExitCode;
use std::time::Duration;

use clap::{
    Arg, ArgAction, Command as Arguments, CommandFactory, FromArgMatches, Parser, Subcommand,
};
use spikefront::Error;

/// Exact gradients of event-driven spiking neural networks. Times are in ms.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Example:
  spikefront train yin-yang --epochs 3 --out runs/first

`spikefront COMMAND --help` explains each command, with an example.

Exit codes: 0 success, 1 a check that disagrees or a training that learnt nothing, 2 an error, 130 stopped by \
     Ctrl-C, 143 by SIGTERM, 129 by SIGHUP.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a case and print its spikes and their derivatives as JSON
    Jacobian(jacobian::JacobianArgs),
    /// Set forward propagation, the adjoint and finite differences side by side
    Check(check::CheckArgs),
    /// Set the GPU engine against the CPU engine
    Compare(compare::CompareArgs),
    /// Train a network on a task, or on an experiment of one's own
    Train(train::TrainArgs),
    /// Judge a trained network on its test set, or on other samples
    Evaluate(evaluate::EvaluateArgs),
    /// Ask a trained network about samples: classes, scores, spikes, voltages
    Predict(predict::PredictArgs),
    /// Simulate a large network of the field: rates, irregularity, synchrony, spikes, pictures
    Simulate(simulate::SimulateArgs),
    /// Describe or simulate a network of another program (NIR), or write a trained one for others
    #[cfg(feature = "hdf5")]
    Nir(nir::NirArgs),
    /// Print an experiment that ships with the program, or list them
    Preset(preset::PresetArgs),
    /// Write a run's report.html: its figures, pictures and epochs in one page
    Report(report::ReportArgs),
    /// List the GPUs of this machine and what they can run
    Devices(devices::DevicesArgs),
    /// Measure how long things take
    #[command(subcommand)]
    Bench(bench::BenchCommand),
}

/// What a command that did its work found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// What was asked for.
    Success,
    /// A check that disagrees, a training that learnt nothing: an answer, not an error.
    Negative,
    /// Stopped from outside, with this exit code; the work can be gone on with.
    Interrupted(u8),
}

/// The command line; what is wrong with it ends the program.
pub fn parse() -> Cli {
    if ranks::started().is_some_and(|started| started.rank > 0) {
        // Rank 0 speaks for all.
        output::be_silent();
    }
    let matches = with_negative_numbers(Cli::command()).try_get_matches();
    let read = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    read.unwrap_or_else(|error| {
        if output::is_silent() {
            match error.exit_code() {
                0 => std::process::exit(0),
                _ => leave_it_to_rank_0(),
            }
        }
        error.exit()
    })
}

/// Takes `-1` behind an option for its value, so that whoever reads the value says what it may be.
fn with_negative_numbers(arguments: Arguments) -> Arguments {
    let takes = |arg: &Arg| {
        let action = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
        action && arg.get_long().is_some()
    };
    let arguments = arguments.mut_args(|arg| match takes(&arg) {
        true => arg.allow_negative_numbers(true),
        false => arg,
    });
    arguments.mut_subcommands(with_negative_numbers)
}

/// How long rank 0 has to tell of an error that it has, too; Open MPI takes a second to end this process then.
const FOR_RANK_0: Duration = Duration::from_secs(5);

/// Waits for rank 0 to tell of an error; where it has none, this process tells of its own.
fn leave_it_to_rank_0() {
    std::thread::sleep(FOR_RANK_0);
    output::speak();
}

/// Refuses a command that several processes would each do whole, into the same files.
fn refuse_ranks(command: &Command) -> spikefront::Result<()> {
    let shares = matches!(command, Command::Train(_) | Command::Simulate(_));
    match ranks::started() {
        Some(started) if !shares => Err(Error::unavailable(
            format!("this command in {} processes", started.size),
            "start it without mpirun: several processes share `train` and `simulate`",
        )),
        _ => Ok(()),
    }
}

/// Runs a command and says how it ended.
pub fn run(cli: &Cli) -> ExitCode {
    let outcome = refuse_ranks(&cli.command).map_err(anyhow::Error::from);
    match outcome.and_then(|()| done(&cli.command)) {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::Negative) => ExitCode::from(1),
        Ok(Outcome::Interrupted(code)) => ExitCode::from(code),
        Err(error) => {
            if output::is_silent() {
                leave_it_to_rank_0();
            }
            output::note(&format!(
                "error: {}{}",
                output::describe(&error),
                hint::hint(&error)
            ));
            ExitCode::from(2)
        }
    }
}

fn done(command: &Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Jacobian(args) => jacobian::run(args).map(|()| Outcome::Success),
        Command::Check(args) => check::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Train(args) => train::run(args),
        Command::Evaluate(args) => evaluate::run(args).map(|()| Outcome::Success),
        Command::Predict(args) => predict::run(args).map(|()| Outcome::Success),
        Command::Simulate(args) => simulate::run(args),
        #[cfg(feature = "hdf5")]
        Command::Nir(args) => nir::run(args).map(|()| Outcome::Success),
        Command::Preset(args) => preset::run(args).map(|()| Outcome::Success),
        Command::Report(args) => report::run(args).map(|()| Outcome::Success),
        Command::Devices(args) => devices::run(args).map(|()| Outcome::Success),
        Command::Bench(command) => bench::run(command).map(|()| Outcome::Success),
    }
}
