//! What cannot be read or written is refused by name.

use ndarray::{Array2, ArrayD, IxDyn, array};
use spikefront::network::{Network, Neuron, Projection, Reset, Rule};
use spikefront::nir::{NirGraph, NirNode, NirOptions, NirSpikeJump, NirTimeUnit, NirWriteOptions};

use super::{Done, chain, input, linear, list, matrix, output, readout};

/// What is said of a graph.
fn told(graph: spikefront::Result<NirGraph>) -> String {
    let options = NirOptions::default().spike_jump(Some(NirSpikeJump::Delta));
    let read = graph.and_then(|graph| graph.network(&options));
    read.and_then(|read| read.builder.build())
        .expect_err("it is refused")
        .to_string()
}

/// What is said of a node before a readout.
fn before(node: NirNode) -> String {
    told(chain(vec![input(1), node, readout(), output(1)]))
}

#[test]
fn nodes_without_a_counterpart_are_refused() {
    let convolution =
        NirNode::new("conv", "Conv2d").with("weight", ArrayD::zeros(IxDyn(&[1, 1, 3, 3])));
    let said = before(convolution);
    assert!(
        said.contains("type of node \"conv\" is Conv2d: there are no convolutions"),
        "{said}"
    );
    let said = before(NirNode::new("pool", "SumPool2d"));
    assert!(
        said.contains("type of node \"pool\" is SumPool2d"),
        "{said}"
    );
    let integrate = NirNode::new("if", "IF").with("r", list(&[1.0]));
    assert!(before(integrate).contains("type of node \"if\" is IF: potentials leak here"));
    let said = before(NirNode::new("t", "Threshold").with("threshold", list(&[1.0])));
    assert!(
        said.contains("type of node \"t\" is Threshold: there is no counterpart"),
        "{said}"
    );
    assert!(said.contains("CubaLIF"), "{said}");
}

#[test]
fn shapes_and_values_that_do_not_fit_are_refused() {
    for (node, said) in [
        (
            linear(&[&[0.1, 0.2]]),
            "size of the edge \"input\" (Input) to \"fc\" (Linear) is 1 to 2",
        ),
        (
            linear(&[&[0.1], &[0.2]]),
            "size of the edge \"fc\" (Linear) to \"readout\" (CubaLI) is 2 to 1",
        ),
        (
            linear(&[&[f64::NAN]]),
            "weight of node \"fc\" (Linear) is NaN",
        ),
        (
            NirNode::new("fc", "Linear"),
            "weight of node \"fc\" (Linear) is not given",
        ),
        (
            NirNode::new("fc", "Linear").with("weight", list(&[1.0])),
            "shape of the weight of node \"fc\" (Linear) is [1]",
        ),
        (
            NirNode::new("lag", "Delay").with("delay", list(&[-0.001])),
            "delay of node \"lag\" (Delay) is -0.001",
        ),
        (
            NirNode::new("fc", "Affine")
                .with("weight", matrix(&[&[1.0]]))
                .with("bias", list(&[1.0, 2.0])),
            "shape of bias of node \"fc\" (Affine) is [2]",
        ),
    ] {
        let found = before(node);
        assert!(found.contains(said), "{found} lacks {said}");
    }
    let with = |name: &str, value: f64| {
        let node = readout().with(name, list(&[value]));
        told(chain(vec![input(1), linear(&[&[1.0]]), node, output(1)]))
    };
    assert!(
        with("tau_syn", 0.0)
            .contains("tau_syn of node \"readout\" (CubaLI) is 0: give a time above zero")
    );
    assert!(with("r", f64::INFINITY).contains("r of node \"readout\" (CubaLI) is inf"));
    let shapes = input(1).with("shape", list(&[0.5]));
    assert!(
        told(chain(vec![shapes, readout(), output(1)]))
            .contains("shape of node \"input\" (Input) is 0.5")
    );
    assert!(told(chain(vec![input(1), output(1)])).contains("graph is without neurons"));
}

#[test]
fn what_the_file_leaves_open_must_be_said() -> Done {
    let graph = chain(vec![input(1), linear(&[&[0.5]]), readout(), output(1)])?;
    let told = |options: &NirOptions| graph.network(options).expect_err("it is open").to_string();
    let said = told(&NirOptions::default());
    assert!(
        said.starts_with("jump of the current of node \"readout\" at a spike is not said"),
        "{said}"
    );
    assert!(
        said.contains("adds 1 (its weight), 7 (times w_in), 1400 (a Dirac delta"),
        "{said}"
    );
    let step = NirOptions::default().spike_jump(Some(NirSpikeJump::Step(0.0)));
    assert!(told(&step).contains("step of the graph's writer is 0"));
    let between = readout().with("tau_mem", list(&[1.0]));
    let graph = chain(vec![input(1), linear(&[&[0.5]]), between, output(1)])?;
    let said = graph.network(&step).expect_err("it is open").to_string();
    assert!(
        said.contains("time unit of the graph is not said: the longest time constant is 1"),
        "{said}"
    );
    Ok(())
}

