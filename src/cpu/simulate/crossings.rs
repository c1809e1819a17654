//! When neurons that may have reached their threshold fire, exactly. Those of all samples that take turns are solved
//! together, a register of neurons at a time.

use bytemuck::Zeroable;
use pulp::{Simd, WithSimd};

use super::bank::Fired;
use super::root::{Brackets, SOLVED_TOGETHER, solve, stays_below};
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::registers::{Vector, WIDEST, bits, load, store};
use crate::dynamics::{Flow, Interval, first_crossing, later, time_resolution};

/// The time of a neuron that does not fire.
const NEVER: f64 = f64::MAX;

type Column = [f64; WIDEST];

/// A neuron that may have crossed within a short interval: see `root::is_short`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub threshold: f64,
    /// Potential and current when the interval begins.
    pub start: (f64, f64),
    /// Potential and current when it ends.
    pub end: (f64, f64),
}

/// Candidates of one population in all samples that take turns, each sample's in registers of their own.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    registers: Vec<Register>,
    /// Where each sample's begin.
    starts: Vec<usize>,
}

/// Eight candidates, solved in as many registers of the processor as that takes. An empty place has a threshold that nothing reaches.
#[derive(Debug, Clone, Copy, Zeroable)]
#[repr(C, align(64))]
struct Register {
    v0: Column,
    i0: Column,
    v1: Column,
    i1: Column,
    threshold: Column,
    neuron: [u32; WIDEST],
    len: usize,
    from: f64,
    until: f64,
    /// When each fires, or [`NEVER`], and its current then.
    time: Column,
    current: Column,
}

impl Candidates {
    pub fn clear(&mut self) {
        self.registers.clear();
        self.starts.clear();
    }

    /// What is added from here on is the next sample's.
    pub fn begin_sample(&mut self) {
        self.starts.push(self.registers.len());
    }

    /// Adds neurons of the sample that may fire between two times.
    #[inline]
    pub fn add(
        &mut self,
        (from, until): (f64, f64),
        neurons: &[u32],
        candidate: impl Fn(usize) -> Candidate,
    ) {
        for neurons in neurons.chunks(WIDEST) {
            let mut register = Register {
                len: neurons.len(),
                threshold: [f64::MAX; WIDEST],
                from,
                until,
                ..Register::zeroed()
            };
            for (place, &neuron) in neurons.iter().enumerate() {
                let candidate = candidate(neuron as usize);
                register.neuron[place] = neuron;
                (register.v0[place], register.i0[place]) = candidate.start;
                (register.v1[place], register.i1[place]) = candidate.end;
                register.threshold[place] = candidate.threshold;
            }
            self.registers.push(register);
        }
    }

    /// Gives a sample's earliest spike, and all whose times cannot be told apart from it.
    #[inline]
    pub fn take_earliest(
        &self,
        sample: usize,
        population: &CompiledPopulation,
        mut take: impl FnMut(Fired),
    ) {
        let end = self.starts.get(sample + 1).copied();
        let registers = self.starts[sample]..end.unwrap_or(self.registers.len());
        let registers = &self.registers[registers];
        let times = registers.iter().flat_map(|register| register.time);
        let earliest = times.fold(NEVER, f64::min);
        if earliest == NEVER {
            return;
        }
        let latest = earliest + time_resolution(earliest);
        for register in registers {
            let is_first = |ix: usize| u32::from(register.time[ix] <= latest) << ix;
            let mut first = (0..WIDEST).fold(0, |first, ix| first | is_first(ix));
            while first != 0 {
                let ix = first.trailing_zeros() as usize;
                first &= first - 1;
                let neuron = register.neuron[ix] as usize;
                take(Fired {
                    time: register.time[ix],
                    neuron,
                    slope: population.dynamics[neuron].slope_at_threshold(register.current[ix]),
                });
            }
        }
    }
}

/// Finds when each of some candidates fires.
pub(super) struct Crossings<'a> {
    pub flow: &'a Flow,
    pub candidates: &'a mut Candidates,
}

impl WithSimd for Crossings<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let parts = WIDEST / S::F64_LANES;
        let flow = self.flow;
        let registers = &mut self.candidates.registers[..];
        let (pairs, rest) = registers.as_chunks_mut::<SOLVED_TOGETHER>();
        for part in 0..parts {
            let first = part * S::F64_LANES;
            for pair in &mut *pairs {
                find(simd, flow, pair, first);
            }
            for register in &mut *rest {
                find(simd, flow, std::array::from_mut(register), first);
            }
        }
    }
}

