//! What a graph means is NIR's equations, solved by hand.

use ndarray::Array2;
use spikefront::network::{Network, Neuron, PerNeuron, Projection, Reset};
use spikefront::nir::{NirGraph, NirNode, NirOptions, NirReset, NirSpikeJump, NirTimeUnit};

use super::{Done, chain, file, input, linear, list, number, output, readout, simulate};

const WEIGHT: f64 = 0.3;

#[test]
fn a_spike_adds_what_was_said() -> Done {
    let graph = chain(vec![input(1), linear(&[&[WEIGHT]]), readout(), output(1)])?;
    let (tau_mem, tau_syn, r, leak, w_in) = (0.02, 0.005, 3.0, 0.1, 7.0);
    let jumps = [
        (NirSpikeJump::Weight, WEIGHT),
        (NirSpikeJump::WeightTimesInput, WEIGHT * w_in),
        (NirSpikeJump::Delta, WEIGHT * w_in / tau_syn),
        (NirSpikeJump::Step(0.1), WEIGHT * w_in * 0.0001 / tau_syn),
    ];
    for (jump, current) in jumps {
        let options = NirOptions::default().spike_jump(Some(jump));
        let read = graph.network(&options)?;
        assert_eq!(read.outputs, ["readout"]);
        let network = read.builder.build()?;
        let times = [2.0, 5.0, 11.0, 40.0];
        let recording = simulate(&network, &[vec![3.0]], 40.0, &times)?;
        // tau_mem dV/dt = v_leak - V + r I with I = current exp(-t/tau_syn), from the spike at 3 ms on.
        let voltage = |ms: f64| {
            let t = (ms - 3.0) / 1000.0;
            let scale = r * current * tau_syn / (tau_mem - tau_syn);
            let rise = (-t / tau_mem).exp() - (-t / tau_syn).exp();
            leak + if t < 0.0 { 0.0 } else { scale * rise }
        };
        let found = &recording.readouts()[0].voltages;
        for (time, found) in times.into_iter().zip(found) {
            let expected = voltage(time);
            let error = (found - expected).abs();
            assert!(
                error < 1e-12 * (1.0 + expected.abs()),
                "{jump:?}: {found}, {expected}"
            );
        }
        assert!((voltage(11.0) - leak).abs() > 1e-6);
    }
    Ok(())
}

#[test]
fn times_in_ms_are_found_and_mean_the_same() -> Done {
    let in_ms = readout()
        .with("tau_mem", list(&[20.0]))
        .with("tau_syn", list(&[5.0]));
    let options = NirOptions::default().spike_jump(Some(NirSpikeJump::WeightTimesInput));
    let network = |node: NirNode, options: &NirOptions| -> Done<(Network, Vec<String>)> {
        let graph = chain(vec![input(1), linear(&[&[WEIGHT]]), node, output(1)])?;
        let read = graph.network(options)?;
        Ok((read.builder.build()?, read.notes))
    };
    let (seconds, notes) = network(readout(), &options)?;
    assert!(
        notes[0].starts_with("times are in seconds: the longest time constant is 0.02"),
        "{notes:?}"
    );
    let (ms, notes) = network(in_ms.clone(), &options)?;
    assert!(
        notes[0].starts_with("times are in ms: the longest time constant is 20"),
        "{notes:?}"
    );
    assert_eq!(seconds, ms);
    let wrong = options.time_unit(Some(NirTimeUnit::Seconds));
    assert_ne!(network(in_ms, &wrong)?.0, ms);
    Ok(())
}

#[test]
fn a_bias_is_a_constant_current() -> Done {
    let affine = NirNode::new("fc", "Affine")
        .with("weight", super::matrix(&[&[WEIGHT]]))
        .with("bias", list(&[0.04]));
    let graph = chain(vec![input(1), affine, readout(), output(1)])?;
    let options = |jump| NirOptions::default().spike_jump(Some(jump));
    let network = graph
        .network(&options(NirSpikeJump::Delta))?
        .builder
        .build()?;
    let times = [0.0, 5.0, 40.0];
    let recording = simulate(&network, &[vec![]], 40.0, &times)?;
    for (time, found) in times.into_iter().zip(&recording.readouts()[0].voltages) {
        let expected = 0.1 + 3.0 * 7.0 * 0.04 * (1.0 - (-time / 20.0).exp());
        assert!((found - expected).abs() < 1e-12, "{found}, {expected}");
    }
    let told = graph.network(&options(NirSpikeJump::Weight));
    let told = told.expect_err("a bias of unknown size").to_string();
    assert!(
        told.contains("bias of node \"readout\" (CubaLI) is a constant current of unknown size"),
        "{told}"
    );
    Ok(())
}

