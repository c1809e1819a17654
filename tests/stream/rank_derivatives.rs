//! Forward propagation over several ranks: the bits of one process, column by column.

use spikefront::cpu::stream::{
    ParameterGradient, StreamOptions, StreamParameter, StreamSpike, rank_derivatives,
    stream_derivatives,
};
use spikefront::network::{NetworkBuilder, NetworkInRows, Projection, Rule};
use spikefront::ranks::{PATIENCE, cluster};
use spikefront::{ErrorKind, Result};

use crate::networks::{drawn, neuron, resets, two_currents};

const FLOOR: f64 = 1e-6;
const UNTIL: f64 = 40.3;

/// dL/d(spike time) of a loss that weighs spikes by their times.
fn weigh(turn: f64) -> impl Fn(&[StreamSpike], &mut [f64]) + Copy + Sync {
    move |spikes, values| {
        for (value, spike) in values.iter_mut().zip(spikes) {
            *value = (turn * spike.offset + f64::from(spike.neuron)).sin();
        }
    }
}

/// Some of every kind that the network has.
fn parameters(network: &NetworkInRows) -> Vec<StreamParameter> {
    let mut all = Vec::new();
    let synapses = network.synapses();
    for place in (0..synapses).step_by(synapses as usize / 7) {
        all.push(StreamParameter::Weight(place));
        all.push(StreamParameter::Delay(place));
    }
    all.extend((0..network.neurons() as u32).step_by(41).flat_map(|own| {
        [
            StreamParameter::NeuronThreshold(own),
            StreamParameter::InitialPotential(own),
        ]
    }));
    if network.generators_named("stimulus").is_ok() {
        all.push(StreamParameter::Drive(0));
        all.push(StreamParameter::Drive(2));
    }
    all
}

/// What one process finds without ranks.
fn alone(network: &NetworkInRows, parameters: &[StreamParameter], turn: f64) -> ParameterGradient {
    let (mut sums, mut spikes) = (vec![0.0; parameters.len()], 0);
    let grazing = stream_derivatives(
        network,
        StreamOptions::default(),
        parameters,
        FLOOR,
        UNTIL,
        |found| {
            let mut values = vec![0.0; found.spikes.len()];
            weigh(turn)(found.spikes, &mut values);
            spikes += values.len() as u64;
            for (value, row) in values.iter().zip(found.rows.chunks(parameters.len())) {
                let pairs = sums.iter_mut().zip(row);
                pairs.for_each(|(sum, moved)| *sum += value * moved);
            }
            Ok(())
        },
    );
    ParameterGradient {
        values: sums,
        spikes,
        grazing: grazing.unwrap(),
    }
}

fn over_ranks(
    network: &NetworkInRows,
    parameters: &[StreamParameter],
    size: usize,
) -> Vec<ParameterGradient> {
    let all = cluster(size, PATIENCE, |mut ranks| {
        let options = StreamOptions::default();
        let it = (network, parameters);
        rank_derivatives(it.0, options, it.1, FLOOR, UNTIL, &mut ranks, weigh(1.0))
    });
    all.into_iter()
        .map(|end| end.expect("the rank ends"))
        .collect()
}

/// Whether all is the same to the last bit, signs of zeros included.
fn are_same(one: &ParameterGradient, other: &ParameterGradient) -> bool {
    let bits = |gradient: &ParameterGradient| {
        let values = gradient.values.iter();
        values.map(|value| value.to_bits()).collect::<Vec<_>>()
    };
    bits(one) == bits(other) && (one.spikes, one.grazing) == (other.spikes, other.grazing)
}

/// A network that goes from event to event.
fn without_delay(seed: u64) -> NetworkBuilder {
    let mut network = drawn(seed);
    let more = network.population("more", 12, neuron(&[2.0], -49.0));
    let none = Projection::by_rule(Rule::FixedInDegree(2), 0.4).delay(0.0);
    network.connect(more, more, none);
    let onward = Projection::by_rule(Rule::FixedInDegree(3), 0.3).delay(0.7);
    network.connect(more, more, onward);
    network
}

#[test]
fn any_number_of_ranks_has_the_bits_of_one_process() {
    for (name, mut builder) in [
        ("two currents", two_currents(1)),
        ("drawn", drawn(1)),
        ("resets", resets(1)),
        ("without delay", without_delay(1)),
    ] {
        let network = builder.partitions(3).clone().build_in_rows().unwrap();
        let parameters = parameters(&network);
        let expected = alone(&network, &parameters, 1.0);
        let moved = expected.values.iter().filter(|value| **value != 0.0);
        assert!(expected.spikes > 50 && moved.count() > 10, "{name}");
        for size in [1, 2, 3, 4] {
            for own in over_ranks(&network, &parameters, size) {
                assert!(are_same(&own, &expected), "{name} on {size} ranks");
            }
        }
        // The comparison can tell another loss, and two columns that are exchanged.
        assert!(!are_same(
            &alone(&network, &parameters, 1.000_001),
            &expected
        ));
        let mut turned = parameters.clone();
        turned.rotate_left(1);
        assert!(!are_same(&over_ranks(&network, &turned, 2)[1], &expected));
    }
}

#[test]
fn fewer_parameters_than_ranks_are_enough() {
    let network = two_currents(1).build_in_rows().unwrap();
    for parameters in [&[][..], &[StreamParameter::Weight(17)]] {
        let expected = alone_or_nothing(&network, parameters);
        for own in over_ranks(&network, parameters, 3) {
            assert!(own.spikes > 50);
            assert_eq!(own.values, expected);
        }
    }
}

fn alone_or_nothing(network: &NetworkInRows, parameters: &[StreamParameter]) -> Vec<f64> {
    match parameters {
        [] => Vec::new(),
        some => alone(network, some, 1.0).values,
    }
}

#[test]
fn an_error_on_one_rank_ends_all() {
    let network = two_currents(1).build_in_rows().unwrap();
    let of = |parameters: fn(usize) -> Vec<StreamParameter>, until: f64| {
        let all = cluster(3, PATIENCE, |mut ranks| {
            let own = parameters(ranks.rank());
            let options = StreamOptions::default();
            rank_derivatives(
                &network,
                options,
                &own,
                FLOOR,
                until,
                &mut ranks,
                weigh(1.0),
            )
        });
        all.into_iter()
            .map(|end: Result<_>| end.unwrap_err())
            .collect::<Vec<_>>()
    };
    let unknown = |rank| match rank {
        1 => vec![StreamParameter::Weight(u64::MAX)],
        _ => vec![StreamParameter::Weight(1)],
    };
    let told = of(unknown, UNTIL);
    assert_eq!(told[1].kind(), ErrorKind::Invalid);
    for other in [&told[0], &told[2]] {
        let text = other.to_string();
        assert!(
            text.starts_with("rank 1: parameters[0] is Weight("),
            "{text}"
        );
    }
    let more = |rank| vec![StreamParameter::Weight(0); 3 + rank / 2];
    for error in of(more, UNTIL) {
        let text = error.to_string();
        assert!(text.contains("another on rank 2 than on rank 0"), "{text}");
    }
    for error in of(|_| Vec::new(), f64::INFINITY) {
        assert!(error.to_string().contains("until is inf"), "{error}");
    }
}
