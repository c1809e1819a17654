//! The sweep backward against forward propagation, and against itself cut in other ways.

use spikefront::cpu::sparse::{
    SparseGradient, SparseGradientOptions, SparseOptions, SparseParameter, sparse_derivatives,
};
use spikefront::sparse::{SparseNetwork, SparseNetworkBuilder};

use crate::networks::{drawn, two_currents};
use crate::spike_loss::{Contraction, UNTIL, deviation, gradient_of};

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
        let mut contraction = Contraction::new(&network, parameters.len());
        let grazing = sparse_derivatives(
            &network,
            SparseOptions::default(),
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
