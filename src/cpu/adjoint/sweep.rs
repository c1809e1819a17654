//! One sample on its way backward through the windows of a run.

use crate::cpu::aligned::Aligned;
use crate::cpu::compiled::Compiled;
use crate::cpu::replay::Replay;
use crate::engine::{Cotangent, GradientOptions};
use crate::event::Recording;

/// Adjoints of a population's potentials and currents at a window's end or start.
#[derive(Debug, Clone, Default)]
pub(super) struct AdjointState {
    /// dL/dV, padded to whole blocks.
    pub potential: Aligned,
    /// dL/dI, padded to whole blocks.
    pub current: Aligned,
}

/// One sample's recording and what flows back through it.
pub(super) struct Sweep<'a> {
    pub replay: Replay<'a>,
    /// dL/d(spike time) for each population's spikes, complete once its readers are done.
    pub ell: Vec<Vec<f64>>,
    /// dL/d(input time), one for each input spike.
    pub ell_input: Vec<f64>,
    pub states: Vec<AdjointState>,
    /// For each readout: dL/d(integral of V) and dL/dV at the requested times; empty otherwise.
    pub integrals: Vec<&'a [f64]>,
    pub voltages: Vec<&'a [f64]>,
    pub slope_floor: f64,
    pub grazing: usize,
}

impl<'a> Sweep<'a> {
    pub fn new(
        compiled: &Compiled<'a>,
        recording: &'a Recording,
        cotangent: &'a Cotangent,
        options: &GradientOptions,
        sample: usize,
    ) -> Self {
        let replay = Replay::new(compiled, recording, sample);
        let range = recording.range(sample);
        let cotangents = &cotangent.spike_times[range.clone()];
        let ell = replay
            .places
            .iter()
            .map(|places| {
                places
                    .iter()
                    .map(|&place| cotangents[place as usize])
                    .collect()
            })
            .collect();
        let n_populations = compiled.populations.len();
        let grazing = recording.slopes()[range]
            .iter()
            .filter(|&&slope| slope < options.slope_floor)
            .count();
        let mut integrals: Vec<&[f64]> = vec![&[]; n_populations];
        let mut voltages: Vec<&[f64]> = vec![&[]; n_populations];
        let n_times = compiled.problem.options.voltage_times.len();
        for (ix, readout) in recording.readouts().iter().enumerate() {
            let size = compiled.populations[readout.population].size;
            let part = |values: &'a [f64], len: usize| &values[sample * len..(sample + 1) * len];
            integrals[readout.population] = part(&cotangent.integrals[ix], size);
            voltages[readout.population] = part(&cotangent.voltages[ix], size * n_times);
        }
        Self {
            ell_input: vec![0.0; replay.input.times.len()],
            replay,
            ell,
            states: compiled
                .populations
                .iter()
                .map(|population| AdjointState {
                    potential: Aligned::zeros(population.padded()),
                    current: Aligned::zeros(population.padded()),
                })
                .collect(),
            integrals,
            voltages,
            slope_floor: options.slope_floor,
            grazing,
        }
    }

    /// Adds dL/d(arrival time) to the spike that arrived.
    pub fn add_to_source(&mut self, source: Option<usize>, origin: u32, x: f64) {
        match source {
            None => self.ell_input[origin as usize] += x,
            Some(population) => self.ell[population][origin as usize] += x,
        }
    }
}
