//! Recorders of a simulation on a GPU against the CPU's.

use std::ops::Range;

use spikefront::cpu::stream::{CpuStream, StateRecorder, StateSample, StreamSpike};
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::network::{NetworkBuilder, NetworkInRows};
use spikefront::stream::{Stream, StreamOptions};

use crate::gpu::{available, within_defaults};
use crate::networks::{differing, drawn, resets, two_currents};

/// Before single precision shows in which spikes there are.
const UNTIL: f64 = 40.0;
/// Of potentials and currents, of the largest: of the median and of the farthest. Spikes, whose times are single, are steps.
const NEAR: [f64; 2] = [2e-7, 1e-4];

fn recorder(neurons: Range<u32>, every: f64) -> StateRecorder {
    StateRecorder {
        neurons,
        every,
        from: 0.0,
        until: UNTIL,
    }
}

/// Overlapping, rarer than windows and more often; the last neurons are the readouts of one network.
fn recorders() -> [StateRecorder; 3] {
    let mut often = recorder(88..119, 0.0371);
    (often.from, often.until) = (3.3, 17.0);
    [recorder(0..40, 1.0), recorder(20..50, 0.73), often]
}

fn run(
    stream: &mut dyn Stream,
    recorders: &[StateRecorder],
    pieces: &[f64],
) -> (Vec<StreamSpike>, Vec<StateSample>) {
    for recorder in recorders {
        stream.record(recorder).unwrap();
    }
    let (mut spikes, mut samples) = (Vec::new(), Vec::new());
    for &until in pieces {
        let mut note = |fired: &[StreamSpike]| {
            spikes.extend_from_slice(fired);
            Ok(())
        };
        let mut states = |found: &[StateSample]| {
            let order = |s: &StateSample| (s.recorder, s.number, s.neuron);
            assert!(
                found
                    .windows(2)
                    .all(|pair| order(&pair[0]) < order(&pair[1]))
            );
            samples.extend_from_slice(found);
            Ok(())
        };
        stream.run_recording(until, &mut note, &mut states).unwrap();
    }
    (spikes, samples)
}

fn on_gpu(
    network: &NetworkInRows,
    options: &GpuStreamOptions,
    recorders: &[StateRecorder],
    pieces: &[f64],
) -> Option<(Vec<StreamSpike>, Vec<StateSample>)> {
    let mut stream = available(GpuStream::new(network, &within_defaults(options)))?;
    Some(run(&mut stream, recorders, pieces))
}

/// The median and the largest difference, of the largest number of its kind.
fn apart(found: &[StateSample], expected: &[StateSample]) -> [f64; 2] {
    let place = |s: &StateSample| (s.recorder, s.number, s.neuron);
    let sorted = |samples: &[StateSample]| {
        let mut samples = samples.to_vec();
        samples.sort_by_key(place);
        samples
    };
    let (found, expected) = (sorted(found), sorted(expected));
    assert!(found.iter().map(place).eq(expected.iter().map(place)));
    let largest =
        |of: &dyn Fn(&StateSample) -> f64| expected.iter().map(|s| of(s).abs()).fold(0.0, f64::max);
    let potential = largest(&|s| s.potential);
    let current = largest(&|s| s.currents.iter().fold(0.0, |m: f64, c| m.max(c.abs())));
    let of = |(a, b): (&StateSample, &StateSample)| {
        let pairs = a.currents.iter().zip(&b.currents);
        let currents = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        ((a.potential - b.potential).abs() / potential).max(currents / current)
    };
    let mut off: Vec<f64> = found.iter().zip(&expected).map(of).collect();
    off.sort_by(f64::total_cmp);
    [off[off.len() / 2], off[off.len() - 1]]
}

fn is_near(apart: [f64; 2]) -> bool {
    apart[0] < NEAR[0] && apart[1] < NEAR[1]
}

type Build = fn(u64) -> NetworkBuilder;

const NETWORKS: [(&str, Build); 4] = [
    ("two currents", two_currents),
    ("drawn", drawn),
    ("resets", resets),
    ("differing", differing),
];

#[test]
fn the_gpu_finds_the_states_of_the_cpu() {
    for (name, build) in NETWORKS {
        let network = build(2).build_in_rows().unwrap();
        let plain = GpuStreamOptions::default();
        let Some((spikes, found)) = on_gpu(&network, &plain, &recorders(), &[UNTIL]) else {
            return;
        };
        let mut reference = CpuStream::new(&network, StreamOptions::default()).unwrap();
        let (_, expected) = run(&mut reference, &recorders(), &[UNTIL]);
        let off = apart(&found, &expected);
        println!(
            "{name}: {} samples, {off:?}; {} spikes",
            found.len(),
            spikes.len()
        );
        assert!(found.len() > 10_000, "{}", found.len());
        assert!(is_near(off), "{name}: {off:?}");
        // The comparison can tell one neuron from the next.
        let mut shifted = found.clone();
        for (ix, sample) in shifted.iter_mut().enumerate().skip(1) {
            sample.potential = found[ix - 1].potential;
        }
        assert!(!is_near(apart(&shifted, &expected)), "{name}");
    }
}

