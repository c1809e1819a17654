//! The adjoint against differences.

use spikefront::cpu::stream::{
    StreamGradientOptions, StreamOptions, StreamParameter, stream_derivatives,
};
use spikefront::network::{Network, NetworkInRows, Neuron, Projection, Reset, Synapse};

use crate::spike_loss::{Contraction, UNTIL, deviation, gradient_of, loss};

/// All that is differentiated, as numbers that single precision holds with room for a step.
#[derive(Clone)]
struct Described {
    /// Within the first population, from it to the second, back, and from the generators to the first.
    lists: [Vec<Synapse>; 4],
    threshold: f64,
    drive_weight: f64,
    trains: Vec<Vec<f64>>,
    potentials: Vec<f64>,
}

const FIRST: u32 = 8;
const SECOND: u32 = 4;

fn described() -> Described {
    // Multiples of 2^-8, drawn by a multiplicative hash.
    let mut state = 12345_u32;
    let mut draw = move |low: f64, high: f64| {
        state = state.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        let unit = f64::from(state >> 8) / f64::from(1 << 24);
        ((low + (high - low) * unit) * 256.0).round() / 256.0
    };
    let mut list = |sources: u32, targets: u32, n: u32, low: f64, high: f64| {
        let synapse = |k: u32| Synapse {
            source: (k * 7 + 3) % sources,
            target: (k * 5 + k / targets) % targets,
            weight: draw(low, high),
            delay: draw(0.5, 3.0),
        };
        (0..n).map(synapse).collect::<Vec<_>>()
    };
    Described {
        lists: [
            list(FIRST, FIRST, 24, 0.5, 2.5),
            list(FIRST, SECOND, 16, 1.0, 3.0),
            list(SECOND, FIRST, 16, -2.0, -0.5),
            list(3, FIRST, 10, 2.0, 6.0),
        ],
        threshold: 10.0,
        drive_weight: 3.0,
        trains: vec![vec![2.0, 9.5, 30.0], vec![4.25, 41.0], vec![16.0]],
        potentials: (0..FIRST).map(f64::from).collect(),
    }
}

fn build(described: &Described) -> NetworkInRows {
    let mut network = Network::builder().seed(5);
    let first = Neuron::leaky_integrate_and_fire()
        .tau_membrane(15.0)
        .receptors([3.0, 7.0])
        .threshold(described.threshold)
        .rest(6.0)
        .initial(-1.0)
        .reset(Reset::refractory(-1.0, 2.25));
    let second = Neuron::leaky_integrate_and_fire()
        .tau_membrane(9.0)
        .receptors([2.0, 2.0, 12.0])
        .threshold(8.0)
        .rest(1.0);
    // A population each, so that each may start elsewhere.
    let a = network.population("first", FIRST as usize, first);
    let b = network.population("second", SECOND as usize, second);
    network.initial_potential(a, described.potentials[0]);
    let g = network.generators("stimulus", described.trains.clone());
    let [aa, ab, ba, ga] = described.lists.clone();
    network.connect(a, a, Projection::list(aa));
    network.connect(a, b, Projection::list(ab).receptor(2));
    network.connect(b, a, Projection::list(ba).receptor(1));
    network.connect(g, a, Projection::list(ga));
    network.poisson(a, 0, 0.25, described.drive_weight);
    network.poisson(b, 1, 0.25, 2.0);
    network.build_in_rows().unwrap()
}
/// The derivative by differences of fourth order; `None` where a step changes a spike count.
fn difference(change: impl Fn(f64) -> Described, counts: &[usize]) -> Option<f64> {
    let slope = |step: f64| {
        let (up, n) = loss(&build(&change(step)));
        let (down, m) = loss(&build(&change(-step)));
        (n == counts && m == counts).then_some((up - down) / (2.0 * step))
    };
    let (coarse, fine) = (slope(1.0 / 1024.0)?, slope(1.0 / 2048.0)?);
    Some((4.0 * fine - coarse) / 3.0)
}

