//! Which runs are so short that the thread that asks does them itself.
//!
//! To wake another thread up takes a step of a small network a tenth of its time, and much more where cores are busy. But the thread that asks
//! is the one that looks for Ctrl-C; so it does only what took a moment when a run of that network, no smaller, was done last.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::recording::Run;

/// What is shorter than this is done at once. Ten times as long would still not be felt as a delay of Ctrl-C.
const SHORT: Duration = Duration::from_millis(20);

/// How much a run is asked for.
#[derive(Clone, Copy)]
struct Size {
    samples: usize,
    input_spikes: usize,
    voltage_times: usize,
    duration: f64,
}

impl Size {
    fn of(run: &Run) -> Self {
        Self {
            samples: run.inputs.batch.n_samples(),
            input_spikes: run.inputs.batch.times().len(),
            voltage_times: run.options.voltage_times.len(),
            duration: run.options.duration,
        }
    }

    fn fits_into(self, other: Self) -> bool {
        self.samples <= other.samples
            && self.input_spikes <= other.input_spikes
            && self.voltage_times <= other.voltage_times
            && self.duration <= other.duration
    }
}

/// The last run of a network on the CPU, and how long it took.
#[derive(Default)]
pub struct Pace(Mutex<Option<(Size, Duration)>>);

impl Pace {
    /// Whether a run is expected to be short.
    pub fn is_short(&self, run: &Run) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let on_cpu = run.engine.inner.name() == "cpu";
        on_cpu && last.is_some_and(|(size, took)| took < SHORT && Size::of(run).fits_into(size))
    }

    /// Keeps how long a run took.
    pub fn note(&self, run: &Run, took: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Size::of(run), took));
    }
}

/// Whether one sweep backward through what took so long to simulate is expected to be short.
pub fn is_short_backward(simulation: Duration) -> bool {
    simulation < SHORT
}
