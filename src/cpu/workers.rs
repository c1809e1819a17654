//! Chunks of a batch, shared among threads and, where there are any, ranks.
//!
//! Of N ranks each works on every Nth chunk, and the results for all chunks go to all ranks. What follows is computed from all of them in
//! the order of chunks, by the same code as in one process: so its bits do not depend on the number of ranks.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use super::compiled::Compiled;
use super::threads::{Threads, lock};
use super::words::Words;
use super::workspace::Pool;
use crate::engine::GradientOptions;
use crate::event::{Fingerprint, Recording, Share};
use crate::ranks::Ranks;
use crate::{Error, Result};

/// Who works on the chunks of a batch.
#[derive(Clone, Copy)]
pub(super) struct Workers<'a> {
    pub threads: &'a Threads,
    pub pool: &'a Pool,
    pub ranks: Option<&'a Mutex<Ranks>>,
}

/// What all ranks must be asked alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    Simulate(Fingerprint),
    Gradient,
}

/// How the results for chunks go from rank to rank.
pub(super) trait Wire<T> {
    /// Appends a result.
    fn write(&self, result: &T, words: &mut Vec<u64>);

    /// Takes one off; none where something else lies there.
    fn read(&self, words: &mut Words<'_>) -> Option<T>;
}

impl Workers<'_> {
    /// The results of `work` for some chunks, in order. Over ranks it is asked for by all.
    ///
    /// # Errors
    /// A rank that has failed, is lost or was asked something else.
    pub fn map<T: Send>(
        &self,
        question: Question,
        chunks: Range<usize>,
        work: impl Fn(usize) -> T + Sync,
        wire: &impl Wire<T>,
    ) -> Result<Vec<T>> {
        let Some(ranks) = self.ranks else {
            let results = self.threads.map(chunks.len(), |ix| work(chunks.start + ix));
            return Ok(results);
        };
        let mut ranks = lock(ranks);
        let (rank, size) = (ranks.rank(), ranks.size());
        let own: Vec<usize> = chunks
            .clone()
            .filter(|ix| owner(*ix, size) == rank)
            .collect();
        let results = self.threads.map(own.len(), |ix| work(own[ix]));
        let mut mine = question.words().to_vec();
        for result in &results {
            wire.write(result, &mut mine);
        }
        let all = ranks.all_gather(mine)?;
        let mut others: Vec<Words<'_>> = all.iter().map(|words| Words::new(words)).collect();
        for (from, words) in others.iter_mut().enumerate() {
            question.check(rank, from, words)?;
        }
        let mut own = results.into_iter();
        let result = |ix| {
            let from = owner(ix, size);
            let result = match from == rank {
                true => own.next(),
                false => wire.read(&mut others[from]),
            };
            result.ok_or_else(|| Error::rank(from, UNLIKE))
        };
        chunks.map(result).collect()
    }

    /// How many spikes of a recording are slower than the slope floor: each rank counts those of its own samples, of which it has all.
    ///
    /// # Errors
    /// As [`map`](Self::map).
    pub fn grazing_spikes(
        &self,
        compiled: &Compiled<'_>,
        recording: &Recording,
        chunks: &[Range<usize>],
        options: &GradientOptions,
    ) -> Result<usize> {
        let count = |spikes| {
            let problem = &compiled.problem;
            problem.grazing_spikes(recording, spikes, options)
        };
        let Some(mut ranks) = self.lock() else {
            return Ok(count(0..recording.n_spikes()));
        };
        let (rank, size) = (ranks.rank(), ranks.size());
        let own = chunks.iter().enumerate();
        let own = own.filter(|(ix, _)| owner(*ix, size) == rank);
        let spikes = own
            .map(|(_, samples)| recording.offsets[samples.start]..recording.offsets[samples.end]);
        let mine = spikes.map(count).sum::<usize>() as u64;
        let all = ranks.all_gather(vec![mine])?;
        Ok(all.concat().into_iter().sum::<u64>() as usize)
    }

    /// Whose samples this process simulates; none where all are its own.
    pub fn share(&self) -> Option<Share> {
        self.lock().map(|ranks| Share {
            rank: ranks.rank(),
            size: ranks.size(),
        })
    }

    fn lock(&self) -> Option<MutexGuard<'_, Ranks>> {
        self.ranks.map(lock)
    }
}

/// Which rank works on a chunk.
fn owner(chunk: usize, size: usize) -> usize {
    chunk % size
}

/// What a rank has done that was asked something else than others.
const UNLIKE: &str = "it computes something else than the others: start all ranks with the same program, options and files";

impl Question {
    fn words(self) -> [u64; 4] {
        match self {
            Self::Simulate(asked) => [1, asked.neurons, asked.parameters, asked.inputs],
            Self::Gradient => [2, 0, 0, 0],
        }
    }

    /// Takes off what a rank was asked.
    fn check(self, here: usize, from: usize, words: &mut Words<'_>) -> Result<()> {
        let mut theirs = [0; 4];
        for word in &mut theirs {
            *word = words.word().ok_or_else(|| Error::rank(from, UNLIKE))?;
        }
        let mine = self.words();
        let Some(ix) = (0..4).find(|&ix| mine[ix] != theirs[ix]) else {
            return Ok(());
        };
        let what = match ix {
            2 => "parameters",
            3 => "input spikes",
            _ => return Err(Error::rank(from, UNLIKE)),
        };
        Err(Error::rank(
            from,
            format!(
                "its {what} are not those of rank {here}: use machines of one kind, and start all ranks with the same program, \
                 options and files"
            ),
        ))
    }
}
