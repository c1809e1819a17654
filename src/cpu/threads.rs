//! An engine's threads: the one that asks, and helpers.
//!
//! A step of a small network takes less than a millisecond, and waking a thread up some 20 us on
//! either side. So the asking thread works too, and helpers that have nothing more to do stay
//! awake for a moment: what follows a simulation is its gradient.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rayon::{Scope, ThreadPool, ThreadPoolBuilder, Yield};

use crate::{Error, Result};

/// Fewer pieces than this are not worth sharing.
const PIECES: usize = 8;

/// Into how many runs of pieces each thread's share is cut, so that one that comes late does less.
const RUNS: usize = 2;

/// How long a helper looks for more work, and the asking thread for the end of the helpers', before it sleeps.
const AWAKE: Duration = Duration::from_micros(200);

/// How often a thread looks once more for what is about to happen.
const SPINS: usize = 64;

/// Where an engine's threads come from.
#[derive(Debug, Default, Clone)]
pub(super) enum Threads {
    /// The rayon pool that it is called in, or the program's.
    #[default]
    Program,
    /// The asking thread is the only one.
    Single,
    /// The asking thread and helpers.
    Helped {
        helpers: Arc<ThreadPool>,
        /// Whether each thread can have a core of its own: then one that waits keeps nobody from working.
        stay_awake: bool,
    },
}

impl Threads {
    /// This many, the one that asks among them.
    pub fn new(threads: usize) -> Result<Self> {
        let invalid = |remedy: String| Error::invalid("threads", threads, remedy);
        match threads {
            0 => return Err(invalid("give at least one".into())),
            1 => return Ok(Self::Single),
            _ => {}
        }
        let helpers = ThreadPoolBuilder::new().num_threads(threads - 1).build();
        Ok(Self::Helped {
            helpers: Arc::new(helpers.map_err(|error| invalid(format!("give fewer ({error})")))?),
            stay_awake: std::thread::available_parallelism().is_ok_and(|n| threads <= n.get()),
        })
    }

    /// The results of `work` for the numbers below `n`, in order.
    pub fn map<T: Send>(&self, n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(n));
        self.share(n, || {
            loop {
                let ix = next.fetch_add(1, Ordering::Relaxed);
                if ix >= n {
                    return;
                }
                let result = work(ix);
                lock(&done).push((ix, result));
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|&(ix, _)| ix);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// Calls `work` for each piece of `values`, `len` long, and its number.
    pub fn for_pieces<T: Send>(
        &self,
        values: &mut [T],
        len: usize,
        work: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let n = values.len().div_ceil(len);
        // A thread takes neighbouring pieces: processors fetch memory ahead of a pass in order.
        let run = n.div_ceil(RUNS * self.n_threads()).max(1);
        let runs = Mutex::new(values.chunks_mut(run * len).enumerate());
        let next = || lock(&runs).next();
        self.share(if n < PIECES { 1 } else { n }, || {
            while let Some((first, values)) = next() {
                for (ix, piece) in values.chunks_mut(len).enumerate() {
                    work(first * run + ix, piece);
                }
            }
        });
    }

    fn n_threads(&self) -> usize {
        match self {
            Self::Program => rayon::current_num_threads(),
            Self::Single => 1,
            Self::Helped { helpers, .. } => 1 + helpers.current_num_threads(),
        }
    }

    /// Runs `work` on this thread and on as many helpers as `n` tasks have use for.
    fn share(&self, n: usize, work: impl Fn() + Sync) {
        let n_helpers = self.n_threads().min(n).saturating_sub(1);
        if n_helpers == 0 {
            return work();
        }
        let busy = &AtomicUsize::new(n_helpers);
        match self {
            Self::Helped {
                helpers,
                stay_awake,
            } => helpers.in_place_scope(|scope| call(scope, (busy, n_helpers), *stay_awake, &work)),
            _ => rayon::in_place_scope(|scope| call(scope, (busy, n_helpers), false, &work)),
        }
    }
}

/// Works on this thread and on helpers, `busy` of which have not come to their end.
fn call<'scope>(
    scope: &Scope<'scope>,
    (busy, n_helpers): (&'scope AtomicUsize, usize),
    stay_awake: bool,
    work: &'scope (impl Fn() + Sync),
) {
    for _ in 0..n_helpers {
        scope.spawn(move |_| {
            let _end = End(busy);
            work();
            if stay_awake {
                rayon::spawn(look_for_work);
            }
        });
    }
    work();
    if stay_awake {
        wait_until(|| busy.load(Ordering::Acquire) == 0);
        // Their last instructions come after the count: too few to sleep for.
        for _ in 0..SPINS {
            std::hint::spin_loop();
        }
    }
}

/// Counts a helper out, also where its work panicked.
struct End<'a>(&'a AtomicUsize);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

/// Takes the next work that comes soon. It is a job like others: whoever does it is awake.
fn look_for_work() {
    wait_until(|| rayon::yield_now() != Some(Yield::Idle));
}

/// What a thread that panicked has left is whole: nobody holds a lock while anything of a caller's runs.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns once `is_reached`, or after a moment.
fn wait_until(is_reached: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_reached() && start.elapsed() < AWAKE {
        std::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_on_any_number_of_threads() -> Result<()> {
        for threads in [Threads::default(), Threads::new(1)?, Threads::new(5)?] {
            // Helpers that look for work find it, and those that have gone to sleep are woken up.
            for pause in [0, 0, 1, 0] {
                std::thread::sleep(Duration::from_millis(pause));
                let squares = threads.map(100, |ix| ix * ix);
                assert_eq!(squares, (0..100).map(|ix| ix * ix).collect::<Vec<_>>());
                let mut values = vec![0; 45];
                threads.for_pieces(&mut values, 2, |ix, piece| piece.fill(ix));
                assert_eq!(values, (0..45).map(|ix| ix / 2).collect::<Vec<_>>());
            }
            assert!(threads.map(0, |ix| ix).is_empty());
            threads.for_pieces(&mut [], 2, |_, _: &mut [f64]| panic!("there are no pieces"));
        }
        Ok(())
    }

    #[test]
    fn work_is_shared() -> Result<()> {
        let threads = Threads::new(3)?;
        // Each of three tasks waits for the two others.
        let barrier = std::sync::Barrier::new(3);
        let ids = threads.map(3, |_| {
            barrier.wait();
            std::thread::current().id()
        });
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
        assert!(ids.contains(&std::thread::current().id()));
        Ok(())
    }

    #[test]
    fn a_panic_comes_back_and_leaves_the_threads_usable() -> Result<()> {
        let threads = Threads::new(2)?;
        let barrier = std::sync::Barrier::new(2);
        let asking = std::thread::current().id();
        let work = |_| {
            barrier.wait();
            assert_eq!(std::thread::current().id(), asking, "a helper's panic");
        };
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            threads.map(2, work);
        }));
        assert!(caught.is_err());
        assert_eq!(threads.map(3, |ix| ix), [0, 1, 2]);
        Ok(())
    }
}
