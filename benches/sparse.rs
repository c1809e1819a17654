//! What sparse projections cost in batches on the CPU: simulation and adjoint of a layer of 1,000 neurons.
//!
//! `cargo bench --bench sparse` prints times and events per second. An event is one spike of the layer.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Projection, Reset, Rule, Values};
use spikefront::{Cotangent, Engine, GradientOptions, Problem, Result, SimulationOptions};

const NEURONS: usize = 1_000;
const CHANNELS: usize = 200;
const SAMPLES: usize = 16;
const DURATION: f64 = 100.0;

/// What reaches the layer beside its input.
#[derive(Debug, Clone, Copy)]
enum Beside {
    Nothing,
    /// Its own spikes, so many ms later.
    Itself(f64),
    Poisson,
}

fn network(beside: Beside, probability: f64) -> Result<Network> {
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(20.0)
        .tau_synapse(5.0)
        .reset(Reset::refractory(0.0, 2.0));
    let mut network = Network::builder().seed(1);
    let input = network.input("input", CHANNELS);
    let layer = network.population("layer", NEURONS, neuron);
    let readout = network.population("readout", 10, Neuron::leaky_integrator());
    let rule = Rule::FixedProbability(probability);
    let sources = |all: usize| all as f64 * probability;
    let weights = Values::normal(1.5 / sources(CHANNELS), 0.5 / sources(CHANNELS));
    let into = Projection::by_rule(rule.clone(), weights);
    network.connect(input, layer, into.delay(1.0));
    match beside {
        Beside::Nothing => {}
        Beside::Itself(delay) => {
            let own = Projection::by_rule(rule, Values::normal(0.0, 1.0 / sources(NEURONS)));
            network.connect(layer, layer, own.delay(delay).without_autapses());
        }
        Beside::Poisson => network.poisson(layer, 0, 0.1, 0.05),
    }
    let out = Projection::random(Values::normal(0.0, 0.02));
    network.connect(layer, readout, out);
    network.build()
}

fn inputs(network: &Network) -> Result<SpikeBatch> {
    let mut given = SpikeBatch::new();
    for sample in 0..SAMPLES {
        let mut spikes: Vec<Spike> = (0..CHANNELS)
            .flat_map(|unit| {
                let time = ((unit * 37 + sample * 11) % 97) as f64 * 0.5;
                [time, time + 40.0].map(|time| Spike { unit, time })
            })
            .collect();
        spikes.sort_by(|x, y| x.time.total_cmp(&y.time));
        given.push_sample(&spikes)?;
    }
    let seeds: Vec<u64> = (0..SAMPLES as u64).collect();
    network.complete_inputs(&given, DURATION, &seeds)
}

fn layer(criterion: &mut Criterion, name: &str, beside: Beside, probability: f64) -> Result<()> {
    let network = network(beside, probability)?;
    let (parameters, inputs) = (network.parameters(1), inputs(&network)?);
    let options = SimulationOptions::new(DURATION);
    let problem = Problem {
        network: &network,
        parameters: &parameters,
        inputs: &inputs,
        options: &options,
    };
    let engine = CpuEngine::new().threads(1)?;
    let recording = engine.simulate(&problem)?;
    let mut cotangent = Cotangent::zeros(&recording);
    cotangent.integrals[0].fill(1.0);
    cotangent.spike_times.fill(0.01);
    let mut group = criterion.benchmark_group(format!("{name}, {} %", 100.0 * probability));
    group.throughput(Throughput::Elements(recording.n_spikes() as u64));
    group.bench_function("simulate", |b| b.iter(|| engine.simulate(&problem)));
    let options = GradientOptions::default();
    group.bench_function("adjoint", |b| {
        b.iter(|| engine.gradient(&problem, &recording, &cotangent, &options));
    });
    group.finish();
    Ok(())
}

fn layers(criterion: &mut Criterion) {
    for probability in [0.01, 0.02, 0.1] {
        for (name, beside) in [
            ("feed-forward", Beside::Nothing),
            ("recurrent, 1.5 ms", Beside::Itself(1.5)),
            ("recurrent without delay", Beside::Itself(0.0)),
            ("feed-forward with Poisson arrivals", Beside::Poisson),
        ] {
            layer(criterion, name, beside, probability).expect("it runs");
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(10);
    targets = layers
}
criterion_main!(benches);
