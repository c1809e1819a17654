//! How many spikes a command's simulations may fire.

use clap::Args;
use spikefront::{Error, ErrorKind};

/// The spike budget of a command.
#[derive(Debug, Clone, Copy, Args)]
pub struct BudgetArgs {
    /// How many spikes a sample may fire before it is refused as a runaway [default: 1000000, of a case 100000; in
    /// `train` the experiment's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    spike_budget: Option<u32>,
}

impl BudgetArgs {
    /// What the command line says, if anything.
    pub fn given(self) -> Option<usize> {
        self.spike_budget.map(|budget| budget as usize)
    }
}

/// What this program offers whoever passed the budget; nothing for any other error.
pub fn hint(error: &anyhow::Error) -> &'static str {
    let refused = error.downcast_ref::<Error>().map(Error::kind);
    match refused {
        Some(ErrorKind::SpikeBudget) => " (--spike-budget N sets it)",
        _ => "",
    }
}