#[test]
fn a_bias_of_zeros_is_none() -> Done {
    let with = |bias: f64| {
        let affine = NirNode::new("fc", "Affine")
            .with("weight", super::matrix(&[&[WEIGHT]]))
            .with("bias", list(&[bias]));
        chain(vec![input(1), affine, readout(), output(1)])
    };
    let options = NirOptions::default().spike_jump(Some(NirSpikeJump::Weight));
    let plain = chain(vec![input(1), linear(&[&[WEIGHT]]), readout(), output(1)])?;
    let (found, expected) = (with(0.0)?.network(&options)?, plain.network(&options)?);
    assert_eq!(found.builder.build()?, expected.builder.build()?);
    assert_eq!(found.notes, expected.notes);
    assert!(with(0.01)?.network(&options).is_err());
    Ok(())
}

#[test]
fn a_neuron_without_current_takes_a_constant_input() -> Done {
    let graph = NirGraph::read(file("lif_norse.nir"))?;
    let told = graph.network(&NirOptions::default());
    let told = told.expect_err("spikes at a LIF").to_string();
    assert!(
        told.contains("input of node \"1\" (LIF) is spikes"),
        "{told}"
    );
    let options = NirOptions::default().constant_input(Some(0.2));
    let network = graph.network(&options)?.builder.build()?;
    let recording = simulate(&network, &[], 20.0, &[])?;
    // V rises to r I = 0.2 with tau = 2.5 ms, from 0 after each spike; both are in single precision in the file.
    let (tau, threshold) = (1000.0 * f64::from(0.0025_f32), f64::from(0.1_f32));
    let period = tau * (0.2 / (0.2 - threshold)).ln();
    assert_eq!(recording.n_spikes(), (20.0 / period) as usize);
    for (ix, time) in recording.times().iter().enumerate() {
        let expected = period * (ix + 1) as f64;
        assert!((time - expected).abs() < 1e-9, "{time}, {expected}");
    }
    // Below the threshold it is silent.
    let weaker = options.constant_input(Some(0.09));
    let network = graph.network(&weaker)?.builder.build()?;
    assert_eq!(simulate(&network, &[], 20.0, &[])?.n_spikes(), 0);
    Ok(())
}

#[test]
fn a_reset_is_by_subtraction_where_that_is_said() -> Done {
    let graph = NirGraph::read(file("lif_norse.nir"))?;
    let neuron = |reset| -> Done<Neuron> {
        let options = NirOptions::default().constant_input(Some(0.0)).reset(reset);
        let network = graph.network(&options)?.builder.build()?;
        Ok(network.populations()[0].neuron.clone())
    };
    assert_eq!(neuron(None)?.reset, Reset::to(0.0));
    assert_eq!(neuron(Some(NirReset::ToPotential))?.reset, Reset::to(0.0));
    assert_eq!(neuron(Some(NirReset::Subtract))?.reset, Reset::Subtract);
    Ok(())
}

