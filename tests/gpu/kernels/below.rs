//! `is_below` of `shaders/below.wgsl`: where it says so, `first_crossing` finds none, nor does the reference.

use super::crossing::intervals_text;
use super::crossing_cases::{Interval, KINDS, drawn};
use super::harness::{Device, device, read, written};
use super::mutant;

/// How many intervals of each kind.
const N: usize = 1 << 15;

/// The test on its own: the rest of its file needs buffers.
fn shader() -> String {
    let below = include_str!("../../../shaders/below.wgsl");
    let (test, _) = below.split_once("// Takes a neuron").expect("it is there");
    [
        intervals_text!(),
        test,
        "
@compute @workgroup_size(WORKGROUP)
fn below(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= arrayLength(&intervals)) {
        return;
    }
    let x = intervals[id.x];
    let here = vec2<f32>(x.potential, x.current);
    let flow = flow_over(x.synapse_rate, x.membrane_rate, x.limit);
    let there = advance_by(flow, here);
    let is_asked = x.threshold > 0.0 && x.limit > 0.0;
    let found = is_asked && is_below(x.threshold, x.resolution, flow.membrane, here, there.x);
    answers[2u * id.x] = f32(found);
    answers[2u * id.x + 1u] =
        first_crossing(x.synapse_rate, x.membrane_rate, here, x.threshold, x.limit, x.resolution);
}
",
    ]
    .concat()
}

/// Intervals of every kind, and the same with thresholds at what V comes to, or close by.
fn intervals() -> Vec<Interval> {
    let all = KINDS.iter().flat_map(|kind| drawn(kind, N));
    all.enumerate()
        .map(|(ix, mut interval)| {
            let limit = f64::from(interval.limit);
            let near = match ix % 8 {
                0..4 => return interval,
                4 => 1.0,
                5 => 1.0 + 1e-7 * (ix % 1000) as f64,
                6 => 1.0 + 1e-6 * (ix % 1000) as f64,
                // With a current that brings it there within the resolution of a time long after the window's start.
                _ => {
                    let rise = limit * 5e-4 * f64::from(interval.current.abs());
                    interval.resolution = (limit * 1e-3) as f32;
                    interval.threshold = (interval.potential_at(limit) + rise) as f32;
                    return interval;
                }
            };
            let turn = interval.extremum().filter(|&turn| turn < limit);
            let time = turn.unwrap_or(limit);
            interval.threshold = (interval.potential_at(time) * near) as f32;
            interval
        })
        .collect()
}

/// What is wrong, and of which part of the silent intervals with a threshold above rest it says that they are below, among
/// those that are not placed at the edge of an answer.
fn judge(device: &Device, shader: &str) -> (Vec<String>, f64) {
    let intervals = intervals();
    let bindings = [
        (0, read(&intervals)),
        (1, written(&vec![0f32; 2 * intervals.len()])),
    ];
    let workgroups = [intervals.len().div_ceil(64) as u32, 1, 1];
    let found = device.run("below", shader, &bindings, workgroups);
    let answers: Vec<[f32; 2]> = bytemuck::pod_collect_to_vec(&found[0]);
    let (mut faults, mut n_below, mut n_silent) = (Vec::new(), 0, 0);
    for (ix, (interval, [is_below, crossing])) in intervals.iter().zip(answers).enumerate() {
        let is_plain = ix < N && ix % 8 < 4;
        n_silent += usize::from(is_plain && crossing > 1e38 && interval.threshold > 0.0);
        if is_below == 0.0 {
            continue;
        }
        n_below += usize::from(is_plain);
        let reference = interval.crossing(0.0, interval.limit.into());
        if crossing < 1e38 || reference.is_some() {
            faults.push(format!("{crossing} or {reference:?}: {interval:?}"));
        }
    }
    (faults, n_below as f64 / n_silent as f64)
}

#[test]
fn what_stays_below_does_not_cross() {
    let Some(device) = device() else { return };
    let (mut faults, share) = judge(&device, &shader());
    let n = faults.len();
    println!("{share:.2} of the silent intervals, {n} faults");
    faults.truncate(10);
    assert!(faults.is_empty(), "{n} faults:\n{}", faults.join("\n"));
    assert!(share > 0.3, "{share}");
}

#[test]
fn a_test_with_one_thing_wrong_is_reported() {
    let Some(device) = device() else { return };
    for (right, wrong) in [
        ("(threshold * membrane -", "(-"),
        ("max(start.y, 0.0) * resolution", "0.0"),
        ("- BELOW_MARGIN *", "- 0.0 *"),
        ("threshold + (", "1.001 * threshold + ("),
    ] {
        let (faults, _) = judge(&device, &mutant(&shader(), right, wrong));
        println!("{:>6} faults with {wrong:?}", faults.len());
        assert!(!faults.is_empty(), "{wrong:?} passes for {right:?}");
    }
}
