//! A GPU as an engine for long runs.

use super::GpuStream;
use crate::Result;
use crate::stream::{StateRecorder, StateSample, Stream, StreamSpike};

impl Stream for GpuStream {
    fn device(&self) -> Option<String> {
        Some(self.description())
    }

    fn window(&self) -> f64 {
        self.window()
    }

    fn time(&self) -> f64 {
        self.time()
    }

    fn spikes(&self) -> u64 {
        self.spikes()
    }

    fn synaptic_events(&mut self) -> Result<u64> {
        self.synaptic_events()
    }

    fn run(
        &mut self,
        until: f64,
        spikes: &mut dyn FnMut(&[StreamSpike]) -> Result<()>,
    ) -> Result<()> {
        self.run(until, spikes)
    }

    fn record(&mut self, recorder: &StateRecorder) -> Result<usize> {
        self.record(recorder.clone())
    }

    fn run_recording(
        &mut self,
        until: f64,
        spikes: &mut dyn FnMut(&[StreamSpike]) -> Result<()>,
        states: &mut dyn FnMut(&[StateSample]) -> Result<()>,
    ) -> Result<()> {
        self.run_recording(until, spikes, states)
    }
}
