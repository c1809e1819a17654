//! What an engine for long runs answers.

use super::{StateRecorder, StateSample, StreamSpike, StreamState};
use crate::{Error, Result};

/// A large network in time, on any engine: its state, and how far it is.
///
/// ```
/// use spikefront::cpu::stream::{CpuStream, StreamOptions};
/// use spikefront::stream::Stream;
///
/// /// How many spikes a second a neuron fires.
/// fn rate(stream: &mut dyn Stream, neurons: usize) -> spikefront::Result<f64> {
///     stream.run(100.0, &mut |_| Ok(()))?;
///     Ok(stream.spikes() as f64 / neurons as f64 / (stream.time() / 1000.0))
/// }
///
/// let network = spikefront::networks::cuba(0.05, 1).build_in_rows()?;
/// let mut stream = CpuStream::new(&network, StreamOptions::default())?;
/// assert!(rate(&mut stream, network.neurons())? > 0.0);
/// # Ok::<(), spikefront::Error>(())
/// ```
pub trait Stream {
    /// The device and its driver in one line; none for the processor.
    fn device(&self) -> Option<String> {
        None
    }

    /// The length of a window in ms, to which spikes are counted.
    fn window(&self) -> f64;

    /// How far it is, in ms: up to where the last run went.
    fn time(&self) -> f64;

    /// How many spikes have been handed over.
    fn spikes(&self) -> u64;

    /// How many arrivals neurons have had, those of Poisson drives included.
    ///
    /// # Errors
    /// A device that fails.
    fn synaptic_events(&mut self) -> Result<u64>;

    /// Goes on until `until` ms and hands over the spikes on the way, in order of time, then neuron:
    /// those of one window at a time, and never one after `until`.
    ///
    /// # Errors
    /// What `spikes` returns; a neuron that fires without end; a device that fails.
    fn run(
        &mut self,
        until: f64,
        spikes: &mut dyn FnMut(&[StreamSpike]) -> Result<()>,
    ) -> Result<()>;

    /// Records states of neurons from now on; samples come to [`run_recording`](Self::run_recording) with the number that is returned.
    ///
    /// # Errors
    /// Neurons that there are not, times that are not finite, or too many; a device that fails.
    fn record(&mut self, recorder: &StateRecorder) -> Result<usize>;

    /// As [`run`](Self::run), and hands over what recorders find: window by window, by recorder, time, then neuron.
    ///
    /// # Errors
    /// As there, and what `states` returns.
    fn run_recording(
        &mut self,
        until: f64,
        spikes: &mut dyn FnMut(&[StreamSpike]) -> Result<()>,
        states: &mut dyn FnMut(&[StateSample]) -> Result<()>,
    ) -> Result<()>;

    /// Where it is, to go on from later with the same bits.
    ///
    /// # Errors
    /// An engine that cannot.
    fn state(&self) -> Result<StreamState> {
        let what = "the state of a simulation on a GPU";
        Err(Error::unavailable(what, "use the CPU engine"))
    }
}
