//! From event to event, in windows of any length, in any number of partitions: the same spikes.

use spikefront::cpu::stream::{CpuStream, StreamOptions, StreamSpike, spikes_by_event};
use spikefront::network::{Network, NetworkBuilder, NetworkInRows, PoissonRate, Projection, Rule};

use crate::networks::{drawn, two_currents};

const UNTIL: f64 = 120.0;

fn in_windows(network: &NetworkInRows, window: Option<f64>) -> (Vec<StreamSpike>, Vec<(f64, u32)>) {
    let mut simulation = CpuStream::new(network, StreamOptions::default().window(window)).unwrap();
    let mut spikes: Vec<StreamSpike> = Vec::new();
    simulation
        .run(UNTIL, |fired| {
            spikes.extend(fired);
            Ok(())
        })
        .unwrap();
    let window = simulation.window();
    let time = |spike: &StreamSpike| spike.time(window);
    let timed = spikes
        .iter()
        .map(|spike| (time(spike), spike.neuron))
        .collect();
    (spikes, timed)
}

/// The largest difference of times; `None` where the spikes are not the same.
fn difference(a: &[(f64, u32)], b: &[(f64, u32)]) -> Option<f64> {
    // Spikes at one time to rounding may be listed in either order.
    let by_neuron = |spikes: &[(f64, u32)]| {
        let mut sorted = spikes.to_vec();
        sorted.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.total_cmp(&b.0)));
        sorted
    };
    let (a, b) = (by_neuron(a), by_neuron(b));
    let same = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.1 == b.1);
    same.then(|| {
        a.iter()
            .zip(&b)
            .map(|(a, b)| (a.0 - b.0).abs())
            .fold(0.0, f64::max)
    })
}

#[test]
fn by_event_and_in_windows() {
    for (name, build) in [
        ("two currents", two_currents as fn(u64) -> NetworkBuilder),
        ("drawn", drawn),
    ] {
        for seed in 0..4 {
            let network = build(seed).build_in_rows().unwrap();
            let reference = spikes_by_event(&network, UNTIL).unwrap();
            assert!(reference.len() > 200, "{name}: {} spikes", reference.len());
            let longest = CpuStream::new(&network, StreamOptions::default())
                .unwrap()
                .window();
            for window in [longest, longest / 3.7] {
                let (_, spikes) = in_windows(&network, Some(window));
                let off = difference(&reference, &spikes);
                let off = off.unwrap_or_else(|| {
                    panic!(
                        "{name}, seed {seed}, window {window}: {} spikes, not {}",
                        spikes.len(),
                        reference.len()
                    )
                });
                assert!(off < 1e-8, "{name}, seed {seed}, window {window}: {off} ms");
            }
        }
        // The comparison can tell: a weight that is a little off.
        let network = build(0).build_in_rows().unwrap();
        let other = build(1).build_in_rows().unwrap();
        let reference = spikes_by_event(&network, UNTIL).unwrap();
        let (_, spikes) = in_windows(&other, None);
        assert!(difference(&reference, &spikes).is_none_or(|off| off > 1e-6));
    }
}

