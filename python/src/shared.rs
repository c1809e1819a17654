//! What several Python threads may ask for, and one at a time works with.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;

use crate::work::run;

/// How long a caller waits for another before it looks again, also for Ctrl-C.
const WAIT: Duration = Duration::from_millis(1);

/// A value that is taken out by who works with it, and put back at the end. Nobody waits for it on the threads that compute:
/// one that waits for its helpers takes up other work, and would wait for itself.
pub struct Shared<T>(Arc<Mutex<Option<Box<T>>>>);

/// A value that is out, and goes back whatever happens.
struct Out<T> {
    value: Option<Box<T>>,
    place: Arc<Mutex<Option<Box<T>>>>,
}

impl<T> Drop for Out<T> {
    fn drop(&mut self) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = self.value.take();
    }
}

impl<T> Out<T> {
    fn get(&mut self) -> &mut T {
        self.value
            .as_mut()
            .expect("it goes back when this is dropped, not before")
    }
}

impl<T: Send + 'static> Shared<T> {
    pub fn new(value: T) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(value)))))
    }

    fn take(&self, py: Python<'_>) -> PyResult<Out<T>> {
        loop {
            let value = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            if value.is_some() {
                return Ok(Out {
                    value,
                    place: self.0.clone(),
                });
            }
            py.detach(|| std::thread::sleep(WAIT));
            py.check_signals()?;
        }
    }

    /// Calls `work` with the value on the process's threads, and waits for it.
    pub fn run<R: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut T) -> spikefront::Result<R> + Send + 'static,
    ) -> PyResult<R> {
        let mut out = self.take(py)?;
        run(py, move || work(out.get()))
    }

    /// Calls `work`, which is quick, with the value.
    pub fn with<R>(&self, py: Python<'_>, work: impl FnOnce(&mut T) -> R) -> PyResult<R> {
        self.take(py).map(|mut out| work(out.get()))
    }
}
