//! A run that passes its spike budget is refused within seconds and in bounded memory; one that keeps it is not.

use std::time::{Duration, Instant};

use ndarray::array;
use spikefront::case::Case;
use spikefront::event::{Recording, SpikeBatch};
use spikefront::gpu::GpuEngine;
use spikefront::network::{Network, Neuron, Projection, Reset};
use spikefront::{Engine, ErrorKind, Problem, Result, SimulationOptions};

use crate::device::{gpu_with, webgpu};

/// What an engine may use of the device, in bytes.
const MEMORY: u64 = 200 << 20;
/// On a software driver that shares its cores with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

fn engine() -> Option<GpuEngine> {
    gpu_with(&webgpu().memory(Some(MEMORY)))
}

fn assert_refused(found: Result<Recording>, since: Instant, words: &[&str]) {
    let error = found.expect_err("it fires without end");
    println!("{error}, after {:.1?}", since.elapsed());
    assert_eq!(error.kind(), ErrorKind::SpikeBudget, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{error} lacks {word}");
    }
    assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
}

#[test]
fn an_excitatory_loop_without_delay() -> Result<()> {
    let Some(engine) = engine() else {
        return Ok(());
    };
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/runaway.json");
    let network = Case::read(path)?.network()?;
    let since = Instant::now();
    let found = engine.simulate(&network.problem());
    assert_refused(found, since, &["sample 0", "100000 spikes", "before 50 ms"]);
    Ok(())
}

/// `n` neurons of a drive, alone or in a loop of weight zero, over 100 ms in two samples.
fn simulate(engine: &GpuEngine, drive: f64, is_loop: bool, budget: usize) -> Result<Recording> {
    let mut builder = Network::builder();
    let neuron = Neuron::leaky_integrate_and_fire()
        .rest(drive)
        .reset(Reset::to(0.0));
    let driven = builder.population("driven", 1, neuron);
    if is_loop {
        builder.connect(driven, driven, Projection::dense(array![[0.0]]));
    }
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    inputs.push_sample(&[])?;
    inputs.push_sample(&[])?;
    let options = SimulationOptions::new(100.0).spike_budget(budget);
    engine.simulate(&Problem {
        network: &network,
        parameters: &network.parameters(0),
        inputs: &inputs,
        options: &options,
    })
}

#[test]
fn a_drive_without_refractory_time() {
    let Some(engine) = engine() else { return };
    let since = Instant::now();
    assert_refused(
        simulate(&engine, 1e6, false, 100_000),
        since,
        &["100000 spikes"],
    );
}

#[test]
fn a_budget_is_passed_by_one_spike_or_kept() -> Result<()> {
    let Some(engine) = engine() else {
        return Ok(());
    };
    for is_loop in [false, true] {
        let n = simulate(&engine, 20.0, is_loop, 100_000)?.n_spikes() / 2;
        assert!(n > 80, "{n}");
        // Room that a run left behind changes nothing.
        for is_tight in [false, true] {
            if is_tight {
                engine.start_tight();
            }
            assert_eq!(simulate(&engine, 20.0, is_loop, n)?.n_spikes(), 2 * n);
            let since = Instant::now();
            let found = simulate(&engine, 20.0, is_loop, n - 1);
            assert_refused(found, since, &[&format!("{} spikes", n - 1)]);
        }
    }
    Ok(())
}
