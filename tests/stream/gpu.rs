//! The GPU's simulation against the CPU's, on whatever adapter there is.
//!
//! Single precision is amplified by a recurrent network: spikes are the same until a horizon, which is measured; beyond
//! it, statistics are.

use spikefront::cpu::stream::{CpuStream, StreamOptions, StreamSpike};
use spikefront::gpu::DeviceLimits;
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::network::{Network, NetworkBuilder, NetworkInRows, Reset};
use spikefront::{ErrorKind, Result};

use crate::networks::{differing, drawn, neuron, two_currents};

/// Spike times in ms that are taken for the same.
const TOLERANCE: f64 = 1e-4;
/// Until when both engines must find the same spikes, in ms. Measured on a software driver: they do for 114 to more
/// than 400 ms.
const HORIZON: f64 = 60.0;
const UNTIL: f64 = 150.0;

/// A simulation on the best adapter. Without one the test is skipped, unless SPIKEFRONT_REQUIRE_GPU=1 says that there must
/// be one.
fn opened(network: &NetworkInRows, options: &GpuStreamOptions) -> Option<GpuStream> {
    available(GpuStream::new(network, &within_defaults(options)))
}

/// The same options on a device that has no more than WebGPU's default limits.
pub fn within_defaults(options: &GpuStreamOptions) -> GpuStreamOptions {
    let gpu = options.gpu.limits(DeviceLimits::WebGpu);
    options.gpu(gpu)
}

/// What a device answers, where there is one.
pub fn available<T>(opened: Result<T>) -> Option<T> {
    match opened {
        Ok(simulation) => Some(simulation),
        Err(error) if error.kind() == ErrorKind::Unavailable => {
            let is_required = std::env::var("SPIKEFRONT_REQUIRE_GPU").is_ok_and(|v| v == "1");
            assert!(!is_required, "SPIKEFRONT_REQUIRE_GPU is 1: {error}");
            println!("skipped: no Vulkan adapter");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn collect(
    run: impl FnOnce(&mut dyn FnMut(&[StreamSpike]) -> Result<()>) -> Result<()>,
) -> Vec<StreamSpike> {
    let mut all = Vec::new();
    let mut note = |fired: &[StreamSpike]| {
        all.extend(fired);
        Ok(())
    };
    run(&mut note).unwrap();
    all
}

fn on_gpu(simulation: &mut GpuStream) -> Vec<StreamSpike> {
    collect(|note| simulation.run(UNTIL, note))
}

/// (time in ms, neuron), by neuron, then time.
fn timed(spikes: &[StreamSpike], window: f64) -> Vec<(f64, u32)> {
    let time = |spike: &StreamSpike| spike.time(window);
    let mut timed: Vec<_> = spikes.iter().map(|s| (time(s), s.neuron)).collect();
    timed.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.total_cmp(&b.0)));
    timed
}

fn on_cpu(network: &NetworkInRows) -> Vec<(f64, u32)> {
    let mut simulation = CpuStream::new(network, StreamOptions::default()).unwrap();
    let spikes = collect(|note| simulation.run(UNTIL, note));
    timed(&spikes, simulation.window())
}

/// The time of the first spike that only one of them has, or that they have at different times; and the largest difference
/// of times before.
fn horizon(a: &[(f64, u32)], b: &[(f64, u32)]) -> (f64, f64) {
    let mut horizon = UNTIL;
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    let neurons = a.iter().chain(b).map(|spike| spike.1).max().unwrap_or(0);
    for neuron in 0..=neurons {
        let of = |spikes: &[(f64, u32)]| -> Vec<f64> {
            let from = spikes.partition_point(|spike| spike.1 < neuron);
            let to = spikes.partition_point(|spike| spike.1 <= neuron);
            spikes[from..to].iter().map(|spike| spike.0).collect()
        };
        let (a, b) = (of(a), of(b));
        for ix in 0..a.len().max(b.len()) {
            match (a.get(ix), b.get(ix)) {
                (Some(&x), Some(&y)) if (x - y).abs() <= TOLERANCE => pairs.push((x, y)),
                (x, y) => {
                    let first = x.into_iter().chain(y).copied().fold(UNTIL, f64::min);
                    horizon = horizon.min(first);
                    break;
                }
            }
        }
    }
    let before = pairs.iter().filter(|(x, _)| *x < horizon);
    (
        horizon,
        before.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max),
    )
}

