//! The recurrent networks that snnTorch exported run, as networks made by hand of the same numbers do.

use ndarray::{Array2, Ix2};
use spikefront::network::{Network, Neuron, Projection, Reset};
use spikefront::nir::{NirGraph, NirNode, NirOptions, NirReset, NirSpikeJump};

use super::{Done, file, simulate};

/// The step that the networks were trained with, in ms.
const STEP: f64 = 0.1;
const DURATION: f64 = 30.0;

fn node<'a>(graph: &'a NirGraph, name: &str) -> Done<&'a NirNode> {
    let found = graph.nodes().iter().find(|node| node.name == name);
    Ok(found.ok_or_else(|| format!("no node {name}"))?)
}

fn values(node: &NirNode, name: &str) -> Vec<f64> {
    node.parameters[name].iter().copied().collect()
}

/// What `dV/dt` gains by a spike of weight 1: snnTorch adds the weight to a current that it adds to V in each step.
fn scale(node: &NirNode, neuron: usize) -> f64 {
    let of = |name: &str| values(node, name)[neuron];
    let per_ms = of("r") / (of("tau_mem") * 1000.0);
    per_ms * (of("w_in") * (STEP / (of("tau_syn") * 1000.0)))
}

fn projection(linear: &NirNode, target: &NirNode) -> Done<Projection> {
    let weight = linear.parameters["weight"]
        .clone()
        .into_dimensionality::<Ix2>()?;
    let shape = (weight.ncols(), weight.nrows());
    let weights = Array2::from_shape_fn(shape, |(source, neuron)| {
        weight[[neuron, source]] * scale(target, neuron)
    });
    Ok(Projection::dense(weights))
}

/// By hand; `biases` are the nodes whose biases arrive at it.
fn neuron(node: &NirNode, biases: &[&NirNode], reset: Reset) -> Neuron {
    let [tau_mem, tau_syn, r, w_in] =
        ["tau_mem", "tau_syn", "r", "w_in"].map(|name| values(node, name));
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(tau_mem[0] * 1000.0)
        .tau_synapse(tau_syn[0] * 1000.0)
        .reset(reset);
    if biases.is_empty() {
        return neuron;
    }
    let rest = (0..r.len()).map(|ix| {
        let bias: f64 = biases.iter().map(|bias| values(bias, "bias")[ix]).sum();
        0.0 + r[ix] * (w_in[ix] * bias)
    });
    neuron.rest(rest.collect::<Vec<f64>>())
}

fn by_hand(graph: &NirGraph, reset: &Reset) -> Done<Network> {
    let [fc1, w_rec, lif1, fc2, lif2] =
        ["fc1", "lif1.w_rec", "lif1.lif", "fc2", "lif2"].map(|name| node(graph, name));
    let (fc1, w_rec, lif1, fc2, lif2) = (fc1?, w_rec?, lif1?, fc2?, lif2?);
    let has_bias = fc1.parameters.contains_key("bias");
    let mut network = Network::builder();
    let input = network.input("input", 12);
    let biases = |nodes: &[&'static str]| -> Done<Vec<&NirNode>> {
        nodes
            .iter()
            .filter(|_| has_bias)
            .map(|name| node(graph, name))
            .collect()
    };
    let hidden = neuron(lif1, &biases(&["lif1.w_rec", "fc1"])?, reset.clone());
    let hidden = network.population("lif1.lif", values(lif1, "r").len(), hidden);
    let output = neuron(lif2, &biases(&["fc2"])?, reset.clone());
    let output = network.population("lif2", 7, output);
    let recurrent = projection(w_rec, lif1)?;
    let first = projection(fc1, lif1)?;
    network.connect(hidden, hidden, recurrent);
    network.connect(input, hidden, first);
    network.connect(hidden, output, projection(fc2, lif2)?);
    Ok(network.build()?)
}

/// Every channel fires each 1.3 ms, one after another.
fn spikes() -> Vec<Vec<f64>> {
    let channel = |c: usize| {
        (0..20)
            .map(|k| 0.5 + 0.1 * c as f64 + 1.3 * f64::from(k))
            .collect()
    };
    (0..12).map(channel).collect()
}

#[test]
fn both_networks_run_as_those_made_by_hand() -> Done {
    for (name, reset, by_reset) in [
        ("braille_noDelay_bias_zero.nir", None, Reset::to(0.0)),
        (
            "braille_noDelay_noBias_subtract.nir",
            Some(NirReset::Subtract),
            Reset::Subtract,
        ),
    ] {
        let graph = NirGraph::read(file(name))?;
        let options = NirOptions::default().reset(reset);
        let read = graph.network(&options)?;
        let told = read.notes.join("\n");
        assert!(told.contains("times are in seconds"), "{told}");
        assert!(
            told.contains("the step being 0.1 ms: w_in is tau_syn / step and r is tau_mem / step"),
            "{told}"
        );
        assert_eq!(read.outputs, ["lif2"]);
        let (network, expected) = (read.builder.build()?, by_hand(&graph, &by_reset)?);
        assert_eq!(network, expected, "{name}");
        let found = simulate(&network, &spikes(), DURATION, &[])?;
        assert_eq!(found, simulate(&expected, &spikes(), DURATION, &[])?);
        let n_hidden = network.populations()[0].size as u32;
        let hidden = found
            .neurons()
            .iter()
            .filter(|neuron| **neuron < n_hidden)
            .count();
        assert!(hidden > 10, "{name}: {hidden} of {}", found.n_spikes());
        // Read otherwise they do otherwise.
        let otherwise = options.spike_jump(Some(NirSpikeJump::Step(2.0 * STEP)));
        let network = graph.network(&otherwise)?.builder.build()?;
        assert_ne!(
            simulate(&network, &spikes(), DURATION, &[])?.times(),
            found.times()
        );
    }
    Ok(())
}
