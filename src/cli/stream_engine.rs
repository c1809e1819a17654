//! Which engine simulates a large network.

use clap::{Args, ValueEnum};
use spikefront::cpu::stream::CpuStream;
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::gpu::{AdapterChoice, GpuOptions};
use spikefront::network::{NetworkBuilder, NetworkInParts, NetworkInRows, PopulationInRows};
use spikefront::stream::{Stream, StreamOptions, StreamState};
use spikefront::{Error, Result};

/// The engine options of a command on large networks.
#[derive(Debug, Clone, Copy, Args)]
pub struct StreamEngineArgs {
    /// What computes
    #[arg(long, value_enum, default_value_t = StreamEngine::Cpu)]
    pub engine: StreamEngine,
    /// Which GPU, by its number in `spikefront devices` [default: the best; with mpirun one of those that are as good in turn]
    #[arg(long, value_name = "N")]
    pub adapter: Option<usize>,
}

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StreamEngine {
    /// f64 on the processor's cores
    Cpu,
    /// f32 on a GPU, or on a software driver where there is none
    Gpu,
}

impl StreamEngineArgs {
    /// The engine's name in tables and files.
    pub fn name(self) -> &'static str {
        match self.engine {
            StreamEngine::Cpu => "cpu",
            StreamEngine::Gpu => "gpu",
        }
    }

    /// Whether the host holds all synapses.
    pub fn holds_synapses(self) -> bool {
        self.engine == StreamEngine::Cpu
    }

    /// Makes a network for this engine, in so many bytes of the host's memory: for the CPU all of it, divided among
    /// `threads` threads; for a GPU as much at a time as that holds.
    ///
    /// # Errors
    /// A network that is faulty, or that does not fit.
    pub fn build(self, mut described: NetworkBuilder, threads: usize, limit: u64) -> Result<Built> {
        described.memory_limit(limit);
        match self.engine {
            StreamEngine::Cpu => {
                described.partitions(threads);
                Ok(Built::Whole(described.build_in_rows()?))
            }
            StreamEngine::Gpu => Ok(Built::Parted(described.build_in_parts()?)),
        }
    }

    /// A network at time 0.
    ///
    /// # Errors
    /// A GPU that this machine does not have, a network that it cannot hold, a window that the network does not allow,
    /// options that contradict one another.
    pub fn open(self, network: &Built, simulation: StreamOptions) -> Result<Box<dyn Stream>> {
        match (network, self.adapter) {
            (Built::Whole(network), None) => Ok(Box::new(CpuStream::new(network, simulation)?)),
            (Built::Whole(_), Some(adapter)) => {
                let remedy = "it is for a GPU; leave it out or use --engine gpu";
                Err(Error::invalid("--adapter", adapter, remedy))
            }
            (Built::Parted(network), _) => {
                let simulation = self.on_gpu(network, simulation, false)?;
                Ok(Box::new(simulation))
            }
        }
    }

    /// A network at time 0 on the GPU; `is_profiled`: whose kernels can be timed.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn on_gpu(
        self,
        network: &NetworkInParts,
        simulation: StreamOptions,
        is_profiled: bool,
    ) -> Result<GpuStream> {
        let options = GpuStreamOptions::default()
            .simulation(simulation)
            .gpu(self.gpu_options().profiled(is_profiled));
        GpuStream::in_parts(network, &options)
    }

    /// The adapter that is asked for.
    pub fn gpu_options(self) -> GpuOptions {
        let any = AdapterChoice::Any;
        GpuOptions::default().adapter(self.adapter.map_or(any, AdapterChoice::Index))
    }

    /// The adapter of one of several processes, number `here` on its machine: that which is asked for, or each in turn.
    #[cfg(feature = "mpi")]
    pub fn gpu_options_of(self, here: usize) -> GpuOptions {
        let in_turn = AdapterChoice::InTurn(here);
        GpuOptions::default().adapter(self.adapter.map_or(in_turn, AdapterChoice::Index))
    }

    /// A network where it was.
    ///
    /// # Errors
    /// A GPU, or a state of another network; otherwise as [`open`](Self::open).
    pub fn resume(
        self,
        network: &Built,
        simulation: StreamOptions,
        state: &StreamState,
    ) -> Result<Box<dyn Stream>> {
        match network {
            Built::Whole(network) => Ok(Box::new(CpuStream::resume(network, simulation, state)?)),
            Built::Parted(_) => Err(Error::unavailable(
                "the state of a simulation on a GPU",
                "use the CPU engine",
            )),
        }
    }
}

/// A large network as its engine wants it.
pub enum Built {
    Whole(NetworkInRows),
    Parted(NetworkInParts),
}

impl Built {
    /// The populations in the order in which they were described.
    pub fn populations(&self) -> &[PopulationInRows] {
        match self {
            Self::Whole(network) => network.populations(),
            Self::Parted(network) => network.populations(),
        }
    }

    /// How many neurons there are.
    pub fn neurons(&self) -> usize {
        match self {
            Self::Whole(network) => network.neurons(),
            Self::Parted(network) => network.neurons(),
        }
    }

    /// How many synapses there are.
    pub fn synapses(&self) -> u64 {
        match self {
            Self::Whole(network) => network.synapses(),
            Self::Parted(network) => network.synapses(),
        }
    }

    /// What the synapses take, in bytes.
    pub fn synapse_bytes(&self) -> u64 {
        match self {
            Self::Whole(network) => network.synapse_bytes(),
            Self::Parted(network) => network.synapse_bytes(),
        }
    }
}
