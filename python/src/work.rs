//! Where work runs, without the interpreter's lock: what may be long on the process's threads, until Ctrl-C.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{invalid, raise};

/// How often a caller that waits looks for Ctrl-C.
const LOOKS_EVERY: Duration = Duration::from_millis(100);

/// More threads than this no machine has cores for.
const MOST_THREADS: usize = 1024;

/// The threads of one process.
struct Threads {
    /// Of which process: a child that was forked has none of its parent's threads.
    process: u32,
    pool: &'static ThreadPool,
}

static THREADS: Mutex<Option<Threads>> = Mutex::new(None);

/// How many threads were asked for; 0 for one a core.
static WANTED: Mutex<usize> = Mutex::new(0);

/// Calls `work` on the process's threads and waits for it. After Ctrl-C the caller returns at once; what `work` still does is lost.
pub fn run<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> spikefront::Result<T> + Send + 'static,
) -> PyResult<T> {
    let (send, receive) = channel();
    pool()?.spawn(move || {
        // A caller that was interrupted does not listen any more.
        let _ = send.send(catch_unwind(AssertUnwindSafe(work)));
    });
    let mut receive = receive;
    loop {
        let answer;
        (answer, receive) = py.detach(move || (receive.recv_timeout(LOOKS_EVERY), receive));
        match answer {
            Ok(Ok(result)) => return result.map_err(raise),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("the thread that computed is gone"));
            }
        }
    }
}

/// Calls `work` on the thread that asks: for what is short, as Ctrl-C waits for it.
pub fn run_here<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> spikefront::Result<T> + Send,
) -> PyResult<T> {
    py.detach(work).map_err(raise)
}

/// The threads of this process, started when first needed.
fn pool() -> PyResult<&'static ThreadPool> {
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some(threads) = threads
        .as_ref()
        .filter(|threads| threads.process == process)
    {
        return Ok(threads.pool);
    }
    let wanted = *WANTED.lock().unwrap_or_else(PoisonError::into_inner);
    let pool = ThreadPoolBuilder::new().num_threads(wanted).build();
    let pool = pool.map_err(|error| PyRuntimeError::new_err(format!("no threads: {error}")))?;
    // Never dropped: after a fork there is nobody to wait for, and at its end the process takes its threads along.
    let pool: &'static ThreadPool = Box::leak(Box::new(pool));
    *threads = Some(Threads { process, pool });
    Ok(pool)
}

/// Sets how many threads the CPU engine uses, in this process from now on. No result depends on it.
///
/// Parameters
/// ----------
/// threads : int
///     One or more.
///
/// Raises
/// ------
/// ValueError
///     If the number is zero or above 1024, or if the threads have been started already.
#[pyfunction]
pub fn set_threads(threads: usize) -> PyResult<()> {
    if !(1..=MOST_THREADS).contains(&threads) {
        return Err(invalid(
            "threads",
            threads,
            format!("give one to {MOST_THREADS}"),
        ));
    }
    let started = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    match started.as_ref() {
        Some(started) if started.process == std::process::id() => match started
            .pool
            .current_num_threads()
        {
            same if same == threads => Ok(()),
            others => Err(invalid(
                "threads",
                threads,
                format!("{others} are at work already: set the number before the first simulation"),
            )),
        },
        _ => {
            *WANTED.lock().unwrap_or_else(PoisonError::into_inner) = threads;
            Ok(())
        }
    }
}

/// How many threads the CPU engine uses; starts them if none are at work.
#[pyfunction]
pub fn threads() -> PyResult<usize> {
    pool().map(ThreadPool::current_num_threads)
}
