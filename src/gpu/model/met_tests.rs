//! What neurons of long runs meet, against the engine that counts it and a count by hand.

use super::long_run::LongRun;
use crate::Result;
use crate::cpu::stream::CpuStream;
use crate::network::{Distribution, Network, NetworkInRows, Neuron, Projection};
use crate::stream::{StreamOptions, StreamSpike};

/// Neurons that a generator makes fire, or a drive as well.
fn network(is_driven: bool) -> Result<NetworkInRows> {
    let mut network = Network::builder().seed(5);
    let input = network.input("input", 8);
    network.input_spikes(input, vec![vec![1.0, 7.0, 13.0, 31.0]; 8]);
    let all = network.population("all", 60, Neuron::leaky_integrate_and_fire());
    let others = network.population("others", 40, Neuron::leaky_integrate_and_fire());
    let delays = Distribution::Uniform {
        lowest: 1.0,
        highest: 4.0,
    };
    network.connect(input, all, Projection::random(0.06).delay(1.5));
    network.connect(all, others, Projection::random(0.01).delay(delays));
    network.connect(others, all, Projection::random(-0.002).delay(2.0));
    if is_driven {
        network.poisson(others, 0, 0.3, 0.001);
    }
    network.build_in_rows()
}

/// The spikes of a run, how many arrivals there were from `from` ms on, and the length of a window.
fn run(network: &NetworkInRows, from: f64, until: f64) -> Result<(Vec<StreamSpike>, u64, f64)> {
    let mut stream = CpuStream::new(network, StreamOptions::default())?;
    let mut spikes = Vec::new();
    stream.run(from, |more| {
        spikes.extend_from_slice(more);
        Ok(())
    })?;
    let before = stream.synaptic_events();
    stream.run(until, |more| {
        spikes.extend_from_slice(more);
        Ok(())
    })?;
    Ok((spikes, stream.synaptic_events() - before, stream.window()))
}

#[test]
fn arrivals_are_those_that_the_engine_counts() -> Result<()> {
    let network = network(false)?;
    for (from, until) in [(0.0, 40.0), (10.0, 40.0), (10.0, 20.0)] {
        let (spikes, events, window) = run(&network, from, until)?;
        assert!(spikes.len() > 20, "{} spikes", spikes.len());
        let long = LongRun::new(&network, window, (from, until), &spikes, events)?;
        let counts = long.counts();
        assert_eq!(counts.arrivals, events as f64);
        assert_eq!(counts.driven, 0.0);
        // The control: a run without half of its spikes.
        let fewer = &spikes[spikes.len() / 2..];
        let without = LongRun::new(&network, window, (from, until), fewer, events)?;
        assert!(without.counts().arrivals < events as f64);
    }
    Ok(())
}

#[test]
fn neurons_without_arrivals_are_counted() -> Result<()> {
    let without = network(false)?;
    let (spikes, events, window) = run(&without, 0.0, 40.0)?;
    let counts = LongRun::new(&without, window, (0.0, 40.0), &spikes, events)?.counts();
    // By hand: of each neuron the windows in which something arrives.
    let mut met = std::collections::BTreeSet::new();
    for synapse in without.placed_synapses() {
        use crate::network::Source;
        let delay = f64::from(synapse.delay);
        let times: Vec<(u64, f64)> = match synapse.source {
            Source::Input(_) => [1.0, 7.0, 13.0, 31.0]
                .map(|time: f64| ((time / window).floor() as u64, time % window))
                .into(),
            Source::Population(id) => {
                let first = without.population(id).neurons.start;
                let own = spikes
                    .iter()
                    .filter(|s| s.neuron == first + synapse.source_number);
                own.map(|spike| (spike.window, spike.offset)).collect()
            }
        };
        for (number, offset) in times {
            met.insert((synapse.target, number + ((offset + delay) / window) as u64));
        }
    }
    let within = met
        .iter()
        .filter(|(_, window)| *window < counts.windows as u64)
        .count();
    let all = (without.neurons() * counts.windows) as f64;
    assert!((counts.idle - (1.0 - within as f64 / all)).abs() < 1e-12);
    // A drive leaves fewer without; how many of its arrivals come in a window is drawn.
    let driven = network(true)?;
    let (spikes, events, window) = run(&driven, 0.0, 40.0)?;
    let of_driven = LongRun::new(&driven, window, (0.0, 40.0), &spikes, events)?.counts();
    assert!(of_driven.idle < counts.idle);
    let expected = 0.3 * 40.0 * 40.0;
    assert!(
        (0.7..1.3).contains(&(of_driven.driven / expected)),
        "{of_driven:?}"
    );
    Ok(())
}

#[test]
fn what_cannot_be_counted_is_refused() -> Result<()> {
    let network = network(false)?;
    let refused = |window, span| LongRun::new(&network, window, span, &[], 0).err();
    let backward = refused(1.0, (20.0, 10.0)).expect("it ends before it begins");
    assert!(
        backward.to_string().starts_with("until is 10"),
        "{backward}"
    );
    let long = refused(5.0, (0.0, 10.0)).expect("longer than the shortest delay");
    assert!(
        long.to_string().contains("longer than the shortest delay"),
        "{long}"
    );
    Ok(())
}
