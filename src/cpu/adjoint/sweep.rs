//! One sample on its way backward through the windows of a run.

use crate::cpu::aligned::Aligned;
use crate::cpu::compiled::Compiled;
use crate::cpu::replay::{Replay, ReplayMemory};
use crate::engine::{Cotangent, GradientOptions};
use crate::event::Recording;

/// Adjoints of a population's potentials and currents at a window's end or start.
#[derive(Debug, Clone, Default)]
pub(super) struct AdjointState {
    /// dL/dV, padded to whole blocks.
    pub potential: Aligned,
    /// dL/dI, `[receptor][neuron]`, padded to whole blocks.
    pub current: Aligned,
    /// Whether no sweep has gone through it yet: all of it is zero.
    pub is_untouched: bool,
}

/// What a [`Sweep`] owns.
#[derive(Debug, Default)]
pub(in crate::cpu) struct SweepMemory {
    replay: ReplayMemory,
    ell: Vec<Vec<f64>>,
    ell_input: Vec<f64>,
    states: Vec<AdjointState>,
    on_arrivals: Vec<f64>,
    on_thresholds: Vec<f64>,
}

/// What the loss says of a readout; all empty where a population fires.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ReadoutCotangents<'a> {
    /// dL/d(integral of V).
    pub integrals: &'a [f64],
    /// dL/dV at the requested times.
    pub voltages: &'a [f64],
    /// dL/d(largest V).
    pub maxima: &'a [f64],
}

/// One sample's recording and what flows back through it.
pub(super) struct Sweep<'a> {
    pub replay: Replay<'a>,
    /// dL/d(spike time) for each population's spikes, complete once its readers are done.
    pub ell: Vec<Vec<f64>>,
    /// dL/d(input time), one for each input spike.
    pub ell_input: Vec<f64>,
    pub states: Vec<AdjointState>,
    /// For each population.
    pub readouts: Vec<ReadoutCotangents<'a>>,
    /// Of the stage in progress: dL/d(arrival time) by step, dL/dthreshold by neuron; empty where nobody asks.
    pub on_arrivals: Vec<f64>,
    pub on_thresholds: Vec<f64>,
    pub slope_floor: f64,
}

impl<'a> Sweep<'a> {
    pub fn new(
        compiled: &Compiled<'a>,
        recording: &'a Recording,
        cotangent: &'a Cotangent,
        options: &GradientOptions,
        sample: usize,
        memory: SweepMemory,
    ) -> Self {
        let SweepMemory {
            replay,
            mut ell,
            mut ell_input,
            mut states,
            on_arrivals,
            on_thresholds,
        } = memory;
        let replay = Replay::within(compiled, recording, sample, replay);
        let range = recording.range(sample);
        let cotangents = &cotangent.spike_times[range];
        ell.resize_with(replay.places.len(), Vec::new);
        for (ell, places) in ell.iter_mut().zip(&replay.places) {
            ell.clear();
            ell.extend(places.iter().map(|&place| cotangents[place as usize]));
        }
        ell_input.clear();
        ell_input.resize(replay.input.times.len(), 0.0);
        states.resize_with(compiled.populations.len(), AdjointState::default);
        for (state, population) in states.iter_mut().zip(&compiled.populations) {
            state.potential.refill(&[], population.padded(), 0.0);
            let currents = population.receptors * population.padded();
            state.current.refill(&[], currents, 0.0);
            state.is_untouched = true;
        }
        let n_populations = compiled.populations.len();
        let mut readouts = vec![ReadoutCotangents::default(); n_populations];
        let n_times = compiled.problem.options.voltage_times.len();
        for (ix, readout) in recording.readouts().iter().enumerate() {
            let size = compiled.populations[readout.population].size;
            let part = |values: &'a [f64], len: usize| &values[sample * len..(sample + 1) * len];
            let n_maxima = cotangent.maxima[ix].len() / recording.n_samples();
            readouts[readout.population] = ReadoutCotangents {
                integrals: part(&cotangent.integrals[ix], size),
                voltages: part(&cotangent.voltages[ix], size * n_times),
                maxima: part(&cotangent.maxima[ix], n_maxima),
            };
        }
        Self {
            ell_input,
            replay,
            ell,
            states,
            readouts,
            on_arrivals,
            on_thresholds,
            slope_floor: options.slope_floor,
        }
    }

    /// Until when anything that happened to a population in the window can matter to the loss: its last spike
    /// with a derivative, or the window's end once its state has been reached. `None`: nothing can.
    pub fn relevant_until(&self, population: usize, (from, to): (f64, f64)) -> Option<f64> {
        let to = to.min(self.replay.end);
        if !self.states[population].is_untouched {
            return (from < to).then_some(to);
        }
        let times = &self.replay.spikes[population].times;
        let n_before = times.partition_point(|&time| time <= to);
        let ell = &self.ell[population][..n_before];
        let last = ell.iter().rposition(|&ell| ell != 0.0)?;
        (from < times[last]).then_some(times[last])
    }

    /// What can be used again.
    pub fn into_memory(self) -> SweepMemory {
        SweepMemory {
            replay: ReplayMemory {
                spikes: self.replay.spikes,
                places: self.replay.places,
                maxima: self.replay.maxima,
            },
            ell: self.ell,
            ell_input: self.ell_input,
            states: self.states,
            on_arrivals: self.on_arrivals,
            on_thresholds: self.on_thresholds,
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
