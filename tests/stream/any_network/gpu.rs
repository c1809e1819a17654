//! Random networks of everything that one long run on a GPU can have, against the CPU engine.

use spikefront::cpu::stream::{
    CpuStream, StateRecorder, StateSample, StreamGradient, StreamGradientOptions, StreamOptions,
    stream_gradient,
};
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::network::NetworkInRows;
use spikefront::stream::Stream;
use spikefront::{ErrorKind, Result};

use super::networks::{DURATION, Mutant, describe};
use crate::carried::{chosen, on_cpu, on_gpu};
use crate::gpu::{available, within_defaults};
use crate::gpu_gradient;
use crate::spike_loss::{UNTIL, gradient_by};

/// Forty with delays above zero in all synapses, and fifty of which most have synapses without delay.
fn networks(mutant: Mutant) -> impl Iterator<Item = (u64, NetworkInRows)> {
    let seeds = (0..120).filter(|seed| seed % 3 == 0 || *seed < 75);
    seeds.map(move |seed| (seed, describe(seed, mutant).build_in_rows().unwrap()))
}

/// Beyond so many spikes some come so near to an arrival at their neuron that in single precision the two change places: derivatives have
/// a kink there.
const MOST_SPIKES: u64 = 1000;

/// Numbers of networks with delays above zero, and of those with synapses without delay.
type Of<T> = [T; 2];

fn number(network: &NetworkInRows) -> usize {
    usize::from(network.shortest_delay() == 0.0)
}

/// Whether both refuse a network, as one that fires without end; if one does the other must.
fn is_refused<A, B>(seed: u64, found: &Result<A>, exact: &Result<B>) -> bool {
    if let (Err(found), Err(exact)) = (found, exact) {
        println!("{seed}: {found}; {exact}");
        assert_eq!(found.kind(), ErrorKind::Invalid);
    }
    assert_eq!(found.is_err(), exact.is_err(), "{seed}");
    found.is_err()
}

/// Of neurons' spikes the neuron and the time in ms, in that order, and the states of all neurons.
type Found = (Vec<(u32, f64)>, Vec<StateSample>);

fn run(stream: &mut dyn Stream, neurons: u32) -> Result<Found> {
    let recorder = StateRecorder {
        neurons: 0..neurons,
        every: 0.7301,
        from: 0.1,
        until: DURATION,
    };
    stream.record(&recorder)?;
    let window = stream.window();
    let (mut spikes, mut samples) = (Vec::new(), Vec::new());
    stream.run_recording(
        DURATION,
        &mut |fired| {
            spikes.extend(fired.iter().map(|spike| (spike.neuron, spike.time(window))));
            Ok(())
        },
        &mut |states| {
            samples.extend_from_slice(states);
            Ok(())
        },
    )?;
    spikes.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    samples.retain(|sample| sample.number as f64 * 0.7301 < DURATION);
    samples.sort_by_key(|sample| (sample.number, sample.neuron));
    Ok((spikes, samples))
}

/// The median, the 99.9th percentile and the largest.
fn told(errors: &mut [f64]) -> [f64; 3] {
    errors.sort_by(f64::total_cmp);
    let at = |share: f64| errors[((errors.len() - 1) as f64 * share).ceil() as usize];
    [at(0.5), at(0.999), at(1.0)]
}