#[test]
fn the_gpu_finds_the_spikes_of_the_cpu() {
    for (name, build) in [
        ("two currents", two_currents as fn(u64) -> NetworkBuilder),
        ("drawn", drawn),
        ("differing", differing),
    ] {
        for seed in 0..4 {
            let network = build(seed).build_in_rows().unwrap();
            let Some(mut simulation) = opened(&network, &GpuStreamOptions::default()) else {
                return;
            };
            let found = on_gpu(&mut simulation);
            let found = timed(&found, simulation.window());
            let expected = on_cpu(&network);
            let (until, off) = horizon(&expected, &found);
            let (n, m) = (expected.len(), found.len());
            println!(
                "{name}, seed {seed}: same until {until:.1} ms, to {off:.1e} ms; {n} and {m} spikes"
            );
            assert!(until >= HORIZON, "{name}, seed {seed}: {until} ms");
            let inside = expected.iter().filter(|spike| spike.0 < until).count();
            assert!(inside > 50, "{name}, seed {seed}: {inside} spikes compared");
            // Beyond the horizon as many to within a few standard deviations of a Poisson count.
            let spread = 5.0 * (n as f64).sqrt();
            assert!((n as f64 - m as f64).abs() < spread, "{name}: {n} and {m}");
        }
        // The comparison can tell: a network that is a little different.
        let other = on_cpu(&build(9).build_in_rows().unwrap());
        let first = on_cpu(&build(8).build_in_rows().unwrap());
        assert!(horizon(&first, &other).0 < HORIZON, "{name}");
    }
}

#[test]
fn arrivals_are_those_of_the_cpu() {
    let network = drawn(5).build_in_rows().unwrap();
    let Some(mut simulation) = opened(&network, &GpuStreamOptions::default()) else {
        return;
    };
    simulation.run(20.0, |_| Ok(())).unwrap();
    let mut reference = CpuStream::new(&network, StreamOptions::default()).unwrap();
    reference.run(20.0, |_| Ok(())).unwrap();
    let (n, expected) = (
        simulation.synaptic_events().unwrap(),
        reference.synaptic_events(),
    );
    // One at the very end of the last window may fall on either side of it.
    assert!(n.abs_diff(expected) <= 1, "{n} {expected}");
    assert!(n > 10_000, "{n}");
    assert!(simulation.time() >= 20.0 && simulation.time() < 20.0 + simulation.window());
}

#[test]
fn room_and_parts_change_no_bit() {
    for build in [two_currents, drawn, differing] {
        let network = build(3).build_in_rows().unwrap();
        let plain = GpuStreamOptions::default();
        let Some(mut simulation) = opened(&network, &plain) else {
            return;
        };
        let expected = on_gpu(&mut simulation);
        assert_eq!(simulation.parts(), 1);
        assert!(expected.len() > 200);
        // Those that lie after the end in the last window are kept for the next run.
        let end = simulation.time();
        let kept = collect(|note| simulation.run(end, note));
        assert_eq!((expected.len() + kept.len()) as u64, simulation.spikes());

        let tight = plain.tight(true);
        let in_parts = plain.binding(Some(8000));
        for options in [plain, tight, in_parts] {
            let Some(mut other) = opened(&network, &options) else {
                return;
            };
            assert!(on_gpu(&mut other) == expected, "{options:?}");
            let statistics = other.statistics();
            if options.tight {
                assert!(
                    statistics.repeats >= 3 && statistics.grown_buffers >= 3,
                    "{statistics:?}"
                );
            }
            if options.binding.is_some() {
                assert!(other.parts() >= 3, "{}", other.parts());
            }
        }
        // The comparison can tell.
        let mut other = expected.clone();
        let last = other.len() - 1;
        other[last].offset = other[last].offset.next_up();
        assert!(other != expected);
    }
}

