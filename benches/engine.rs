//! What simulation, forward propagation and the adjoint cost, per synaptic event.
//!
//! `cargo bench` prints times and events per second. A synaptic event is one
//! arrival at one neuron.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::model::{Distribution, Network, Neuron, Parameters, Projection, Reset};
use spikefront::{Cotangent, Engine, GradientOptions, Method, Problem, SimulationOptions};
use std::time::Duration;

/// A layered network and a batch in which every channel fires `rate` times.
struct Workload {
    network: Network,
    parameters: Parameters,
    inputs: SpikeBatch,
    options: SimulationOptions,
    synaptic_events: u64,
}

impl Workload {
    fn new(sizes: [usize; 3], n_samples: usize, rate: usize) -> Self {
        let [n_inputs, n_hidden, n_output] = sizes;
        let lif = Neuron::leaky_integrate_and_fire().reset(Reset::to(0.0));
        // About one spike per hidden neuron, whatever the fan-in and the rate.
        let total = 3.0 * 0.078;
        let normal = |fan_in: usize, rate: usize| {
            let mean = total / (fan_in * rate) as f64;
            Projection::random(Distribution::Normal {
                mean,
                deviation: mean,
            })
        };
        let mut builder = Network::builder();
        let input = builder.input("input", n_inputs);
        let hidden = builder.population("hidden", n_hidden, lif.clone());
        let output = builder.population("output", n_output, lif);
        builder.connect(input, hidden, normal(n_inputs, rate));
        builder.connect(hidden, output, normal(n_hidden, 1));
        let network = builder.build().expect("the description is sound");
        let mut inputs = SpikeBatch::new();
        let n_spikes = n_inputs * rate;
        for sample in 0..n_samples {
            let spikes: Vec<Spike> = (0..n_spikes)
                .map(|ix| Spike {
                    unit: (ix * 7 + sample) % n_inputs,
                    time: 20.0 * ix as f64 / n_spikes as f64,
                })
                .collect();
            inputs
                .push_sample(&spikes)
                .expect("the spikes are in order");
        }
        Self {
            parameters: network.parameters(1),
            network,
            inputs,
            options: SimulationOptions::new(40.0),
            synaptic_events: (n_samples * n_spikes * n_hidden) as u64,
        }
    }

    fn problem(&self) -> Problem<'_> {
        Problem {
            network: &self.network,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options: &self.options,
        }
    }
}

/// The paper's three networks, and one of MNIST's size.
fn networks(criterion: &mut Criterion) {
    let engine = CpuEngine::new().threads(1).expect("one thread can be had");
    let cases = [
        ("2-4-2", [2, 4, 2], 4),
        ("4-10-3", [4, 10, 3], 30),
        ("5-150-3", [5, 150, 3], 150),
        ("784-350-10", [784, 350, 10], 4),
    ];
    for (name, sizes, n_samples) in cases {
        let workload = Workload::new(sizes, n_samples, 1);
        let problem = workload.problem();
        let recording = engine.simulate(&problem).expect("it runs");
        let cotangent = Cotangent {
            spike_times: vec![1.0; recording.n_spikes()],
            ..Cotangent::zeros(&recording)
        };
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(workload.synaptic_events));
        group.bench_function("simulate", |b| b.iter(|| engine.simulate(&problem)));
        for method in [Method::Adjoint, Method::Forward] {
            let options = GradientOptions {
                method,
                ..GradientOptions::default()
            };
            group.bench_function(method.to_string(), |b| {
                b.iter(|| engine.gradient(&problem, &recording, &cotangent, &options));
            });
        }
        group.finish();
    }
}

/// Cost must be linear in events times fan-out: events per second must not fall along the ladder.
fn scaling(criterion: &mut Criterion) {
    let engine = CpuEngine::new().threads(1).expect("one thread can be had");
    let mut group = criterion.benchmark_group("scaling");
    for (n_hidden, rate) in [(128, 1), (128, 4), (128, 16), (512, 4), (2048, 4)] {
        let workload = Workload::new([100, n_hidden, 10], 8, rate);
        group.throughput(Throughput::Elements(workload.synaptic_events));
        let id = BenchmarkId::new(
            "simulate",
            format!("{n_hidden} neurons, {} events", 100 * rate),
        );
        group.bench_function(id, |b| b.iter(|| engine.simulate(&workload.problem())));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20);
    targets = networks, scaling
}
criterion_main!(benches);
