//! One rank's hold on all of them.

use std::fmt;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::message::{Message, Signal};
use super::traffic::Traffic;
use super::transport::Transport;
use crate::{Error, Result};

/// How long a rank waits for the others in one exchange, unless it is told otherwise.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// This rank among all that compute together.
///
/// Exchanges are collective: every rank makes the same ones in the same order, and each waits for the last to come. A rank that is
/// dropped says so in a last exchange.
pub struct Ranks {
    transport: Box<dyn Transport>,
    /// Why there are no more exchanges.
    over: Option<String>,
    traffic: Traffic,
}

impl Ranks {
    pub(super) fn new(transport: Box<dyn Transport>) -> Self {
        Self {
            transport,
            over: None,
            traffic: Traffic::default(),
        }
    }

    /// This process among those that `mpirun` started. They end together: one that is dropped waits for the others. A rank that waits
    /// longer than `patience` in one exchange says which ranks have not come, and ends all of them.
    ///
    /// # Errors
    /// A process in which MPI has been started before.
    #[cfg(feature = "mpi")]
    pub fn mpi(patience: Duration) -> Result<Self> {
        Ok(Self::new(Box::new(super::mpi::Mpi::start(patience)?)))
    }

    /// Which of them this is, counted from 0.
    pub fn rank(&self) -> usize {
        self.transport.rank()
    }

    /// How many there are.
    pub fn size(&self) -> usize {
        self.transport.size()
    }

    /// Whether this is rank 0, which writes and tells.
    pub fn is_first(&self) -> bool {
        self.rank() == 0
    }

    /// What exchanges have cost this rank so far.
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Gives words to all ranks; the words of each, in order of rank.
    ///
    /// # Errors
    /// A rank that has failed, with its own message, that has ended, that is lost or does not come; after any of these there are no more
    /// exchanges.
    pub fn all_gather(&mut self, mine: Vec<u64>) -> Result<Vec<Vec<u64>>> {
        self.all_gather_while(mine, || ())
    }

    /// As [`all_gather`](Self::all_gather), and computes while the words are on their way.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn all_gather_while(
        &mut self,
        mine: Vec<u64>,
        meanwhile: impl FnOnce(),
    ) -> Result<Vec<Vec<u64>>> {
        let mut meanwhile = Some(meanwhile);
        let mut once = || {
            if let Some(meanwhile) = meanwhile.take() {
                meanwhile();
            }
        };
        let all = self.exchange(Message::of(mine), &mut once)?;
        Ok(all.into_iter().map(|message| message.words).collect())
    }

    /// The first rank that gives other words than rank 0, if there is one.
    ///
    /// # Errors
    /// As [`all_gather`](Self::all_gather).
    pub fn unlike(&mut self, mine: Vec<u64>) -> Result<Option<usize>> {
        let all = self.all_gather(mine)?;
        Ok(all.iter().position(|words| *words != all[0]))
    }

    /// Gives words to rank 0; there the words of each rank in order of rank, elsewhere nothing.
    ///
    /// # Errors
    /// As [`all_gather`](Self::all_gather).
    pub fn gather(&mut self, mine: Vec<u64>) -> Result<Vec<Vec<u64>>> {
        // Whether all go on, before anything large is on its way.
        self.all_gather(Vec::new())?;
        let begun = Instant::now();
        let sent = (size_of_val(&mine[..])) as u64;
        let all = self.transport.gather(mine);
        let all = all.inspect_err(|error| self.over = Some(error.to_string()))?;
        self.traffic.exchanges += 1;
        self.traffic.sent_bytes += sent;
        let received = all
            .iter()
            .skip(1)
            .map(|words| size_of_val(&words[..]) as u64);
        self.traffic.received_bytes += received.sum::<u64>();
        self.traffic.time += begun.elapsed();
        Ok(all)
    }

    /// Tells all ranks that this one goes on no more, and why: their next exchange returns that as an error. Does nothing once a rank
    /// has failed.
    pub fn fail(&mut self, error: &Error) {
        self.fail_with(&error.to_string());
    }

    /// As [`fail`](Self::fail), with a text.
    pub fn fail_with(&mut self, text: &str) {
        // What others say at the same time changes nothing.
        let _ = self.exchange(Message::failure(text), &mut || ());
    }

    /// Whether exchanges have come to an end: a rank has failed, ended or is lost.
    pub fn are_over(&self) -> bool {
        self.over.is_some()
    }

    fn exchange(&mut self, mine: Message, meanwhile: &mut dyn FnMut()) -> Result<Vec<Message>> {
        let rank = self.rank();
        if let Some(why) = &self.over {
            return Err(Error::rank(
                rank,
                format!("there are no more exchanges: {why}"),
            ));
        }
        let (begun, signal) = (Instant::now(), mine.signal);
        self.traffic.exchanges += 1;
        self.traffic.sent_bytes += mine.bytes();
        let mut overlapped = Duration::ZERO;
        let all = self.transport.all_gather(mine, &mut || {
            let begun = Instant::now();
            meanwhile();
            overlapped = begun.elapsed();
        });
        self.traffic.time += begun.elapsed() - overlapped;
        self.traffic.overlapped += overlapped;
        let all = all.inspect_err(|error| self.over = Some(error.to_string()))?;
        let others = all.iter().enumerate().filter(|(other, _)| *other != rank);
        let received = others.map(|(_, message)| message.bytes());
        self.traffic.received_bytes += received.sum::<u64>();
        let by_signal = |signal| all.iter().position(|message| message.signal == signal);
        let error = if let Some(rank) = by_signal(Signal::Failed) {
            Some(Error::rank(rank, all[rank].text()))
        } else {
            let ended = by_signal(Signal::Ended);
            ended.map(|rank| Error::rank(rank, "it has ended while others go on"))
        };
        let Some(error) = error else {
            return Ok(all);
        };
        self.over = Some(error.to_string());
        match signal {
            Signal::GoingOn => Err(error),
            Signal::Ended | Signal::Failed => Ok(all),
        }
    }
}

impl Drop for Ranks {
    fn drop(&mut self) {
        // A rank that panics is lost, and its transport says so.
        if self.over.is_none() && !std::thread::panicking() {
            let ended = Message {
                signal: Signal::Ended,
                words: Vec::new(),
            };
            // Nobody is left to be told of a fault.
            let _ = self.exchange(ended, &mut || ());
        }
    }
}

impl fmt::Debug for Ranks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ranks")
            .field("rank", &self.rank())
            .field("size", &self.size())
            .field("traffic", &self.traffic)
            .finish_non_exhaustive()
    }
}

/// Which of `things` a rank has: one range after another, of nearly one size.
pub(crate) fn share_of(things: usize, rank: usize, size: usize) -> Range<usize> {
    let cut = |rank: usize| (things as u128 * rank as u128 / size.max(1) as u128) as usize;
    cut(rank)..cut(rank + 1)
}
