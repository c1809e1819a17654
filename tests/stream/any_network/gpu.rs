//! Random networks of everything that one long run on a GPU can have, against the CPU engine.

use spikefront::cpu::stream::{
    CpuStream, StateRecorder, StateSample, StreamGradient, StreamGradientOptions, StreamOptions,
};
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::network::NetworkInRows;
use spikefront::stream::Stream;

use super::networks::{DURATION, Mutant, describe};
use crate::carried::{chosen, on_cpu, on_gpu};
use crate::gpu::{available, within_defaults};
use crate::gpu_gradient;
use crate::spike_loss::gradient_of;

/// Those with delays above zero in all synapses.
fn networks(mutant: Mutant) -> impl Iterator<Item = (u64, NetworkInRows)> {
    let seeds = 0..120;
    seeds.map(move |seed| (seed, describe(seed, mutant).build_in_rows().unwrap()))
}

/// Of neurons' spikes the neuron and the time in ms, in that order, and the states of all neurons.
fn run(stream: &mut dyn Stream, neurons: u32) -> (Vec<(u32, f64)>, Vec<StateSample>) {
    let recorder = StateRecorder {
        neurons: 0..neurons,
        every: 0.7301,
        from: 0.1,
        until: DURATION,
    };
    stream.record(&recorder).unwrap();
    let window = stream.window();
    let (mut spikes, mut samples) = (Vec::new(), Vec::new());
    stream
        .run_recording(
            DURATION,
            &mut |fired| {
                spikes.extend(fired.iter().map(|spike| (spike.neuron, spike.time(window))));
                Ok(())
            },
            &mut |states| {
                samples.extend_from_slice(states);
                Ok(())
            },
        )
        .unwrap();
    spikes.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    samples.retain(|sample| sample.number as f64 * 0.7301 < DURATION);
    samples.sort_by_key(|sample| (sample.number, sample.neuron));
    (spikes, samples)
}

/// The median, the 99.9th percentile and the largest.
fn told(mut errors: Vec<f64>) -> [f64; 3] {
    errors.sort_by(f64::total_cmp);
    let at = |share: f64| errors[((errors.len() - 1) as f64 * share).ceil() as usize];
    [at(0.5), at(0.999), at(1.0)]
}

#[test]
fn spikes_and_states_are_those_of_the_cpu() {
    let (mut times, mut potentials, mut n, mut apart) = (Vec::new(), Vec::new(), 0, 0);
    let mut differ = 0;
    for (seed, network) in networks(Mutant::None) {
        let neurons = network.neurons() as u32;
        let opened = GpuStream::new(&network, &within_defaults(&GpuStreamOptions::default()));
        let Some(mut stream) = available(opened) else {
            return;
        };
        let found = run(&mut stream, neurons);
        let mut reference = CpuStream::new(&network, StreamOptions::default()).unwrap();
        let exact = run(&mut reference, neurons);
        let neuron = |spikes: &[(u32, f64)]| spikes.iter().map(|s| s.0).collect::<Vec<_>>();
        n += 1;
        if neuron(&found.0) != neuron(&exact.0) {
            println!("{seed}: {} and {} spikes", found.0.len(), exact.0.len());
            apart += 1;
            continue;
        }
        let off = |(a, b): (&(u32, f64), &(u32, f64))| (a.1 - b.1).abs();
        times.extend(found.0.iter().zip(&exact.0).map(off));
        assert_eq!(found.1.len(), exact.1.len());
        potentials.extend(found.1.iter().zip(&exact.1).map(|(a, b)| {
            assert_eq!((a.number, a.neuron), (b.number, b.neuron));
            let currents = a.currents.iter().zip(&b.currents);
            let currents = currents.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            (a.potential - b.potential).abs().max(currents)
        }));
        // The comparison can tell: another reset, where a neuron fires twice.
        let other = describe(seed, Mutant::Reset).build_in_rows().unwrap();
        let mut other = CpuStream::new(&other, StreamOptions::default()).unwrap();
        let other = run(&mut other, neurons).0;
        let is_near =
            other.len() == found.0.len() && other.iter().zip(&found.0).all(|pair| off(pair) < 1e-4);
        differ += usize::from(!is_near);
    }
    let n_times = times.len();
    let (times, potentials) = (told(times), told(potentials));
    println!("{n_times} spikes, {times:?} ms; states {potentials:?}; {apart} of {n} differ");
    assert!(
        apart <= 1 && n_times > 2000 && differ > n / 3,
        "{apart} {n_times} {differ}"
    );
    assert!(times[0] < 1e-6 && times[1] < 1e-3, "{times:?}");
    assert!(
        potentials[0] < 1e-6 && potentials[1] < 1e-3,
        "{potentials:?}"
    );
}

