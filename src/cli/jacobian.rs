//! `spikefront jacobian`: the spikes of a case and their derivatives, as JSON.

use std::path::PathBuf;

use clap::Args;
use spikefront::case::Case;

use super::budget::BudgetArgs;
use super::engine::EngineArgs;
use super::method::MethodArgs;
use super::{budget, case_help, nir, output};

/// Arguments of `jacobian`.
#[derive(Debug, Args)]
#[command(after_long_help = case_help::with_example("jacobian case.json") + "\n\n" + OUTPUT)]
#[command(mut_arg("spike_budget", budget::of_case))]
pub struct JacobianArgs {
    /// The case, a JSON file
    case: PathBuf,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    method: MethodArgs,
    #[command(flatten)]
    budget: BudgetArgs,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const OUTPUT: &str = "\
What is printed:
  spikes          neuron and time of each, in order of time
  grazing_spikes  how many reach the threshold so slowly that their derivatives were bounded
  jacobian        for each spike a row: d(spike time) / d(weights, delays: one a synapse; thresholds: one a neuron;
                  input_times: one an input spike, input by input). No delays where some delay is 0";

/// Runs `jacobian`.
pub fn run(args: &JacobianArgs) -> anyhow::Result<()> {
    nir::refuse(&args.case)?;
    let case = Case::read(&args.case)?.spike_budget(args.budget.given());
    let engine = args.engine.make_exact()?;
    let result = case.run(engine.as_ref(), args.method.method())?;
    if let Some(told) = output::grazing(result.grazing_spikes) {
        output::note(&told);
    }
    output::write(args.output.as_deref(), &(result.to_json()? + "\n"))
}
