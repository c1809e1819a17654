//! Windows in which spikes arrive themselves, on a GPU: what changes no bit, long chains, and what is too much.

use spikefront::cpu::stream::{CpuStream, StreamGradientOptions};
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::network::{Network, NetworkInRows, Neuron, Projection, Reset, Rule, Synapse};
use spikefront::stream::{StateRecorder, StateSample, Stream, StreamOptions, StreamSpike};
use spikefront::{ErrorKind, Result};

use super::networks::{DURATION, Mutant, describe};
use crate::carried::{self, chosen};
use crate::gpu::{available, within_defaults};
use crate::gpu_gradient;
use crate::spike_loss::{UNTIL, gradient_of};

/// Beside delays above zero, alone, with drives, and with long chains.
const SEEDS: [u64; 4] = [4, 26, 5, 37];

/// Spikes and states of a run in pieces.
fn run(
    stream: &mut dyn Stream,
    neurons: usize,
    pieces: &[f64],
) -> Result<(Vec<StreamSpike>, Vec<StateSample>)> {
    stream.record(&StateRecorder {
        neurons: 0..neurons as u32,
        every: 0.31,
        from: 0.0,
        until: DURATION,
    })?;
    let (mut spikes, mut samples) = (Vec::new(), Vec::new());
    for &until in pieces {
        stream.run_recording(
            until,
            &mut |fired| {
                spikes.extend_from_slice(fired);
                Ok(())
            },
            &mut |states| {
                samples.extend_from_slice(states);
                Ok(())
            },
        )?;
    }
    Ok((spikes, samples))
}

fn opened(network: &NetworkInRows, options: &GpuStreamOptions) -> Option<GpuStream> {
    available(GpuStream::new(network, &within_defaults(options)))
}

#[test]
fn room_pieces_and_parts_change_no_bit() {
    let plain = GpuStreamOptions::default();
    for seed in SEEDS {
        let network = describe(seed, Mutant::None).build_in_rows().unwrap();
        let neurons = network.neurons();
        let Some(mut stream) = opened(&network, &plain) else {
            return;
        };
        let whole = run(&mut stream, neurons, &[DURATION]).unwrap();
        let statistics = stream.statistics();
        let (passes, most) = (statistics.passes, statistics.most_passes);
        println!(
            "{seed}: {} spikes, {passes} passes, at most {most}",
            whole.0.len()
        );
        assert!(
            most >= 5 && passes > 60 && whole.0.len() > 40,
            "{statistics:?}"
        );
        let mut pieces = opened(&network, &plain).unwrap();
        let found = run(&mut pieces, neurons, &[3.3, 3.31, 4.0, 17.7, DURATION]).unwrap();
        assert!(found == whole, "{seed}");
        for options in [plain.tight(true), plain.binding(Some(300))] {
            let mut other = opened(&network, &options).unwrap();
            let found = run(&mut other, neurons, &[DURATION]).unwrap();
            assert!(found == whole, "{seed}: {options:?}");
            assert!(options.tight || other.parts() > 1);
            let statistics = other.statistics();
            assert_eq!((statistics.passes, statistics.most_passes), (passes, most));
            assert!(!options.tight || statistics.repeats > 4, "{statistics:?}");
        }
        // The comparison can tell: windows of another length are the same but for rounding.
        let shorter = StreamOptions::default().window(Some(stream.window() / 3.3));
        let mut other = opened(&network, &plain.simulation(shorter)).unwrap();
        let found = run(&mut other, neurons, &[DURATION]).unwrap();
        assert!(
            found != whole && found.0.len() == whole.0.len(),
            "{seed}: {}",
            found.0.len()
        );
    }
}

#[test]
fn room_segments_and_parts_change_no_bit_of_derivatives() {
    let (plain, whole_run) = (
        GpuStreamOptions::default(),
        StreamGradientOptions::default(),
    );
    for seed in SEEDS {
        let network = describe(seed, Mutant::None).build_in_rows().unwrap();
        let Some(backward) = available(gpu_gradient::on_gpu(&network, &whole_run, &plain)) else {
            return;
        };
        let parameters = chosen(&network, backward.drives.len());
        let forward = carried::on_gpu(&network, &parameters, &plain, UNTIL).unwrap();
        for options in [plain.tight(true), plain.binding(Some(600))] {
            let found = gpu_gradient::on_gpu(&network, &whole_run, &options).unwrap();
            assert!(found == backward, "{seed}: {options:?}");
            let found = carried::on_gpu(&network, &parameters, &options, UNTIL).unwrap();
            assert!(found == forward, "{seed}: {options:?}");
        }
        for segment in [1, 7] {
            let found = gpu_gradient::on_gpu(&network, &whole_run.segment(segment), &plain);
            assert!(found.unwrap() == backward, "{seed}: segments of {segment}");
        }
        // The comparison can tell.
        let shorter = whole_run.window(Some(0.37));
        assert!(gpu_gradient::on_gpu(&network, &shorter, &plain).unwrap() != backward);
    }
}

