//! What a synapse and a neuron take.

use spikefront::cpu::stream::{CpuStream, StreamOptions};
use spikefront::network::{Network, Projection, Rule, Values};
use spikefront::networks::NamedNetwork;

use crate::networks::neuron;

fn bytes(weight: Values, delay: Values) -> f64 {
    let mut network = Network::builder().seed(1);
    let population = network.population("one", 500, neuron(&[5.0], -60.0));
    let own = Projection::by_rule(Rule::FixedInDegree(200), weight).delay(delay);
    network.connect(population, population, own);
    let network = network.build_in_rows().unwrap();
    // The starts of rows, 8 bytes a source, are shared by its synapses.
    let starts = 8 * 501;
    (network.synapse_bytes() - starts) as f64 / network.synapses() as f64
}

#[test]
fn a_synapse_takes_what_is_said() {
    let drawn = Values::uniform(1.0, 2.0);
    assert_eq!(bytes(1.0.into(), 1.0.into()), 4.0);
    assert_eq!(bytes(drawn, 1.0.into()), 8.0);
    assert_eq!(bytes(1.0.into(), drawn), 8.0);
    assert_eq!(bytes(drawn, drawn), 12.0);
}

#[test]
fn a_neuron_takes_what_is_said() {
    for (name, receptors, drives) in [("cuba", 2, 0), ("microcircuit", 1, 1)] {
        let described = NamedNetwork::find(name).unwrap().describe(0.02, 1).unwrap();
        let network = described.build_in_rows().unwrap();
        let simulation = CpuStream::new(&network, StreamOptions::default()).unwrap();
        let each = simulation.neuron_bytes() / network.neurons() as u64;
        assert_eq!(each, 25 + 16 * receptors + 16 * drives, "{name}");
    }
}

/// Where their values differ, and where some synapse has no delay, they take more.
#[test]
fn neurons_that_differ_take_what_is_said() {
    let each = |thresholds: Vec<f64>, delay: f64| {
        let mut network = Network::builder();
        let cells = neuron(&[5.0], -60.0).threshold(thresholds);
        let cells = network.population("cells", 500, cells);
        network.connect(cells, cells, Projection::random(0.1).delay(delay));
        let network = network.build_in_rows().unwrap();
        let simulation = CpuStream::new(&network, StreamOptions::default()).unwrap();
        simulation.neuron_bytes() / 500
    };
    let differ = || (0..500).map(|ix| -50.0 + 0.01 * f64::from(ix)).collect();
    let (alike, apart) = (each(vec![-50.0; 500], 1.0), each(differ(), 1.0));
    assert_eq!(alike, 25 + 16);
    assert!((180..250).contains(&(apart - alike)), "{apart}");
    let (alike, apart) = (each(vec![-50.0; 500], 0.0), each(differ(), 0.0));
    assert!((60..100).contains(&alike), "{alike}");
    assert!((180..250).contains(&(apart - alike)), "{apart}");
}

#[test]
fn a_limit_is_kept() {
    let mut described = NamedNetwork::find("brunel")
        .unwrap()
        .describe(0.2, 1)
        .unwrap();
    let error = described
        .memory_limit(1 << 20)
        .clone()
        .build_in_rows()
        .unwrap_err();
    assert_eq!(error.kind(), spikefront::ErrorKind::Memory);
    assert!(error.to_string().contains("may use 1 MiB"), "{error}");
    let needed = described
        .memory_limit(u64::MAX)
        .clone()
        .build_in_rows()
        .unwrap()
        .synapse_bytes();
    assert!(
        described
            .memory_limit(needed)
            .clone()
            .build_in_rows()
            .is_ok()
    );
    assert!(
        described
            .memory_limit(needed - 1)
            .clone()
            .build_in_rows()
            .is_err()
    );
}
