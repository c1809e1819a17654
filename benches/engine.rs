//! What simulation, forward propagation and the adjoint cost, per synaptic event.
//!
//! `cargo bench` prints times and events per second. A synaptic event is one
//! arrival at one neuron.

mod workload;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use spikefront::cpu::CpuEngine;
use spikefront::{Engine, GradientOptions, Method};
use std::time::Duration;
use workload::{Workload, every_spike};

/// All weights onto a neuron, in 1/ms: of hundreds of inputs too little for a spike, so that arrivals are what is timed.
const TOTAL: f64 = 3.0 * 0.078;

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
        let workload = Workload::new(sizes, n_samples, 1, TOTAL);
        let problem = workload.problem();
        let recording = engine.simulate(&problem).expect("it runs");
        let cotangent = every_spike(&recording);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(workload.synaptic_events));
        group.bench_function("simulate", |b| b.iter(|| engine.simulate(&problem)));
        for method in [Method::Adjoint, Method::Forward] {
            let options = GradientOptions::default().method(method);
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
        let workload = Workload::new([100, n_hidden, 10], 8, rate, TOTAL);
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
