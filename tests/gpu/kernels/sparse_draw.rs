//! `shaders/sparse_draw.wgsl` against arrivals that the host draws.

use spikefront::gpu::kernels::sparse_draw::{SOURCE, SparseDrawParameters};
use spikefront::gpu::stream::layout::{SparseDrive, SparseNext};

use super::harness::{Device, device, read, uniform, written};
use super::mutant;
use super::philox::philox;
use super::sparse_back::{Kept, NEAR, NEURONS, RECEPTORS, RING, WINDOW, off, population};

const FIRST: u32 = 6;
const WINDOWS: u32 = 4;
/// The first neuron of the second population, whose drive is the last.
const SECOND: u32 = 33;

/// From when on the second drive has which mean, in windows since the first; zero: none come.
const CHANGES: [(u32, f32, f32); 3] = [(0, 0.1, 0.75), (1, 0.2, 0.0), (2, 0.25, 0.3)];

/// The last are changes of the second.
fn drives() -> Vec<SparseDrive> {
    let drive = |mean: f32, receptor: u32, first: u32, stream: u32| SparseDrive {
        mean,
        weight: 1.0,
        receptor,
        first,
        key0: 17,
        key1: 4,
        stream,
        ..SparseDrive::default()
    };
    let changing = SparseDrive {
        first_change: 3,
        n_changes: 3,
        ..drive(0.0, 1, SECOND, 1)
    };
    let change = |(after, offset, mean): (u32, f32, f32)| SparseDrive {
        mean,
        window: FIRST + after,
        offset,
        ..SparseDrive::default()
    };
    // Less the first neuron of the second population.
    let own = [drive(0.125, 0, 0, 0), changing, drive(0.25, 0, SECOND, 2)];
    own.into_iter().chain(CHANGES.map(change)).collect()
}

/// When the next arrival of a drive comes after `time`, in ms; `interval` is what it would wait for at a rate of 1.
fn later(drive: &SparseDrive, mut time: f64, mut interval: f64) -> f64 {
    if drive.n_changes == 0 {
        return time + f64::from(drive.mean) * interval;
    }
    let when =
        |after: u32, offset: f32| f64::from(FIRST + after) * f64::from(WINDOW) + f64::from(offset);
    let mut mean = 0.0;
    for (after, offset, next_mean) in CHANGES {
        let change = when(after, offset);
        if change > time {
            if mean > 0.0 {
                let until = time + mean * interval;
                if until <= change {
                    return until;
                }
                interval -= (change - time) / mean;
            }
            time = change;
        }
        mean = f64::from(next_mean);
    }
    time + mean * interval
}

/// The neurons of a drive, and which population they are of.
fn neurons(drive: usize) -> (std::ops::Range<u32>, usize) {
    match drive {
        2 => (SECOND..NEURONS, 1),
        _ => (0..SECOND, 0),
    }
}

fn kept() -> Kept {
    // Every third neuron has two events in every window.
    let of = |window: u32| {
        let own = (0..NEURONS).step_by(3);
        let at = move |neuron: u32| {
            let offset = 0.1 + 0.002 * (neuron + window) as f32;
            [(neuron, offset), (neuron, offset + 0.15)]
        };
        own.flat_map(at).collect()
    };
    Kept::new(FIRST, 4, of)
}

fn populations() -> [spikefront::gpu::stream::layout::SparsePopulation; 2] {
    let mut populations = [population(0, false), population(SECOND, true)];
    populations[0].n_drives = 2;
    populations[1].first_drive = 2;
    populations[1].n_drives = 1;
    populations
}

/// The first arrival of each drive at each neuron.
fn upcoming() -> Vec<SparseNext> {
    let n = 2 * SECOND + (NEURONS - SECOND);
    let next = |ix: u32| SparseNext {
        // Some come after all windows.
        window: FIRST + ix % 5,
        offset: 0.007 * (ix % 70) as f32,
        number: 3 + ix,
    };
    (0..n).map(next).collect()
}

