//! `shaders/propagators.wgsl` against the flow in f64, interval by interval.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::dynamics::Flow;
use spikefront::gpu::kernels::propagators::{PropagatorsParameters, SOURCE};
use spikefront::gpu::layout::{Arrival, Neuron, SPIKES_NEEDED, Sizes, WORKGROUP};

use super::harness::{Device, device, read, uniform, written};
use super::mutant;

/// Where nothing must be written.
const UNTOUCHED: [u32; 4] = [12345; 4];
/// Arrivals that a list has room for, and of each sample those that there are.
const CAPACITY: usize = 150;
const ARRIVALS: [usize; 3] = [0, 149, 70];
/// How long a frame lasts.
const FRAME: f32 = 3.0;
/// Half a unit in the last place.
const U: f64 = 1.0 / (1 << 24) as f64;

/// The second list of three samples.
struct Lists {
    flow: Flow,
    window_end: f32,
    arrivals: Vec<Arrival>,
}

fn drawn(seed: u64) -> Lists {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let synapse = rng.random_range(0.05..1.0f32);
    let membrane = match seed % 3 {
        0 => synapse,
        1 => synapse * 1.001,
        _ => rng.random_range(0.05..1.0f32),
    };
    let window_end = 20.0;
    let mut arrivals = vec![Arrival::default(); 2 * ARRIVALS.len() * CAPACITY];
    for (sample, n) in ARRIVALS.into_iter().enumerate() {
        let mut times: Vec<f32> = (0..n).map(|_| rng.random_range(0.0..window_end)).collect();
        times.sort_by(f32::total_cmp);
        if n > 1 {
            times[1] = times[0];
        }
        let first = (2 * sample + 1) * CAPACITY;
        for (ix, time) in times.into_iter().enumerate() {
            let weights = rng.random_range(0..1000);
            arrivals[first + ix] = Arrival {
                time,
                weights,
                ..Arrival::default()
            };
        }
    }
    Lists {
        flow: Flow {
            synapse_rate: synapse.into(),
            membrane_rate: membrane.into(),
        },
        window_end,
        arrivals,
    }
}

impl Lists {
    fn run(&self, device: &Device, shader: &str) -> Vec<[u32; 4]> {
        let n_samples = ARRIVALS.len();
        let neuron = Neuron {
            synapse_rates: [self.flow.synapse_rate as f32; 4],
            membrane_rate: self.flow.membrane_rate as f32,
            list: 1,
            ..Neuron::default()
        };
        let sizes = Sizes {
            n_slots: n_samples as u32,
            n_sources: 2,
            n_lists: 2,
            n_shared_lists: 2,
            arrivals_capacity: CAPACITY as u32,
            ..Sizes::default()
        };
        let mut counters = vec![0; SPIKES_NEEDED as usize + 2];
        counters.extend(ARRIVALS.iter().flat_map(|&n| [7, n as u32]));
        let parameters = PropagatorsParameters {
            window_end: self.window_end,
            first_unit: 1,
            frame_length: FRAME,
            frame_rate: 1.0 / FRAME,
        };
        let bindings = [
            (0, uniform(&parameters)),
            (1, read(&[Neuron::default(), neuron])),
            (6, read(&self.arrivals)),
            (7, read(&counters)),
            (
                38,
                written(&vec![UNTOUCHED; 3 * n_samples * (CAPACITY + 1)]),
            ),
            (30, uniform(&sizes)),
        ];
        let groups = (CAPACITY as u32 + 1).div_ceil(WORKGROUP);
        let found = device.run(
            "propagators",
            shader,
            &bindings,
            [groups, n_samples as u32, 1],
        );
        bytemuck::pod_collect_to_vec(&found[0])
    }

    /// Whether a frame is wrong at the end of an interval.
    fn is_frame_off(
        &self,
        found: &[[u32; 4]],
        (start, end): (f32, f32),
        is_window_end: bool,
    ) -> bool {
        let begin = |time: f32| (time * (1.0 / FRAME)).floor() * FRAME;
        let before = begin(start);
        let here = if is_window_end { end } else { begin(end) };
        let (a, b) = (self.flow.synapse_rate, self.flow.membrane_rate);
        let (length, since) = (f64::from(end - start), f64::from(end - here));
        let (earlier, moved) = (f64::from(start - before), f64::from(here - before));
        let gain = self.flow.propagator(length).gain;
        let expected = [
            (b * since - a * earlier).exp() * gain,
            a * (a * since).exp(),
            ((b - a) * since).exp() / a,
            here.into(),
            (-b * moved).exp(),
            (-a * moved).exp(),
            f64::from(u8::from(here != before)),
            0.0,
        ];
        // A gain is as exact as the difference of exponentials that it is.
        let scale = length.min(1.0 / self.flow.rate_difference().abs().max(1e-9));
        let of_gain = 16.0 * U * scale * (b * since - a * earlier).exp();
        let words = found.iter().flatten().zip(expected).enumerate();
        let mut off = words.map(|(ix, (&word, expected))| {
            let found = f64::from(f32::from_bits(word));
            // An exponential may be off by 3 + 2 |x| units in the last place, x being 20 at most.
            let within = 100.0 * U * expected.abs() + if ix == 0 { of_gain } else { 0.0 };
            (found - expected).abs() > within
        });
        off.any(|is_off| is_off)
    }

