//! What is refused by name.

use spikefront::cpu::CpuEngine;
use spikefront::event::SpikeBatch;
use spikefront::network::{Network, Neuron, Projection};
use spikefront::{Engine, Error, GivenSpikes, Result};

use super::networks::{Topology, Variant, draw};

fn told<T>(result: Result<T>) -> String {
    let error: Option<Error> = result.err();
    error.map_or_else(|| "nothing was refused".to_owned(), |e| e.to_string())
}

#[test]
fn a_receptor_that_the_target_has_not_and_currents_at_the_start() {
    let described = |receptor: usize| {
        let mut network = Network::builder();
        let input = network.input("input", 2);
        let neuron = Neuron::leaky_integrate_and_fire().receptors([2.0, 5.0]);
        let e = network.population("e", 3, neuron);
        network.connect(input, e, Projection::random(0.5).receptor(receptor));
        (network, e)
    };
    assert!(described(1).0.build().is_ok());
    let error = told(described(2).0.build());
    assert!(error.contains("receptor of \"input->e\" is 2"), "{error}");
    let (mut network, e) = described(1);
    network.initial_current(e, 1, 0.5);
    let error = told(network.build());
    assert!(
        error.contains("initial current of population \"e\""),
        "{error}"
    );
}

#[test]
fn what_is_sought_among_given_spikes() -> Result<()> {
    let mut drawn = draw(0, &Variant::of(0, Topology::Delayed), 1)?;
    let mut silent = SpikeBatch::new();
    silent.push_sample(&[])?;
    let error = told(
        drawn
            .problem()
            .recording_of(&silent, GivenSpikes::within(1.0)),
    );
    assert!(
        error.contains("receptors of population \"readout\" is 2"),
        "{error}"
    );
    drawn.options.record_maxima = false;
    let problem = drawn.problem();
    assert!(
        problem
            .recording_of(&silent, GivenSpikes::within(1.0))
            .is_ok()
    );
    let error = told(problem.recording_of(&silent, GivenSpikes::within(1.0).find_missing()));
    assert!(
        error.contains("receptors of population \"e\" is 2"),
        "{error}"
    );
    assert!(error.contains("missing spikes"), "{error}");
    assert!(CpuEngine::new().simulate(&problem).is_ok());
    Ok(())
}
