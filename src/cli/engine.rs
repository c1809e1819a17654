//! Which engine a command runs on.

use clap::{Args, ValueEnum};
use spikefront::cpu::CpuEngine;
use spikefront::{Engine, Error, Result};

use super::output;

/// The engine option of a command.
#[derive(Debug, Clone, Copy, Args)]
pub struct EngineArgs {
    /// What computes
    #[arg(long, value_enum, default_value_t = EngineChoice::Auto)]
    pub engine: EngineChoice,
}

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    /// The best there is
    Auto,
    /// The reference: f64 on the processor's cores
    Cpu,
    /// f32 on a graphics processor
    Gpu,
}

impl EngineArgs {
    /// Makes the engine, on all cores or on `threads` of them.
    ///
    /// # Errors
    /// An engine that this build does not have; a number of threads that cannot be had.
    pub fn make(self, threads: Option<usize>) -> Result<Box<dyn Engine>> {
        match self.engine {
            EngineChoice::Auto => {
                output::note("engine: cpu (auto)");
                cpu(threads)
            }
            EngineChoice::Cpu => cpu(threads),
            EngineChoice::Gpu => Err(Error::unavailable(
                "the gpu engine",
                "not built yet, use --engine cpu",
            )),
        }
    }
}

fn cpu(threads: Option<usize>) -> Result<Box<dyn Engine>> {
    let engine = CpuEngine::new();
    Ok(Box::new(match threads {
        Some(threads) => engine.threads(threads)?,
        None => engine,
    }))
}
