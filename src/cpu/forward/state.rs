//! The sensitivities of a population's potentials and currents to a tile of columns.
//!
//! In the co-moving frame at t after the anchor, `exp(b t) dV/dp = A + G(t) B` and
//! `exp(a t) dI/dp = B`, with `G(t)` the frame's gain since the anchor: an arrival is
//! two multiply-adds per entry, and columns need nothing between events. Of several currents each has a B and a G of its own, and
//! A + G B the sum of theirs.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::cpu::timeline::FRAME_SPAN;
use crate::cpu::workspace::Workspace;
use crate::dynamics::{ArrivalJump, Flow};

/// The frame is also left before exp((b - a) t) exceeds exp of this: A and G B cancel by as much.
const CANCELLATION_SPAN: f64 = 2.0;

/// A part of a tile that may differ from zero; outside of it nothing has been written.
pub(super) type Span = Range<usize>;

/// The smallest span that holds both.
pub(super) fn hull(x: &Span, y: &Span) -> Span {
    if x.is_empty() {
        y.clone()
    } else if y.is_empty() {
        x.clone()
    } else {
        x.start.min(y.start)..x.end.max(y.end)
    }
}

/// How far apart the anchors of a frame of these flows may lie while there are events, in ms.
fn anchor_spacing(flows: &[Flow]) -> f64 {
    let spacing = |flow: &Flow| {
        let difference = flow.rate_difference().abs();
        (FRAME_SPAN / flow.fastest_rate()).min(CANCELLATION_SPAN / difference)
    };
    flows.iter().map(spacing).fold(f64::MAX, f64::min)
}

/// Neurons that share their flows, and with them the factors of their frame.
pub(super) struct Group {
    /// With the current of each receptor alone.
    pub flows: Vec<Flow>,
    /// When the frame is anchored, in ms.
    anchor: f64,
    pub neurons: Range<usize>,
}

/// The frame's factors at one time, of one current.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factors {
    pub receptor: usize,
    /// a.
    pub rate: f64,
    /// exp(a t).
    pub synapse: f64,
    /// exp(b t).
    pub membrane: f64,
    /// G(t).
    pub gain: f64,
}

/// One population's A, `[neuron x tile column]`, and B, `[receptor x neuron x tile column]`.
pub(super) struct Sensitivity {
    pub width: usize,
    pub receptors: usize,
    pub a: Vec<f64>,
    pub b: Vec<f64>,
    pub spans: Vec<Span>,
    pub groups: Vec<Group>,
    /// When anything happens to the population, ascending; whoever asks for factors stands at one of these times.
    times: Vec<f64>,
}

impl Sensitivity {
    /// All zero at time 0; `memory` gives buffers, whose contents do not matter.
    pub fn new(
        times: Vec<f64>,
        size: usize,
        width: usize,
        flows: impl Fn(usize) -> Vec<Flow>,
        shared: bool,
        memory: &mut Workspace,
    ) -> Self {
        let group = |neurons: Range<usize>| Group {
            flows: flows(neurons.start),
            anchor: 0.0,
            neurons,
        };
        let groups = if shared {
            vec![group(0..size)]
        } else {
            (0..size).map(|neuron| group(neuron..neuron + 1)).collect()
        };
        let receptors = groups[0].flows.len();
        Self {
            width,
            receptors,
            a: memory.take(size * width),
            b: memory.take(receptors * size * width),
            spans: vec![0..0; size],
            groups,
            times,
        }
    }

    /// Back to zero at time 0, for another tile.
    pub fn reset(&mut self) {
        self.spans.fill(0..0);
        for group in &mut self.groups {
            group.anchor = 0.0;
        }
    }

    /// The group of a neuron.
    pub fn group_of(&self, neuron: usize) -> usize {
        if self.groups.len() == 1 { 0 } else { neuron }
    }

    /// Where a neuron's B of a receptor begins.
    fn start_of_b(&self, neuron: usize, receptor: usize) -> usize {
        (receptor * self.spans.len() + neuron) * self.width
    }

