//! What cannot be is refused before it is begun.

use std::time::{Duration, Instant};

use ndarray::Array2;
use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Projection, Rule};
use spikefront::{Engine, ErrorKind, GradientOptions, Method, Problem, Result, SimulationOptions};

/// Nothing that is refused takes longer.
const AT_ONCE: Duration = Duration::from_secs(5);

fn by_rule(size: usize, rule: Rule) -> spikefront::network::NetworkBuilder {
    let mut network = Network::builder();
    let cells = network.population("cells", size, Neuron::leaky_integrate_and_fire());
    network.connect(cells, cells, Projection::by_rule(rule, 0.1).delay(1.0));
    network
}

/// A network on one sample without spikes.
fn on_silence(
    network: &Network,
    options: &SimulationOptions,
    work: impl FnOnce(&Problem<'_>) -> Result<()>,
) -> Result<()> {
    let parameters = network.parameters(0);
    let mut inputs = SpikeBatch::new();
    inputs.push_sample(&[])?;
    let problem = Problem {
        network,
        parameters: &parameters,
        inputs: &inputs,
        options,
    };
    work(&problem)
}

#[test]
fn rules_that_make_too_many_synapses_are_not_begun() -> Result<()> {
    let start = Instant::now();
    for (size, rule) in [
        (4, Rule::FixedInDegree(u32::MAX)),
        (4, Rule::FixedTotalNumber(1 << 40)),
        (1_000_000, Rule::FixedProbability(0.5)),
    ] {
        let error = by_rule(size, rule).build().expect_err("too many");
        assert!(error.to_string().contains("number of synapses"), "{error}");
    }
    let mut rows = by_rule(1_000_000, Rule::FixedInDegree(100_000));
    rows.memory_limit(1 << 30);
    let error = rows.build_in_rows().expect_err("400 GB");
    assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
    assert!(start.elapsed() < AT_ONCE);
    // The same rules in small.
    for rule in [
        Rule::FixedInDegree(3),
        Rule::FixedTotalNumber(9),
        Rule::FixedProbability(0.5),
    ] {
        by_rule(10, rule.clone()).build()?;
        let mut rows = by_rule(10, rule);
        rows.memory_limit(1 << 30);
        rows.build_in_rows()?;
    }
    Ok(())
}

#[test]
fn own_spikes_are_wanted_for_the_whole_run() -> Result<()> {
    let mut network = Network::builder();
    let cells = network.population("cells", 3, Neuron::leaky_integrate_and_fire());
    network.poisson(cells, 0, 0.5, 0.1);
    let network = network.build()?;
    let mut inputs = SpikeBatch::new();
    inputs.push_sample(&[])?;
    let inputs = network.complete_inputs(&inputs, 20.0, &[1])?;
    assert_eq!(inputs.select(&[0]).complete_until(), Some(20.0));
    for (duration, fits) in [(20.0, true), (10.0, false), (40.0, false)] {
        let problem = Problem {
            network: &network,
            parameters: &network.parameters(0),
            inputs: &inputs,
            options: &SimulationOptions::new(duration),
        };
        // Too short a run is told of the spikes after its end, too long a one of those that are not there.
        assert_eq!(
            CpuEngine::new().simulate(&problem).is_ok(),
            fits,
            "{duration} ms"
        );
    }
    Ok(())
}

#[test]
fn what_memory_cannot_hold_is_refused_by_name() -> Result<()> {
    if spikefront::memory::available().is_none() {
        println!("skipped: the system does not say how much memory there is");
        return Ok(());
    }
    let mut network = Network::builder();
    network.population("readouts", 1_000_000, Neuron::leaky_integrator());
    let network = network.build()?;
    let mut options = SimulationOptions::new(100.0);
    options.voltage_times = (0..1_000_000).map(|ix| f64::from(ix) / 1e4).collect();
    on_silence(&network, &options, |problem| {
        let error = CpuEngine::new().simulate(problem).expect_err("8 TB");
        assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
        Ok(())
    })?;

    let mut network = Network::builder();
    let driven = Neuron::leaky_integrate_and_fire()
        .tau_membrane(1.0)
        .rest(2.0);
    let cells = network.population("cells", 2000, driven);
    network.connect(cells, cells, Projection::random(0.0).delay(1.0));
    let network = network.build()?;
    on_silence(&network, &SimulationOptions::new(20.0), |problem| {
        let engine = CpuEngine::new();
        let recording = engine.simulate(problem)?;
        assert!(recording.n_spikes() > 10_000);
        for method in [Method::Forward, Method::Adjoint] {
            let options = GradientOptions::default().method(method);
            let error = engine
                .jacobian(problem, &recording, 0, &options)
                .expect_err("too large");
            assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
        }
        Ok(())
    })
}

/// Samples of a cycle without delay take turns, and one that fires early is through its budget first.
#[test]
fn the_first_sample_that_runs_away_is_named_whoever_is_there_first() -> Result<()> {
    let mut network = Network::builder();
    let input = network.input("input", 1);
    let cell = network.population("cell", 1, Neuron::leaky_integrate_and_fire());
    let excites = Projection::dense(Array2::from_elem((1, 1), 0.5));
    network.connect(input, cell, excites.clone());
    network.connect(cell, cell, excites);
    let network = network.build()?;
    let parameters = network.parameters(0);
    let options = SimulationOptions::new(50.0).spike_budget(40);
    let refused = |starts: &[(usize, f64)]| -> Result<String> {
        let mut inputs = SpikeBatch::new();
        for sample in 0..24 {
            let start = starts.iter().find(|(of, _)| *of == sample);
            let spike = |&(_, time): &(usize, f64)| Spike { unit: 0, time };
            let spikes: Vec<Spike> = start.map(spike).into_iter().collect();
            inputs.push_sample(&spikes)?;
        }
        let problem = Problem {
            network: &network,
            parameters: &parameters,
            inputs: &inputs,
            options: &options,
        };
        let error = CpuEngine::new()
            .simulate(&problem)
            .expect_err("it runs away");
        Ok(error.to_string())
    };
    for first in 0..24 {
        let told = refused(&[(first, 20.0), ((first + 1) % 24, 1.0)])?;
        let named = if first == 23 { 0 } else { first };
        assert!(
            told.contains(&format!("sample {named} ")),
            "{named}: {told}"
        );
    }
    // Negative control: the early one is named where it is alone.
    assert!(refused(&[(4, 1.0)])?.contains("sample 4 "));
    Ok(())
}
