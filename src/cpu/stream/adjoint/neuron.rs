//! The adjoint of one neuron, back through what happens to it.

use crate::cpu::stream::kinds::Kind;
use crate::dynamics::{ArrivalJump, MAX_CURRENTS};

/// dL/dV and dL/dI for each current.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Adjoint {
    pub potential: f64,
    pub currents: [f64; MAX_CURRENTS],
}

/// What a spike adds to the gradient.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpikeBack {
    /// dL/d(threshold).
    pub threshold: f64,
    /// Whether it was slower than the slope floor.
    pub is_grazing: bool,
}

impl Adjoint {
    pub fn is_zero(&self) -> bool {
        self.potential == 0.0 && self.currents == [0.0; MAX_CURRENTS]
    }

    /// Goes back over `t` ms without an event. While the potential is held its adjoint is zero.
    pub fn back(&mut self, kind: &Kind, t: f64) {
        let potential = self.potential;
        let flows = kind.flow.flows().iter().zip(&mut self.currents);
        for (flow, current) in flows {
            let step = flow.propagator(t);
            *current = *current * step.synapse + potential * step.gain;
        }
        self.potential = potential * (-kind.flow.membrane_rate * t).exp();
    }

    /// Goes back through a spike at the given slope, whose time has dL/d(time) = `ell`.
    pub fn spike(&mut self, kind: &Kind, slope: f64, slope_floor: f64, mut ell: f64) -> SpikeBack {
        let slowest = slope_floor * kind.slope_scale;
        let jump = kind.spike_jump(slope.max(slowest));
        let (before, threshold) = jump.transposed(self.potential, &mut ell);
        self.potential = before;
        SpikeBack {
            threshold,
            is_grazing: slope < slowest,
        }
    }

    /// dL/d(weight) and dL/d(arrival time) of an arrival.
    pub fn arrival(&self, kind: &Kind, receptor: usize, weight: f64) -> (f64, f64) {
        let current = self.currents[receptor];
        let flow = &kind.flow.flows()[receptor];
        let jump = ArrivalJump::new(weight, flow.synapse_rate);
        (current, jump.transposed(self.potential, current))
    }
}
