//! The CPU as an engine for long runs.

use super::CpuStream;
use crate::Result;
use crate::stream::{StateRecorder, StateSample, Stream, StreamSpike, StreamState};

impl Stream for CpuStream {
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
        Ok(CpuStream::synaptic_events(self))
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

    fn state(&self) -> Result<StreamState> {
        Ok(CpuStream::state(self))
    }
}
