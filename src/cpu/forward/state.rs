//! The sensitivities of a population's potentials and currents to a tile of columns.
//!
//! In the co-moving frame at t after the anchor, `exp(b t) dV/dp = A + G(t) B` and
//! `exp(a t) dI/dp = B`, with `G(t)` the frame's gain since the anchor: an arrival is
//! two multiply-adds per entry, and columns need nothing between events.

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

/// How far apart the anchors of a flow's frame may lie while there are events, in ms.
fn anchor_spacing(flow: &Flow) -> f64 {
    let difference = flow.rate_difference().abs();
    (FRAME_SPAN / flow.fastest_rate()).min(CANCELLATION_SPAN / difference)
}

/// Neurons that share a flow, and with it the factors of their frame.
pub(super) struct Group {
    pub flow: Flow,
    /// When the frame is anchored, in ms.
    anchor: f64,
    pub neurons: Range<usize>,
}

/// The frame's factors at one time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factors {
    /// exp(a t).
    pub synapse: f64,
    /// exp(b t).
    pub membrane: f64,
    /// G(t).
    pub gain: f64,
}

/// One population's A and B, `[neuron x tile column]`.
pub(super) struct Sensitivity {
    pub width: usize,
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
        flows: impl Fn(usize) -> Flow,
        shared: bool,
        memory: &mut Workspace,
    ) -> Self {
        let group = |neurons: Range<usize>| Group {
            flow: flows(neurons.start),
            anchor: 0.0,
            neurons,
        };
        let groups = if shared {
            vec![group(0..size)]
        } else {
            (0..size).map(|neuron| group(neuron..neuron + 1)).collect()
        };
        Self {
            width,
            a: memory.take(size * width),
            b: memory.take(size * width),
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

    /// The factors of a group at `time`, its frame anchored anew where that is due.
    ///
    /// Each anchor is the first of the population's events that is too far from the one before, and every one of
    /// them is visited: a column's bits do not depend on which events its tile had to look at, and a silence is one
    /// step, however long.
    pub fn factors(&mut self, arch: Arch, group: usize, time: f64) -> Factors {
        let flow = self.groups[group].flow;
        let spacing = anchor_spacing(&flow);
        while time - self.groups[group].anchor > spacing {
            let anchor = self.groups[group].anchor;
            let next = self.times.partition_point(|&t| t - anchor <= spacing);
            let next = self.times.get(next).copied().unwrap_or(time);
            self.anchor_at(arch, group, next.min(time));
        }
        let t = time - self.groups[group].anchor;
        Factors {
            synapse: (flow.synapse_rate * t).exp(),
            membrane: (flow.membrane_rate * t).exp(),
            gain: flow.frame_gain(1.0, t),
        }
    }

    /// Moves a group's frame to a later anchor.
    fn anchor_at(&mut self, arch: Arch, group: usize, time: f64) {
        let Group {
            flow,
            anchor,
            ref neurons,
        } = self.groups[group];
        let step = flow.propagator(time - anchor);
        for neuron in neurons.clone() {
            let span = &self.spans[neuron];
            let at = neuron * self.width;
            let range = at + span.start..at + span.end;
            // exp(-b t)(A + G B) = exp(-b t) A + gain(t) B: the plain flow.
            arch.dispatch(Combine {
                a: &mut self.a[range.clone()],
                b: &self.b[range.clone()],
                keep: step.membrane,
                add: step.gain,
            });
            for b in &mut self.b[range] {
                *b *= step.synapse;
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
                self.b[at + part.start..at + part.end].fill(0.0);
            }
        }
        self.spans[neuron] = new;
    }

    /// A neuron's A and B over its span.
    pub fn row(&self, neuron: usize) -> (&[f64], &[f64]) {
        let at = neuron * self.width;
        let span = &self.spans[neuron];
        let range = at + span.start..at + span.end;
        (&self.a[range.clone()], &self.b[range])
    }

    /// Adds to one entry of a neuron's A and B; `column` is within the tile.
    pub fn add(&mut self, neuron: usize, column: usize, to_a: f64, to_b: f64) {
        self.widen(neuron, &(column..column + 1));
        self.a[neuron * self.width + column] += to_a;
        self.b[neuron * self.width + column] += to_b;
    }

    /// An arrival that moves with a column: its time's derivative there is 1.
    pub fn shift(
        &mut self,
        neuron: usize,
        column: usize,
        weight: f64,
        rate: f64,
        factors: Factors,
    ) {
        let jump = ArrivalJump::new(weight, rate);
        let to_b = jump.current * factors.synapse;
        let to_a = jump.potential * factors.membrane - factors.gain * to_b;
        self.add(neuron, column, to_a, to_b);
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
    pub rate: f64,
    /// The derivatives of the spike's time over `span`.
    pub g: &'a [f64],
    pub span: Span,
}

impl WithSimd for Arrive<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Factors {
            synapse,
            membrane,
            gain,
        } = self.factors;
        let jump = ArrivalJump::new(1.0, self.rate);
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
            let (alpha, beta) = (weight * on_a, weight * on_b);
            let (alphas, betas) = (simd.splat_f64s(alpha), simd.splat_f64s(beta));
            let (a, a_tail) = S::as_mut_simd_f64s(&mut self.state.a[range.clone()]);
            let (b, b_tail) = S::as_mut_simd_f64s(&mut self.state.b[range]);
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
