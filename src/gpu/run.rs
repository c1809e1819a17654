//! Running schedules on an engine's device.

use super::engine::Inner;
use super::kernel::Kernel;
use super::kernels;
use super::schedule::Schedule;
use crate::Result;

impl Inner<'_> {
    /// Runs a schedule, compiling kernels that are used for the first time.
    pub async fn run(&mut self, schedule: &Schedule) -> Result<()> {
        self.record(schedule).await?;
        self.buffers.submit(self.context)
    }

    /// As [`run`](Self::run), but the last of it is handed over with what follows.
    pub async fn record(&mut self, schedule: &Schedule) -> Result<()> {
        for dispatch in &schedule.dispatches {
            let key = (dispatch.kernel, dispatch.receptors);
            if !self.kernels.contains_key(&key) {
                let mut sources = kernels::ALL.iter();
                let source = sources.find(|source| source.name == dispatch.kernel);
                let source = source.expect("every kernel is listed");
                let source = source.of(dispatch.receptors);
                let kernel = Kernel::new(self.context, &source, self.mutation).await?;
                self.kernels.insert(key, kernel);
            }
        }
        self.statistics.dispatches += schedule.dispatches.len();
        let is_timed = self.context.has_clock && !self.is_untimed;
        let profile = is_timed.then_some(&mut *self.profile);
        self.buffers
            .record(self.context, self.kernels, schedule, profile)
            .await
    }
}
