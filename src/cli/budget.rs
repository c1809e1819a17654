//! How many spikes a command's simulations may fire.

use clap::{Arg, Args};

/// The spike budget of a command.
#[derive(Debug, Clone, Copy, Args)]
pub struct BudgetArgs {
    /// How many spikes a sample may fire before it is refused as a runaway [default: 1000000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    spike_budget: Option<u32>,
}

/// How many spikes a sample may fire, as commands with another default have it.
const WHAT: &str = "How many spikes a sample may fire before it is refused as a runaway";

/// The option of a command on cases.
pub fn of_case(option: Arg) -> Arg {
    option.help(format!("{WHAT} [default: 100000]"))
}

/// The option of a command on cases or tasks.
pub fn of_subject(option: Arg) -> Arg {
    option.help(format!(
        "{WHAT} [default: of a case 100000, of a task 1000000]"
    ))
}

/// The option of a command on experiments.
pub fn of_experiment(option: Arg) -> Arg {
    option.help(format!(
        "{WHAT} [default: the experiment's, which is 1000000 where it has none]"
    ))
}

impl BudgetArgs {
    /// What the command line says, if anything.
    pub fn given(self) -> Option<usize> {
        self.spike_budget.map(|budget| budget as usize)
    }
}