#[test]
fn as_differences() {
    let base = described();
    let network = build(&base);
    let (_, counts) = loss(&network);
    assert!(counts.iter().sum::<usize>() > 40, "{counts:?}");
    let gradient = gradient_of(&network, &StreamGradientOptions::default());
    assert_eq!(gradient.grazing, 0);
    let (mut weights, mut delays, mut skipped) = (Vec::new(), Vec::new(), 0);
    // Lists become groups in the order in which they were connected; within one, by source, delay, target.
    let mut place = 0;
    for list in 0..4 {
        let mut order: Vec<usize> = (0..base.lists[list].len()).collect();
        let synapses = &base.lists[list];
        order.sort_by(|&i, &j| {
            let key = |k: usize| (synapses[k].source, synapses[k].delay, synapses[k].target);
            key(i).partial_cmp(&key(j)).unwrap()
        });
        for ix in order {
            let by_weight = |step: f64| {
                let mut changed = base.clone();
                changed.lists[list][ix].weight += step;
                changed
            };
            let by_delay = |step: f64| {
                let mut changed = base.clone();
                changed.lists[list][ix].delay += step;
                changed
            };
            match difference(by_weight, &counts) {
                Some(slope) => weights.push((gradient.weights[place], slope)),
                None => skipped += 1,
            }
            match difference(by_delay, &counts) {
                Some(slope) => delays.push((gradient.delays[place], slope)),
                None => skipped += 1,
            }
            place += 1;
        }
    }
    assert_eq!(place, gradient.weights.len());
    assert!(skipped < 10, "{skipped} steps change a spike count");
    let mut times = Vec::new();
    for channel in 0..3 {
        for k in 0..base.trains[channel].len() {
            let by_time = |step: f64| {
                let mut changed = base.clone();
                changed.trains[channel][k] += step;
                changed
            };
            let own = gradient.generator_times[0][channel][k];
            times.extend(difference(by_time, &counts).map(|slope| (own, slope)));
        }
    }
    let by_threshold = difference(
        |step| Described {
            threshold: base.threshold + step,
            ..base.clone()
        },
        &counts,
    );
    let by_drive = difference(
        |step| Described {
            drive_weight: base.drive_weight + step,
            ..base.clone()
        },
        &counts,
    );
    let by_start = difference(
        |step| {
            let mut changed = base.clone();
            changed.potentials[0] += step;
            changed
        },
        &counts,
    );
    let starts: f64 = gradient.initial_potentials[..FIRST as usize].iter().sum();
    let single = [
        (
            gradient.thresholds[0],
            by_threshold.expect("no count changes"),
        ),
        (gradient.drives[0], by_drive.expect("no count changes")),
        (starts, by_start.expect("no count changes")),
    ];
    for (what, pairs) in [
        ("weights", &weights),
        ("delays", &delays),
        ("times", &times),
    ] {
        let off = deviation(pairs);
        println!(
            "{what}: {} derivatives, {off:.1e} of the largest",
            pairs.len()
        );
        assert!(off < 1e-6, "{what}: {off}");
    }
    assert!(weights.len() > 55 && times.len() >= 5);
    // The rest of what there are columns for.
    let first = network.population_named("first").unwrap();
    let stimulus = network.generators_named("stimulus").unwrap();
    let parameters = [
        StreamParameter::Threshold(first),
        StreamParameter::GeneratorTime {
            generators: stimulus,
            channel: 0,
            spike: 1,
        },
    ];
    let mut contraction = Contraction::new(&network, 2);
    let add = |found: spikefront::cpu::stream::SpikeDerivatives| {
        contraction.add(found);
        Ok(())
    };
    stream_derivatives(
        &network,
        StreamOptions::default(),
        &parameters,
        1e-6,
        UNTIL,
        add,
    )
    .unwrap();
    let [by_threshold, by_time] = contraction.derivatives[..] else {
        panic!("two parameters");
    };
    assert!(deviation(&[(gradient.thresholds[0], by_threshold)]) < 1e-10);
    assert!(deviation(&[(gradient.generator_times[0][0][1], by_time)]) < 1e-10);
    for pair in single {
        assert!(deviation(&[pair]) < 1e-6, "{pair:?}");
    }
    // The comparison can tell one synapse from the next.
    let shifted: Vec<_> = weights.windows(2).map(|w| (w[0].0, w[1].1)).collect();
    assert!(deviation(&shifted) > 1e-2);
}
