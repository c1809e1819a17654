//! One network on one engine: times, and the work that was done in them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;
use spikefront::event::Recording;
use spikefront::gpu::GpuEngine;
use spikefront::gpu::model::Device;
use spikefront::network::Source;
use spikefront::{Cotangent, Engine, GradientOptions, Method, Problem, Result};

use super::model::Predicted;
use super::network::Measured;
use super::predict::runs;
use super::report::Spread;

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub network: &'static str,
    pub batch: usize,
    pub engine: String,
    pub spikes: usize,
    /// How many of them were slower than the slope floor.
    pub grazing_spikes: usize,
    /// Arrivals times the neurons they reach.
    pub neuron_updates: f64,
    pub simulate_ms: Spread,
    pub adjoint_ms: Spread,
    /// Of one sample, with respect to all weights.
    pub forward_ms: Option<Spread>,
    /// Multiply-adds of column entries in that: two for each spike, neuron it reaches, and column.
    pub sensitivity_updates: Option<f64>,
    /// On the device: for each kernel its share of one simulation and one adjoint, and of forward propagation, in ms.
    pub kernels_ms: BTreeMap<&'static str, f64>,
    /// On the device: what its kernels are asked for, and what its ceilings predict.
    pub predicted: Vec<Predicted>,
}

/// A GPU engine that can time its kernels and does not yet, and its device as the cost model sees it.
#[derive(Debug, Clone, Copy)]
pub struct Profiled<'a> {
    pub gpu: &'a GpuEngine,
    pub device: Device,
}

/// Times a network on an engine.
pub fn measure(
    engine: &dyn Engine,
    profiled: Option<Profiled<'_>>,
    measured: &Measured,
    repeats: u16,
    with_forward: bool,
) -> Result<Row> {
    let problem = measured.problem();
    let recording = engine.simulate(&problem)?;
    let cotangent = alternating(&recording);
    let options = GradientOptions::default();
    let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
    let gpu = profiled.map(|profiled| profiled.gpu);
    let simulate = times(gpu, repeats, || engine.simulate(&problem).map(drop))?;
    let adjoint = times(gpu, repeats, || {
        engine
            .gradient(&problem, &recording, &cotangent, &options)
            .map(drop)
    })?;
    let mut row = Row {
        network: measured.name,
        batch: measured.inputs.n_samples(),
        engine: engine.name().to_owned(),
        spikes: recording.n_spikes(),
        grazing_spikes: gradient.grazing_spikes,
        neuron_updates: neuron_updates(&problem, &recording),
        simulate_ms: Spread::of(simulate.into_iter()),
        adjoint_ms: Spread::of(adjoint.into_iter()),
        forward_ms: None,
        sensitivity_updates: None,
        kernels_ms: BTreeMap::new(),
        predicted: Vec::new(),
    };
    if with_forward {
        let inputs = measured.inputs.select(&[0]);
        let problem = Problem {
            inputs: &inputs,
            ..problem
        };
        let recording = engine.simulate(&problem)?;
        let cotangent = alternating(&recording);
        let options = options.method(Method::Forward);
        let propagate = || {
            engine
                .gradient(&problem, &recording, &cotangent, &options)
                .map(drop)
        };
        // Once that is not timed: it compiles kernels.
        propagate()?;
        let forward = times(gpu, repeats, propagate)?;
        row.forward_ms = Some(Spread::of(forward.into_iter()));
        let n_weights: usize = measured
            .network
            .connections()
            .iter()
            .map(|c| c.source_size * c.target_size)
            .sum();
        row.sensitivity_updates =
            Some(2.0 * recurrent_updates(&problem, &recording) * n_weights as f64);
    }
    if let Some(Profiled { gpu, device }) = profiled {
        row.predicted = runs(&problem, &recording, &[device], with_forward)?;
        let profile = gpu.take_profile().into_iter();
        row.kernels_ms = profile
            .map(|(name, time)| (name, 1e3 * time.seconds))
            .collect();
    }
    Ok(row)
}

/// How long something that has run before takes each time, a GPU at its full clock; once more with its kernels timed, which takes longer.
fn times(
    gpu: Option<&GpuEngine>,
    repeats: u16,
    mut work: impl FnMut() -> Result<()>,
) -> Result<Vec<Duration>> {
    if let Some(gpu) = gpu {
        gpu.warm_up()?;
    }
    let times = (0..repeats).map(|_| {
        let start = Instant::now();
        work().map(|()| start.elapsed())
    });
    let times = times.collect::<Result<Vec<_>>>()?;
    if let Some(gpu) = gpu {
        gpu.time_kernels(true);
        work()?;
        gpu.time_kernels(false);
    }
    Ok(times)
}

/// A cotangent that weighs spikes by turns 1 and -1.
fn alternating(recording: &Recording) -> Cotangent {
    let mut cotangent = Cotangent::zeros(recording);
    for (ix, value) in cotangent.spike_times.iter_mut().enumerate() {
        *value = if ix % 2 == 0 { 1.0 } else { -1.0 };
    }
    cotangent
}

fn neuron_updates(problem: &Problem<'_>, recording: &Recording) -> f64 {
    let connections = problem.network.connections().iter();
    let from_inputs: usize = connections
        .filter(|connection| matches!(connection.source, Source::Input(_)))
        .map(|connection| connection.target_size * problem.inputs.n_spikes())
        .sum();
    from_inputs as f64 + recurrent_updates(problem, recording)
}

/// Spikes of neurons times the neurons that they reach.
fn recurrent_updates(problem: &Problem<'_>, recording: &Recording) -> f64 {
    let network = problem.network;
    let mut updates = 0.0;
    for connection in network.connections() {
        let Source::Population(source) = connection.source else {
            continue;
        };
        let units = network.population(source).units();
        let neurons = recording.neurons().iter();
        let spikes = neurons
            .filter(|&&neuron| units.contains(&(neuron as usize)))
            .count();
        updates += (spikes * connection.target_size) as f64;
    }
    updates
}