fn numbers(gradient: &StreamGradient) -> [Vec<f64>; 6] {
    let times = gradient.generator_times.iter().flatten().flatten();
    [
        gradient.weights.clone(),
        gradient.delays.clone(),
        gradient.neuron_thresholds.clone(),
        gradient.drives.clone(),
        times.copied().collect(),
        gradient.initial_potentials.clone(),
    ]
}

/// Of the largest of each list, of entries that are not zero in both.
fn errors(found: &[f64], exact: &[f64]) -> Vec<f64> {
    assert_eq!(found.len(), exact.len());
    let largest = exact.iter().fold(1e-12_f64, |m, v| m.max(v.abs()));
    let pairs = found.iter().zip(exact);
    let pairs = pairs.filter(|(a, b)| **a != 0.0 || **b != 0.0);
    pairs.map(|(a, b)| (a - b).abs() / largest).collect()
}

#[test]
fn derivatives_are_those_of_the_cpu() {
    let (plain, device) = (
        StreamGradientOptions::default(),
        GpuStreamOptions::default(),
    );
    let (mut backward, mut forward, mut control) = (Vec::new(), Vec::new(), Vec::new());
    for (seed, network) in networks(Mutant::None) {
        let exact = gradient_of(&network, &plain);
        let Some(found) = available(gpu_gradient::on_gpu(&network, &plain, &device)) else {
            return;
        };
        if found.spikes != exact.spikes || exact.spikes == 0 {
            println!("{seed}: {} and {} spikes", found.spikes, exact.spikes);
            continue;
        }
        for (found, exact) in numbers(&found).iter().zip(&numbers(&exact)) {
            backward.extend(errors(found, exact));
            let mut next = exact.clone();
            next.rotate_left(1.min(exact.len()));
            control.extend(errors(found, &next));
        }
        let parameters = chosen(&network, exact.drives.len());
        let found = on_gpu(&network, &parameters, &device, crate::spike_loss::UNTIL).unwrap();
        let exact = on_cpu(&network, &parameters);
        let order = |spikes: &[spikefront::stream::StreamSpike]| {
            spikes.iter().map(|spike| spike.neuron).collect::<Vec<_>>()
        };
        if order(&found.spikes) != order(&exact.spikes) {
            continue;
        }
        for column in 0..parameters.len() {
            let of = |rows: &[f64]| -> Vec<f64> {
                let column = rows.iter().skip(column).step_by(parameters.len());
                column.copied().collect()
            };
            forward.extend(errors(&of(&found.rows), &of(&exact.rows)));
        }
    }
    let n = [backward.len(), forward.len()];
    let [backward, forward, control] = [backward, forward, control].map(told);
    println!("{n:?} entries: adjoint {backward:?}, forward {forward:?}");
    assert!(n[0] > 2000 && n[1] > 5000, "{n:?}");
    assert!(backward[0] < 1e-5 && backward[1] < 1e-3, "{backward:?}");
    assert!(forward[0] < 1e-5 && forward[1] < 1e-3, "{forward:?}");
    // The comparison can tell one entry from the next.
    assert!(control[0] > 1e-2, "{control:?}");
}
