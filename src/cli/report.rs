//! `report`: a run's folder as one page.

use std::path::PathBuf;

use clap::Args;
use spikefront::files::write_atomically;
use spikefront::plot::report;

use super::folder::refuse_several;
use super::{nir, output};

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct ReportArgs {
    /// The folder that a training wrote; `report.html` is written there
    dir: PathBuf,
}

const EXAMPLE: &str = "\
Example:
  spikefront train xor --out runs/xor
  spikefront report runs/xor";

/// Runs `report`.
pub fn run(args: &ReportArgs) -> anyhow::Result<()> {
    nir::refuse(&args.dir)?;
    refuse_several(&args.dir)?;
    let path = args.dir.join("report.html");
    write_atomically(&path, report(&args.dir)?)?;
    output::print(&format!("{}\n", path.display()))
}
