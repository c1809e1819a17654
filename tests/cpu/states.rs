//! Voltages and currents of any neurons at any times.

use spikefront::cpu::CpuEngine;
use spikefront::{Engine, Problem, Result};

use crate::common::{Drawn, draw};

/// The largest distance of a potential from its threshold at the spikes that the engine found, asked for just before
/// each; and how many these were. `later` moves the moments.
fn miss(drawn: &Drawn, later: f64) -> Result<(f64, usize)> {
    let problem = drawn.problem();
    let recording = CpuEngine::new().simulate(&problem)?;
    let network = &drawn.network;
    let (mut worst, mut n) = (0.0_f64, 0);
    for sample in 0..recording.n_samples() {
        for spike in recording.sample(sample) {
            let populations = network.populations().iter();
            let mut populations = populations.zip(network.population_ids());
            let found = populations.find(|(p, _)| p.units().contains(&spike.unit));
            let (_, id) = found.expect("it is someone's");
            let thresholds = network.layout().thresholds(id).expect("it fires");
            let neuron = spike.unit - network.population(id).first_unit;
            let threshold = drawn.parameters.values()[thresholds.start + neuron];
            let time = spike.time.next_down() - later;
            let trace = problem.states(&recording, sample, &[spike.unit], &[time])?;
            worst = worst.max((trace.voltages[[0, 0]] - threshold).abs());
            n += 1;
        }
    }
    Ok((worst, n))
}

#[test]
fn potentials_are_at_their_thresholds_when_neurons_fire() -> Result<()> {
    let (mut n_spikes, mut told_apart) = (0, 0);
    for seed in 0..100 {
        let drawn = draw(seed)?;
        let (worst, n) = miss(&drawn, 0.0)?;
        assert!(worst < 1e-11, "{seed}: {worst}");
        n_spikes += n;
        // Negative control: a little earlier they are not.
        told_apart += u32::from(miss(&drawn, 1e-3).is_ok_and(|(worst, _)| worst > 1e-6));
    }
    assert!(
        n_spikes > 1_000 && told_apart > 50,
        "{n_spikes} {told_apart}"
    );
    Ok(())
}

#[test]
fn voltages_of_readouts_are_those_that_the_engine_records() -> Result<()> {
    for seed in 0..100 {
        let drawn = draw(seed)?;
        let times = vec![0.0, 3.25, 7.0, 19.0, 30.0];
        let options = drawn.options.clone().voltage_times(times.clone());
        let problem = Problem {
            options: &options,
            ..drawn.problem()
        };
        let recording = CpuEngine::new().simulate(&problem)?;
        let readout = &recording.readouts()[0];
        let units = drawn.network.populations()[readout.population].units();
        let neurons: Vec<usize> = units.collect();
        for sample in 0..2 {
            let trace = problem.states(&recording, sample, &neurons, &times)?;
            for (time, _) in times.iter().enumerate() {
                for neuron in 0..neurons.len() {
                    let at = (sample * times.len() + time) * neurons.len() + neuron;
                    let (x, y) = (trace.voltages[[neuron, time]], readout.voltages[at]);
                    assert!((x - y).abs() < 1e-12 * y.abs().max(1.0), "{seed}: {x} {y}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn what_does_not_exist_is_an_error() -> Result<()> {
    let drawn = draw(5)?;
    let problem = drawn.problem();
    let recording = CpuEngine::new().simulate(&problem)?;
    let n = drawn.network.n_neurons();
    let refused = |sample: usize, neuron: usize, times: &[f64]| {
        let states = problem.states(&recording, sample, &[neuron], times);
        states.expect_err("there is no such thing").to_string()
    };
    assert!(refused(2, 0, &[1.0]).contains("sample"));
    assert!(refused(0, n, &[1.0]).contains("neuron"));
    assert!(refused(0, 0, &[31.0]).contains("times[0]"));
    assert!(refused(0, 0, &[2.0, 1.0]).contains("times[1]"));
    assert!(refused(0, 0, &[f64::NAN]).contains("times[0]"));
    Ok(())
}