#[test]
fn loops_and_outputs_without_neurons_are_refused() {
    let scale = |name: &str| NirNode::new(name, "Scale").with("scale", list(&[0.5]));
    let nodes = vec![input(1), scale("a"), scale("b"), readout(), output(1)];
    let edges = [
        ("input", "a"),
        ("a", "b"),
        ("b", "a"),
        ("b", "readout"),
        ("readout", "output"),
    ];
    let said = told(NirGraph::new(nodes, &edges));
    assert!(said.contains("part of a loop without a neuron"), "{said}");
    let nodes = vec![input(1), readout(), linear(&[&[1.0]]), output(1)];
    let edges = [("input", "readout"), ("input", "fc"), ("fc", "output")];
    let said = told(NirGraph::new(nodes, &edges));
    assert!(
        said.contains("source of node \"output\" (Output) is \"fc\" (Linear)"),
        "{said}"
    );
    let nodes = || vec![input(1), readout(), output(1)];
    let ends = [("input", "readout"), ("readout", "output")];
    let said = told(NirGraph::new(
        nodes(),
        &[&ends[..], &[("readout", "input")]].concat(),
    ));
    assert!(
        said.contains("source of node \"input\" (Input) is \"readout\" (CubaLI)"),
        "{said}"
    );
    let said = told(NirGraph::new(
        nodes(),
        &[&ends[..], &[("output", "readout")]].concat(),
    ));
    assert!(
        said.contains("target of node \"output\" (Output) is \"readout\" (CubaLI)"),
        "{said}"
    );
    let nodes = vec![input(1), readout(), readout().clone(), output(1)];
    assert!(told(chain(nodes)).contains("\"readout\", twice"));
    let mixed = vec![
        input(2),
        linear(&[&[1.0, 0.5], &[0.5, 1.0]]),
        NirNode::new("lag", "Delay").with("delay", list(&[0.001, 0.002])),
        NirNode::new("next", "Linear").with("weight", matrix(&[&[1.0, 1.0]])),
        readout(),
        output(1),
    ];
    let said = told(chain(mixed));
    assert!(
        said.contains("input of node \"next\" (Linear) is channels with delays of their own"),
        "{said}"
    );
}

fn network(neuron: Neuron, projection: Projection) -> spikefront::Result<Network> {
    let mut network = Network::builder();
    let input = network.input("input", 2);
    let cell = network.population("cell", 2, neuron);
    network.connect(input, cell, projection);
    network.build()
}

#[test]
fn what_nir_cannot_say_is_not_written() -> Done {
    let held = || Neuron::leaky_integrate_and_fire().reset(Reset::to(0.0));
    let weights = || Projection::dense(array![[0.1, 0.2], [0.3, 0.4]]);
    let told = |network: &Network, options: NirWriteOptions| {
        let graph = NirGraph::of_network(network, &network.parameters(0), &options);
        graph
            .map(drop)
            .map_err(|error| error.to_string())
            .err()
            .unwrap_or_default()
    };
    let seconds = NirWriteOptions::default();
    let ms = seconds.time_unit(NirTimeUnit::Milliseconds);
    assert_eq!(
        told(&network(held(), weights())?, seconds),
        "",
        "the control"
    );
    let refractory = held().reset(Reset::refractory(0.0, 2.0));
    let said = told(&network(refractory, weights())?, seconds);
    assert!(
        said.contains(
            "refractory time of population \"cell\" is 2 ms: NIR has no refractory times"
        ),
        "{said}"
    );
    let subtracting = network(Neuron::leaky_integrate_and_fire(), weights())?;
    assert!(told(&subtracting, seconds).contains("reset of population \"cell\" is by subtraction"));
    let left_out = seconds.leave_out_subtraction(true);
    assert_eq!(told(&subtracting, left_out), "");
    let said = told(&network(held().initial(0.5), weights())?, seconds);
    assert!(
        said.contains("initial potential of neuron 0 of population \"cell\" is 0.5"),
        "{said}"
    );
    let delays = Array2::from_shape_fn((2, 2), |(s, t)| (s * t) as f64);
    let said = told(&network(held(), weights().delays(delays))?, seconds);
    assert!(
        said.contains("delays of \"input->cell\" is one for each synapse"),
        "{said}"
    );
    let slow = network(held().tau_membrane(500.0), weights())?;
    assert!(told(&slow, seconds).contains("longest time constant in ms is 500"));
    assert_eq!(told(&slow, ms), "");
    let mut driven = Network::builder();
    let cell = driven.population("cell", 1, held());
    driven.poisson(cell, 0, 0.1, 0.1);
    assert!(told(&driven.build()?, seconds).contains("with generators or Poisson drives"));
    // By a rule there are fewer synapses, which a matrix can hold.
    assert_eq!(
        told(
            &network(held(), Projection::by_rule(Rule::OneToOne, 0.1))?,
            seconds
        ),
        ""
    );
    Ok(())
}