    /// The factors of a group's current at `time`, its frame anchored anew where that is due.
    ///
    /// Each anchor is the first of the population's events that is too far from the one before, and every one of
    /// them is visited: a column's bits do not depend on which events its tile had to look at, and a silence is one
    /// step, however long.
    pub fn factors(&mut self, arch: Arch, group: usize, receptor: usize, time: f64) -> Factors {
        let spacing = anchor_spacing(&self.groups[group].flows);
        while time - self.groups[group].anchor > spacing {
            let anchor = self.groups[group].anchor;
            let next = self.times.partition_point(|&t| t - anchor <= spacing);
            let next = self.times.get(next).copied().unwrap_or(time);
            self.anchor_at(arch, group, next.min(time));
        }
        let flow = self.groups[group].flows[receptor];
        let t = time - self.groups[group].anchor;
        Factors {
            receptor,
            rate: flow.synapse_rate,
            synapse: (flow.synapse_rate * t).exp(),
            membrane: (flow.membrane_rate * t).exp(),
            gain: flow.frame_gain(1.0, t),
        }
    }

    /// Moves a group's frame to a later anchor.
    fn anchor_at(&mut self, arch: Arch, group: usize, time: f64) {
        let elapsed = time - self.groups[group].anchor;
        let neurons = self.groups[group].neurons.clone();
        for receptor in 0..self.receptors {
            let step = self.groups[group].flows[receptor].propagator(elapsed);
            for neuron in neurons.clone() {
                let (range, of_b) = (self.range(neuron), self.range_of_b(neuron, receptor));
                // exp(-b t)(A + G B) = exp(-b t) A + gain(t) B: the plain flow.
                arch.dispatch(Combine {
                    a: &mut self.a[range],
                    b: &self.b[of_b.clone()],
                    keep: if receptor == 0 { step.membrane } else { 1.0 },
                    add: step.gain,
                });
                for b in &mut self.b[of_b] {
                    *b *= step.synapse;
                }
            }
        }
        self.groups[group].anchor = time;
    }

    /// Makes a neuron's span include another, with zeros where nothing was.
    pub fn widen(&mut self, neuron: usize, span: &Span) {
        let old = self.spans[neuron].clone();
        let new = hull(&old, span);
        if new == old {
            return;
        }
        let at = neuron * self.width;
        for part in [
            new.start..old.start.min(new.end),
            old.end.max(new.start)..new.end,
        ] {
            if !part.is_empty() {
                self.a[at + part.start..at + part.end].fill(0.0);
                for receptor in 0..self.receptors {
                    let at = self.start_of_b(neuron, receptor);
                    self.b[at + part.start..at + part.end].fill(0.0);
                }
            }
        }
        self.spans[neuron] = new;
    }

    /// Where a neuron's A over its span lies.
    pub fn range(&self, neuron: usize) -> Span {
        let (at, span) = (neuron * self.width, &self.spans[neuron]);
        at + span.start..at + span.end
    }

    /// Where its B of a receptor does.
    pub fn range_of_b(&self, neuron: usize, receptor: usize) -> Span {
        let (at, span) = (self.start_of_b(neuron, receptor), &self.spans[neuron]);
        at + span.start..at + span.end
    }

    /// A neuron's dV/dp at `time` over its span.
    pub fn potential(&mut self, arch: Arch, neuron: usize, time: f64) -> Vec<f64> {
        let group = self.group_of(neuron);
        let membrane = self.factors(arch, group, 0, time).membrane;
        let mut row = self.a[self.range(neuron)].to_vec();
        for receptor in 0..self.receptors {
            let gain = self.factors(arch, group, receptor, time).gain;
            let b = &self.b[self.range_of_b(neuron, receptor)];
            for (value, b) in row.iter_mut().zip(b) {
                *value += gain * b;
            }
        }
        row.iter_mut().for_each(|value| *value /= membrane);
        row
    }