#[test]
fn partitions_of_the_host_change_no_bit() {
    let mut builder = drawn(4);
    let one = builder.partitions(1).clone().build_in_rows().unwrap();
    let three = builder.partitions(3).clone().build_in_rows().unwrap();
    let options = GpuStreamOptions::default();
    let (Some(mut a), Some(mut b)) = (opened(&one, &options), opened(&three, &options)) else {
        return;
    };
    assert!(on_gpu(&mut a) == on_gpu(&mut b));
}

#[test]
fn synapses_made_on_their_way_to_the_device_change_no_bit() {
    let mut builder = drawn(4);
    let whole = builder.clone().build_in_rows().unwrap();
    let options = GpuStreamOptions::default();
    let Some(mut simulation) = opened(&whole, &options) else {
        return;
    };
    let expected = on_gpu(&mut simulation);
    assert!(expected.len() > 100);
    // A third of what they take at a time, and bindings into which rows of several partitions fit.
    let parted = builder
        .memory_limit(whole.synapse_bytes() / 3)
        .clone()
        .build_in_parts()
        .unwrap();
    assert!(parted.partitions() > 3, "{}", parted.partitions());
    assert_eq!(parted.synapses(), whole.synapses());
    for binding in [None, Some(whole.synapse_bytes() / 2)] {
        let options = options.binding(binding);
        let mut simulation = GpuStream::in_parts(&parted, &options).unwrap();
        assert_eq!(simulation.parts() > 1, binding.is_some());
        assert!(on_gpu(&mut simulation) == expected);
    }
    let other = drawn(5).build_in_parts().unwrap();
    let mut control = GpuStream::in_parts(&other, &options).unwrap();
    assert!(on_gpu(&mut control) != expected);
    // No partition is small enough where even the beginnings of rows take more.
    let none = builder.memory_limit(1000).clone().build_in_parts().unwrap();
    let error = GpuStream::in_parts(&none, &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
}

#[test]
fn a_run_in_pieces_is_the_run() {
    let network = drawn(3).build_in_rows().unwrap();
    let options = GpuStreamOptions::default();
    let (Some(mut whole), Some(mut pieces)) =
        (opened(&network, &options), opened(&network, &options))
    else {
        return;
    };
    let window = pieces.window();
    let expected = on_gpu(&mut whole);
    let mut found = Vec::new();
    for until in [0.0, 10.003, 10.004, 57.7, UNTIL] {
        pieces
            .run(until, |fired| {
                let end = fired[fired.len() - 1];
                assert!(end.time(window) <= until);
                found.extend(fired.iter().copied());
                Ok(())
            })
            .unwrap();
    }
    assert!(found == expected);
    let earlier = |a: &StreamSpike, b: &StreamSpike| {
        (a.window, a.offset, a.neuron) < (b.window, b.offset, b.neuron)
    };
    assert!(found.windows(2).all(|pair| earlier(&pair[0], &pair[1])));
}

#[test]
fn a_neuron_that_fires_without_end_is_named() {
    let mut builder = Network::builder().seed(1);
    let mut wild = neuron(&[5.0], 1e5);
    wild.threshold = Some(1.0.into());
    wild.reset = Reset::Subtract;
    builder.population("wild", 3, wild);
    let network = builder.build_in_rows().unwrap();
    let Some(mut simulation) = opened(&network, &GpuStreamOptions::default()) else {
        return;
    };
    let error = simulation.run(1.0, |_| Ok(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(error.to_string().contains("spikes of neuron"), "{error}");
}

#[test]
fn what_does_not_fit_is_said() {
    let network = two_currents(0).build_in_rows().unwrap();
    let plain = GpuStreamOptions::default();
    if opened(&network, &plain).is_none() {
        return;
    }
    let mut small = plain;
    small.gpu.memory = Some(1 << 12);
    let error = GpuStream::new(&network, &small).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
    let narrow = plain.binding(Some(64));
    let error = GpuStream::new(&network, &narrow).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
    let long = plain.simulation(StreamOptions::default().window(Some(1.0)));
    let error = GpuStream::new(&network, &long).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
}
