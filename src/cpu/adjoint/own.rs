//! The own events of neurons in the frame, backward: spikes, releases, gaps.

use super::own_steps::OwnStep;
use super::spike::back_through;
use crate::cpu::blocks::BLOCK;
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::replay::OwnKind;
use crate::cpu::sample::SpikeColumns;
use crate::cpu::timeline::Timeline;
use crate::dynamics::Flow;

/// The neurons that walk together.
pub(super) struct Lanes<'a> {
    pub population: &'a CompiledPopulation,
    pub flow: &'a Flow,
    pub block: usize,
    pub first_lane: usize,
    pub width: usize,
}

/// The neurons' own events, backward.
pub(super) struct Back<'a> {
    pub lanes: &'a Lanes<'a>,
    pub timeline: &'a Timeline,
    pub spikes: &'a SpikeColumns,
    pub ell: &'a mut [f64],
    pub slope_floor: f64,
    /// What is left of the block's events, in ascending order.
    pub events: &'a [OwnStep],
    pub thresholds: &'a mut [f64],
}

impl Back<'_> {
    fn lane(&self, event: &OwnStep) -> usize {
        (event.neuron as usize % BLOCK).wrapping_sub(self.lanes.first_lane)
    }

    /// The step of the latest event that is left, passing over events of other lanes.
    #[inline]
    pub fn next_step(&mut self) -> Option<usize> {
        while let Some((event, rest)) = self.events.split_last() {
            if self.lane(event) < self.lanes.width {
                return Some(event.step as usize);
            }
            self.events = rest;
        }
        None
    }

    /// The latest event, if it is in this step.
    fn pop_in(&mut self, step: usize) -> Option<OwnStep> {
        if self.next_step()? != step {
            return None;
        }
        let (event, rest) = self.events.split_last()?;
        self.events = rest;
        Some(*event)
    }

    /// Takes dL/dV through an event.
    fn apply(&mut self, event: &OwnStep, potential: f64) -> f64 {
        let spike = event.spike as usize;
        let dynamics = &self.lanes.population.dynamics[event.neuron as usize];
        let (potential, threshold) = back_through(
            dynamics,
            event.kind,
            (self.spikes, spike),
            self.slope_floor,
            &mut self.ell[spike],
            potential,
        );
        if let Some(sum) = self.thresholds.get_mut(event.neuron as usize) {
            *sum += threshold;
        }
        potential
    }

    /// A step of the frame with events inside. Each lane moves from event to event: a move over
    /// the whole step, put right afterwards, would cancel by exp((b - a) times its length). What a lane
    /// has still to move, to the step's start, is left in `gains`.
    #[inline(never)]
    pub fn through_events(&mut self, step: usize, v: &mut [f64], i: &mut [f64], gains: &mut [f64]) {
        let mut moved = 0_u32;
        let mut until = [0.0; BLOCK];
        while let Some(event) = self.pop_in(step) {
            let lane = self.lane(&event);
            let is_silent = v[lane] == 0.0 && self.ell[event.spike as usize] == 0.0;
            if is_silent && event.kind == OwnKind::Spike {
                continue;
            }
            let gain = if moved >> lane & 1 == 0 {
                event.gain_after
            } else {
                let rest = until[lane] - event.time;
                self.lanes.flow.frame_gain(event.ratio, rest)
            };
            i[lane] += v[lane] * gain;
            v[lane] = self.apply(&event, v[lane] * event.membrane) / event.membrane;
            gains[lane] = event.gain_before;
            until[lane] = event.time;
            moved |= 1 << lane;
        }
    }

    /// A step outside of the frame: every lane by its own flow.
    #[inline(never)]
    pub fn through_gap(&mut self, step: usize, v: &mut [f64], i: &mut [f64]) {
        let (start, start_a, start_b) = self.timeline.start_of(step);
        let mut now = [self.timeline.steps[step].time; BLOCK];
        let flow = *self.lanes.flow;
        let mut back_to = |lane: usize, to: f64, v: &mut [f64], i: &mut [f64]| {
            (v[lane], i[lane]) = flow
                .propagator(now[lane] - to)
                .apply_adjoint(v[lane], i[lane]);
            now[lane] = to;
        };
        while let Some(event) = self.pop_in(step) {
            let lane = self.lane(&event);
            back_to(lane, event.time, v, i);
            v[lane] = self.apply(&event, v[lane]);
        }
        for lane in 0..self.lanes.width {
            back_to(lane, start, v, i);
            v[lane] /= start_b;
            i[lane] /= start_a;
        }
    }
}
