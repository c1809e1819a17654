//! Which engine simulates a large network.

use clap::{Args, ValueEnum};
use spikefront::cpu::sparse::SparseSimulation;
use spikefront::gpu::sparse::{SparseGpuOptions, SparseGpuSimulation};
use spikefront::gpu::{AdapterChoice, GpuOptions};
use spikefront::sparse::{SparseNetwork, SparseOptions, SparseSpike};
use spikefront::{Error, Result};

/// The engine options of a command on large networks.
#[derive(Debug, Clone, Copy, Args)]
pub struct SparseEngineArgs {
    /// What computes
    #[arg(long, value_enum, default_value_t = SparseEngine::Cpu)]
    pub engine: SparseEngine,
    /// Which GPU, by its number in `spikefront devices` [default: the best]
    #[arg(long, value_name = "N")]
    pub adapter: Option<usize>,
}

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SparseEngine {
    /// f64 on the processor's cores
    Cpu,
    /// f32 on a GPU, or on a software driver where there is none
    Gpu,
}

impl SparseEngineArgs {
    /// The engine's name in tables and files.
    pub fn name(self) -> &'static str {
        match self.engine {
            SparseEngine::Cpu => "cpu",
            SparseEngine::Gpu => "gpu",
        }
    }

    /// Into how many parts a network is divided that `threads` threads advance.
    pub fn partitions(self, threads: usize) -> usize {
        match self.engine {
            SparseEngine::Cpu => threads,
            SparseEngine::Gpu => 1,
        }
    }

    /// A network at time 0.
    ///
    /// # Errors
    /// A GPU that this machine does not have, a network that it cannot hold, a window that the network does not allow,
    /// options that contradict one another.
    pub fn open(
        self,
        network: &SparseNetwork,
        simulation: SparseOptions,
    ) -> Result<AnySimulation<'_>> {
        match (self.engine, self.adapter) {
            (SparseEngine::Cpu, None) => Ok(AnySimulation::Cpu(Box::new(SparseSimulation::new(
                network, simulation,
            )?))),
            (SparseEngine::Cpu, Some(adapter)) => {
                let remedy = "it is for a GPU; leave it out or use --engine gpu";
                Err(Error::invalid("--adapter", adapter, remedy))
            }
            (SparseEngine::Gpu, adapter) => {
                let options = SparseGpuOptions {
                    simulation,
                    gpu: GpuOptions {
                        adapter: adapter.map_or(AdapterChoice::Any, AdapterChoice::Index),
                        ..GpuOptions::default()
                    },
                    ..SparseGpuOptions::default()
                };
                let simulation = SparseGpuSimulation::new(network, &options)?;
                Ok(AnySimulation::Gpu(Box::new(simulation)))
            }
        }
    }
}

/// A large network in time, on either engine.
pub enum AnySimulation<'n> {
    Cpu(Box<SparseSimulation<'n>>),
    Gpu(Box<SparseGpuSimulation<'n>>),
}

impl AnySimulation<'_> {
    /// The adapter, where it is on one.
    pub fn device(&self) -> Option<String> {
        match self {
            Self::Cpu(_) => None,
            Self::Gpu(simulation) => Some(simulation.description()),
        }
    }

    /// The length of a window in ms.
    pub fn window(&self) -> f64 {
        match self {
            Self::Cpu(simulation) => simulation.window(),
            Self::Gpu(simulation) => simulation.window(),
        }
    }

    /// How far it is, in ms.
    pub fn time(&self) -> f64 {
        match self {
            Self::Cpu(simulation) => simulation.time(),
            Self::Gpu(simulation) => simulation.time(),
        }
    }

    /// How many spikes there were.
    pub fn spikes(&self) -> u64 {
        match self {
            Self::Cpu(simulation) => simulation.spikes(),
            Self::Gpu(simulation) => simulation.spikes(),
        }
    }

    /// How many arrivals there were.
    ///
    /// # Errors
    /// A device that fails.
    pub fn synaptic_events(&mut self) -> Result<u64> {
        match self {
            Self::Cpu(simulation) => Ok(simulation.synaptic_events()),
            Self::Gpu(simulation) => simulation.synaptic_events(),
        }
    }

    /// Goes on until `until` ms.
    ///
    /// # Errors
    /// As the simulations' own.
    pub fn run(
        &mut self,
        until: f64,
        spikes: impl FnMut(&[SparseSpike]) -> Result<()>,
    ) -> Result<()> {
        match self {
            Self::Cpu(simulation) => simulation.run(until, spikes),
            Self::Gpu(simulation) => simulation.run(until, spikes),
        }
    }
}
