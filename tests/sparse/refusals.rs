//! What a builder refuses, and how it says so.

use spikefront::sparse::{
    Rule, SparseNetwork, SparseNetworkBuilder, SparsePopulationId, SparseReset, Synapse, Synapses,
    Values,
};

use crate::networks::neuron;

/// The message of a network of two populations and a generator that was changed.
fn refused(
    change: impl FnOnce(&mut SparseNetworkBuilder, SparsePopulationId, SparsePopulationId),
) -> String {
    let mut network = SparseNetwork::builder(1);
    let a = network.population("a", 3, neuron(&[5.0, 10.0], -60.0));
    let b = network.population("b", 2, neuron(&[5.0], -60.0));
    change(&mut network, a, b);
    network.build().expect_err("it is wrong").to_string()
}

fn neuron_refused(change: impl FnOnce(&mut spikefront::sparse::SparseNeuron)) -> String {
    let mut wrong = neuron(&[5.0], -60.0);
    change(&mut wrong);
    let mut network = SparseNetwork::builder(1);
    network.population("a", 3, wrong);
    network.build().expect_err("it is wrong").to_string()
}

#[test]
fn projections() {
    let all = Rule::FixedProbability(1.0);
    let good = Synapses::new(1.0, 1.0);
    let cases: Vec<(String, &str)> = vec![
        (
            refused(|n, a, b| n.connect(a, b, Rule::FixedProbability(1.5), good)),
            "probability of \"a->b\" is 1.5",
        ),
        (
            refused(|n, a, b| n.connect(a, b, Rule::OneToOne, good)),
            "one-to-one needs as many as targets, 2",
        ),
        (
            refused(|n, a, b| n.connect(a, b, all.clone(), good.receptor(1))),
            "receptor of \"a->b\" is 1",
        ),
        (
            refused(|n, a, b| n.connect(a, b, all.clone(), Synapses::new(f64::NAN, 1.0))),
            "weight of \"a->b\" is NaN",
        ),
        (
            refused(|n, a, b| n.connect(a, b, all.clone(), Synapses::new(1.0, 0.0))),
            "delay of \"a->b\" is 0",
        ),
        (
            refused(|n, a, b| {
                n.connect(
                    a,
                    b,
                    all.clone(),
                    Synapses::new(1.0, Values::normal(1.0, 0.1)),
                )
            }),
            "Values::at_least",
        ),
        (
            refused(|n, a, b| {
                n.connect(
                    a,
                    b,
                    all.clone(),
                    Synapses::new(Values::log_normal(-1.0, 1.0), 1.0),
                )
            }),
            "mean above zero",
        ),
        (
            refused(|n, a, b| {
                n.connect_list(
                    a,
                    b,
                    0,
                    vec![Synapse {
                        source: 3,
                        target: 0,
                        weight: 1.0,
                        delay: 1.0,
                    }],
                )
            }),
            "source of synapse 0",
        ),
        (
            refused(|n, a, b| {
                n.connect_list(
                    a,
                    b,
                    0,
                    vec![Synapse {
                        source: 0,
                        target: 2,
                        weight: 1.0,
                        delay: 1.0,
                    }],
                )
            }),
            "target of synapse 0",
        ),
        (
            refused(|n, a, b| {
                n.connect_list(
                    a,
                    b,
                    0,
                    vec![Synapse {
                        source: 0,
                        target: 0,
                        weight: 1.0,
                        delay: -1.0,
                    }],
                )
            }),
            "delay of synapse 0",
        ),
        (
            refused(|n, a, _| {
                n.partitions(0);
                n.poisson(a, 0, 1.0, 1.0)
            }),
            "partitions is 0",
        ),
    ];
    for (message, expected) in cases {
        assert!(message.contains(expected), "{message:?} lacks {expected:?}");
    }
}

#[test]
fn populations_generators_and_drives() {
    let cases: Vec<(String, &str)> = vec![
        (
            refused(|n, _, _| {
                n.population("a", 1, neuron(&[5.0], -60.0));
            }),
            "name of its own",
        ),
        (
            refused(|n, _, _| {
                n.population("c", 0, neuron(&[5.0], -60.0));
            }),
            "size of population \"c\" is 0",
        ),
        (
            refused(|n, _, _| {
                n.population("c", u32::MAX, neuron(&[5.0], -60.0));
            }),
            "fewer than 4,294,967,295",
        ),
        (
            refused(|n, a, _| n.initial_potential(a, -50.0)),
            "keep it below the threshold, -50",
        ),
        (
            refused(|n, _, b| n.initial_current(b, 1, 0.0)),
            "receptor of the initial current of \"b\" is 1",
        ),
        (
            refused(|n, _, _| {
                n.generators("g", vec![vec![2.0, 1.0]]);
            }),
            "give times in order",
        ),
        (
            refused(|n, _, _| {
                n.generators("g", vec![vec![-2.0]]);
            }),
            "spike of channel 0 of generators \"g\" is -2",
        ),
        (
            refused(|n, _, _| {
                n.generators("g", vec![]);
            }),
            "size of generators \"g\" is 0",
        ),
        (
            refused(|n, a, _| n.poisson(a, 2, 1.0, 1.0)),
            "receptor of a drive of \"a\" is 2",
        ),
        (
            refused(|n, a, _| n.poisson(a, 0, -1.0, 1.0)),
            "rate of a drive of \"a\" is -1",
        ),
        (
            neuron_refused(|n| n.tau_membrane = 0.0),
            "tau_membrane of population \"a\" is 0",
        ),
        (
            neuron_refused(|n| n.tau_synapse = vec![]),
            "one to 4 synaptic time constants",
        ),
        (
            neuron_refused(|n| n.tau_synapse = vec![1.0, -1.0]),
            "tau_synapse[1] of population \"a\" is -1",
        ),
        (
            neuron_refused(|n| n.threshold = f64::NAN),
            "threshold of population \"a\" is NaN",
        ),
        (
            neuron_refused(|n| n.reset = SparseReset::Subtract),
            "needs a threshold above zero",
        ),
        (
            neuron_refused(|n| {
                n.reset = SparseReset::To {
                    potential: 0.0,
                    refractory: 1.0,
                }
            }),
            "keep it finite and below the threshold",
        ),
        (
            neuron_refused(|n| {
                n.reset = SparseReset::To {
                    potential: -60.0,
                    refractory: -1.0,
                }
            }),
            "refractory of population \"a\" is -1",
        ),
    ];
    for (message, expected) in cases {
        assert!(message.contains(expected), "{message:?} lacks {expected:?}");
    }
    assert!(SparseNetwork::builder(1).build().is_err());
}

#[test]
fn a_neuron_without_rest_is_an_error_not_a_loop() {
    use spikefront::cpu::sparse::{SparseOptions, SparseSimulation, spikes_by_event};
    let mut restless = neuron(&[5.0], 1e9);
    restless.reset = SparseReset::To {
        potential: -60.0,
        refractory: 0.0,
    };
    let mut network = SparseNetwork::builder(1);
    network.population("restless", 1, restless);
    let network = network.build().unwrap();
    let mut simulation = SparseSimulation::new(&network, SparseOptions::default()).unwrap();
    let error = simulation.run(10.0, |_| Ok(())).unwrap_err().to_string();
    assert!(
        error.contains("spikes of neuron 0") && error.contains("refractory"),
        "{error}"
    );
    // From event to event there is no window to fire too often in: it is only slow, so a short while.
    assert!(spikes_by_event(&network, 1e-4).unwrap().len() > 100);
}
