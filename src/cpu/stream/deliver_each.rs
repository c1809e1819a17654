//! Arrivals at neurons that each have a flow of their own, one after another.

use super::deliver::Targets;
use super::kinds::Kinds;
use super::queue::Run;
use crate::network::Rows;

/// What arrives at one receptor of neurons of many kinds in a window of `window` ms.
pub(super) struct DeliverEach<'a> {
    pub kinds: &'a Kinds,
    pub receptor: usize,
    pub window: f64,
}

impl DeliverEach<'_> {
    /// Delivers the runs of one group.
    pub fn runs(&self, rows: &Rows, runs: &[Run], targets: &mut Targets) {
        for run in runs {
            for ix in run.synapses.clone() {
                let offset = run.base + f64::from(rows.delays.get(ix));
                let weight = f64::from(rows.weights.get(ix));
                self.one(rows.targets[ix], offset, weight, targets);
            }
        }
    }

    /// Delivers arrivals of one weight, each at a neuron (counted through the network) and a time in the window.
    pub fn drive(&self, weight: f64, arrivals: &[(u32, f64)], targets: &mut Targets) {
        for &(neuron, offset) in arrivals {
            self.one(neuron, offset, weight, targets);
        }
    }

    fn one(&self, neuron: u32, offset: f64, weight: f64, targets: &mut Targets) {
        let kind = self.kinds.of(neuron);
        let before_end = (self.window - offset).clamp(0.0, self.window);
        let step = kind.flow.flows()[self.receptor].propagator(before_end);
        let ix = (neuron - targets.first) as usize;
        targets.current[ix] += weight * step.synapse;
        targets.potential[ix] += weight * step.gain;
        targets.margin[ix] -= weight.max(0.0) * kind.held_gain;
    }
}