/// A rate that changes without changing is one that does not; one that does is the same from event to event.
#[test]
fn rates_that_change_in_time() {
    let with = |rate: PoissonRate| {
        let mut network = Network::builder().seed(6);
        let cells = network.population("cells", 60, crate::networks::neuron(&[2.0], -60.0));
        let own = Projection::by_rule(Rule::FixedInDegree(8), 0.2).delay(0.7);
        network.connect(cells, cells, own);
        network.poisson(cells, 0, rate, 0.9);
        network.build_in_rows().unwrap()
    };
    let constant = with(PoissonRate::from(1.2));
    let (_, expected) = in_windows(&constant, None);
    let split = with(PoissonRate::from(vec![
        (0.0, 1.2),
        (13.7, 1.2),
        (71.0, 1.2),
    ]));
    let (_, spikes) = in_windows(&split, None);
    let off = difference(&expected, &spikes).expect("the same spikes");
    assert!(off < 1e-8 && expected.len() > 100, "{off}");
    let changing = with(PoissonRate::from(vec![
        (20.0, 1.2),
        (50.0, 0.0),
        (80.0, 2.0),
    ]));
    let reference = spikes_by_event(&changing, UNTIL).unwrap();
    for window in [None, Some(0.11)] {
        let (_, spikes) = in_windows(&changing, window);
        let off = difference(&reference, &spikes).expect("the same spikes");
        assert!(off < 1e-8, "{off}");
    }
    assert!(difference(&expected, &reference).is_none());
    let within = |from: f64, to: f64| {
        let is_within = |spike: &&(f64, u32)| (from..to).contains(&spike.0);
        reference.iter().filter(is_within).count()
    };
    assert_eq!(within(0.0, 20.0), 0);
    assert!(within(25.0, 50.0) > 20 && within(95.0, UNTIL) > within(25.0, 50.0));
    // Currents of 2 ms and a membrane of 20 ms are over by then.
    assert_eq!(within(65.0, 80.0), 0);
}

#[test]
fn partitions_and_threads_change_no_bit() {
    for build in [two_currents, drawn] {
        let mut builder = build(7);
        let (one, _) = in_windows(
            &builder.partitions(1).clone().build_in_rows().unwrap(),
            None,
        );
        for partitions in [2, 3, 7] {
            let network = builder
                .partitions(partitions)
                .clone()
                .build_in_rows()
                .unwrap();
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(2)
                .build()
                .unwrap();
            let (many, _) = pool.install(|| in_windows(&network, None));
            assert!(one == many, "{partitions} partitions");
        }
    }
}

#[test]
fn a_run_in_pieces_is_the_run() {
    let network = drawn(3).build_in_rows().unwrap();
    let (whole, _) = in_windows(&network, None);
    let mut simulation = CpuStream::new(&network, StreamOptions::default()).unwrap();
    let mut pieces = Vec::new();
    for until in [0.0, 10.003, 10.004, 57.7, UNTIL] {
        simulation
            .run(until, |fired| {
                let end = fired[fired.len() - 1];
                let end = end.time(simulation_window(&network));
                assert!(end <= until);
                pieces.extend(fired.iter().copied());
                Ok(())
            })
            .unwrap();
    }
    assert!(whole == pieces);
}

fn simulation_window(network: &NetworkInRows) -> f64 {
    CpuStream::new(network, StreamOptions::default())
        .unwrap()
        .window()
}

#[test]
fn an_input_that_is_given_its_spikes_is_a_group_of_generators() {
    let trains = vec![vec![1.0, 2.5, 9.0], vec![4.0, 5.5]];
    let with = |delay: f64, given: Option<Vec<Vec<f64>>>| {
        let mut network = Network::builder().seed(6);
        let stimulus = match given {
            None => network.generators("stimulus", trains.clone()),
            Some(trains) => {
                let input = network.input("stimulus", 2);
                network.input_spikes(input, vec![vec![0.5], vec![]]);
                network.input_spikes(input, trains);
                input
            }
        };
        let cells = network.population("cells", 20, crate::networks::neuron(&[2.0], -60.0));
        let into = Projection::by_rule(Rule::AllToAll, 9.0).delay(delay);
        network.connect(stimulus, cells, into);
        let own = Projection::by_rule(Rule::FixedInDegree(4), 2.0).delay(0.7);
        network.connect(cells, cells, own);
        in_windows(&network.build_in_rows().unwrap(), None).0
    };
    for delay in [0.0, 0.5] {
        let expected = with(delay, None);
        assert!(expected.len() >= 20 && with(delay, Some(trains.clone())) == expected);
        let other = vec![vec![1.0, 2.5, 9.5], vec![4.0, 5.5]];
        assert!(with(delay, Some(other)) != expected);
    }
}
