//! One training over the processes that `mpirun` started.

use super::TrainArgs;
use crate::cli::Outcome;
use crate::cli::ranks::Started;

/// Trains over all of them; rank 0 writes and tells.
#[cfg(not(feature = "mpi"))]
pub fn train(_args: &TrainArgs, started: Started) -> anyhow::Result<Outcome> {
    Err(started.without_mpi("one training").into())
}

#[cfg(feature = "mpi")]
pub use with_mpi::train;

#[cfg(feature = "mpi")]
mod with_mpi {
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    use spikefront::ranks::Ranks;

    use super::{Outcome, Started, TrainArgs};
    use crate::cli::interrupt::Interrupt;
    use crate::cli::output;
    use crate::cli::ranks::as_first_tells;
    use crate::cli::train::together::Together;
    use crate::cli::train::{FAREWELL, run_together};

    /// Trains over all processes; rank 0 writes and tells.
    pub fn train(args: &TrainArgs, started: Started) -> anyhow::Result<Outcome> {
        let patience = Duration::from_secs(args.exchange_timeout);
        let ranks = Ranks::mpi(patience)?;
        let is_first = ranks.is_first();
        let ranks = Arc::new(Mutex::new(ranks));
        let outcome = over_ranks(args, started, &ranks, patience);
        if let Err(error) = &outcome {
            let mut ranks = ranks.lock().unwrap_or_else(PoisonError::into_inner);
            ranks.fail_with(&output::describe(error));
        }
        as_first_tells(is_first, outcome)
    }

    fn over_ranks(
        args: &TrainArgs,
        started: Started,
        ranks: &Arc<Mutex<Ranks>>,
        patience: Duration,
    ) -> anyhow::Result<Outcome> {
        // A process that waits in an exchange sees the interrupt only after it, so it is given as long.
        let interrupt = Interrupt::listen_for(patience, FAREWELL)?;
        let threads = args.threads.map_or_else(|| started.threads(), usize::from);
        run_together(args, &Together::over(ranks.clone(), threads, interrupt))
    }
}
