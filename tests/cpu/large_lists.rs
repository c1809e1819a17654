//! Sparse layers whose pairs no memory holds, and what is refused.

use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::event::{Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Projection, Reset, Rule, Values};
use spikefront::{Cotangent, Engine, GradientOptions, Problem, Result, SimulationOptions};

/// A layer with three and a half thousand million pairs and 600,000 synapses.
#[test]
fn a_layer_whose_pairs_no_memory_holds_is_trained_on() -> Result<()> {
    const SIZE: usize = 60_000;
    let mut builder = Network::builder();
    let neuron = Neuron::leaky_integrate_and_fire().reset(Reset::refractory(0.0, 2.0));
    let input = builder.input("input", 10);
    let layer = builder.population("layer", SIZE, neuron);
    let readout = builder.population("readout", 2, Neuron::leaky_integrator());
    let into = Projection::by_rule(Rule::FixedInDegree(1), 2.5);
    builder.connect(input, layer, into);
    let own = Projection::by_rule(Rule::FixedInDegree(10), Values::normal(0.0, 0.1));
    let own = builder.connect(layer, layer, own.delay(1.0));
    let out = Projection::random(Values::normal(0.0, 0.01));
    builder.connect(layer, readout, out);
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    inputs.push_sample(
        &(0..10)
            .map(|unit| Spike { unit, time: 0.5 })
            .collect::<Vec<_>>(),
    )?;
    let options = SimulationOptions::new(12.0);
    let parameters = network.parameters(1);
    let problem = Problem {
        network: &network,
        parameters: &parameters,
        inputs: &inputs,
        options: &options,
    };
    let engine = CpuEngine::new();
    let recording = engine.simulate(&problem)?;
    assert!(recording.n_spikes() >= SIZE, "{}", recording.n_spikes());
    let mut of_loss = Cotangent::zeros(&recording);
    of_loss.integrals[0].fill(1.0);
    let gradient = engine.gradient(&problem, &recording, &of_loss, &GradientOptions::default())?;
    let weights = &gradient.parameters[network.layout().weights(own)];
    let moved = weights.iter().filter(|&&value| value != 0.0).count();
    assert!(weights.len() == 10 * SIZE && moved > SIZE, "{moved}");
    let error = CpuEngine::new()
        .kernel(Kernel::Plain)
        .simulate(&problem)
        .expect_err("pairs")
        .to_string();
    assert!(
        error.contains("pairs of \"layer->layer\" is 60000 x 60000")
            && error.contains("connect fewer neurons"),
        "{error}"
    );
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused_with_what_helps() {
    let mut too_large = Network::builder();
    let input = too_large.input("input", 60_000);
    let readout = too_large.population("readout", 60_000, Neuron::leaky_integrator());
    too_large.connect(input, readout, Projection::by_rule(Rule::OneToOne, 1.0));
    let error = too_large.build().expect_err("a readout").to_string();
    assert!(
        error.contains("connect fewer neurons, or make the network in rows"),
        "{error}"
    );
    let mut limited = Network::builder();
    let input = limited.input("input", 500);
    let layer = limited.population("layer", 500, Neuron::leaky_integrate_and_fire());
    let few = Projection::by_rule(Rule::FixedInDegree(2), 1.0);
    limited.connect(input, layer, few);
    let error = limited.memory_limit(100).clone().build();
    let error = error.expect_err("100 bytes").to_string();
    assert!(
        error.contains("number of synapses of \"input->layer\" is 1000")
            && error.contains("raise the limit of memory"),
        "{error}"
    );
}
