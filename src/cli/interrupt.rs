//! Ctrl-C, and its like from a system that shuts down: heard now and obeyed at the next good moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use anyhow::Context;

use super::output;

/// How long the work may take to come to a good moment; then the program ends where it is.
const PATIENCE: Duration = Duration::from_millis(900);

/// As a shell reports a program that SIGINT ended.
const BY_CTRL_C: u8 = 130;

/// Whether someone wants the work to stop.
#[derive(Clone)]
pub struct Interrupt(Arc<State>);

struct State {
    /// How the program is to end; 0 as long as nobody has asked.
    code: AtomicU8,
    /// Whether the work knows: then it sees to its own end.
    is_heard: AtomicBool,
    /// How long it has to come to know.
    patience: Duration,
    /// What is told where it does not.
    farewell: &'static str,
}

impl Interrupt {
    /// Begins to listen. Who asks twice does not want to wait; where the work does not look for a second, the
    /// program says `farewell` and ends.
    ///
    /// # Errors
    /// A system that refuses.
    pub fn listen(farewell: &'static str) -> anyhow::Result<Self> {
        Self::listen_for(PATIENCE, farewell)
    }

    /// As [`listen`](Self::listen), with another time than a second.
    ///
    /// # Errors
    /// As there.
    pub fn listen_for(patience: Duration, farewell: &'static str) -> anyhow::Result<Self> {
        let interrupt = Self(Arc::new(State {
            code: AtomicU8::new(0),
            is_heard: AtomicBool::new(false),
            patience,
            farewell,
        }));
        listen(interrupt.clone()).context("failed to listen for Ctrl-C")?;
        Ok(interrupt)
    }

    /// Whether it is time to stop; who asks has heard.
    pub fn is_asked(&self) -> bool {
        let is_asked = self.0.code.load(Ordering::SeqCst) != 0;
        if is_asked {
            self.0.is_heard.store(true, Ordering::SeqCst);
        }
        is_asked
    }

    /// The code with which the program was asked to end; 0 where nobody has asked. As with [`is_asked`](Self::is_asked), who asks has heard.
    pub fn asked(&self) -> u8 {
        match self.is_asked() {
            true => self.code(),
            false => 0,
        }
    }

    /// Whether some process was asked to end, of all that tell what they [`asked`](Self::asked) as the first of their words: then this one
    /// takes that over, unless it was asked itself.
    pub fn is_asked_anywhere(&self, all: &[Vec<u64>]) -> bool {
        let Some(code) = all.iter().map(|words| words[0]).find(|code| *code != 0) else {
            return false;
        };
        let state = &self.0;
        let own = &state.code;
        // The code of this process's own signal stays.
        let _ = own.compare_exchange(0, code as u8, Ordering::SeqCst, Ordering::SeqCst);
        state.is_heard.store(true, Ordering::SeqCst);
        true
    }

    /// How the program is to end.
    pub fn code(&self) -> u8 {
        match self.0.code.load(Ordering::SeqCst) {
            0 => BY_CTRL_C,
            code => code,
        }
    }

    /// Someone asks.
    fn ask(&self, code: u8) {
        if self.0.code.swap(code, Ordering::SeqCst) != 0 {
            std::process::exit(code.into());
        }
        let state = self.0.clone();
        std::thread::spawn(move || {
            std::thread::sleep(state.patience);
            if !state.is_heard.load(Ordering::SeqCst) {
                output::note(state.farewell);
                std::process::exit(code.into());
            }
        });
    }
}

/// Ctrl-C, a request to end, and a terminal that closes; as a shell reports a program that they ended.
#[cfg(unix)]
fn listen(interrupt: Interrupt) -> anyhow::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            interrupt.ask(128 + signal as u8);
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn listen(interrupt: Interrupt) -> anyhow::Result<()> {
    ctrlc::set_handler(move || interrupt.ask(BY_CTRL_C))?;
    Ok(())
}
