//! The gradient over a long run on a GPU against the CPU's, and against itself cut in other ways.

use spikefront::cpu::stream::{StreamGradient, StreamGradientOptions, StreamOptions};
use spikefront::gpu::stream::{GpuStreamOptions, stream_gradient, stream_gradient_async};
use spikefront::network::{Network, NetworkBuilder, NetworkInRows, Projection, Rule, Values};
use spikefront::{ErrorKind, Result};

use crate::gpu::{available, within_defaults};
use crate::networks::{differing, drawn, neuron, resets, two_currents};
use crate::spike_loss::{UNTIL, gradient_by, gradient_of};

pub fn on_gpu(
    network: &NetworkInRows,
    options: &StreamGradientOptions,
    device: &GpuStreamOptions,
) -> Result<StreamGradient> {
    let device = within_defaults(device);
    gradient_by(network, |note, cotangent| {
        stream_gradient(network, options, &device, UNTIL, note, cotangent)
    })
}

fn plainly(network: &NetworkInRows) -> Result<StreamGradient> {
    let options = StreamGradientOptions::default();
    on_gpu(network, &options, &GpuStreamOptions::default())
}

/// Every list of numbers of a gradient, with its name.
fn tensors(gradient: &StreamGradient) -> [(&'static str, Vec<f64>); 6] {
    let times = gradient.generator_times.iter().flatten().flatten();
    [
        ("weights", gradient.weights.clone()),
        ("delays", gradient.delays.clone()),
        ("thresholds", gradient.thresholds.clone()),
        ("drives", gradient.drives.clone()),
        ("times of generators", times.copied().collect()),
        ("initial potentials", gradient.initial_potentials.clone()),
    ]
}

/// Entries from which on a tensor's median is held to the project's bar; below, all may hang on one spike that grazes.
const MANY: usize = 20;

/// Which tensors are farther apart than the project's bars for single precision allow: of the largest entry a median of 1e-5 and a 99.9th
/// percentile of 1e-3.
pub fn apart(found: &StreamGradient, exact: &StreamGradient, is_told: bool) -> Vec<String> {
    let mut faults = Vec::new();
    for ((name, found), (_, exact)) in tensors(found).into_iter().zip(tensors(exact)) {
        if found.len() != exact.len() {
            faults.push(format!("{name}: {} and {}", found.len(), exact.len()));
            continue;
        }
        let largest = exact.iter().fold(1e-12_f64, |m, v| m.max(v.abs()));
        // Entries that are zero in both would make the median smaller than it is.
        let pairs = found
            .iter()
            .zip(&exact)
            .filter(|(a, b)| **a != 0.0 || **b != 0.0);
        let mut errors: Vec<f64> = pairs.map(|(a, b)| (a - b).abs() / largest).collect();
        if errors.is_empty() {
            continue;
        }
        errors.sort_by(f64::total_cmp);
        let at = |share: f64| errors[((errors.len() - 1) as f64 * share).ceil() as usize];
        let (median, most) = (at(0.5), at(0.999));
        let line = format!(
            "{name}: {} entries, median {median:.1e}, 99.9th percentile {most:.1e}",
            errors.len()
        );
        if is_told {
            println!("  {line}");
        }
        let bar = if errors.len() < MANY { 1e-3 } else { 1e-5 };
        // A NaN is within no bar.
        if !(median <= bar && most <= 1e-3) {
            faults.push(line);
        }
    }
    faults
}

#[test]
fn the_gpu_finds_the_gradient_of_the_cpu() {
    for (name, build) in [
        ("two currents", two_currents as fn(u64) -> NetworkBuilder),
        ("drawn", drawn),
        ("resets", resets),
        ("differing", differing),
    ] {
        for seed in 1..4 {
            let network = build(seed).build_in_rows().unwrap();
            let Some(found) = available(plainly(&network)) else {
                return;
            };
            let exact = gradient_of(&network, &StreamGradientOptions::default());
            println!("{name}, seed {seed}: {} spikes", found.spikes);
            assert_eq!(found.spikes, exact.spikes, "{name}, seed {seed}");
            assert_eq!(found.grazing, exact.grazing, "{name}, seed {seed}");
            let faults = apart(&found, &exact, true);
            assert!(faults.is_empty(), "{name}, seed {seed}: {faults:?}");
            // The comparison can tell one synapse from the next.
            let mut shifted = exact.clone();
            shifted.weights.rotate_left(1);
            assert!(!apart(&found, &shifted, false).is_empty());
        }
    }
}

#[test]
fn segments_room_and_parts_change_no_bit() {
    // Shorter than the longest delay, than what is drawn at once, and neither.
    for (build, segments) in [
        (drawn as fn(u64) -> NetworkBuilder, &[7, 100][..]),
        (resets, &[2]),
        (differing, &[31]),
    ] {
        let network = build(2).build_in_rows().unwrap();
        let Some(whole) = available(plainly(&network)) else {
            return;
        };
        assert!(whole.spikes > 60, "{}", whole.spikes);
        let moving = whole.drives.iter().filter(|value| **value != 0.0);
        assert!(moving.count() >= 2);
        let plain = GpuStreamOptions::default();
        for &segment in segments {
            let options = StreamGradientOptions::default().segment(segment);
            let found = on_gpu(&network, &options, &plain).unwrap();
            assert!(found == whole, "segments of {segment}");
        }
        let tight = plain.tight(true);
        let in_parts = plain.binding(Some(9000));
        for device in [tight, in_parts] {
            let found = on_gpu(&network, &StreamGradientOptions::default(), &device).unwrap();
            assert!(found == whole, "{device:?}");
        }
        // The comparison can tell; shorter windows change by rounding alone.
        let window = Some(network.shortest_delay() / 1.7);
        let options = StreamGradientOptions::default().window(window);
        let shorter = on_gpu(&network, &options, &plain).unwrap();
        assert!(shorter != whole);
        let faults = apart(&shorter, &whole, false);
        assert!(faults.is_empty(), "{faults:?}");
    }
}

#[test]
fn either_way_to_give_a_window_is_the_same() {
    let network = two_currents(2).build_in_rows().unwrap();
    let window = Some(network.shortest_delay() / 1.7);
    let options = StreamGradientOptions::default().window(window);
    let Some(found) = available(on_gpu(&network, &options, &GpuStreamOptions::default())) else {
        return;
    };
    let device = GpuStreamOptions::default().simulation(StreamOptions::default().window(window));
    let other = on_gpu(&network, &StreamGradientOptions::default(), &device).unwrap();
    assert!(other == found);
    assert!(plainly(&network).unwrap() != found, "a control");
}

/// Drives that bring hundreds of arrivals a window: fewer windows are drawn again at once than a block may have.
#[test]
fn many_drives_are_drawn_again_in_shorter_blocks() {
    let mut builder = Network::builder().seed(3);
    let all = builder.population("all", 24, neuron(&[5.0, 10.0], -53.0));
    for (rate, weight) in [(300.0, 0.03), (150.0, -0.04), (500.0, 0.004)] {
        builder.poisson(all, usize::from(weight < 0.0), rate, weight);
    }
    let own = Projection::by_rule(Rule::FixedInDegree(5), 0.5).delay(Values::uniform(0.5, 2.0));
    builder.connect(all, all, own);
    let network = builder.build_in_rows().unwrap();
    let Some(found) = available(plainly(&network)) else {
        return;
    };
    let exact = gradient_of(&network, &StreamGradientOptions::default());
    assert_eq!(found.spikes, exact.spikes);
    assert!(found.spikes > 40, "{}", found.spikes);
    let faults = apart(&found, &exact, true);
    assert!(faults.is_empty(), "{faults:?}");
    let options = StreamGradientOptions::default().segment(7);
    assert!(on_gpu(&network, &options, &GpuStreamOptions::default()).unwrap() == found);
    let mut other = exact;
    other
        .drives
        .iter_mut()
        .for_each(|value| *value *= 1.0 + 2e-3);
    assert!(!apart(&found, &other, false).is_empty());
}

#[test]
fn a_run_without_windows_or_synapses_has_a_gradient() {
    let mut builder = Network::builder().seed(1);
    builder.population("alone", 3, neuron(&[5.0], -40.0));
    builder.generators("unheard", vec![vec![1.0, 2.0]]);
    let network = builder.build_in_rows().unwrap();
    let Some(found) = available(plainly(&network)) else {
        return;
    };
    let exact = gradient_of(&network, &StreamGradientOptions::default());
    assert!(found.spikes > 3 && found.weights.is_empty());
    assert_eq!(found.generator_times, [[[0.0, 0.0]]]);
    let faults = apart(&found, &exact, true);
    assert!(faults.is_empty(), "{faults:?}");
    let options = StreamGradientOptions::default();
    let device = GpuStreamOptions::default();
    let none = stream_gradient(&network, &options, &device, 0.0, |_| Ok(()), |_, _| ());
    assert_eq!(none.unwrap().initial_potentials, [0.0; 3]);
}

#[test]
fn without_blocking_it_is_the_same() {
    let network = two_currents(5).build_in_rows().unwrap();
    let Some(blocking) = available(plainly(&network)) else {
        return;
    };
    let (options, device) = (
        StreamGradientOptions::default(),
        GpuStreamOptions::default(),
    );
    let awaited = gradient_by(&network, |note, cotangent| {
        let work = stream_gradient_async(&network, &options, &device, UNTIL, note, cotangent);
        pollster::block_on(work)
    });
    assert!(awaited.unwrap() == blocking);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let network = drawn(1).build_in_rows().unwrap();
    let plain = StreamGradientOptions::default();
    let refused = |options: &StreamGradientOptions, device: &GpuStreamOptions, until: f64| {
        stream_gradient(&network, options, device, until, |_| Ok(()), |_, _| ())
    };
    let device = GpuStreamOptions::default();
    if available(refused(&plain, &device, 0.5)).is_none() {
        return;
    }
    let no_segment = plain.segment(0);
    let no_floor = plain.slope_floor(0.0);
    for (name, options, until) in [
        ("segment", no_segment, 1.0),
        ("slope_floor", no_floor, 1.0),
        ("until", plain, f64::NAN),
        ("until", plain, f64::INFINITY),
        ("until", plain, 1e12),
    ] {
        let error = refused(&options, &device, until).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let with = |memory: u64| device.gpu(device.gpu.memory(Some(memory)));
    // Enough for the simulation.
    let mut memory = 128 << 10;
    let error = refused(&plain, &with(memory), 100.0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
    assert!(error.to_string().contains("derivatives"), "{error}");
    spikefront::gpu::stream::GpuStream::new(&network, &with(memory)).unwrap();
    memory = 2 << 20;
    assert!(refused(&plain, &with(memory), 0.5).is_ok());
    let endless = plain.segment(u64::MAX);
    let error = refused(&endless, &with(memory), 1e5).unwrap_err();
    assert!(error.to_string().contains("`segment`"), "{error}");
}