/// So many neurons in a row, each of which makes the next fire within a thousandth of a ms, without delay.
fn row(neurons: u32) -> NetworkInRows {
    let mut network = Network::builder().seed(1);
    let neuron = Neuron {
        reset: Reset::refractory(0.0, 5.0),
        ..Neuron::leaky_integrate_and_fire()
    };
    let all = network.population("all", neurons as usize, neuron);
    let stimulus = network.generators("stimulus", vec![vec![0.5, 20.25]]);
    let first = Synapse {
        source: 0,
        target: 0,
        weight: 3000.0,
        delay: 0.0,
    };
    network.connect(stimulus, all, Projection::list(vec![first]));
    let next = (1..neurons).map(|target| Synapse {
        source: target - 1,
        target,
        weight: 2000.0 + f64::from(target % 7) * 64.0,
        delay: 0.0,
    });
    network.connect(all, all, Projection::list(next.collect()));
    network.build_in_rows().unwrap()
}

fn spikes(stream: &mut dyn Stream, until: f64) -> Result<Vec<(u32, f64)>> {
    let window = stream.window();
    let mut all = Vec::new();
    stream.run(until, &mut |fired| {
        all.extend(fired.iter().map(|spike| (spike.neuron, spike.time(window))));
        Ok(())
    })?;
    Ok(all)
}

/// Whether these are the same spikes, to rounding.
fn is_near(a: &[(u32, f64)], b: &[(u32, f64)]) -> bool {
    let near = |(a, b): (&(u32, f64), &(u32, f64))| a.0 == b.0 && (a.1 - b.1).abs() < 2e-5;
    a.len() == b.len() && a.iter().zip(b).all(near)
}

#[test]
fn a_spike_runs_through_a_row_within_a_window() {
    let network = row(30);
    let Some(mut stream) = opened(&network, &GpuStreamOptions::default()) else {
        return;
    };
    let mut reference = CpuStream::new(&network, StreamOptions::default()).unwrap();
    let exact = spikes(&mut reference, UNTIL).unwrap();
    let found = spikes(&mut stream, UNTIL).unwrap();
    // The last finds what the one before found.
    assert_eq!(stream.statistics().most_passes, 31);
    assert!(exact.len() >= 60, "{}", exact.len());
    assert!(is_near(&found, &exact), "{found:?} {exact:?}");
    assert!(
        !is_near(&found[1..], &exact[..exact.len() - 1]),
        "a control"
    );
    // As many passes back and forth as there are neurons.
    let options = StreamGradientOptions::default();
    let exact = gradient_of(&network, &options);
    let found = gpu_gradient::on_gpu(&network, &options, &GpuStreamOptions::default()).unwrap();
    let faults = gpu_gradient::apart(&found, &exact, true);
    assert!(faults.is_empty(), "{faults:?}");
    let moving = exact.weights.iter().filter(|value| **value != 0.0);
    assert!(moving.count() > 25);
    let parameters = chosen(&network, 0);
    let exact = carried::on_cpu(&network, &parameters);
    let found = carried::on_gpu(&network, &parameters, &GpuStreamOptions::default(), UNTIL);
    let found = found.unwrap();
    let faults = carried::apart(&found, &exact, parameters.len(), true);
    assert!(faults.is_empty(), "{faults:?}");
    let mut shifted = exact;
    shifted.rows.rotate_left(parameters.len());
    assert!(!carried::apart(&found, &shifted, parameters.len(), false).is_empty());
}

#[test]
fn a_row_too_long_for_a_window_is_told_and_shorter_ones_help() {
    let network = row(1100);
    let Some(mut stream) = opened(&network, &GpuStreamOptions::default()) else {
        return;
    };
    let error = spikes(&mut stream, 2.0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    let told = error.to_string();
    for part in ["from 0 ms on", "1024 or more", "neuron", "a shorter window"] {
        assert!(told.contains(part), "{told}");
    }
    let mut reference = CpuStream::new(&network, StreamOptions::default()).unwrap();
    let exact = spikes(&mut reference, 2.0).unwrap();
    assert_eq!(exact.len(), 1100);
    let shorter = StreamOptions::default().window(Some(0.125));
    let options = GpuStreamOptions::default().simulation(shorter);
    let mut stream = opened(&network, &options).unwrap();
    let found = spikes(&mut stream, 2.0).unwrap();
    assert!(is_near(&found, &exact), "{} spikes", found.len());
}

#[test]
fn without_such_windows_nothing_is_paid() {
    let mut network = Network::builder().seed(1);
    let all = network.population("all", 20, Neuron::leaky_integrate_and_fire());
    network.poisson(all, 0, 0.2, 0.1);
    let own = Projection::by_rule(Rule::FixedInDegree(4), 0.01).delay(0.5);
    network.connect(all, all, own);
    let network = network.build_in_rows().unwrap();
    let Some(mut stream) = opened(&network, &GpuStreamOptions::default()) else {
        return;
    };
    let found = spikes(&mut stream, 50.0).unwrap();
    let statistics = stream.statistics();
    assert!(found.len() > 20, "{}", found.len());
    // Three kernels for each of a hundred windows.
    let windows = 100 + statistics.repeated_windows;
    assert_eq!(statistics.dispatches, 2 * windows, "{statistics:?}");
    assert_eq!((statistics.passes, statistics.most_passes), (0, 0));
}