#[test]
fn nested_graphs_delays_and_several_edges_are_put_together() -> Done {
    let read = NirGraph::read(file("nested.nir"))?.network(&NirOptions::default())?;
    assert!(
        read.notes
            .iter()
            .any(|note| note.contains("w_in is tau_syn in every neuron")),
        "{:?}",
        read.notes
    );
    assert_eq!(read.outputs, ["readout"]);
    let mut expected = Network::builder();
    let input = expected.input("input", 3);
    // A weight here is r / tau_mem of NIR's, in ms: 1. The bias adds r w_in times itself to the rest.
    let column = |n: usize, first: f64, step: f64| {
        (0..n)
            .map(|k| first + step * k as f64)
            .collect::<Vec<f64>>()
    };
    let rest: Vec<f64> = column(4, 0.0, 0.001)
        .iter()
        .map(|b| 0.0 + 20.0 * (0.005 * b))
        .collect();
    let cell = Neuron::leaky_integrate_and_fire()
        .threshold(column(4, 0.8, 0.1))
        .rest(rest)
        .reset(Reset::to(-0.1));
    let cell = expected.population("hidden.cell", 4, cell);
    let readout = Neuron::leaky_integrator()
        .tau_membrane(vec![20.0, 30.0])
        .rest(vec![0.0, 0.25])
        .initial(vec![0.0, 0.25]);
    let readout = expected.population("readout", 2, readout);
    let weights = |rows: usize, columns: usize, value: fn(f64) -> f64| {
        Array2::from_shape_fn((columns, rows), |(source, target)| {
            value((target * columns + source) as f64)
        })
    };
    expected.connect(
        cell,
        cell,
        Projection::dense(weights(4, 4, |k| -0.01 * k)).delay(1.0),
    );
    expected.connect(
        input,
        cell,
        Projection::dense(weights(4, 3, |k| 0.1 + 0.01 * k)),
    );
    expected.connect(input, cell, Projection::dense(weights(4, 3, |k| 0.02 * k)));
    let delays = Array2::from_shape_fn((4, 2), |(source, _)| {
        (0.001 + 0.0005 * source as f64) * 1000.0
    });
    let halves = Projection::dense(weights(2, 4, |k| 0.1 * k * 0.5)).delays(delays);
    expected.connect(cell, readout, halves);
    let (found, expected) = (read.builder.build()?, expected.build()?);
    let by_name = |network: &Network| {
        let parameters = network.parameters(0);
        let tensors = network.layout().tensors().iter();
        let mut all: Vec<(String, Vec<f64>)> = tensors
            .map(|t| {
                (
                    t.name.clone(),
                    parameters.values()[t.range.clone()].to_vec(),
                )
            })
            .collect();
        // The order of projections to several populations is the reader's.
        all.sort_by(|x, y| x.0.cmp(&y.0));
        all
    };
    let (found, expected) = (by_name(&found), by_name(&expected));
    assert_eq!(found.len(), expected.len());
    for ((name, found), (other, expected)) in found.iter().zip(&expected) {
        assert_eq!((name, found.len()), (other, expected.len()));
        for (x, y) in found.iter().zip(expected) {
            assert!((x - y).abs() < 1e-15, "{name}: {found:?}, {expected:?}");
        }
    }
    Ok(())
}

#[test]
fn numbers_without_axes_are_those_of_all_channels() -> Done {
    let cell = NirNode::new("cell", "CubaLIF")
        .with("tau_mem", number(0.02))
        .with("tau_syn", number(0.005))
        .with("r", number(1.0))
        .with("v_leak", number(0.0))
        .with("v_threshold", number(1.0));
    let delay = NirNode::new("lag", "Delay").with("delay", list(&[0.001, 0.002]));
    let graph = chain(vec![input(2), delay, cell, output(2)])?;
    let options = NirOptions::default().spike_jump(Some(NirSpikeJump::Delta));
    let network = graph.network(&options)?.builder.build()?;
    let population = &network.populations()[0];
    assert_eq!(
        (population.size, &population.neuron.tau_membrane),
        (2, &PerNeuron::Same(20.0))
    );
    // Channel k reaches neuron k alone; w_in is 1 where it is not said.
    let connection = &network.connections()[0];
    assert_eq!(connection.synapses(), Some(&[[0, 0], [1, 1]][..]));
    let parameters = network.parameters(0);
    let id = network.projection_ids().next().ok_or("a projection")?;
    let layout = network.layout();
    assert_eq!(
        &parameters.values()[layout.weights(id)],
        [1.0 / 20.0 * (1.0 / 0.005); 2]
    );
    assert_eq!(&parameters.values()[layout.delays(id)], [1.0, 2.0]);
    Ok(())
}
