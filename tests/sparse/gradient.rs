//! The adjoint against differences, and against itself cut in other ways.

use spikefront::cpu::sparse::{
    SparseGradient, SparseGradientOptions, SparseOptions, SparseParameter, SparseSimulation,
    SparseSpike, sparse_derivatives, sparse_gradient,
};
use spikefront::sparse::{SparseNetwork, SparseNetworkBuilder, SparseNeuron, SparseReset, Synapse};

use crate::networks::{drawn, two_currents};

const UNTIL: f64 = 60.0;

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
        potentials: (0..FIRST).map(|k| f64::from(k)).collect(),
    }
}

fn build(described: &Described) -> SparseNetwork {
    let mut network = SparseNetwork::builder(5);
    let first = SparseNeuron {
        tau_membrane: 15.0,
        tau_synapse: vec![3.0, 7.0],
        threshold: described.threshold,
        drive: 6.0,
        reset: SparseReset::To {
            potential: -1.0,
            refractory: 2.25,
        },
    };
    let second = SparseNeuron {
        tau_membrane: 9.0,
        tau_synapse: vec![2.0, 2.0, 12.0],
        threshold: 8.0,
        drive: 1.0,
        reset: SparseReset::Subtract,
    };
    // A population each, so that each may start elsewhere.
    let a = network.population("first", FIRST, first);
    let b = network.population("second", SECOND, second);
    network.initial_potential(a, described.potentials[0]);
    let g = network.generators("stimulus", described.trains.clone());
    let [aa, ab, ba, ga] = described.lists.clone();
    network.connect_list(a, a, 0, aa);
    network.connect_list(a, b, 2, ab);
    network.connect_list(b, a, 1, ba);
    network.connect_list(g, a, 0, ga);
    network.poisson(a, 0, 0.25, described.drive_weight);
    network.poisson(b, 1, 0.25, 2.0);
    network.build().unwrap()
}

/// What the loss gives to the time of a neuron's spike number `k`: on a subset of neurons, of both signs.
fn factor(neuron: u32, k: usize) -> f64 {
    if neuron % 3 == 2 {
        return 0.0;
    }
    (f64::from(neuron) * 1.7 + k as f64 * 0.9).sin() / (1.0 + k as f64)
}

/// The loss, and how many spikes each neuron fired.
fn loss(network: &SparseNetwork) -> (f64, Vec<usize>) {
    let mut simulation = SparseSimulation::new(network, SparseOptions::default()).unwrap();
    let window = simulation.window();
    let mut counts = vec![0; network.neurons()];
    let mut total = 0.0;
    let mut note = |spikes: &[SparseSpike]| {
        for spike in spikes {
            let count = &mut counts[spike.neuron as usize];
            total += factor(spike.neuron, *count) * (spike.window as f64 * window + spike.offset);
            *count += 1;
        }
        Ok(())
    };
    simulation.run(UNTIL, &mut note).unwrap();
    (total, counts)
}

fn gradient_of(network: &SparseNetwork, options: &SparseGradientOptions) -> SparseGradient {
    let counts = std::cell::RefCell::new(vec![0_usize; network.neurons()]);
    let note = |spikes: &[SparseSpike]| {
        spikes
            .iter()
            .for_each(|s| counts.borrow_mut()[s.neuron as usize] += 1);
        Ok(())
    };
    let cotangent = |spikes: &[SparseSpike], values: &mut [f64]| {
        for (spike, value) in spikes.iter().zip(values).rev() {
            let count = &mut counts.borrow_mut()[spike.neuron as usize];
            *count -= 1;
            *value = factor(spike.neuron, *count);
        }
    };
    sparse_gradient(network, options, UNTIL, note, cotangent).unwrap()
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

/// The largest deviation over the largest derivative.
fn deviation(pairs: &[(f64, f64)]) -> f64 {
    let largest = pairs.iter().map(|(a, _)| a.abs()).fold(0.0, f64::max);
    let off = pairs.iter().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    off / largest
}

#[test]
fn as_differences() {
    let base = described();
    let network = build(&base);
    let (_, counts) = loss(&network);
    assert!(counts.iter().sum::<usize>() > 40, "{counts:?}");
    let gradient = gradient_of(&network, &SparseGradientOptions::default());
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
        SparseParameter::Threshold(first),
        SparseParameter::GeneratorTime {
            generators: stimulus,
            channel: 0,
            spike: 1,
        },
    ];
    let mut contracted = [0.0; 2];
    let mut counted = vec![0; network.neurons()];
    sparse_derivatives(
        &network,
        SparseOptions::default(),
        &parameters,
        1e-6,
        UNTIL,
        |found| {
            for (spike, row) in found.spikes.iter().zip(found.rows.chunks(2)) {
                let count = &mut counted[spike.neuron as usize];
                let factor = factor(spike.neuron, *count);
                *count += 1;
                contracted
                    .iter_mut()
                    .zip(row)
                    .for_each(|(sum, moved)| *sum += factor * moved);
            }
            Ok(())
        },
    )
    .unwrap();
    assert!(deviation(&[(gradient.thresholds[0], contracted[0])]) < 1e-10);
    assert!(deviation(&[(gradient.generator_times[0][0][1], contracted[1])]) < 1e-10);
    for pair in single {
        assert!(deviation(&[pair]) < 1e-6, "{pair:?}");
    }
    // The comparison can tell one synapse from the next.
    let shifted: Vec<_> = weights.windows(2).map(|w| (w[0].0, w[1].1)).collect();
    assert!(deviation(&shifted) > 1e-2);
}

