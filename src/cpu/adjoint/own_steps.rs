//! Where the own events of neurons lie in the steps of a timeline.

use pulp::{Arch, Simd, WithSimd};

use crate::cpu::blocks::BLOCK;
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::exponential::{fill_exp, padded};
use crate::cpu::replay::{OwnEvent, OwnKind, gather_own_events};
use crate::cpu::sample::SpikeColumns;
use crate::cpu::timeline::{Timeline, gain};
use crate::dynamics::Flow;

/// An event of a neuron's own inside a step of the frame; in a gap the factors have no meaning.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnStep {
    /// When, in ms.
    pub time: f64,
    /// In which step of the timeline: after its start, and not after its end.
    pub step: u32,
    pub neuron: u32,
    pub spike: u32,
    pub kind: OwnKind,
    /// exp(b t), t from the anchor.
    pub membrane: f64,
    /// exp((b - a) t).
    pub ratio: f64,
    /// From the step's start to the event, and from there to the step's end.
    pub gain_before: f64,
    pub gain_after: f64,
}

/// The events of each block of neurons, block after block, each block's in ascending order.
#[derive(Debug, Default)]
pub(in crate::cpu) struct OwnSteps {
    steps: Vec<OwnStep>,
    /// `len = blocks + 1`.
    offsets: Vec<u32>,
    events: Vec<OwnEvent>,
    columns: Columns,
}

/// Of each event, in order of time; padded.
#[derive(Debug, Default)]
struct Columns {
    step: Vec<u32>,
    /// From the anchor.
    offset: Vec<f64>,
    /// Since the step's start, and until its end.
    before: Vec<f64>,
    after: Vec<f64>,
    /// exp((b - a) t) at the step's start and end.
    from: Vec<f64>,
    to: Vec<f64>,
    synapse: Vec<f64>,
    membrane: Vec<f64>,
}

impl OwnSteps {
    /// Replaces what is there by a population's events with `from < time <= to`.
    pub fn gather(
        &mut self,
        population: &CompiledPopulation,
        flow: &Flow,
        spikes: &SpikeColumns,
        window: (f64, f64),
        timeline: &Timeline,
    ) {
        gather_own_events(population, spikes, window, &mut self.events);
        self.columns.fill(flow, &self.events, timeline);
        self.sort(population.padded() / BLOCK);
    }

    /// Puts events in order of their block, a counting sort.
    fn sort(&mut self, n_blocks: usize) {
        let block = |event: &OwnEvent| event.neuron as usize / BLOCK;
        self.offsets.clear();
        self.offsets.resize(n_blocks + 1, 0);
        for event in &self.events {
            self.offsets[block(event) + 1] += 1;
        }
        for ix in 0..n_blocks {
            self.offsets[ix + 1] += self.offsets[ix];
        }
        let nothing = OwnStep {
            time: 0.0,
            step: 0,
            neuron: 0,
            spike: 0,
            kind: OwnKind::Spike,
            membrane: 0.0,
            ratio: 0.0,
            gain_before: 0.0,
            gain_after: 0.0,
        };
        self.steps.resize(self.events.len(), nothing);
        let columns = &self.columns;
        for (ix, event) in self.events.iter().enumerate() {
            let place = &mut self.offsets[block(event)];
            self.steps[*place as usize] = OwnStep {
                time: event.time,
                step: columns.step[ix],
                neuron: event.neuron,
                spike: event.spike,
                kind: event.kind,
                membrane: columns.membrane[ix],
                ratio: columns.synapse[ix],
                gain_before: columns.before[ix],
                gain_after: columns.after[ix],
            };
            *place += 1;
        }
        // Each offset has moved to the next block's.
        self.offsets.rotate_right(1);
        self.offsets[0] = 0;
    }

    pub(super) fn block(&self, block: usize) -> &[OwnStep] {
        &self.steps[self.offsets[block] as usize..self.offsets[block + 1] as usize]
    }
}

impl Columns {
    fn fill(&mut self, flow: &Flow, events: &[OwnEvent], timeline: &Timeline) {
        let Self {
            step: steps,
            offset,
            before,
            after,
            from,
            to,
            ..
        } = self;
        for column in [
            &mut *offset,
            &mut *before,
            &mut *after,
            &mut *from,
            &mut *to,
        ] {
            column.clear();
        }
        steps.clear();
        if events.is_empty() {
            return;
        }
        let mut step = 0;
        let mut ends = Ends::of(timeline, step);
        for event in events {
            while ends.end < event.time {
                step += 1;
                ends = Ends::of(timeline, step);
            }
            steps.push(step as u32);
            offset.push(timeline.offset_of_start(step) + (event.time - ends.start));
            before.push(event.time - ends.start);
            after.push(ends.end - event.time);
            from.push(ends.from);
            to.push(ends.to);
        }
        let n = padded(events.len());
        for column in [offset, before, after] {
            column.resize(n, 0.0);
        }
        for column in [from, to, &mut self.synapse, &mut self.membrane] {
            column.resize(n, 1.0);
        }
        let arch = Arch::new();
        fill_exp(arch, flow.synapse_rate, &self.offset, &mut self.synapse);
        fill_exp(arch, flow.membrane_rate, &self.offset, &mut self.membrane);
        arch.dispatch(FillGains {
            difference: flow.rate_difference(),
            columns: self,
        });
    }
}

/// Times and exp((b - a) t) at the start and the end of a step.
struct Ends {
    start: f64,
    end: f64,
    from: f64,
    to: f64,
}

impl Ends {
    fn of(timeline: &Timeline, step: usize) -> Self {
        let (start, synapse, membrane) = timeline.start_of(step);
        Self {
            start,
            end: timeline.steps[step].time,
            from: membrane / synapse,
            to: timeline.membrane[step] / timeline.synapse[step],
        }
    }
}

/// Turns lengths into gains, and exp(a t) into exp((b - a) t).
struct FillGains<'a> {
    difference: f64,
    columns: &'a mut Columns,
}

impl WithSimd for FillGains<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let d = self.difference;
        let n = self.columns.before.len();
        let before = &mut self.columns.before[..n];
        let after = &mut self.columns.after[..n];
        let (from, to) = (&self.columns.from[..n], &self.columns.to[..n]);
        let membrane = &self.columns.membrane[..n];
        let ratio = &mut self.columns.synapse[..n];
        for ix in 0..n {
            let at = membrane[ix] / ratio[ix];
            before[ix] = gain(d, from[ix], at, before[ix]);
            after[ix] = gain(d, at, to[ix], after[ix]);
            ratio[ix] = at;
        }
    }
}