    fn faults(&self, found: &[[u32; 4]]) -> Vec<String> {
        let mut faults = Vec::new();
        for (sample, n) in ARRIVALS.into_iter().enumerate() {
            let list = &self.arrivals[(2 * sample + 1) * CAPACITY..][..n];
            let intervals = &found[sample * (CAPACITY + 1)..][..CAPACITY + 1];
            let frames = ARRIVALS.len() * (CAPACITY + 1) + 2 * sample * (CAPACITY + 1);
            let found_frames = &found[frames..][..2 * (CAPACITY + 1)];
            for (ix, &interval) in intervals.iter().enumerate() {
                if ix > n {
                    if interval != UNTOUCHED || found_frames[2 * ix..][..2] != [UNTOUCHED; 2] {
                        faults.push(format!("{ix} behind {n} arrivals was written"));
                    }
                    continue;
                }
                let start = ix.checked_sub(1).map_or(0.0, |before| list[before].time);
                let (end, weights) = list
                    .get(ix)
                    .map_or((self.window_end, 0), |at| (at.time, at.weights));
                let length = f64::from(end - start);
                let there = self.flow.propagator(length);
                let rates = [
                    (self.flow.membrane_rate, there.membrane),
                    (self.flow.synapse_rate, there.synapse),
                ];
                let [membrane, synapse, gain, row] = interval;
                let mut is_off = row != weights;
                for (word, (rate, there)) in [membrane, synapse].into_iter().zip(rates) {
                    let found = f64::from(f32::from_bits(word));
                    is_off |= (found - (there - 1.0)).abs() > 16.0 * U * (rate * length).min(1.0);
                }
                let scale = length.min(1.0 / self.flow.rate_difference().abs().max(1e-9));
                let found = f64::from(f32::from_bits(gain));
                is_off |= (found - there.gain).abs() > 16.0 * U * scale;
                is_off |= self.is_frame_off(&found_frames[2 * ix..][..2], (start, end), ix == n);
                if is_off {
                    faults.push(format!(
                        "sample {sample}, {ix}: {interval:?} over {length} ms"
                    ));
                }
            }
        }
        faults
    }
}

#[test]
fn intervals_have_the_flow_of_the_reference() {
    let Some(device) = device() else { return };
    for seed in 0..12 {
        let lists = drawn(seed);
        let mut faults = lists.faults(&lists.run(&device, SOURCE.text));
        faults.truncate(10);
        assert!(faults.is_empty(), "{seed}:\n{}", faults.join("\n"));
    }
}

#[test]
fn intervals_with_one_thing_wrong_are_reported() {
    let Some(device) = device() else { return };
    for (right, wrong) in [
        (
            "arrivals[first + place - 1u].time",
            "arrivals[first + place].time",
        ),
        ("var end = parameters.window_end", "var end = 0.0"),
        ("place <= n;", "place < n;"),
        ("n_lists + neuron.list;", "n_lists;"),
        ("neurons[parameters.first_unit]", "neurons[0]"),
        ("(sizes.arrivals_capacity + 1u)", "sizes.arrivals_capacity"),
        ("weights = arrivals[first + place].weights", "weights = 1u"),
        ("bitcast<u32>(flow.gain)", "bitcast<u32>(flow.membrane)"),
        ("exp(-a * (start - before))", "1.0"),
        ("a * exp(a * since)", "exp(a * since)"),
        ("exp((b - a) * since) / a", "exp(b * since) / a"),
        ("exp(-a * moved), f32", "exp(-b * moved), f32"),
        ("f32(here != before)", "f32(here == before)"),
        (
            "frame_start(end), end, is_window_end",
            "frame_start(end), end, false",
        ),
        (
            "floor(time * parameters.frame_rate)",
            "(time * parameters.frame_rate)",
        ),
        (
            "2u * (sample * n_intervals + place)",
            "(sample * n_intervals + place)",
        ),
    ] {
        let shader = mutant(SOURCE.text, right, wrong);
        let faults = |seed: u64| drawn(seed).faults(&drawn(seed).run(&device, &shader)).len();
        let n: usize = (0..3).map(faults).sum();
        println!("{n:>6} faults with {wrong:?}");
        assert!(n > 0, "{wrong:?} passes for {right:?}");
    }
}