/// Solves the lanes of N registers from `first` on.
#[inline(always)]
fn find<S: Simd, const N: usize>(
    simd: S,
    flow: &Flow,
    registers: &mut [Register; N],
    first: usize,
) {
    let mut brackets = [registers[0].brackets(simd, first); N];
    for ix in 1..N {
        brackets[ix] = registers[ix].brackets(simd, first);
    }
    let roots = solve(flow, brackets);
    for ix in 0..N {
        let (register, brackets, roots) = (&mut registers[ix], &brackets[ix], &roots[ix]);
        let splat = |value: f64| Vector::splat(simd, value);
        let after = splat(register.from) + roots.after;
        let earliest = splat(later(register.from, 0.0));
        let time = earliest
            .or(after.lt(earliest), after)
            .min(splat(register.until));
        let time = time.or(brackets.wanted, splat(NEVER));
        let current = brackets.start.1 * roots.synapse;
        store::<S, 1>(&mut register.time[first..], &[time.1]);
        store::<S, 1>(&mut register.current[first..], &[current.1]);
        let resolution = splat(time_resolution(register.until));
        let (start, end) = (brackets.start, brackets.end);
        let span = (brackets.upper, resolution);
        let below = stays_below(flow, start, end, brackets.threshold, span);
        let lanes = (1 << S::F64_LANES) - 1;
        let used = ((1 << register.len) - 1) >> first & lanes;
        let left = used & !bits::<S>(brackets.wanted) & !below;
        if left != 0 {
            register.look_closer(flow, left << first);
        }
    }
}

impl Register {
    #[inline(always)]
    fn brackets<S: Simd>(&self, simd: S, first: usize) -> Brackets<S> {
        let column = |column: &Column| Vector(simd, load::<S, 1>(&column[first..])[0]);
        let threshold = column(&self.threshold);
        let start = (column(&self.v0), column(&self.i0));
        let end = (column(&self.v1), column(&self.i1));
        Brackets {
            start,
            end,
            threshold,
            upper: Vector::splat(simd, self.until - self.from),
            wanted: simd.and_m64s(start.0.lt(threshold), threshold.le(end.0)),
        }
    }

    /// Candidates that are above their threshold already, or that come near it between the ends.
    #[inline(never)]
    fn look_closer(&mut self, flow: &Flow, mut left: u32) {
        let interval = Interval::between(self.from, self.until);
        while left != 0 {
            let ix = left.trailing_zeros() as usize;
            left &= left - 1;
            let (potential, current) = (self.v0[ix], self.i0[ix]);
            let threshold = self.threshold[ix];
            let crossing = first_crossing(flow, potential, current, threshold, interval);
            if let Some(crossing) = crossing {
                self.time[ix] = later(self.from, crossing.after).min(self.until);
                self.current[ix] = current * crossing.synapse;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::Arch;
    use rand::{RngExt, SeedableRng};

    /// Neurons on their way to a threshold, from it, past a maximum and nowhere near, in numbers that fill registers or
    /// do not, the processor's widest or the narrowest: each as `first_crossing` has it alone.
    #[test]
    fn registers_of_neurons_cross_as_each_alone() {
        let flow = Flow::new(20.0, 5.0);
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let (mut n_crossed, mut n_closer) = (0, 0);
        for round in 0..200 {
            let mut candidates = Candidates::default();
            let mut expected = Vec::new();
            for sample in 0..3 {
                candidates.begin_sample();
                let n = (round + 5 * sample) % 19;
                let span = (7.0 + sample as f64, 7.1 + 2.0 * sample as f64);
                let interval = Interval::between(span.0, span.1);
                let step = flow.propagator(interval.length);
                let states: Vec<(f64, f64)> = (0..n)
                    .map(|_| (rng.random_range(0.9..1.002), rng.random_range(0.0..0.2)))
                    .collect();
                let neurons: Vec<u32> = (0..n as u32).collect();
                candidates.add(span, &neurons, |neuron| Candidate {
                    threshold: 1.0,
                    start: states[neuron],
                    end: step.apply(states[neuron].0, states[neuron].1),
                });
                for (v, i) in states {
                    let crossing = first_crossing(&flow, v, i, 1.0, interval);
                    let time = crossing.map(|c| later(span.0, c.after).min(span.1));
                    n_crossed += usize::from(time.is_some());
                    let ends_below = step.apply(v, i).0 < 1.0;
                    n_closer += usize::from(time.is_some() && (v >= 1.0 || ends_below));
                    expected.push(time);
                }
            }
            for is_widest in [true, false] {
                let crossings = Crossings {
                    flow: &flow,
                    candidates: &mut candidates,
                };
                match is_widest {
                    true => Arch::new().dispatch(crossings),
                    false => crossings.with_simd(pulp::Scalar::new()),
                }
                let registers = candidates.registers.iter();
                let found = registers.flat_map(|register| register.time[..register.len].to_vec());
                for (found, &expected) in found.zip(&expected) {
                    match expected {
                        Some(time) => assert!((found - time).abs() < 1e-12, "{found} {time}"),
                        None => assert_eq!(found, NEVER),
                    }
                }
            }
        }
        assert!(n_crossed > 500 && n_closer > 20, "{n_crossed} {n_closer}");
    }
}
