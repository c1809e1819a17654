//! From the samples of a simulation to the recording, and back to each population's spikes.

use super::compiled::Compiled;
use super::sample::Sample;
use crate::event::{ReadoutRecording, Recording};
use crate::{Error, Result};

/// Lays samples end to end, each sample's spikes in order of (time, neuron).
pub(super) fn recording(compiled: &Compiled<'_>, samples: &[Sample<'_>]) -> Result<Recording> {
    let options = compiled.problem.options;
    if let Some(ix) = samples.iter().position(|sample| sample.is_runaway) {
        let end = samples[ix].end;
        return Err(Error::spike_budget(ix, options.spike_budget, end));
    }
    let mut recording = Recording {
        offsets: vec![0],
        duration: options.duration,
        ends: samples.iter().map(|sample| sample.end).collect(),
        ..Recording::default()
    };
    let mut order: Vec<(f64, u32, u32, u32)> = Vec::new();
    for sample in samples {
        order.clear();
        for (population, spikes) in sample.spikes.iter().enumerate() {
            let columns = spikes.times.iter().zip(&spikes.units).enumerate();
            order.extend(
                columns.map(|(ix, (&time, &unit))| (time, unit, population as u32, ix as u32)),
            );
        }
        // Each population's spikes are sorted already: a stable sort merges them.
        order.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
        for &(time, unit, population, ix) in &order {
            let spikes = &sample.spikes[population as usize];
            recording.times.push(time);
            recording.neurons.push(unit);
            recording.slopes.push(spikes.slopes[ix as usize]);
            recording
                .release_slopes
                .push(spikes.release_slopes[ix as usize]);
        }
        recording.offsets.push(recording.times.len());
    }
    for (population, compiled) in compiled.populations.iter().enumerate() {
        if !compiled.is_spiking {
            let integrals = samples
                .iter()
                .flat_map(|sample| &sample.integrals[population]);
            let voltages = samples
                .iter()
                .flat_map(|sample| &sample.voltages[population]);
            recording.readouts.push(ReadoutRecording {
                population,
                integrals: integrals.copied().collect(),
                voltages: voltages.copied().collect(),
            });
        }
    }
    Ok(recording)
}
