//! A simulation in this process, or in this and others.

use serde::Serialize;
use spikefront::Result;
use spikefront::ranks::Traffic;
use spikefront::stream::{StateRecorder, Stream, StreamState};

use super::ranked::Ranked;
use crate::cli::interrupt::Interrupt;
use crate::cli::ranks::Costs;

/// A network in time. Over ranks its methods are collective: every rank calls the same ones in the same order.
pub enum Simulation {
    Alone(Box<dyn Stream>),
    // Without MPI every process is alone.
    #[cfg_attr(not(feature = "mpi"), allow(dead_code))]
    Ranked {
        stream: Box<dyn Ranked>,
        /// What exchanges had cost when the run began.
        before: Traffic,
    },
}

/// What is to be done between two looks at a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub stops: bool,
    pub saves: bool,
}

/// What exchanges between ranks have cost.
#[derive(Debug, Serialize)]
pub struct RanksSummary {
    #[serde(flatten)]
    pub costs: Costs,
    /// How many windows pass between two exchanges of spikes at most.
    pub windows_per_exchange: u64,
}

impl Simulation {
    /// Over ranks, with what exchanges cost from now on.
    #[cfg(feature = "mpi")]
    pub fn ranked(stream: Box<dyn Ranked>) -> Self {
        Self::Ranked {
            before: stream.traffic(),
            stream,
        }
    }

    pub fn stream(&mut self) -> &mut dyn Stream {
        match self {
            Self::Alone(stream) => stream.as_mut(),
            Self::Ranked { stream, .. } => stream.as_mut(),
        }
    }

    /// Where it is; nothing on ranks other than 0.
    pub fn state(&mut self) -> Result<Option<StreamState>> {
        match self {
            Self::Alone(stream) => stream.state().map(Some),
            Self::Ranked { stream, .. } => stream.gather_state(),
        }
    }

    /// Records what rank 0 asks for.
    pub fn record(&mut self, recorders: &[StateRecorder]) -> Result<()> {
        let stream = match self {
            Self::Alone(stream) => {
                let mut all = recorders.iter();
                return all.try_for_each(|recorder| stream.record(recorder).map(|_| ()));
            }
            Self::Ranked { stream, .. } => stream,
        };
        let words = recorders.iter().flat_map(|recorder| {
            let times = [recorder.every, recorder.from, recorder.until];
            let neurons = [recorder.neurons.start, recorder.neurons.end];
            let times = times.map(f64::to_bits);
            neurons.map(u64::from).into_iter().chain(times)
        });
        let all = stream.ranks().all_gather(words.collect())?;
        for &[start, end, every, from, until] in all[0].as_chunks().0 {
            stream.record(&StateRecorder {
                neurons: start as u32..end as u32,
                every: f64::from_bits(every),
                from: f64::from_bits(from),
                until: f64::from_bits(until),
            })?;
        }
        Ok(())
    }

    /// Up to where the run goes next, as rank 0 says.
    pub fn next(&mut self, until: f64) -> Result<f64> {
        match self {
            Self::Alone(_) => Ok(until),
            Self::Ranked { stream, .. } => {
                let all = stream.ranks().all_gather(vec![until.to_bits()])?;
                Ok(f64::from_bits(all[0][0]))
            }
        }
    }

    /// What is to be done now: the run stops where anyone was asked to; it is saved where rank 0 keeps checkpoints, and one is due
    /// or it stops.
    pub fn look(&mut self, interrupt: &Interrupt, is_kept: bool, is_due: bool) -> Result<Look> {
        let mine = [interrupt.asked(), is_kept.into(), is_due.into()].map(u64::from);
        let all = match self {
            Self::Alone(_) => vec![mine.to_vec()],
            Self::Ranked { stream, .. } => stream.ranks().all_gather(mine.to_vec())?,
        };
        let stops = interrupt.is_asked_anywhere(&all);
        let [is_kept, is_due] = [all[0][1] != 0, all[0][2] != 0];
        Ok(Look {
            stops,
            saves: is_kept && (stops || is_due),
        })
    }

    /// What exchanges have cost; nothing in one process.
    pub fn costs(&mut self) -> Result<Option<RanksSummary>> {
        let Self::Ranked { stream, before } = self else {
            return Ok(None);
        };
        let windows_per_exchange = stream.interval();
        Ok(Some(RanksSummary {
            costs: Costs::since(*before, stream.ranks())?,
            windows_per_exchange,
        }))
    }
}
