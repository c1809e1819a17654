//! Ctrl-C, heard now and obeyed at the next good moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

/// Whether the person at the terminal wants the training to stop.
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to listen; who asks twice does not want to wait.
    ///
    /// # Errors
    /// A system that refuses.
    pub fn listen() -> anyhow::Result<Self> {
        let is_asked = Arc::new(AtomicBool::new(false));
        let asked = is_asked.clone();
        ctrlc::set_handler(move || {
            if asked.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        })
        .context("failed to listen for Ctrl-C")?;
        Ok(Self(is_asked))
    }

    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
