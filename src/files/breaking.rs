//! What tests break off: the k-th step of writing, as a full disk or a crash would.

use std::io::{Error, ErrorKind, Result};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// `full:K` lets the K-th step of this process and all later ones fail as on a full disk, `stop:K` ends the process
/// there without a further word; counted from 1. For tests, which run the program with it.
const VARIABLE: &str = "SPIKEFRONT_BREAK_WRITES";

/// How a process ends that was stopped in this way.
const STOPPED: i32 = 86;

#[derive(Clone, Copy)]
struct Break {
    is_stop: bool,
    at: u64,
}

/// Counts a step that changes files; `half` does a part of it where it is broken off.
pub(super) fn step(half: impl FnOnce()) -> Result<()> {
    static PLAN: OnceLock<Option<Break>> = OnceLock::new();
    static STEPS: AtomicU64 = AtomicU64::new(0);
    let plan = PLAN.get_or_init(|| parse(&std::env::var(VARIABLE).ok()?));
    let Some(Break { is_stop, at }) = *plan else {
        return Ok(());
    };
    let step = 1 + STEPS.fetch_add(1, Ordering::Relaxed);
    if step < at {
        return Ok(());
    }
    half();
    if is_stop {
        std::process::exit(STOPPED);
    }
    Err(Error::from(ErrorKind::StorageFull))
}

fn parse(text: &str) -> Option<Break> {
    let (kind, at) = text.split_once(':')?;
    let is_stop = match kind {
        "stop" => true,
        "full" => false,
        _ => return None,
    };
    Some(Break {
        is_stop,
        at: at.parse().ok()?,
    })
}
