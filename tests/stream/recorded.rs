//! Potentials and currents of chosen neurons at regular times.

use spikefront::cpu::stream::{CpuStream, StateRecorder, StateSample, StreamOptions, StreamSpike};
use spikefront::network::{NetworkInRows, PerNeuron, Reset, Source};

use crate::networks::{drawn, two_currents};

const UNTIL: f64 = 120.0;

fn run(
    network: &NetworkInRows,
    window: Option<f64>,
    recorders: &[StateRecorder],
) -> (Vec<(f64, u32)>, Vec<StateSample>) {
    let mut simulation = CpuStream::new(network, StreamOptions::default().window(window)).unwrap();
    for recorder in recorders {
        simulation.record(recorder.clone()).unwrap();
    }
    let (mut spikes, mut samples) = (Vec::new(), Vec::new());
    let window = simulation.window();
    let timed = |spike: &StreamSpike| (spike.time(window), spike.neuron);
    for until in [31.7, UNTIL] {
        simulation
            .run_recording(
                until,
                |fired| {
                    spikes.extend(fired.iter().map(timed));
                    Ok(())
                },
                |states| {
                    samples.extend_from_slice(states);
                    Ok(())
                },
            )
            .unwrap();
        assert_eq!(simulation.time(), until);
        assert_eq!(simulation.spikes(), spikes.len() as u64);
    }
    samples.sort_by_key(|sample| (sample.recorder, sample.number, sample.neuron));
    (spikes, samples)
}

fn recorder(neurons: std::ops::Range<u32>, every: f64) -> StateRecorder {
    StateRecorder {
        neurons,
        every,
        from: 0.0,
        until: UNTIL,
    }
}

#[test]
fn recording_changes_no_bit_and_depends_on_no_partition() {
    for build in [two_currents, drawn] {
        let recorders = [recorder(3..9, 0.37), recorder(100..140, 1.0)];
        let mut builder = build(5);
        let network = builder.partitions(1).clone().build_in_rows().unwrap();
        let (plain, _) = run(&network, None, &[]);
        let (spikes, samples) = run(&network, None, &recorders);
        assert!(plain == spikes && plain.len() > 200);
        assert_eq!(samples.len(), 6 * 325 + 40 * 120);
        let network = builder.partitions(3).clone().build_in_rows().unwrap();
        let (_, parted) = run(&network, None, &recorders);
        assert!(samples == parted);
        // Shorter windows: other roundings, the same states.
        let (_, short) = run(&network, Some(0.03), &recorders);
        assert_eq!(samples.len(), short.len());
        let mut moved = 0;
        for (a, b) in samples.iter().zip(&short) {
            assert!((a.potential - b.potential).abs() < 1e-7, "{a:?} {b:?}");
            moved += usize::from(a.potential != b.potential);
        }
        assert!(moved > 0, "windows of another length round differently");
    }
}

/// From the spikes of a run alone: superposition of what arrived, from the neuron's last release on.
#[test]
fn states_are_those_of_the_closed_form() {
    let network = two_currents(2).build_in_rows().unwrap();
    let watched = 4..12;
    let (spikes, samples) = run(&network, None, &[recorder(4..13, 0.25)]);
    let neuron = network.populations()[0].neuron.clone();
    let Reset::To {
        potential: PerNeuron::Same(reset),
        refractory: PerNeuron::Same(refractory),
    } = neuron.reset
    else {
        panic!("all are reset to a potential");
    };
    let (tau, rest) = (neuron.tau_membrane.get(0), neuron.rest.get(0));
    let gain = |t: f64, s: f64| tau * s / (tau - s) * ((-t / tau).exp() - (-t / s).exp());
    let (mut compared, mut after_a_spike, mut held) = (0, 0, 0);
    for watched in watched {
        let onto = network.placed_synapses().filter(|s| s.target == watched);
        let mut arrivals: Vec<(f64, f64, usize)> = Vec::new();
        for synapse in onto {
            let Source::Population(source) = synapse.source else {
                continue;
            };
            let id = network.population(source).neurons.start + synapse.source_number;
            let times = spikes.iter().filter(|(_, neuron)| *neuron == id);
            arrivals.extend(times.map(|(time, _)| {
                let at = time + f64::from(synapse.delay);
                (at, f64::from(synapse.weight), synapse.receptor)
            }));
        }
        let own: Vec<&StateSample> = samples.iter().filter(|s| s.neuron == watched).collect();
        let start = own[0].potential;
        for sample in &own {
            let t = sample.number as f64 * 0.25;
            let fired = spikes.iter().rev().find(|s| s.1 == watched && s.0 <= t);
            let (from, initial) = match fired {
                None => (0.0, start),
                Some((time, _)) => (time + refractory, reset),
            };
            let since = t - from;
            let mut expected = initial;
            let mut currents = [0.0; 4];
            if since > 0.0 {
                expected = rest + (initial - rest) * (-since / tau).exp();
            }
            for &(at, weight, receptor) in arrivals.iter().filter(|a| a.0 <= t) {
                let s = neuron.tau_synapse[receptor].get(0);
                currents[receptor] += weight * (-(t - at) / s).exp();
                if since > 0.0 {
                    let (left, for_time) = match at < from {
                        true => (weight * (-(from - at) / s).exp(), since),
                        false => (weight, t - at),
                    };
                    expected += left * gain(for_time, s);
                }
            }
            let off = (sample.potential - expected).abs();
            assert!(
                off < 1e-9,
                "neuron {watched} at {t}: {sample:?}, not {expected}"
            );
            for (found, expected) in sample.currents.iter().zip(currents) {
                assert!((found - expected).abs() < 1e-9, "{watched} at {t}");
            }
            compared += 1;
            after_a_spike += usize::from(fired.is_some());
            held += usize::from(since <= 0.0);
        }
        // The comparison can tell: a neuron has another potential than its neighbour.
        let next = samples.iter().filter(|s| s.neuron == watched + 1);
        let off = own
            .iter()
            .zip(next)
            .map(|(a, b)| (a.potential - b.potential).abs());
        assert!(off.fold(0.0, f64::max) > 1e-3);
    }
    assert!(
        compared == 8 * 480 && after_a_spike > 1000 && held > 50,
        "{after_a_spike} {held}"
    );
}

#[test]
fn what_cannot_be_recorded_is_refused() {
    let network = two_currents(0).build_in_rows().unwrap();
    let mut simulation = CpuStream::new(&network, StreamOptions::default()).unwrap();
    for (wrong, named) in [
        (recorder(5..5, 1.0), "neurons of a recorder"),
        (recorder(190..201, 1.0), "the 200 there are"),
        (recorder(0..1, 0.0), "every is 0"),
        (recorder(0..1, f64::NAN), "every is NaN"),
        (recorder(0..1, 1e-300), "neurons times samples below 1e9"),
    ] {
        let error = simulation.record(wrong).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}
