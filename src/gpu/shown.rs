//! What readouts show, and how it is divided among buffers.
//!
//! A row of `observed` and of `sensitivities` is a readout neuron's integral, its voltage at each requested time and,
//! where it is asked for, its largest voltage. When the largest was lies behind: in a simulation behind the rows of
//! `observed`, in sweeps behind the requested times.

use super::layout::MAXIMUM_WORDS;
use super::record::place;
use super::tables::Tables;
use crate::event::{Maximum, Recording};
use crate::problem::SimulationOptions;

/// How much every readout neuron shows: its integral, and what is said here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shown {
    pub n_times: usize,
    pub has_maxima: bool,
}

impl Shown {
    /// What a simulation is asked for.
    pub fn new(options: &SimulationOptions) -> Self {
        Self {
            n_times: options.voltage_times.len(),
            has_maxima: options.record_maxima,
        }
    }

    /// Numbers in a row.
    pub fn n_shown(self) -> usize {
        1 + self.n_times + usize::from(self.has_maxima)
    }

    /// Which of them is the largest voltage, if any is.
    pub fn maximum(self) -> Option<usize> {
        self.has_maxima.then_some(1 + self.n_times)
    }

    /// Words that say when a slot's largest voltages were.
    pub fn n_places(self, tables: &Tables) -> usize {
        usize::from(self.has_maxima) * tables.n_readouts as usize * MAXIMUM_WORDS as usize
    }
}

/// When a sample's largest voltages were, as sweeps read it; nothing where they were not recorded.
pub(super) fn places(tables: &Tables, recording: &Recording, sample: usize) -> Vec<f32> {
    let mut words = Vec::new();
    for readout in recording.readouts() {
        let size = readout.maxima.len() / recording.n_samples();
        for maximum in &readout.maxima[sample * size..][..size] {
            let (window, time) = place(tables, maximum.time, false);
            // Exact up to 2^24 windows.
            words.extend([window as f32, time, maximum.slope as f32]);
        }
    }
    words
}

/// A largest voltage, from where a simulation says it was.
pub(super) fn maximum(tables: &Tables, voltage: f32, words: &[f32]) -> Maximum {
    let window = words[0] as usize;
    let (start, end) = tables.plan.bounds(window);
    let is_end = window + 1 == tables.plan.n_windows() && words[1] >= (end - start) as f32;
    Maximum {
        voltage: f64::from(voltage),
        time: if is_end {
            end
        } else {
            start + f64::from(words[1])
        },
        slope: f64::from(words[2]),
    }
}
