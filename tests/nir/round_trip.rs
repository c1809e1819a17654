//! What is written is read as the same network.

use ndarray::{Array2, array};
use spikefront::network::{Network, Neuron, Projection, Reset};
use spikefront::nir::{NirGraph, NirOptions, NirReset, NirTimeUnit, NirWriteOptions};

use super::{Done, simulate};

/// Two layers and a readout, with numbers that have no short decimals where a unit of time does not matter.
pub fn network(in_ms: bool, reset: Reset) -> spikefront::Result<Network> {
    let odd = if in_ms { 1.0 / 7.0 } else { 0.0 };
    let mut network = Network::builder();
    let input = network.input("input", 3);
    let hidden = Neuron::leaky_integrate_and_fire()
        .tau_membrane(vec![20.0 + odd, 15.0, 12.5, 30.0])
        .tau_synapse(5.0 + odd)
        .threshold(vec![1.0, 1.0 / 3.0, 0.9, 0.7])
        .reset(reset);
    let hidden = network.population("hidden", 4, hidden);
    let readout = Neuron::leaky_integrator().rest(0.1).initial(0.1);
    let readout = network.population("readout", 2, readout);
    let weights = |n: usize, m: usize, scale: f64| {
        Array2::from_shape_fn((n, m), |(s, t)| scale * ((s * m + t) as f64 + 1.0).sqrt())
    };
    network.connect(
        input,
        hidden,
        Projection::dense(weights(3, 4, 0.2)).delay(1.5 + odd),
    );
    network.connect(hidden, hidden, Projection::dense(weights(4, 4, -0.01)));
    let of_source = array![
        [1.0, 1.0, 1.0, 1.0],
        [2.0, 2.0, 2.0, 2.0],
        [0.5, 0.5, 0.5, 0.5]
    ];
    network.connect(
        input,
        hidden,
        Projection::dense(weights(3, 4, 0.05)).delays(of_source),
    );
    let of_target = Array2::from_shape_fn((4, 2), |(_, t)| 1.0 + t as f64);
    network.connect(
        hidden,
        readout,
        Projection::dense(weights(4, 2, 0.3)).delays(of_target),
    );
    network.build()
}

fn spikes() -> Vec<Vec<f64>> {
    let channel = |c: i32| {
        (0..8)
            .map(|k| 1.0 + 0.37 * f64::from(c) + 2.3 * f64::from(k))
            .collect()
    };
    (0..3).map(channel).collect()
}

/// Writes a network and reads it again.
fn there_and_back(network: &Network, write: &NirWriteOptions, read: &NirOptions) -> Done<Network> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("graph.nir");
    let graph = NirGraph::of_network(network, &network.parameters(0), write)?;
    graph.write(&path)?;
    let again = NirGraph::read(&path)?;
    // The file has no order of nodes; that of edges is kept.
    assert_eq!(
        again.edges().collect::<Vec<_>>(),
        graph.edges().collect::<Vec<_>>()
    );
    for node in again.nodes() {
        assert!(graph.nodes().contains(node), "{node:?}");
    }
    Ok(again.network(read)?.builder.build()?)
}

#[test]
fn a_network_comes_back_to_the_last_digit() -> Done {
    for time_unit in [NirTimeUnit::Seconds, NirTimeUnit::Milliseconds] {
        let network = network(time_unit == NirTimeUnit::Milliseconds, Reset::to(-0.2))?;
        let write = NirWriteOptions::default().time_unit(time_unit);
        let again = there_and_back(&network, &write, &NirOptions::default())?;
        assert_eq!(again.parameters(0), network.parameters(0), "{time_unit:?}");
        assert_eq!(again, network, "{time_unit:?}");
        let recording = simulate(&network, &spikes(), 40.0, &[10.0, 40.0])?;
        assert!(recording.n_spikes() > 4);
        assert_eq!(simulate(&again, &spikes(), 40.0, &[10.0, 40.0])?, recording);
    }
    Ok(())
}

#[test]
fn a_reset_by_subtraction_comes_back_where_it_is_said() -> Done {
    let network = network(false, Reset::Subtract)?;
    let write = NirWriteOptions::default().leave_out_subtraction(true);
    let read = NirOptions::default().reset(Some(NirReset::Subtract));
    assert_eq!(there_and_back(&network, &write, &read)?, network);
    assert_ne!(
        there_and_back(&network, &write, &NirOptions::default())?,
        network
    );
    Ok(())
}

#[test]
fn a_graph_that_was_read_is_written_as_it_was() -> Done {
    let folder = tempfile::tempdir()?;
    for name in ["braille_noDelay_bias_zero.nir", "nested.nir"] {
        let graph = NirGraph::read(super::file(name))?;
        let path = folder.path().join(name);
        graph.write(&path)?;
        let again = NirGraph::read(&path)?;
        assert_eq!(again.version(), graph.version());
        let options = NirOptions::default();
        let network = |graph: &NirGraph| graph.network(&options)?.builder.build();
        assert_eq!(network(&again)?, network(&graph)?, "{name}");
    }
    Ok(())
}

#[test]
fn names_that_a_file_cannot_hold_are_refused() -> Done {
    let node = spikefront::nir::NirNode::new("a/b", "Scale");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("graph.nir");
    let told = NirGraph::new::<&str>(vec![node], &[])?.write(&path);
    let told = told.expect_err("a slash").to_string();
    assert!(told.contains("name of a node is \"a/b\""), "{told}");
    assert!(!path.exists());
    Ok(())
}