/// Sums for each drive and neuron, and how many arrivals there are.
fn expected(kept: &Kept) -> (Vec<f64>, usize) {
    let (upcoming, populations) = (upcoming(), populations());
    let (mut totals, mut arrivals) = (Vec::new(), 0);
    for (number, drive) in drives()[..3].iter().enumerate() {
        let (neurons, of) = neurons(number);
        for neuron in neurons.clone() {
            let first = upcoming[(drive.first + neuron) as usize];
            let (mut number, window) = (first.number, f64::from(WINDOW));
            let mut time = f64::from(first.window) * window + f64::from(first.offset);
            let mut total = 1.0;
            while time < f64::from(FIRST + WINDOWS) * window {
                let at = (time / window).floor();
                let when = (at as u32, (time - at * window) as f32);
                total += kept
                    .at(&populations[of], neuron, when, drive.receptor as usize)
                    .1;
                arrivals += 1;
                number += 1;
                let counter = [number / 4, 0, neuron, drive.stream];
                let word = philox([drive.key0, drive.key1], counter)[(number % 4) as usize];
                let unit = (f64::from(word) + 0.5) / 2_f64.powi(32);
                time = later(drive, time, -unit.ln());
            }
            totals.push(total);
        }
    }
    (totals, arrivals)
}

fn found(device: &Device, shader: &str, kept: &Kept) -> Vec<f64> {
    let parameters = SparseDrawParameters {
        window: FIRST,
        n_windows: WINDOWS,
        window_length: WINDOW,
        n_neurons: NEURONS,
        n_populations: 2,
        n_receptors: RECEPTORS,
        ring: RING,
        first_window: FIRST,
        zero: 0,
    };
    let upcoming = upcoming();
    let bindings = [
        (0, uniform(&parameters)),
        (5, read(&kept.starts)),
        (12, read(&kept.adjoints)),
        (16, written(&vec![1.0_f32; upcoming.len()])),
        (20, read(&populations())),
        (23, read(&drives())),
        (24, written(&upcoming)),
        (31, read(&kept.events)),
    ];
    let found = device.run(SOURCE.name, shader, &bindings, [NEURONS.div_ceil(64), 1, 1]);
    let totals: Vec<f32> = bytemuck::pod_collect_to_vec(&found[0]);
    totals.into_iter().map(f64::from).collect()
}

#[test]
fn drawn_again_arrivals_find_what_the_hosts_do() {
    let Some(device) = device() else { return };
    let kept = kept();
    let (expected, arrivals) = expected(&kept);
    let away = off(&found(&device, SOURCE.text, &kept), &expected);
    println!("{arrivals} arrivals, {away:.1e} of the largest sum");
    assert!(arrivals > 400, "{arrivals}");
    // Sums of a dozen, whose times are sums themselves.
    assert!(away < 4.0 * NEAR, "{away}");
    for (right, wrong) in [
        ("k > 0u; k -= 1u", "k > 1u; k -= 1u"),
        ("let at = drive.first + neuron;", "let at = drive.first;"),
        ("population.first_drive + d", "d"),
        (
            "drives[population.first_drive + d];",
            "drives[population.first_drive];",
        ),
        ("left = max(left - time / mean, 0.0);", ""),
        ("at = SparseNext(change.window, change.offset, 0u);", ""),
        (
            "let mean = drives[next - 1u].mean;",
            "let mean = drives[next].mean;",
        ),
        ("if (mean * left <= time) {", "if (true) {"),
        (
            "change.window == now.window && change.offset > now.offset",
            "false",
        ),
        ("if (drive.n_changes == 0u) {", "if (true) {"),
        (
            "sums[now.window - parameters.window] +=",
            "sums[now.window - parameters.window] =",
        ),
        ("ahead.potential * flow.gain[receptor]", "0.0"),
        ("events[ix].offset <= offset", "true"),
        (
            "            upcoming[at] = drawn_after(drive, neuron, now);\n",
            "            upcoming[at] = drawn_after(drive, 0u, now);\n",
        ),
    ] {
        let away = off(
            &found(&device, &mutant(SOURCE.text, right, wrong), &kept),
            &expected,
        );
        println!("{away:.1e} with {wrong:?}");
        assert!(away > 400.0 * NEAR, "{wrong:?} instead of {right:?}");
    }
}
