//! What a device can do at most, measured with two kernels: one copies, one multiplies and adds.

use std::time::Instant;

use super::engine::Inner;
use super::kernel::Role;
use super::kernels;
use super::layout::Step;
use super::schedule::{self, Dispatch};
use crate::Result;

/// Numbers that are copied: 32 MiB there and 32 MiB back.
const COPIED: u32 = 8 << 20;
/// Invocations that multiply and add.
const BUSY: u32 = 1 << 18;
/// Turns of each.
const TURNS: u32 = 512;
/// Multiply-adds in a turn: eight chains of vectors of four.
const PER_TURN: u32 = 32;
/// The best of so many counts.
const REPEATS: usize = 4;

/// What a device reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ceilings {
    /// Bytes read and written in a second by a copy.
    pub bytes_per_second: f64,
    /// Multiply-adds in single precision in a second.
    pub multiply_adds_per_second: f64,
}

impl Inner<'_> {
    /// Measures both ceilings.
    pub async fn ceilings(&mut self) -> Result<Ceilings> {
        let bytes = u64::from(COPIED) * 4;
        for role in [Role::Adjoints, Role::Sensitivities] {
            self.buffers.ensure(self.context, role, bytes)?;
            self.buffers.clear(self.context, role, bytes);
        }
        let step = |n_values| Step {
            n_values,
            events: TURNS,
            scale: 0.5,
            ..Step::default()
        };
        let over = |kernel, n_values| {
            schedule::dispatch(kernel, step(n_values), schedule::over_values(n_values))
        };
        let copies = self
            .best_seconds(&over(&kernels::copy::SOURCE, COPIED))
            .await?;
        let busy = self
            .best_seconds(&over(&kernels::multiply_add::SOURCE, BUSY))
            .await?;
        let multiply_adds = f64::from(BUSY) * f64::from(TURNS) * f64::from(PER_TURN);
        Ok(Ceilings {
            bytes_per_second: 2.0 * bytes as f64 / copies,
            multiply_adds_per_second: multiply_adds / busy,
        })
    }

    /// The least time of a dispatch, in seconds, as the mean over as many as make it long enough to time.
    async fn best_seconds(&mut self, dispatch: &Dispatch) -> Result<f64> {
        let mut n = 1;
        let mut best = f64::MAX;
        let mut counted = 0;
        self.run(&vec![dispatch.clone()]).await?;
        self.context.finished().await?;
        while counted < REPEATS {
            let schedule = vec![dispatch.clone(); n];
            let start = Instant::now();
            self.run(&schedule).await?;
            self.context.finished().await?;
            let seconds = start.elapsed().as_secs_f64();
            if seconds < 0.02 && n < 256 {
                n *= 4;
                continue;
            }
            best = best.min(seconds / n as f64);
            counted += 1;
        }
        Ok(best)
    }
}
