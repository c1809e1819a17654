//! Arrivals of one window, added to what their targets are at its end.

use std::ops::Range;

use pulp::Arch;

use super::factors::Factors;
use super::queue::Run;
use crate::dynamics::Flow;
use crate::network::{PerSynapse, Rows};

/// So many arrivals are worked on at a time, so that what is computed for them stays in cache.
const BATCH: usize = 2048;

/// What the neurons of a partition are at the end of a window.
pub(super) struct Targets<'a> {
    /// The first of them, counted through the network.
    pub first: u32,
    pub potential: &'a mut [f64],
    /// Of the group's receptor.
    pub current: &'a mut [f64],
    pub margin: &'a mut [f64],
}

/// What all arrivals of a group have in common.
#[derive(Debug, Clone)]
pub(super) struct Arriving {
    pub flow: Flow,
    /// What a current held at 1 through the window adds to V at its end, in ms.
    pub held_gain: f64,
    /// Whether any weight is above zero: only those take from the margin.
    pub excites: bool,
}

/// Room to work in.
#[derive(Debug, Default, Clone)]
pub(super) struct Scratch {
    before_end: Vec<f64>,
    factors: Factors,
}

impl Scratch {
    /// Delivers the runs of one group in a window of `window` ms.
    pub fn deliver(
        &mut self,
        arch: Arch,
        arriving: &Arriving,
        rows: &Rows,
        runs: &[Run],
        window: f64,
        targets: &mut Targets,
    ) {
        match &rows.delays {
            PerSynapse::Same(delay) => {
                self.before_end.clear();
                let times = runs.iter().map(|run| run.base + f64::from(*delay));
                self.before_end
                    .extend(times.map(|offset| (window - offset).clamp(0.0, window)));
                self.factors.fill(arch, &arriving.flow, &self.before_end);
                let factors = self.factors.synapse.iter().zip(&self.factors.gain);
                for (run, (&synapse, &gain)) in runs.iter().zip(factors) {
                    let each = std::iter::repeat((synapse, gain));
                    scatter(arriving, rows, run.synapses.clone(), each, targets);
                }
            }
            PerSynapse::Each(delays) => {
                let mut rest = runs;
                while !rest.is_empty() {
                    self.before_end.clear();
                    let mut taken = 0;
                    while taken < rest.len() && self.before_end.len() < BATCH {
                        let run = &rest[taken];
                        let offsets = delays[run.synapses.clone()].iter();
                        let before = |&delay: &f32| window - (run.base + f64::from(delay));
                        self.before_end
                            .extend(offsets.map(|delay| before(delay).clamp(0.0, window)));
                        taken += 1;
                    }
                    self.factors.fill(arch, &arriving.flow, &self.before_end);
                    let mut from = 0;
                    for run in &rest[..taken] {
                        let part = from..from + run.synapses.len();
                        from = part.end;
                        let factors = self.factors.synapse[part.clone()].iter();
                        let each = factors
                            .copied()
                            .zip(self.factors.gain[part].iter().copied());
                        scatter(arriving, rows, run.synapses.clone(), each, targets);
                    }
                    rest = &rest[taken..];
                }
            }
        }
    }

    /// Delivers arrivals of one weight, each at a neuron (counted through the network) and a time in the window.
    pub fn deliver_drive(
        &mut self,
        arch: Arch,
        arriving: &Arriving,
        weight: f64,
        arrivals: &[(u32, f64)],
        window: f64,
        targets: &mut Targets,
    ) {
        for batch in arrivals.chunks(BATCH) {
            self.before_end.clear();
            let before = batch
                .iter()
                .map(|&(_, offset)| (window - offset).clamp(0.0, window));
            self.before_end.extend(before);
            self.factors.fill(arch, &arriving.flow, &self.before_end);
            let factors = self.factors.synapse.iter().zip(&self.factors.gain);
            let held = weight.max(0.0) * arriving.held_gain;
            for (&(neuron, _), (&synapse, &gain)) in batch.iter().zip(factors) {
                let ix = (neuron - targets.first) as usize;
                targets.current[ix] += weight * synapse;
                targets.potential[ix] += weight * gain;
                targets.margin[ix] -= held;
            }
        }
    }
}

fn scatter(
    arriving: &Arriving,
    rows: &Rows,
    synapses: Range<usize>,
    factors: impl Iterator<Item = (f64, f64)>,
    targets: &mut Targets,
) {
    let neurons = rows.targets[synapses.clone()].iter().zip(factors);
    let first = targets.first;
    match &rows.weights {
        PerSynapse::Same(weight) => {
            let weight = f64::from(*weight);
            let held = weight * arriving.held_gain;
            for (&neuron, (synapse, gain)) in neurons {
                let ix = (neuron - first) as usize;
                targets.current[ix] += weight * synapse;
                targets.potential[ix] += weight * gain;
                if arriving.excites {
                    targets.margin[ix] -= held;
                }
            }
        }
        PerSynapse::Each(weights) => {
            let weights = weights[synapses].iter();
            for ((&neuron, (synapse, gain)), &weight) in neurons.zip(weights) {
                let ix = (neuron - first) as usize;
                let weight = f64::from(weight);
                targets.current[ix] += weight * synapse;
                targets.potential[ix] += weight * gain;
                if arriving.excites {
                    targets.margin[ix] -= weight.max(0.0) * arriving.held_gain;
                }
            }
        }
    }
}
