//! Which engine simulates a large network.

use clap::{Args, ValueEnum};
use spikefront::cpu::stream::{CpuStream, StateRecorder, StateSample};
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::gpu::{AdapterChoice, GpuOptions};
use spikefront::network::{NetworkBuilder, NetworkInParts, NetworkInRows, PopulationInRows};
use spikefront::stream::{StreamOptions, StreamSpike, StreamState};
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

    /// Whether the host holds all synapses.
    pub fn holds_synapses(self) -> bool {
        self.engine == SparseEngine::Cpu
    }

    /// Makes a network for this engine, in so many bytes of the host's memory: for the CPU all of it, divided among
    /// `threads` threads; for a GPU as much at a time as that holds.
    ///
    /// # Errors
    /// A network that is faulty, or that does not fit.
    pub fn build(self, mut described: NetworkBuilder, threads: usize, limit: u64) -> Result<Built> {
        described.memory_limit(limit);
        match self.engine {
            SparseEngine::Cpu => {
                described.partitions(threads);
                Ok(Built::Whole(described.build_in_rows()?))
            }
            SparseEngine::Gpu => Ok(Built::Parted(described.build_in_parts()?)),
        }
    }

    /// A network at time 0.
    ///
    /// # Errors
    /// A GPU that this machine does not have, a network that it cannot hold, a window that the network does not allow,
    /// options that contradict one another.
    pub fn open(self, network: &Built, simulation: StreamOptions) -> Result<AnySimulation<'_>> {
        match (network, self.adapter) {
            (Built::Whole(network), None) => Ok(AnySimulation::Cpu(Box::new(CpuStream::new(
                network, simulation,
            )?))),
            (Built::Whole(_), Some(adapter)) => {
                let remedy = "it is for a GPU; leave it out or use --engine gpu";
                Err(Error::invalid("--adapter", adapter, remedy))
            }
            (Built::Parted(network), adapter) => {
                let options = GpuStreamOptions {
                    simulation,
                    gpu: GpuOptions {
                        adapter: adapter.map_or(AdapterChoice::Any, AdapterChoice::Index),
                        ..GpuOptions::default()
                    },
                    ..GpuStreamOptions::default()
                };
                let simulation = GpuStream::in_parts(network, &options)?;
                Ok(AnySimulation::Gpu(Box::new(simulation)))
            }
        }
    }

    /// A network where it was.
    ///
    /// # Errors
    /// A GPU, or a state of another network; otherwise as [`open`](Self::open).
    pub fn resume<'n>(
        self,
        network: &'n Built,
        simulation: StreamOptions,
        state: &StreamState,
    ) -> Result<AnySimulation<'n>> {
        match network {
            Built::Whole(network) => Ok(AnySimulation::Cpu(Box::new(CpuStream::resume(
                network, simulation, state,
            )?))),
            Built::Parted(_) => Err(on_cpu_only("the state of a simulation")),
        }
    }
}

/// What no GPU does.
fn on_cpu_only(what: &str) -> Error {
    Error::unavailable(format!("{what} on a GPU"), "use --engine cpu")
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

/// A large network in time, on either engine.
pub enum AnySimulation<'n> {
    Cpu(Box<CpuStream<'n>>),
    Gpu(Box<GpuStream>),
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

    /// Where it is.
    ///
    /// # Errors
    /// A GPU.
    pub fn state(&self) -> Result<StreamState> {
        match self {
            Self::Cpu(simulation) => Ok(simulation.state()),
            Self::Gpu(_) => Err(on_cpu_only("the state of a simulation")),
        }
    }

    /// Records states of neurons from now on.
    ///
    /// # Errors
    /// A GPU, or as the simulation's own.
    pub fn record(&mut self, recorder: &StateRecorder) -> Result<usize> {
        match self {
            Self::Cpu(simulation) => simulation.record(recorder.clone()),
            Self::Gpu(_) => Err(on_cpu_only("a record of potentials and currents")),
        }
    }

    /// As [`run`](Self::run), with what recorders find.
    ///
    /// # Errors
    /// As there.
    pub fn run_recording(
        &mut self,
        until: f64,
        spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
        states: impl FnMut(&[StateSample]) -> Result<()>,
    ) -> Result<()> {
        match self {
            Self::Cpu(simulation) => simulation.run_recording(until, spikes, states),
            Self::Gpu(simulation) => simulation.run(until, spikes),
        }
    }

    /// Goes on until `until` ms.
    ///
    /// # Errors
    /// As the simulations' own.
    pub fn run(
        &mut self,
        until: f64,
        spikes: impl FnMut(&[StreamSpike]) -> Result<()>,
    ) -> Result<()> {
        match self {
            Self::Cpu(simulation) => simulation.run(until, spikes),
            Self::Gpu(simulation) => simulation.run(until, spikes),
        }
    }
}
