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

use clap::{
    Arg, ArgAction, Command as Arguments, CommandFactory, FromArgMatches, Parser, Subcommand,
};

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
    let matches = with_negative_numbers(Cli::command()).get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
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

/// Runs a command and says how it ended.
pub fn run(cli: &Cli) -> ExitCode {
    let outcome = match &cli.command {
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
    };
    match outcome {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::Negative) => ExitCode::from(1),
        Ok(Outcome::Interrupted(code)) => ExitCode::from(code),
        Err(error) => {
            output::note(&format!(
                "error: {}{}",
                output::describe(&error),
                hint::hint(&error)
            ));
            ExitCode::from(2)
        }
    }
}
