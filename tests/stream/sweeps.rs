//! The sweep backward against forward propagation, and against itself cut in other ways.

use spikefront::cpu::stream::{
    StreamGradient, StreamGradientOptions, StreamOptions, StreamParameter, stream_derivatives,
};
use spikefront::network::{Network, NetworkBuilder, NetworkInRows, Neuron};

use crate::networks::{drawn, two_currents};
use crate::spike_loss::{Contraction, UNTIL, deviation, gradient_of};

/// Forward in time, column by column, against the sweep backward.
#[test]
fn as_forward_propagation() {
    for (build, partitions) in [
        (two_currents as fn(u64) -> NetworkBuilder, 1),
        (drawn, 1),
        (drawn, 3),
    ] {
        let network = build(1)
            .partitions(partitions)
            .clone()
            .build_in_rows()
            .unwrap();
        let gradient = gradient_of(&network, &StreamGradientOptions::default());
        let synapses = network.synapses();
        let mut parameters = Vec::new();
        let mut adjoint = Vec::new();
        for place in (0..synapses).step_by(synapses as usize / 60) {
            parameters.push(StreamParameter::Weight(place));
            parameters.push(StreamParameter::Delay(place));
            adjoint.push(gradient.weights[place as usize]);
            adjoint.push(gradient.delays[place as usize]);
        }
        for (ix, own) in gradient.drives.iter().enumerate() {
            parameters.push(StreamParameter::Drive(ix));
            adjoint.push(*own);
        }
        for (neuron, own) in gradient.initial_potentials.iter().enumerate().step_by(9) {
            parameters.push(StreamParameter::InitialPotential(neuron as u32));
            adjoint.push(*own);
        }
        let mut contraction = Contraction::new(&network, parameters.len());
        let grazing = stream_derivatives(
            &network,
            StreamOptions::default(),
            &parameters,
            1e-6,
            UNTIL,
            |found| {
                contraction.add(found);
                Ok(())
            },
        );
        assert_eq!(grazing.unwrap(), gradient.grazing);
        let contracted = contraction.derivatives;
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
    let network = two_currents(1).build_in_rows().unwrap();
    let refused = |parameter| {
        let options = StreamOptions::default();
        let run = stream_derivatives(&network, options, &[parameter], 1e-6, 1.0, |_| Ok(()));
        run.unwrap_err().to_string()
    };
    let error = refused(StreamParameter::Weight(u64::MAX));
    assert!(
        error.contains("parameters[0]") && error.contains("synapses"),
        "{error}"
    );
    assert!(refused(StreamParameter::Drive(0)).contains("0 Poisson drives"));
    assert!(refused(StreamParameter::InitialPotential(200)).contains("200 neurons"));
    assert!(refused(StreamParameter::NeuronThreshold(200)).contains("200 neurons"));
    let mut network = Network::builder();
    let readout = network.population("readout", 2, Neuron::leaky_integrator());
    let network = network.build_in_rows().unwrap();
    for parameter in [
        StreamParameter::Threshold(readout),
        StreamParameter::NeuronThreshold(1),
    ] {
        let options = StreamOptions::default();
        let run = stream_derivatives(&network, options, &[parameter], 1e-6, 1.0, |_| Ok(()));
        let error = run.unwrap_err().to_string();
        assert!(
            error.contains("the readout \"readout\" has no threshold"),
            "{error}"
        );
    }
}

fn same(a: &StreamGradient, b: &StreamGradient) -> f64 {
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
    for build in [two_currents as fn(u64) -> NetworkBuilder, drawn] {
        let network = build(2).build_in_rows().unwrap();
        let whole = gradient_of(&network, &StreamGradientOptions::default());
        assert!(whole.spikes > 60, "{}", whole.spikes);
        assert!(whole.weights.iter().filter(|w| **w != 0.0).count() > 200);
        for segment in [1, 7, 100] {
            let options = StreamGradientOptions::default().segment(segment);
            assert!(
                gradient_of(&network, &options) == whole,
                "segments of {segment}"
            );
        }
        let window = Some(network.shortest_delay() / 3.3);
        let options = StreamGradientOptions::default().window(window);
        let off = same(&whole, &gradient_of(&network, &options));
        assert!(off < 1e-7, "{off}");
        assert!(
            same(
                &whole,
                &gradient_of(
                    &build(3).build_in_rows().unwrap(),
                    &StreamGradientOptions::default()
                )
            ) > 1e-2
        );
    }
}

#[test]
fn partitions_change_the_order_alone() {
    let mut builder = two_currents(4);
    let one = builder.partitions(1).clone().build_in_rows().unwrap();
    let three = builder.partitions(3).clone().build_in_rows().unwrap();
    let options = StreamGradientOptions::default();
    let by_synapse = |network: &NetworkInRows| {
        let gradient = gradient_of(network, &options);
        let mut all: Vec<_> = network
            .placed_synapses()
            .zip(gradient.weights)
            .map(|(s, g)| ((s.receptor, s.source_number, s.target), g))
            .collect();
        all.sort_by_key(|(synapse, _)| *synapse);
        (all, gradient.initial_potentials)
    };
    let ((a, starts), (b, other_starts)) = (by_synapse(&one), by_synapse(&three));
    assert!(a.iter().map(|x| x.0).eq(b.iter().map(|x| x.0)));
    let pairs: Vec<_> = a.iter().zip(&b).map(|(a, b)| (a.1, b.1)).collect();
    assert!(deviation(&pairs) < 1e-12);
    let pairs: Vec<_> = starts.into_iter().zip(other_starts).collect();
    assert!(deviation(&pairs) < 1e-12);
}
