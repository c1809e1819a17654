//! `spikefront jacobian`: the spikes of a case and their derivatives, as JSON.

use std::path::PathBuf;

use clap::Args;
use spikefront::case::Case;

use super::engine::EngineArgs;
use super::method::MethodArgs;
use super::{nir, output};

/// Arguments of `jacobian`.
#[derive(Debug, Args)]
pub struct JacobianArgs {
    /// The case, a JSON file
    case: PathBuf,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    method: MethodArgs,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs `jacobian`.
pub fn run(args: &JacobianArgs) -> anyhow::Result<()> {
    nir::refuse(&args.case)?;
    let case = Case::read(&args.case)?;
    let engine = args.engine.make_exact()?;
    let result = case.run(engine.as_ref(), args.method.method())?;
    output::write(args.output.as_deref(), &(result.to_json()? + "\n"))
}