#[test]
fn spikes_and_states_are_those_of_the_cpu() {
    let (mut times, mut potentials) = (<Of<Vec<f64>>>::default(), <Of<Vec<f64>>>::default());
    let (mut n, mut apart, mut differ) = (<Of<usize>>::default(), 0, <Of<usize>>::default());
    for (seed, network) in networks(Mutant::None) {
        let (neurons, kind) = (network.neurons() as u32, number(&network));
        let opened = GpuStream::new(&network, &within_defaults(&GpuStreamOptions::default()));
        let Some(mut stream) = available(opened) else {
            return;
        };
        let found = run(&mut stream, neurons);
        let on_cpu = |network: &NetworkInRows| {
            let mut stream = CpuStream::new(network, StreamOptions::default())?;
            run(&mut stream, neurons)
        };
        let exact = on_cpu(&network);
        if is_refused(seed, &found, &exact) {
            continue;
        }
        let (found, exact) = (found.unwrap(), exact.unwrap());
        let neuron = |spikes: &[(u32, f64)]| spikes.iter().map(|s| s.0).collect::<Vec<_>>();
        n[kind] += 1;
        if neuron(&found.0) != neuron(&exact.0) {
            println!("{seed}: {} and {} spikes", found.0.len(), exact.0.len());
            apart += 1;
            continue;
        }
        let off = |(a, b): (&(u32, f64), &(u32, f64))| (a.1 - b.1).abs();
        times[kind].extend(found.0.iter().zip(&exact.0).map(off));
        assert_eq!(found.1.len(), exact.1.len());
        potentials[kind].extend(found.1.iter().zip(&exact.1).map(|(a, b)| {
            assert_eq!((a.number, a.neuron), (b.number, b.neuron));
            let currents = a.currents.iter().zip(&b.currents);
            let currents = currents.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            (a.potential - b.potential).abs().max(currents)
        }));
        // The comparison can tell: another reset, where a neuron fires twice.
        let other = on_cpu(&describe(seed, Mutant::Reset).build_in_rows().unwrap());
        let is_near = other.is_ok_and(|(other, _)| {
            other.len() == found.0.len() && other.iter().zip(&found.0).all(|pair| off(pair) < 1e-4)
        });
        differ[kind] += usize::from(!is_near);
    }
    assert!(n[0] >= 40 && n[1] >= 40 && apart <= 1, "{n:?} {apart}");
    for kind in 0..2 {
        let (times, potentials) = (&mut times[kind], &mut potentials[kind]);
        let n_times = times.len();
        let (times, potentials) = (told(times), told(potentials));
        println!("{n_times} spikes, {times:?} ms; states {potentials:?}; {apart} of {n:?} differ");
        assert!(n_times > 2000 && differ[kind] > n[kind] / 3, "{differ:?}");
        assert!(times[0] < 1e-6 && times[1] < 1e-3, "{times:?}");
        assert!(
            potentials[0] < 1e-6 && potentials[1] < 1e-3,
            "{potentials:?}"
        );
    }
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
    let lists = <Of<Vec<f64>>>::default;
    let (mut backward, mut forward, mut control) = (lists(), lists(), lists());
    let mut n = <Of<usize>>::default();
    for (seed, network) in networks(Mutant::None) {
        let kind = number(&network);
        let exact = gradient_by(&network, |note, cotangent| {
            stream_gradient(&network, &plain, UNTIL, note, cotangent)
        });
        let found = match gpu_gradient::on_gpu(&network, &plain, &device) {
            Err(error) if error.kind() == ErrorKind::Invalid => Err(error),
            answered => match available(answered) {
                Some(found) => Ok(found),
                None => return,
            },
        };
        if is_refused(seed, &found, &exact) {
            continue;
        }
        let (found, exact) = (found.unwrap(), exact.unwrap());
        let is_dense = exact.spikes > MOST_SPIKES;
        if found.spikes != exact.spikes || exact.spikes == 0 || is_dense {
            println!("{seed}: {} and {} spikes", found.spikes, exact.spikes);
            continue;
        }
        n[kind] += 1;
        for (found, exact) in numbers(&found).iter().zip(&numbers(&exact)) {
            backward[kind].extend(errors(found, exact));
            let mut next = exact.clone();
            next.rotate_left(1.min(exact.len()));
            control[kind].extend(errors(found, &next));
        }
        let parameters = chosen(&network, exact.drives.len());
        let found = on_gpu(&network, &parameters, &device, UNTIL).unwrap();
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
            forward[kind].extend(errors(&of(&found.rows), &of(&exact.rows)));
        }
    }
    assert!(n[0] >= 35 && n[1] >= 40, "{n:?}");
    for kind in 0..2 {
        let n = [backward[kind].len(), forward[kind].len()];
        let [backward, forward, control] =
            [&mut backward, &mut forward, &mut control].map(|all| told(&mut all[kind]));
        println!("{n:?} entries: adjoint {backward:?}, forward {forward:?}");
        assert!(n[0] > 2000 && n[1] > 5000, "{n:?}");
        assert!(backward[0] < 1e-5 && backward[1] < 1e-3, "{backward:?}");
        assert!(forward[0] < 1e-5 && forward[1] < 1e-3, "{forward:?}");
        // The comparison can tell one entry from the next.
        assert!(control[0] > 1e-2, "{control:?}");
    }
}
