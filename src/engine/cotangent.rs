//! The derivative of a loss with respect to what a run recorded.

use crate::event::{ReadoutRecording, Recording};

/// The derivative of a loss with respect to what a recording holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cotangent {
    /// dL/d(spike time), in 1/ms, one for each spike of the recording, in its order.
    pub spike_times: Vec<f64>,
    /// For each readout of the recording: dL/d(integral of V), `[sample x neuron]`.
    pub integrals: Vec<Vec<f64>>,
    /// For each readout of the recording: dL/dV, `[sample x time x neuron]`.
    pub voltages: Vec<Vec<f64>>,
    /// For each readout of the recording: dL/d(largest V), `[sample x neuron]`; empty where
    /// maxima were not recorded.
    pub maxima: Vec<Vec<f64>>,
}

impl Cotangent {
    /// All zero, of the sizes of a recording.
    pub fn zeros(recording: &Recording) -> Self {
        let zeros = |len: fn(&ReadoutRecording) -> usize| {
            let readouts = recording.readouts().iter();
            readouts.map(|readout| vec![0.0; len(readout)]).collect()
        };
        Self {
            spike_times: vec![0.0; recording.n_spikes()],
            integrals: zeros(|readout| readout.integrals.len()),
            voltages: zeros(|readout| readout.voltages.len()),
            maxima: zeros(|readout| readout.maxima.len()),
        }
    }

    /// All of it in one list: spike times, then for each readout its integrals, voltages and maxima.
    pub fn entries(&self) -> impl Iterator<Item = f64> {
        in_order(
            &self.spike_times,
            [&self.integrals, &self.voltages, &self.maxima],
        )
    }

    /// As [`entries`](Self::entries), to write.
    pub fn entries_mut(&mut self) -> impl Iterator<Item = &mut f64> {
        let readouts = self.integrals.iter_mut().zip(&mut self.voltages);
        let readouts =
            readouts
                .zip(&mut self.maxima)
                .flat_map(|((integrals, voltages), maxima)| {
                    integrals.iter_mut().chain(voltages).chain(maxima)
                });
        self.spike_times.iter_mut().chain(readouts)
    }
}

/// Numbers of spikes, then of each readout those of all kinds.
pub(super) fn in_order<'a>(
    spikes: &'a [f64],
    kinds: [&'a [Vec<f64>]; 3],
) -> impl Iterator<Item = f64> + use<'a> {
    let n_readouts = kinds[0].len();
    let readouts =
        (0..n_readouts).flat_map(move |ix| kinds.into_iter().flat_map(move |of| &of[ix]));
    spikes.iter().chain(readouts).copied()
}