#[test]
fn recording_changes_no_bit_and_neither_do_pieces_and_room() {
    for (name, build) in NETWORKS {
        let network = build(3).build_in_rows().unwrap();
        let plain = GpuStreamOptions::default();
        let Some((expected, none)) = on_gpu(&network, &plain, &[], &[UNTIL]) else {
            return;
        };
        assert!(none.is_empty() && expected.len() > 20, "{name}");
        let whole = on_gpu(&network, &plain, &recorders(), &[UNTIL]).unwrap();
        assert!(whole.0 == expected, "{name}");
        let pieces = on_gpu(&network, &plain, &recorders(), &[7.7, 7.71, 20.0, UNTIL]).unwrap();
        assert!(pieces == whole, "{name}");
        let tight = on_gpu(&network, &plain.tight(true), &recorders(), &[UNTIL]).unwrap();
        assert!(tight == whole, "{name}");
        // Which others are recorded changes no bit of a recorder's states.
        let alone = on_gpu(&network, &plain, &recorders()[1..2], &[UNTIL]).unwrap();
        let own = whole.1.iter().filter(|sample| sample.recorder == 1);
        let own: Vec<StateSample> = own.map(|s| StateSample { recorder: 0, ..*s }).collect();
        assert!(alone.1 == own, "{name}");
        // The comparison can tell.
        let mut other = own;
        other[0].currents[0] += 1e-9;
        assert!(alone.1 != other);
    }
}

const MUTANTS: [(&str, &str); 8] = [
    (
        "samples[sample].offset < end)",
        "samples[sample].offset < start)",
    ),
    (
        "max(samples[sample].offset - start, 0.0)",
        "max(end - start, 0.0)",
    ),
    ("if (state.release_window == NONE) {", "if (true) {"),
    (
        "first_next = id.x * parameters.most_drives;",
        "first_next = id.x;",
    ),
    (
        "upcoming[drives[population.first_drive + d].first + neuron];",
        "upcoming[drives[population.first_drive + d].first];",
    ),
    ("id.x * parameters.n_samples;", "id.x;"),
    (
        "on_interval(population, state, parameters.window_length, NEVER);",
        "",
    ),
    (
        "let n_queued = counters[QUEUED + neuron];",
        "let n_queued = 0u;",
    ),
];

#[test]
fn shaders_with_one_thing_wrong_are_told() {
    let network = differing(2).build_in_rows().unwrap();
    // Samples at the very ends of windows are there as well: what single precision holds of 0.35 ms.
    let window = f64::from(0.35_f32);
    let plain = StreamOptions::default().window(Some(window));
    let mut at_ends = recorder(0..150, window);
    at_ends.every = window * (1.0 - 1e-9);
    let recorders = [recorder(0..150, 0.73), at_ends];
    let mut reference = CpuStream::new(&network, plain).unwrap();
    let (_, expected) = run(&mut reference, &recorders, &[UNTIL]);
    let found = |mutation| {
        let options = GpuStreamOptions::default()
            .simulation(plain)
            .mutation(mutation);
        on_gpu(&network, &options, &recorders, &[UNTIL])
    };
    let Some(right) = found(None) else { return };
    assert!(is_near(apart(&right.1, &expected)));
    for mutation in MUTANTS {
        let kernel = spikefront::gpu::kernels::sparse_record::SOURCE;
        assert!(kernel.text.contains(mutation.0), "{mutation:?}");
        let off = apart(&found(Some(mutation)).unwrap().1, &expected);
        println!("{off:?} with {:?}", mutation.1);
        assert!(!is_near(off), "{mutation:?}");
    }
}

#[test]
fn what_cannot_be_recorded_is_refused() {
    let network = two_currents(0).build_in_rows().unwrap();
    let opened = GpuStream::new(&network, &GpuStreamOptions::default());
    let Some(mut stream) = available(opened) else {
        return;
    };
    for (wrong, named) in [
        (recorder(190..201, 1.0), "the 200 there are"),
        (recorder(0..1, 0.0), "every is 0"),
    ] {
        let error = stream.record(wrong).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}
