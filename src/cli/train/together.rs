//! This process among those that train together, or alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spikefront::cpu::CpuEngine;
use spikefront::ranks::{Ranks, Traffic};
use spikefront::train::EngineSetting;
use spikefront::{Engine, Error, Result};

use super::args::TrainArgs;
use crate::cli::engine::EngineChoice;
use crate::cli::interrupt::Interrupt;
use crate::cli::ranks::Costs;

/// This process and others, if there are any. Its methods are collective: every rank calls the same ones in the same order.
pub struct Together {
    pub interrupt: Interrupt,
    ranks: Option<Shared>,
}

// Without MPI every process is alone.
#[cfg_attr(not(feature = "mpi"), allow(dead_code))]
struct Shared {
    ranks: Arc<Mutex<Ranks>>,
    /// Of this rank.
    threads: usize,
}

/// What is to be done after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    pub stops: bool,
    /// Whether a checkpoint is due.
    pub saves: bool,
}

impl Together {
    pub fn alone(interrupt: Interrupt) -> Self {
        Self {
            interrupt,
            ranks: None,
        }
    }

    #[cfg(feature = "mpi")]
    pub fn over(ranks: Arc<Mutex<Ranks>>, threads: usize, interrupt: Interrupt) -> Self {
        Self {
            interrupt,
            ranks: Some(Shared { ranks, threads }),
        }
    }

    fn ranks(&self) -> Option<MutexGuard<'_, Ranks>> {
        let Shared { ranks, .. } = self.ranks.as_ref()?;
        // Whoever panicked did so outside of an exchange.
        Some(ranks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it is this process that writes and tells.
    pub fn is_first(&self) -> bool {
        self.ranks().is_none_or(|ranks| ranks.is_first())
    }

    /// Comes to where all the others come to as well.
    ///
    /// # Errors
    /// One of them has failed.
    pub fn meet(&self) -> Result<()> {
        self.ranks()
            .map_or(Ok(()), |mut ranks| ranks.all_gather(Vec::new()).map(|_| ()))
    }

    /// What is to be done now: training stops where anyone was asked to, and is saved where rank 0 finds it `is_due`.
    ///
    /// # Errors
    /// As [`meet`](Self::meet).
    pub fn look(&self, is_due: bool) -> Result<Look> {
        let mine = [self.interrupt.asked(), is_due.into()].map(u64::from);
        let all = match self.ranks() {
            None => vec![mine.to_vec()],
            Some(mut ranks) => ranks.all_gather(mine.to_vec())?,
        };
        Ok(Look {
            stops: self.interrupt.is_asked_anywhere(&all),
            saves: all[0][1] != 0,
        })
    }

    /// What exchanges have cost all ranks; nothing in one process.
    ///
    /// # Errors
    /// As [`meet`](Self::meet).
    pub fn costs(&self) -> Result<Option<Costs>> {
        self.ranks()
            .map(|mut ranks| Costs::since(Traffic::default(), &mut ranks))
            .transpose()
    }

    /// The engine that is asked for, or, where the arguments say nothing, that of the experiment.
    ///
    /// # Errors
    /// Over ranks anything but the CPU; an engine that cannot be had.
    pub fn engine(&self, args: &TrainArgs, setting: EngineSetting) -> Result<Arc<dyn Engine>> {
        let asked = args.engine.or(setting);
        let Some(Shared { ranks, threads }) = &self.ranks else {
            return asked.make(args.threads.map(usize::from));
        };
        if asked.engine == Some(EngineChoice::Gpu) {
            let what = "a GPU for a training in several processes";
            return Err(Error::unavailable(what, "use --engine cpu"));
        }
        for (option, value) in [
            ("--adapter", asked.adapter.map(|adapter| adapter as u64)),
            ("--memory", asked.memory),
        ] {
            if let Some(value) = value {
                let remedy = "it is for a GPU; leave it out";
                return Err(Error::invalid(option, value, remedy));
            }
        }
        let engine = CpuEngine::new().threads(*threads)?;
        Ok(Arc::new(engine.ranks(ranks.clone())))
    }

    /// Refuses several runs in several processes.
    ///
    /// # Errors
    /// Over ranks always.
    pub fn refuse_several(&self) -> Result<()> {
        let Some(size) = self.ranks().map(|ranks| ranks.size()) else {
            return Ok(());
        };
        Err(Error::unavailable(
            format!("several runs over {size} ranks"),
            "start them without mpirun, with --jobs N or --share K/N, or give mpirun one run",
        ))
    }
}
