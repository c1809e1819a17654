//! What a run over ranks needs of its engine beside what it needs in one process.

use spikefront::Result;
use spikefront::cpu::stream::RankStream;
use spikefront::gpu::stream::GpuRankStream;
use spikefront::ranks::{Ranks, Traffic};
use spikefront::stream::{Stream, StreamState};

/// A network in time over ranks, on processors or on GPUs.
// Without MPI every process is alone.
#[cfg_attr(not(feature = "mpi"), allow(dead_code))]
pub trait Ranked: Stream {
    fn ranks(&mut self) -> &mut Ranks;

    /// What exchanges have cost this rank so far.
    fn traffic(&self) -> Traffic;

    /// How many windows pass between two exchanges.
    fn interval(&self) -> u64;

    fn synapses(&self) -> u64;

    fn synapse_bytes(&self) -> u64;

    /// On rank 0 where it is.
    fn gather_state(&mut self) -> Result<Option<StreamState>>;
}

/// What both streams have of their own.
macro_rules! its_own {
    () => {
        fn ranks(&mut self) -> &mut Ranks {
            self.ranks()
        }

        fn traffic(&self) -> Traffic {
            self.traffic()
        }

        fn interval(&self) -> u64 {
            self.interval()
        }

        fn synapses(&self) -> u64 {
            self.synapses()
        }

        fn synapse_bytes(&self) -> u64 {
            self.synapse_bytes()
        }
    };
}

impl Ranked for RankStream {
    its_own!();

    fn gather_state(&mut self) -> Result<Option<StreamState>> {
        self.gather_state()
    }
}

impl Ranked for GpuRankStream {
    its_own!();

    fn gather_state(&mut self) -> Result<Option<StreamState>> {
        self.state().map(Some)
    }
}