    /// Adds to one entry of a neuron's A and B, of the current that `factors` are of; `column` is within the tile.
    fn add(&mut self, neuron: usize, column: usize, (to_a, to_b): (f64, f64), factors: Factors) {
        self.widen(neuron, &(column..column + 1));
        self.a[neuron * self.width + column] += to_a;
        let at = self.start_of_b(neuron, factors.receptor);
        self.b[at + column] += to_b;
    }

    /// An arrival whose weight grows with a column, by 1.
    pub fn grow(&mut self, neuron: usize, column: usize, factors: Factors) {
        let to_a = -factors.gain * factors.synapse;
        self.add(neuron, column, (to_a, factors.synapse), factors);
    }

    /// An arrival that moves with a column: its time's derivative there is 1.
    pub fn shift(&mut self, neuron: usize, column: usize, weight: f64, factors: Factors) {
        let jump = ArrivalJump::new(weight, factors.rate);
        let to_b = jump.current * factors.synapse;
        let to_a = jump.potential * factors.membrane - factors.gain * to_b;
        self.add(neuron, column, (to_a, to_b), factors);
    }
}

/// `a = a keep + b add`.
pub(super) struct Combine<'a> {
    pub a: &'a mut [f64],
    pub b: &'a [f64],
    pub keep: f64,
    pub add: f64,
}

impl WithSimd for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (keep, add) = (simd.splat_f64s(self.keep), simd.splat_f64s(self.add));
        let (a, a_tail) = S::as_mut_simd_f64s(self.a);
        let (b, b_tail) = S::as_simd_f64s(self.b);
        for (a, &b) in a.iter_mut().zip(b) {
            *a = simd.mul_add_f64s(b, add, simd.mul_f64s(*a, keep));
        }
        for (a, b) in a_tail.iter_mut().zip(b_tail) {
            *a = b.mul_add(self.add, *a * self.keep);
        }
    }
}

/// A spike's derivatives arriving at neurons: `a += alpha g`, `b += beta g` with
/// `alpha = -w (membrane + rate gain synapse)`, `beta = w rate synapse` per neuron.
pub(super) struct Arrive<'a> {
    pub state: &'a mut Sensitivity,
    pub neurons: Range<usize>,
    /// One for each of `neurons`.
    pub weights: &'a [f64],
    pub factors: Factors,
    /// The derivatives of the spike's time over `span`.
    pub g: &'a [f64],
    pub span: Span,
}

impl WithSimd for Arrive<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Factors {
            receptor,
            rate,
            synapse,
            membrane,
            gain,
        } = self.factors;
        let jump = ArrivalJump::new(1.0, rate);
        let on_b = jump.current * synapse;
        let on_a = jump.potential * membrane - gain * on_b;
        let (g, g_tail) = S::as_simd_f64s(self.g);
        for (neuron, &weight) in self.neurons.zip(self.weights) {
            if weight == 0.0 {
                continue;
            }
            self.state.widen(neuron, &self.span);
            let at = neuron * self.state.width;
            let range = at + self.span.start..at + self.span.end;
            let at = self.state.start_of_b(neuron, receptor);
            let of_b = at + self.span.start..at + self.span.end;
            let (alpha, beta) = (weight * on_a, weight * on_b);
            let (alphas, betas) = (simd.splat_f64s(alpha), simd.splat_f64s(beta));
            let (a, a_tail) = S::as_mut_simd_f64s(&mut self.state.a[range]);
            let (b, b_tail) = S::as_mut_simd_f64s(&mut self.state.b[of_b]);
            for ((a, b), &g) in a.iter_mut().zip(b).zip(g) {
                *a = simd.mul_add_f64s(alphas, g, *a);
                *b = simd.mul_add_f64s(betas, g, *b);
            }
            for ((a, b), &g) in a_tail.iter_mut().zip(b_tail).zip(g_tail) {
                *a = alpha.mul_add(g, *a);
                *b = beta.mul_add(g, *b);
            }
        }
    }
}
