//! One network over the processes that `mpirun` started.

use super::SimulateArgs;
use crate::cli::Outcome;
use crate::cli::ranks::Started;

/// Runs a simulation over all of them; rank 0 writes and tells.
#[cfg(not(feature = "mpi"))]
pub fn simulate(
    _args: &SimulateArgs,
    _threads: usize,
    started: Started,
) -> anyhow::Result<Outcome> {
    Err(started.without_mpi("one network").into())
}

#[cfg(feature = "mpi")]
pub use with_mpi::simulate;

#[cfg(feature = "mpi")]
mod with_mpi {
    use std::hash::{DefaultHasher, Hash, Hasher};
    use std::time::{Duration, Instant};

    use spikefront::Error;
    use spikefront::cpu::stream::RankStream;
    use spikefront::gpu::stream::{GpuRankStream, GpuStreamOptions};
    use spikefront::ranks::Ranks;

    use super::{Outcome, SimulateArgs, Started};
    use crate::cli::interrupt::Interrupt;
    use crate::cli::ranks::as_first_tells;
    use crate::cli::simulate::course::Size;
    use crate::cli::simulate::ranked::Ranked;
    use crate::cli::simulate::simulation::Simulation;
    use crate::cli::simulate::{Prepared, conduct, times};
    use crate::cli::stream_engine::StreamEngine;
    use crate::cli::{memory, output};

    /// Runs a simulation over all processes; rank 0 writes and tells.
    pub fn simulate(
        args: &SimulateArgs,
        threads: usize,
        started: Started,
    ) -> anyhow::Result<Outcome> {
        let ranks = Ranks::mpi(Duration::from_secs(args.exchange_timeout))?;
        let is_first = ranks.is_first();
        let outcome = over_ranks(args, threads, started, ranks, is_first);
        as_first_tells(is_first, outcome)
    }

    fn over_ranks(
        args: &SimulateArgs,
        threads: usize,
        started: Started,
        mut ranks: Ranks,
        is_first: bool,
    ) -> anyhow::Result<Outcome> {
        let start = Instant::now();
        let made = make(args, threads, started, &mut ranks);
        let made = made.inspect_err(|error| ranks.fail_with(&output::describe(error)));
        let (prepared, share) = made?;
        let (neurons, populations) = (share.neurons(), share.populations().to_vec());
        let options = prepared.options();
        let stream: Box<dyn Ranked> = match (args.engine.engine, &prepared.so_far) {
            (StreamEngine::Gpu, _) => {
                let gpu = args.engine.gpu_options_of(started.here);
                let options = GpuStreamOptions::default().simulation(options).gpu(gpu);
                Box::new(GpuRankStream::new(share, &options, ranks)?)
            }
            (StreamEngine::Cpu, Some((state, _))) => {
                Box::new(RankStream::resume(share, options, state, ranks)?)
            }
            (StreamEngine::Cpu, None) => Box::new(RankStream::new(share, options, ranks)?),
        };
        let size = Size {
            neurons,
            synapses: stream.synapses(),
            synapse_bytes: stream.synapse_bytes(),
            threads,
            build_seconds: start.elapsed().as_secs_f64(),
        };
        let mut simulation = Simulation::ranked(stream);
        if is_first {
            return conduct(args, prepared, simulation, &populations, size);
        }
        // The exchanges that `conduct` makes on rank 0, in its order.
        simulation.record(&[])?;
        let run = &prepared.asked.file.simulation;
        let window = simulation.stream().window();
        times::check_windows(run.duration, window, run.window.is_some())?;
        simulation.stream().synaptic_events()?;
        attend(&mut simulation, run.duration, &prepared.interrupt)?;
        simulation.costs()?;
        simulation.stream().synaptic_events()?;
        Ok(Outcome::Success)
    }

    /// Goes along on a rank other than 0, which says how far and sees to files.
    fn attend(
        simulation: &mut Simulation,
        duration: f64,
        interrupt: &Interrupt,
    ) -> spikefront::Result<()> {
        let (mut until, mut is_stopped) = (simulation.stream().time(), false);
        while until < duration && !is_stopped {
            until = simulation.next(duration)?;
            simulation.stream().run(until, &mut |_| Ok(()))?;
            let look = simulation.look(interrupt, false, false)?;
            is_stopped = look.stops && until < duration;
            if look.saves && until < duration {
                simulation.state()?;
            }
        }
        Ok(())
    }

    /// A checksum of what a rank was asked for, and of where it goes on.
    fn asked(prepared: &Prepared) -> spikefront::Result<u64> {
        let mut hasher = DefaultHasher::new();
        prepared.asked.file.to_toml("")?.hash(&mut hasher);
        prepared.from.to_bits().hash(&mut hasher);
        let state = prepared.so_far.as_ref().map(|(state, _)| state);
        state.map(|state| state.time().to_bits()).hash(&mut hasher);
        Ok(hasher.finish())
    }

    type Made = (Prepared, spikefront::network::NetworkShare);

    fn make(
        args: &SimulateArgs,
        threads: usize,
        started: Started,
        ranks: &mut Ranks,
    ) -> anyhow::Result<Made> {
        let prepared = Prepared::new(args, false)?;
        if let (StreamEngine::Cpu, Some(adapter)) = (args.engine.engine, args.engine.adapter) {
            let remedy = "it is for a GPU; leave it out or use --engine gpu";
            return Err(Error::invalid("--adapter", adapter, remedy).into());
        }
        if let Some(other) = ranks.unlike(vec![asked(&prepared)?])? {
            anyhow::bail!(
                "rank {other}: its network, options or saved run are not those of rank 0: start all ranks with the same program, options and files"
            );
        }
        let most = ranks.all_gather(vec![threads as u64])?.concat();
        let most = most.into_iter().max().unwrap_or(1) as usize;
        let mut described = prepared.described.clone();
        described
            .partitions(most * ranks.size())
            .memory_limit(memory::for_synapses() / started.on_machine as u64);
        let share = described.build_share(ranks.rank(), ranks.size())?;
        Ok((prepared, share))
    }
}
