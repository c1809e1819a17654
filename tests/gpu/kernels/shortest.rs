//! `shaders/shortest.wgsl` against the tables that the host makes, and `shaders/keep_below.wgsl` by hand.

use spikefront::gpu::kernels;
use spikefront::gpu::kernels::keep_below::KeepBelowParameters;
use spikefront::gpu::kernels::shortest::ShortestParameters;
use spikefront::gpu::layout::{
    NEVER, NONE, NOT_FINITE, OVERFLOW, PAST_BUDGET, Projection, UNFINISHED,
};

use super::harness::{Device, device, read, uniform, written};
use super::mutant;

/// A window of a power of two, so that all quotients are exact.
const WINDOW: f32 = 2.0;

/// Delays, and the row before.
struct Tensor {
    values: Vec<f32>,
    row: Projection,
}

impl Tensor {
    fn faults(&self, device: &Device, shader: &str, is_delay: bool) -> Vec<String> {
        let farthest = match self.row.is_per_synapse {
            0 => NEVER,
            _ => 20.0,
        };
        let parameters = ShortestParameters {
            first: 2,
            n: self.values.len() as u32,
            place: 1,
            projection: if is_delay { 1 } else { NONE },
            farthest,
            window_length: WINDOW,
        };
        let mut values = vec![0.0, 99.0];
        values.extend(&self.values);
        values.push(98.0);
        let bindings = [
            (0, uniform(&parameters)),
            (2, written(&[Projection::default(), self.row])),
            (3, read(&values)),
            (41, written(&[5.0_f32; 8])),
        ];
        let found = device.run("shortest", shader, &bindings, [1, 1, 1]);
        let rows: Vec<Projection> = bytemuck::pod_collect_to_vec(&found[0]);
        let extremes: Vec<f32> = bytemuck::pod_collect_to_vec(&found[1]);
        let values = self.values.iter().copied();
        let shortest = values.clone().fold(NEVER, f32::min);
        let above = values.clone().filter(|&x| x > 0.0).fold(NEVER, f32::min);
        let longest = values.filter(|&x| x <= farthest).fold(0.0, f32::max);
        let mut faults = Vec::new();
        if extremes[..7] != [5.0, 5.0, 5.0, 5.0, shortest, above, longest] {
            faults.push(format!("{extremes:?}: {shortest}, {above}, {longest}"));
        }
        let mut row = self.row;
        if is_delay {
            let least = row.least_windows;
            row.longest_windows = ((longest / WINDOW) as u32 + 1).max(least);
            let is_instant = row.is_inner != 0 && longest == 0.0;
            (row.whole_windows, row.remainder) = (0, 0.0);
            if row.is_per_synapse == 0 && !is_instant {
                row.whole_windows = ((longest / WINDOW) as u32).max(least);
                let left = longest - row.whole_windows as f32 * WINDOW;
                row.remainder = left.clamp(0.0, WINDOW);
            }
        }
        if rows != [Projection::default(), row] {
            faults.push(format!("{:?}, not {row:?}", rows[1]));
        }
        faults
    }
}

fn tensors() -> Vec<Tensor> {
    let row = |is_per_synapse, is_inner, least_windows| Projection {
        weights: 17,
        is_per_synapse,
        is_inner,
        least_windows,
        whole_windows: 9,
        remainder: 0.7,
        longest_windows: 11,
        ..Projection::default()
    };
    let mut all = Vec::new();
    for delay in [0.0, 0.5, 2.0, 3.5, 50.0] {
        for (is_inner, least) in [(0, 0), (0, 1), (1, 1)] {
            all.push(Tensor {
                values: vec![delay],
                row: row(0, is_inner, least),
            });
        }
    }
    for n in [2, 63, 64, 65, 1000] {
        let drawn = |k: usize| (k * 7919 % 1009) as f32 / 32.0;
        all.push(Tensor {
            values: (0..n).map(drawn).collect(),
            row: row(1, 0, 1),
        });
    }
    all
}

#[test]
fn rows_are_those_of_the_host() {
    let Some(device) = device() else { return };
    for tensor in tensors() {
        for is_delay in [true, false] {
            let faults = tensor.faults(&device, kernels::shortest::SOURCE.text, is_delay);
            assert!(faults.is_empty(), "{}", faults.join("\n"));
        }
    }
}