/// Forward in time, column by column, against the sweep backward.
#[test]
fn as_forward_propagation() {
    for (build, partitions) in [
        (two_currents as fn(u64) -> SparseNetworkBuilder, 1),
        (drawn, 1),
        (drawn, 3),
    ] {
        let network = build(1).partitions(partitions).clone().build().unwrap();
        let gradient = gradient_of(&network, &SparseGradientOptions::default());
        let synapses = network.synapses();
        let mut parameters = Vec::new();
        let mut adjoint = Vec::new();
        for place in (0..synapses).step_by(synapses as usize / 60) {
            parameters.push(SparseParameter::Weight(place));
            parameters.push(SparseParameter::Delay(place));
            adjoint.push(gradient.weights[place as usize]);
            adjoint.push(gradient.delays[place as usize]);
        }
        for (ix, own) in gradient.drives.iter().enumerate() {
            parameters.push(SparseParameter::Drive(ix));
            adjoint.push(*own);
        }
        for (neuron, own) in gradient.initial_potentials.iter().enumerate().step_by(9) {
            parameters.push(SparseParameter::InitialPotential(neuron as u32));
            adjoint.push(*own);
        }
        let mut contracted = vec![0.0; parameters.len()];
        let mut counts = vec![0; network.neurons()];
        let grazing = sparse_derivatives(
            &network,
            SparseOptions::default(),
            &parameters,
            1e-6,
            UNTIL,
            |found| {
                for (spike, row) in found.spikes.iter().zip(found.rows.chunks(parameters.len())) {
                    let count = &mut counts[spike.neuron as usize];
                    let factor = factor(spike.neuron, *count);
                    *count += 1;
                    contracted
                        .iter_mut()
                        .zip(row)
                        .for_each(|(sum, moved)| *sum += factor * moved);
                }
                Ok(())
            },
        );
        assert_eq!(grazing.unwrap(), gradient.grazing);
        let pairs: Vec<_> = contracted
            .iter()
            .copied()
            .zip(adjoint.iter().copied())
            .collect();
        assert!(pairs.iter().filter(|(a, _)| *a != 0.0).count() > 40);
        let off = deviation(&pairs);
        println!("{} parameters, {off:.1e} of the largest", pairs.len());
        assert!(off < 1e-12, "{off}");
        let shifted: Vec<_> = pairs.windows(2).map(|w| (w[0].0, w[1].1)).collect();
        assert!(deviation(&shifted) > 1e-2);
    }
}

#[test]
fn parameters_that_are_not_there_are_named() {
    let network = two_currents(1).build().unwrap();
    let refused = |parameter| {
        let options = SparseOptions::default();
        let run = sparse_derivatives(&network, options, &[parameter], 1e-6, 1.0, |_| Ok(()));
        run.unwrap_err().to_string()
    };
    let error = refused(SparseParameter::Weight(u64::MAX));
    assert!(
        error.contains("parameters[0]") && error.contains("synapses"),
        "{error}"
    );
    assert!(refused(SparseParameter::Drive(0)).contains("0 Poisson drives"));
    assert!(refused(SparseParameter::InitialPotential(200)).contains("200 neurons"));
}

fn same(a: &SparseGradient, b: &SparseGradient) -> f64 {
    let pairs = |a: &[f64], b: &[f64]| a.iter().copied().zip(b.iter().copied()).collect::<Vec<_>>();
    let lists = [
        (&a.weights, &b.weights),
        (&a.delays, &b.delays),
        (&a.thresholds, &b.thresholds),
        (&a.drives, &b.drives),
        (&a.initial_potentials, &b.initial_potentials),
    ];
    lists
        .iter()
        .map(|(a, b)| deviation(&pairs(a, b)))
        .fold(0.0, f64::max)
}

/// However long segments are the bits are the same; however long windows are, rounding apart, the numbers.
#[test]
fn segments_and_windows_change_nothing() {
    for build in [two_currents as fn(u64) -> SparseNetworkBuilder, drawn] {
        let network = build(2).build().unwrap();
        let whole = gradient_of(&network, &SparseGradientOptions::default());
        assert!(whole.spikes > 60, "{}", whole.spikes);
        assert!(whole.weights.iter().filter(|w| **w != 0.0).count() > 200);
        for segment in [1, 7, 100] {
            let options = SparseGradientOptions {
                segment,
                ..Default::default()
            };
            assert!(
                gradient_of(&network, &options) == whole,
                "segments of {segment}"
            );
        }
        let window = Some(network.shortest_delay() / 3.3);
        let options = SparseGradientOptions {
            window,
            ..Default::default()
        };
        let off = same(&whole, &gradient_of(&network, &options));
        assert!(off < 1e-7, "{off}");
        assert!(
            same(
                &whole,
                &gradient_of(
                    &build(3).build().unwrap(),
                    &SparseGradientOptions::default()
                )
            ) > 1e-2
        );
    }
}

#[test]
fn partitions_change_the_order_alone() {
    let mut builder = two_currents(4);
    let one = builder.partitions(1).clone().build().unwrap();
    let three = builder.partitions(3).clone().build().unwrap();
    let options = SparseGradientOptions::default();
    let by_synapse = |network: &SparseNetwork| {
        let gradient = gradient_of(network, &options);
        let mut all: Vec<_> = network
            .placed_synapses()
            .zip(gradient.weights)
            .map(|(s, g)| ((s.receptor, s.source_number, s.target), g))
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        (all, gradient.initial_potentials)
    };
    let ((a, starts), (b, other_starts)) = (by_synapse(&one), by_synapse(&three));
    assert!(a.iter().map(|x| x.0).eq(b.iter().map(|x| x.0)));
    let pairs: Vec<_> = a.iter().zip(&b).map(|(a, b)| (a.1, b.1)).collect();
    assert!(deviation(&pairs) < 1e-12);
    let pairs: Vec<_> = starts.into_iter().zip(other_starts).collect();
    assert!(deviation(&pairs) < 1e-12);
}
