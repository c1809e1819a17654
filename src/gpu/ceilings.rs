//! What a device can do at most, measured with two kernels: one copies, one multiplies and adds.

use std::time::{Duration, Instant};

use super::engine::Inner;
use super::kernel::{Parameters, Role};
use super::kernels::copy::CopyParameters;
use super::kernels::multiply_add::MultiplyAddParameters;
use super::layout::WORKGROUP;
use super::schedule::{Schedule, in_rows, over_values};
use crate::Result;

/// Numbers that are copied: 96 MiB there and 96 MiB back, more than the last caches hold.
const COPIED: u32 = 24 << 20;
/// Numbers that a workgroup copies; `shaders/copy.wgsl` has the same.
const PER_GROUP: u32 = 16 * WORKGROUP;
/// Invocations that multiply and add.
const BUSY: u32 = 1 << 18;
/// Turns of each.
const TURNS: u32 = 512;
/// Multiply-adds in a turn: eight chains of vectors of four.
const PER_TURN: u32 = 32;
/// The best of so many counts.
const REPEATS: usize = 4;
/// For how long a device computes before it is measured: a GPU that has been idle runs at a fraction of its clock at first (an NVIDIA
/// H200 at 345 of 1,980 MHz).
const WARM_UP: Duration = Duration::from_millis(400);

const MULTIPLY_ADD: MultiplyAddParameters = MultiplyAddParameters {
    n_numbers: BUSY,
    n_turns: TURNS,
    factor: 0.5,
};

/// What a device reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ceilings {
    /// Bytes read and written in a second by a copy.
    pub bytes_per_second: f64,
    /// Multiply-adds in single precision in a second.
    pub multiply_adds_per_second: f64,
}

impl Inner<'_> {
    /// Computes for [`WARM_UP`].
    pub async fn warm_up(&mut self) -> Result<()> {
        let bytes = u64::from(BUSY) * 4;
        self.buffers.ensure(self.context, Role::Adjoints, bytes)?;
        let start = Instant::now();
        while start.elapsed() < WARM_UP {
            let mut schedule = Schedule::default();
            schedule.push(MULTIPLY_ADD, over_values(BUSY));
            self.run(&schedule).await?;
            self.context.finished().await?;
        }
        Ok(())
    }

    /// Measures both ceilings.
    pub async fn ceilings(&mut self) -> Result<Ceilings> {
        let bytes = u64::from(COPIED) * 4;
        for role in [Role::Adjoints, Role::Sensitivities] {
            self.buffers.ensure(self.context, role, bytes)?;
            self.buffers.clear(self.context, role, bytes);
        }
        self.warm_up().await?;
        let copy = CopyParameters { n_numbers: COPIED };
        let copies = self.best_seconds(copy, in_rows(COPIED / PER_GROUP)).await?;
        let busy = self.best_seconds(MULTIPLY_ADD, over_values(BUSY)).await?;
        let multiply_adds = f64::from(BUSY) * f64::from(TURNS) * f64::from(PER_TURN);
        Ok(Ceilings {
            bytes_per_second: 2.0 * bytes as f64 / copies,
            multiply_adds_per_second: multiply_adds / busy,
        })
    }

    /// The least time of a dispatch, in seconds, as the mean over as many as make it long enough to time.
    async fn best_seconds<P: Parameters>(
        &mut self,
        parameters: P,
        workgroups: [u32; 3],
    ) -> Result<f64> {
        let times = |n: usize| {
            let mut schedule = Schedule::default();
            for _ in 0..n {
                schedule.push(parameters, workgroups);
            }
            schedule
        };
        let mut n = 1;
        let mut best = f64::MAX;
        let mut counted = 0;
        self.run(&times(1)).await?;
        self.context.finished().await?;
        while counted < REPEATS {
            let schedule = times(n);
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