#[test]
fn a_row_with_one_thing_wrong_is_reported() {
    let Some(device) = device() else { return };
    for (right, wrong) in [
        ("k += WORKGROUP", "k += 2u * WORKGROUP"),
        ("select(NEVER, value, value > 0.0)", "value"),
        ("value <= parameters.farthest", "true"),
        ("max(whole, row.least_windows)", "whole"),
        ("max(whole + 1u, row.least_windows)", "whole"),
        ("(row.is_inner == 0u || longest > 0.0)", "true"),
        ("clamp(left, 0.0, parameters.window_length)", "left"),
        ("parameters.projection != NONE", "false"),
        ("extremes[parameters.place]", "extremes[0]"),
    ] {
        let shader = mutant(kernels::shortest::SOURCE.text, right, wrong);
        let faults = |tensor: Tensor| {
            let of = [true, false].map(|is_delay| tensor.faults(&device, &shader, is_delay).len());
            of[0] + of[1]
        };
        let n: usize = tensors().into_iter().map(faults).sum();
        println!("{n:>4} faults with {wrong:?}");
        assert!(n > 0, "{wrong:?} passes for {right:?}");
    }
}

/// Three neurons with thresholds 0.5, 1 and 0.375, margins 0.25, 0.125 and 0.25: their initial potentials end at 0.25, 0.875 and
/// 0.125 at most.
fn kept(device: &Device, shader: &str, initial: &[f32], counters: &[u32; 8]) -> Vec<f32> {
    let parameters = KeepBelowParameters {
        first: 4,
        n: initial.len() as u32,
        first_threshold: 1,
        n_thresholds: 3,
        first_limit: 1,
    };
    let mut values = vec![9.0, 0.5, 1.0, 0.375];
    values.extend(initial);
    let bindings = [
        (0, uniform(&parameters)),
        (3, written(&values)),
        (7, read(counters)),
        (19, read(&[7.0_f32, 0.25, 0.125, 0.25])),
    ];
    let found = device.run("keep_below", shader, &bindings, [1, 1, 1]);
    bytemuck::pod_collect_to_vec(&found[0])
}

#[test]
fn initial_potentials_stay_below_thresholds() {
    let Some(device) = device() else { return };
    let shader = kernels::keep_below::SOURCE.text;
    let all = |shader: &str| {
        let initial: [&[f32]; 4] = [&[0.4, 0.95, 0.3], &[0.2, 0.1, 0.0], &[0.8], &[0.1]];
        initial.map(|initial| kept(&device, shader, initial, &[0; 8])[4..].to_vec())
    };
    let expected = [
        vec![0.25, 0.875, 0.125],
        vec![0.2, 0.1, 0.0],
        vec![0.125],
        vec![0.1],
    ];
    assert_eq!(all(shader), expected);
    for (right, wrong) in [
        ("var k = id.x;", "var k = 0u;"),
        ("parameters.n == 1u", "false"),
        ("parameters.first_limit + k", "k"),
        ("value = min(value, ", "value = max(value, "),
    ] {
        assert_ne!(all(&mutant(shader, right, wrong)), expected, "{wrong:?}");
    }
}

/// Of a step from which nothing may be learnt no potential moves, for whatever reason it is void.
#[test]
fn initial_potentials_stay_where_they_are_in_a_void_step() {
    let Some(device) = device() else { return };
    let shader = kernels::keep_below::SOURCE.text;
    let initial = [0.4, 0.95, 0.3];
    let moved = |shader: &str| {
        [OVERFLOW, UNFINISHED, PAST_BUDGET, NOT_FINITE].map(|reason| {
            let mut counters = [0; 8];
            counters[reason as usize] = 1;
            kept(&device, shader, &initial, &counters)[4..] != initial
        })
    };
    assert_eq!(moved(shader), [false; 4]);
    // It still has the binding.
    let unasked = mutant(
        shader,
        "is_void_step()) {",
        "is_void_step() && parameters.n == 0u) {",
    );
    assert_eq!(moved(&unasked), [true; 4]);
}
