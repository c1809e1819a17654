//! What a builder refuses, and how it says so.

use spikefront::network::{
    Network, NetworkBuilder, Neuron, PerNeuron, PopulationId, Projection, Reset, Rule, Synapse,
    Values,
};

use crate::networks::neuron;

/// The message of a network of two populations and a generator that was changed.
fn refused(change: impl FnOnce(&mut NetworkBuilder, PopulationId, PopulationId)) -> String {
    let mut network = Network::builder().seed(1);
    let a = network.population("a", 3, neuron(&[5.0, 10.0], -60.0));
    let b = network.population("b", 2, neuron(&[5.0], -60.0));
    change(&mut network, a, b);
    network
        .build_in_rows()
        .expect_err("it is wrong")
        .to_string()
}

fn connected(projection: Projection) -> String {
    refused(|network, a, b| {
        network.connect(a, b, projection);
    })
}

fn neuron_refused(change: impl FnOnce(&mut Neuron)) -> String {
    let mut wrong = neuron(&[5.0], -60.0);
    change(&mut wrong);
    let mut network = Network::builder().seed(1);
    network.population("a", 3, wrong);
    network
        .build_in_rows()
        .expect_err("it is wrong")
        .to_string()
}

#[test]
fn projections() {
    let all = Rule::FixedProbability(1.0);
    let by = |rule: &Rule, weight: Values, delay: Values| {
        Projection::by_rule(rule.clone(), weight).delay(delay)
    };
    let good = |rule: &Rule| by(rule, 1.0.into(), 1.0.into());
    let list = |synapse: Synapse| Projection::list(vec![synapse]);
    let cases: Vec<(String, &str)> = vec![
        (
            connected(good(&Rule::FixedProbability(1.5))),
            "probability of \"a->b\" is 1.5",
        ),
        (
            connected(good(&Rule::OneToOne)),
            "one-to-one needs as many as targets, 2",
        ),
        (
            connected(good(&all).receptor(1)),
            "receptor of \"a->b\" is 1",
        ),
        (
            connected(by(&all, f64::NAN.into(), 1.0.into())),
            "weight of \"a->b\" is NaN",
        ),
        (
            connected(by(&all, 1e39.into(), 1.0.into())),
            "largest of single precision",
        ),
        (
            connected(by(&all, 1.0.into(), 1e39.into())),
            "delay of \"a->b\" is 1e39",
        ),
        (
            connected(by(&all, 1.0.into(), Values::normal(1.0, 0.1))),
            "lower bound",
        ),
        (
            connected(by(&all, Values::log_normal(-1.0, 1.0), 1.0.into())),
            "mean above zero",
        ),
        (
            connected(list(Synapse {
                source: 3,
                target: 0,
                weight: 1.0,
                delay: 1.0,
            })),
            "source of synapse 0",
        ),
        (
            connected(list(Synapse {
                source: 0,
                target: 2,
                weight: 1.0,
                delay: 1.0,
            })),
            "target of synapse 0",
        ),
        (
            connected(list(Synapse {
                source: 0,
                target: 0,
                weight: 1.0,
                delay: -1.0,
            })),
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
                n.population("c", u32::MAX as usize, neuron(&[5.0], -60.0));
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
            neuron_refused(|n| n.tau_membrane = 0.0.into()),
            "tau_membrane of population \"a\" is 0",
        ),
        (
            neuron_refused(|n| n.tau_synapse = vec![]),
            "one to 4 synaptic time constants",
        ),
        (
            neuron_refused(|n| n.tau_synapse = vec![1.0.into(), (-1.0).into()]),
            "tau_synapse[1] of population \"a\" is -1",
        ),
        (
            neuron_refused(|n| n.threshold = Some(f64::NAN.into())),
            "threshold of population \"a\" is NaN",
        ),
        (
            neuron_refused(|n| n.reset = Reset::Subtract),
            "needs a threshold above zero",
        ),
        (
            neuron_refused(|n| n.rest = PerNeuron::Each(vec![-60.0, -61.0])),
            "rest of population \"a\" is a list of 2",
        ),
        (
            refused(|n, _, _| {
                n.input("samples", 3);
            }),
            "spikes of input \"samples\" is none",
        ),
        (
            refused(|n, _, _| {
                let input = n.input("samples", 3);
                n.input_spikes(input, vec![vec![1.0]; 3]);
                n.input_spikes(input, vec![vec![1.0]; 2]);
            }),
            "spikes of input \"samples\" is a list of 2",
        ),
        (
            refused(|n, _, _| {
                let input = n.input("samples", 1);
                n.input_spikes(input, vec![vec![2.0, 1.0]]);
            }),
            "spike of channel 0 of input \"samples\" is 1",
        ),
        (
            refused(|n, _, _| {
                let own = n.generators("own", vec![vec![]]);
                n.input_spikes(own, vec![vec![2.0]]);
            }),
            "generators have their own",
        ),
        (
            neuron_refused(|n| {
                n.reset = Reset::refractory(0.0, 1.0);
            }),
            "keep it below the threshold",
        ),
        (
            neuron_refused(|n| {
                n.reset = Reset::refractory(-60.0, -1.0);
            }),
            "refractory of population \"a\" is -1",
        ),
    ];
    for (message, expected) in cases {
        assert!(message.contains(expected), "{message:?} lacks {expected:?}");
    }
    assert!(Network::builder().seed(1).build_in_rows().is_err());
}

#[test]
fn a_neuron_without_rest_is_an_error_not_a_loop() {
    use spikefront::cpu::stream::{CpuStream, StreamOptions, spikes_by_event};
    let mut restless = neuron(&[5.0], 1e9);
    restless.reset = Reset::to(-60.0);
    let mut network = Network::builder().seed(1);
    network.population("restless", 1, restless);
    let network = network.build_in_rows().unwrap();
    let mut simulation = CpuStream::new(&network, StreamOptions::default()).unwrap();
    let error = simulation.run(10.0, |_| Ok(())).unwrap_err().to_string();
    assert!(
        error.contains("spikes of neuron 0") && error.contains("refractory"),
        "{error}"
    );
    // From event to event there is no window to fire too often in: it is only slow, so a short while.
    assert!(spikes_by_event(&network, 1e-4).unwrap().len() > 100);
}

/// Neurons that excite one another without delay: each cycle takes one representable number.
#[test]
fn a_loop_without_delay_that_runs_away_is_an_error_within_seconds() {
    use spikefront::cpu::stream::{CpuStream, StreamOptions};
    let run = |weight: f64| {
        let cell = Neuron::leaky_integrate_and_fire();
        let mut network = Network::builder().seed(1);
        let cells = network.population("cells", 50, cell);
        let start = network.generators("start", vec![vec![1.0]]);
        network.connect(start, cells, Projection::by_rule(Rule::AllToAll, 2.0));
        network.connect(cells, cells, Projection::by_rule(Rule::AllToAll, weight));
        let network = network.build_in_rows().unwrap();
        let mut simulation = CpuStream::new(&network, StreamOptions::default()).unwrap();
        let begun = std::time::Instant::now();
        let result = simulation.run(20.0, |_| Ok(()));
        assert!(begun.elapsed().as_secs() < 20);
        (result, simulation.spikes())
    };
    let (error, _) = run(0.5);
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("number of spikes of neuron") && error.contains("refractory"),
        "{error}"
    );
    let (result, spikes) = run(-0.005);
    assert!(result.is_ok() && spikes > 50, "{spikes}");
}
