//! A closer look at single neurons in one step of a timeline: crossings, releases, gaps.

use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::sample::{HELD, NOT_HELD, NeuronSink, SpikeColumns};
use crate::cpu::timeline::{GAP, Timeline};
use crate::dynamics::{Ends, Flow, Interval, NeuronState, first_crossing, later, solve};

/// The neurons that walk together.
pub(super) struct Lanes<'a> {
    pub population: &'a CompiledPopulation,
    pub flow: &'a Flow,
    /// The first neuron.
    pub first: usize,
    /// How many there are; the rest of the registers is padding.
    pub width: usize,
    pub budget: usize,
}

/// The exact treatment of neurons in one step.
pub(super) struct Look<'a> {
    pub lanes: &'a Lanes<'a>,
    pub timeline: &'a Timeline,
    pub step: usize,
    pub u: &'a mut [f64],
    pub j: &'a mut [f64],
    /// Of the whole population.
    pub release: &'a mut [f64],
    pub spikes: &'a mut SpikeColumns,
}

impl Look<'_> {
    /// Looks at single lanes of a step inside the frame.
    #[inline(never)]
    pub fn closer(&mut self, mut flagged: u32) {
        let gain = self.timeline.gains[self.step];
        let (start, start_a, start_b) = self.timeline.start_of(self.step);
        let step = Step {
            start,
            start_synapse: start_a,
            start_membrane: start_b,
            end: self.timeline.steps[self.step].time,
            end_membrane: self.timeline.membrane[self.step],
        };
        let (_, inverse_start_a, inverse_start_b) = self.timeline.inverse_start_of(self.step);
        let inverse_end_a = self.timeline.inverse_synapse[self.step];
        let inverse_end_b = self.timeline.inverse_membrane[self.step];
        while flagged != 0 {
            let lane = flagged.trailing_zeros() as usize;
            flagged &= flagged - 1;
            let neuron = self.lanes.first + lane;
            let (u, j) = (self.u[lane], self.j[lane]);
            let threshold = self.lanes.population.thresholds[neuron];
            let start_u = u - j * gain;
            let ends = Ends {
                start: (start_u * inverse_start_b, j * inverse_start_a),
                end: (u * inverse_end_b, j * inverse_end_a),
                interval: Interval::between(step.start, step.end),
            };
            let is_full = self.spikes.len() > self.lanes.budget;
            if !is_full && !ends.stays_below(self.lanes.flow, threshold) {
                self.cross(lane, step, ends);
            }
        }
    }

    /// Follows a neuron through the crossings of a step, in the frame.
    fn cross(&mut self, lane: usize, mut step: Step, mut ends: Ends) {
        let neuron = self.lanes.first + lane;
        let population = self.lanes.population;
        let dynamics = &population.dynamics[neuron];
        let (flow, threshold) = (self.lanes.flow, dynamics.threshold);
        let j = self.j[lane];
        loop {
            let (start, end, interval) = (ends.start, ends.end, ends.interval);
            let crossing = if end.0 >= threshold && start.0 < threshold && threshold != 0.0 {
                Some(solve(flow, start, end, threshold, interval.length))
            } else {
                first_crossing(flow, start.0, start.1, threshold, interval)
            };
            let Some(crossing) = crossing else {
                return;
            };
            let time = later(step.start, crossing.after).min(step.end);
            let current = start.1 * crossing.synapse;
            let mut state = NeuronState {
                time,
                potential: threshold,
                current,
                release: None,
            };
            let mut sink = self.sink(neuron);
            if !dynamics.fire(&mut state, time, current, &mut sink) {
                return;
            }
            if state.release.is_some() {
                // Held: what is left of the step is the neuron's own affair.
                dynamics.advance(&mut state, step.end, &mut sink);
                self.put(lane, &state, step.end_membrane);
                return;
            }
            step.start = time;
            step.start_membrane /= crossing.membrane;
            step.start_synapse /= crossing.synapse;
            let start_u = state.potential * step.start_membrane;
            let ratio = step.start_membrane / step.start_synapse;
            self.u[lane] = start_u + j * flow.frame_gain(ratio, step.end - time);
            let bar = (threshold * step.start_membrane).min(threshold * step.end_membrane);
            if self.u[lane] < bar {
                return;
            }
            ends = Ends {
                start: (state.potential, state.current),
                end: (self.u[lane] / step.end_membrane, end.1),
                interval: Interval::between(time, step.end),
            };
        }
    }

    /// Takes held lanes through a step in which a release may be due.
    #[inline(never)]
    pub fn release(&mut self) {
        for lane in 0..self.lanes.width {
            let release = self.release[self.lanes.first + lane];
            if release != NOT_HELD && release <= self.timeline.steps[self.step].time {
                self.advance(lane);
            }
        }
    }

    /// Takes every lane through a gap.
    #[inline(never)]
    pub fn gap(&mut self) {
        for lane in 0..self.lanes.width {
            self.advance(lane);
        }
    }

    /// Takes a lane through the step by its own exact flow.
    fn advance(&mut self, lane: usize) {
        let neuron = self.lanes.first + lane;
        let is_gap = self.timeline.gains[self.step] == GAP;
        let (start, start_a, start_b) = self.timeline.start_of(self.step);
        let release = self.release[neuron];
        let mut state = NeuronState {
            time: start,
            // Of a held neuron the potential has no meaning, and no use.
            potential: self.u[lane] / start_b,
            current: self.j[lane] / start_a,
            release: (release != NOT_HELD).then_some(release),
        };
        let end = self.timeline.steps[self.step].time;
        let dynamics = &self.lanes.population.dynamics[neuron];
        dynamics.advance(&mut state, end, &mut self.sink(neuron));
        if is_gap {
            self.j[lane] = state.current;
        }
        self.put(lane, &state, self.timeline.membrane[self.step]);
    }

    /// Brings a state at the step's end back into the frame.
    fn put(&mut self, lane: usize, state: &NeuronState, membrane: f64) {
        let release = &mut self.release[self.lanes.first + lane];
        (*release, self.u[lane]) = match state.release {
            Some(release) => (release, HELD),
            None => (NOT_HELD, state.potential * membrane),
        };
    }

    fn sink(&mut self, neuron: usize) -> NeuronSink<'_> {
        NeuronSink::new(
            self.spikes,
            (self.lanes.population.first_unit + neuron) as u32,
            self.lanes.budget,
        )
    }
}

/// What is left of a step, with the frame's factors at its ends.
#[derive(Debug, Clone, Copy)]
struct Step {
    start: f64,
    start_synapse: f64,
    start_membrane: f64,
    end: f64,
    end_membrane: f64,
}
