//! No spike lost, none invented, ties in the order that is written down: cases that failed once, and their siblings.

use std::f64::consts::E;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::case::{Case, Comparison};
use spikefront::compare::{Bars, Subject, Verdict, compare};
use spikefront::cpu::CpuEngine;
use spikefront::event::SpikeBatch;
use spikefront::network::{Network, NetworkBuilder, Neuron, Projection, Reset};
use spikefront::{Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use crate::device::gpu;
use crate::mutants::mutated;

/// Spike times, relative to the time.
const TIMES: f64 = 2e-5;
/// Jacobian entries, relative to the largest of their group.
const ENTRIES: f64 = 1e-3;

const FAULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/exactness");

fn fault(name: &str) -> Case {
    Case::read(format!("{FAULTS}/{name}.json")).expect("every case is well-formed")
}

#[test]
fn what_was_lost_invented_or_late_is_what_the_oracle_says() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    for name in [
        "late-identical-gpu",
        "lost-identical-plain",
        "lost-identical-frame",
        "invented-drive-at-threshold",
        "invented-drive-at-threshold-20ms",
    ] {
        let case = fault(name);
        let expected = &case.expected().expect("it says what is right").spikes;
        let found = case.network()?.spikes(&engine)?;
        println!("{name}: {found:?}");
        assert_eq!(found.len(), expected.len(), "{name}");
        for (x, y) in found.iter().zip(expected) {
            assert_eq!(x.neuron, y.neuron, "{name}");
            assert!((x.time - y.time).abs() <= TIMES * y.time, "{name}");
        }
    }
    Ok(())
}

/// An arrival within a rounding of double precision of a crossing: single precision has it on the other side, and `compare` says
/// that it cannot tell. A solver that is wrong there is still told.
#[test]
fn an_arrival_at_a_crossing_is_below_the_resolution() -> Result<()> {
    let subject = Subject::case(format!("{FAULTS}/lost-after-inhibition-vector.json"))?;
    let verdict = |engine: &dyn Engine| {
        let agreement = compare(
            &CpuEngine::new(),
            engine,
            &subject.problem(),
            &GradientOptions::everything(Method::Adjoint),
            &[Method::Adjoint, Method::Forward],
            &|recording| subject.cotangent(recording),
        )?;
        println!("{:?}", agreement.unequal);
        Ok::<Verdict, spikefront::Error>(agreement.verdict(&Bars::CASE))
    };
    let Some(engine) = gpu() else { return Ok(()) };
    assert_eq!(verdict(&engine)?, Verdict::Unresolved);
    let Some(early) = mutated("return soon;", "return 0.9 * soon;") else {
        return Ok(());
    };
    assert_eq!(verdict(&early)?, Verdict::Disagree);
    Ok(())
}

#[test]
fn spikes_of_one_time_come_before_what_they_send() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    for name in ["feed-forward", "same-population", "other-population"] {
        let case = fault(&format!("tie-{name}"));
        let expected = case.expected().expect("it says what is right");
        for method in [Method::Forward, Method::Adjoint] {
            let found = case.run(&engine, method)?;
            let neurons = found.spikes.iter().map(|spike| spike.neuron);
            println!("{name}: {:?}", neurons.collect::<Vec<_>>());
            let comparison = Comparison::new(&found, expected)?;
            let entry = comparison.largest_relative();
            assert!(comparison.times <= TIMES, "{name} {method} {comparison:?}");
            assert!(entry <= ENTRIES, "{name} {method} {comparison:?}");
        }
    }
    Ok(())
}

/// A network without inputs on the GPU: (neuron, time) in order.
fn run(
    engine: &dyn Engine,
    duration: f64,
    describe: impl FnOnce(&mut NetworkBuilder),
) -> Result<Vec<(usize, f64)>> {
    let mut builder = Network::builder();
    describe(&mut builder);
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    inputs.push_sample(&[])?;
    let (parameters, options) = (network.parameters(0), SimulationOptions::new(duration));
    let recording = engine.simulate(&Problem {
        network: &network,
        parameters: &parameters,
        inputs: &inputs,
        options: &options,
    })?;
    Ok(recording.sample(0).map(|s| (s.unit, s.time)).collect())
}

/// A driven neuron, and when it fires first and again, in closed form; it is held for `refractory` ms.
fn driven(rng: &mut ChaCha8Rng, refractory: f64) -> (Neuron, f64) {
    let (tau, drive) = (rng.random_range(1.0..30.0), rng.random_range(1.05..4.0));
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(tau)
        .tau_synapse(tau * rng.random_range(0.1..2.0))
        .rest(drive)
        .reset(Reset::To {
            potential: 0.0.into(),
            refractory: refractory.into(),
        });
    (neuron, tau * (drive / (drive - 1.0_f64)).ln())
}

#[test]
fn equal_neurons_that_inhibit_each_other_at_once_all_fire() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    for set in 0..60 {
        let (neuron, first) = driven(&mut rng, 1e6);
        let weight = -rng.random_range(0.1..3.0);
        let n = 2 + set % 4;
        let is_loop = set % 2 == 0;
        let spikes = run(&engine, first * E, |network| {
            let all = |from: usize, to: usize| ndarray::Array2::from_elem((from, to), weight);
            if is_loop {
                let all_of_them = network.population("loop", n, neuron);
                network.connect(all_of_them, all_of_them, Projection::dense(all(n, n)));
            } else {
                // A chain: what the first sends arrives as the others are due.
                let lead = network.population("lead", 1, neuron.clone());
                let others = network.population("others", n - 1, neuron);
                network.connect(lead, others, Projection::dense(all(1, n - 1)));
            }
        })?;
        let mut neurons: Vec<usize> = spikes.iter().map(|spike| spike.0).collect();
        neurons.sort_unstable();
        let expected: Vec<usize> = (0..n).collect();
        assert_eq!(neurons, expected, "set {set}: {spikes:?}, {first}");
        for (_, time) in spikes {
            assert!(
                (time - first).abs() <= TIMES * first,
                "set {set}: {time}, {first}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_driven_neuron_fires_as_often_as_its_closed_form_says() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    let mut n_spikes = 0;
    for set in 0..30 {
        let refractory = rng.random_range(0.5..5.0);
        let (neuron, first) = driven(&mut rng, refractory);
        let period = first + refractory;
        // The end in the middle between two spikes.
        let n = rng.random_range(20..300);
        let duration = first + period * (f64::from(n) - 0.5);
        let spikes = run(&engine, duration, |network| {
            network.population("driven", 1, neuron);
        })?;
        assert_eq!(spikes.len(), n as usize, "set {set}");
        for (k, (_, time)) in spikes.iter().enumerate() {
            let expected = first + period * k as f64;
            let miss = (time - expected).abs() / expected;
            assert!(miss <= TIMES, "set {set}, spike {k}: {time}, {expected}");
        }
        n_spikes += spikes.len();
    }
    println!("{n_spikes} spikes of 30 driven neurons");
    Ok(())
}
