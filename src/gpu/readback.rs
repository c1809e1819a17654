//! Waiting for the device without standing in its way.
//!
//! Where a driver calls back only while it is polled, these poll until it has, so that a blocking caller
//! needs nothing else. In a browser polling does nothing: what is awaited yields to the event
//! loop, which calls back.

use futures_channel::oneshot;

use super::context::Context;
use crate::Result;

/// What was submitted, to be waited for.
pub(super) struct Submitted {
    index: wgpu::SubmissionIndex,
    done: oneshot::Receiver<()>,
}

impl Context {
    /// The bytes of a buffer that was made to be read, once everything submitted is done.
    ///
    /// # Errors
    /// A fault or loss of the device.
    pub(super) async fn map(&self, slice: wgpu::BufferSlice<'_>) -> Result<wgpu::BufferView> {
        let (sender, mapped) = oneshot::channel();
        slice.map_async(wgpu::MapMode::Read, move |result| {
            // Nobody listens any more if the wait failed first.
            sender.send(result).ok();
        });
        let all = wgpu::PollType::wait_indefinitely();
        let mapped = self.called_back(mapped, all).await?;
        mapped.map_err(|error| self.failure(&error.to_string()))?;
        slice
            .get_mapped_range()
            .map_err(|error| self.failure(&error.to_string()))
    }

    /// Submits what has been written.
    pub(super) fn submitted(&self) -> Submitted {
        let index = self.queue.submit([]);
        let (sender, done) = oneshot::channel();
        self.queue.on_submitted_work_done(move || {
            // As above.
            sender.send(()).ok();
        });
        Submitted { index, done }
    }

    /// Returns once a submission is done, and those before it; later ones may go on.
    ///
    /// # Errors
    /// A fault or loss of the device.
    pub(super) async fn done(&self, submitted: Submitted) -> Result<()> {
        let until = wgpu::PollType::Wait {
            submission_index: Some(submitted.index),
            timeout: None,
        };
        self.called_back(submitted.done, until).await
    }

    /// Returns once everything submitted is done.
    ///
    /// # Errors
    /// A fault or loss of the device.
    pub(super) async fn finished(&self) -> Result<()> {
        self.done(self.submitted()).await
    }

    /// What a callback was given once it was polled `until` it had to come; an error where the driver drops it uncalled.
    async fn called_back<T>(
        &self,
        answer: oneshot::Receiver<T>,
        until: wgpu::PollType,
    ) -> Result<T> {
        let polled = self.device.poll(until);
        polled.map_err(|error| self.failure(&error.to_string()))?;
        self.check()?;
        let answer = answer.await;
        self.check()?;
        answer.map_err(|_| self.failure("the driver did not call back"))
    }
}
