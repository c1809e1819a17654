//! An engine's threads.

use rayon::prelude::*;

use crate::{Error, Result};

/// Fewer pieces than this are not worth waking another thread up.
const PIECES: usize = 8;

/// A pool of an engine's own, or the program's.
#[derive(Debug, Default)]
pub(super) struct Threads(Option<rayon::ThreadPool>);

impl Threads {
    pub fn new(threads: usize) -> Result<Self> {
        let invalid = |remedy: String| Error::invalid("threads", threads, remedy);
        if threads == 0 {
            return Err(invalid("give at least one".into()));
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| invalid(format!("give fewer ({error})")))?;
        Ok(Self(Some(pool)))
    }

    /// Whether there is only one: then its work is done where it is asked for, as waking another
    /// thread up takes longer than a small batch.
    pub fn is_single(&self) -> bool {
        let n = self.0.as_ref().map(rayon::ThreadPool::current_num_threads);
        n == Some(1)
    }

    /// Runs `work` on these threads.
    pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.0 {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// The results of `work` for the numbers below `n`, in order.
    pub fn map<T: Send>(&self, n: usize, work: impl Fn(usize) -> T + Send + Sync) -> Vec<T> {
        if self.is_single() {
            return (0..n).map(work).collect();
        }
        self.install(|| (0..n).into_par_iter().with_max_len(1).map(work).collect())
    }

    /// Calls `work` for each piece of `values`, `len` long, and its number.
    pub fn for_pieces<T: Send>(
        &self,
        values: &mut [T],
        len: usize,
        work: impl Fn(usize, &mut [T]) + Send + Sync,
    ) {
        if self.is_single() || values.len() < PIECES * len {
            for (ix, piece) in values.chunks_mut(len).enumerate() {
                work(ix, piece);
            }
            return;
        }
        self.install(|| {
            let pieces = values.par_chunks_mut(len).enumerate();
            pieces.for_each(|(ix, piece)| work(ix, piece));
        });
    }
}
