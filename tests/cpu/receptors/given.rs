//! Given spikes, and the states of neurons: both follow the flow through a recording.

use spikefront::cpu::CpuEngine;
use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::{Engine, GivenSpikes, Problem, Result};

use super::networks::{TOPOLOGIES, Variant, draw, last_tau};
use crate::common::{Drawn, agree};

fn spikes_of(recording: &Recording) -> Result<SpikeBatch> {
    let mut batch = SpikeBatch::new();
    for sample in 0..recording.n_samples() {
        let range = recording.range(sample);
        let times = recording.times()[range.clone()].iter();
        let spikes = times
            .zip(&recording.neurons()[range])
            .map(|(&time, &unit)| Spike {
                unit: unit as usize,
                time,
            });
        batch.push_sample(&spikes.collect::<Vec<Spike>>())?;
    }
    Ok(batch)
}

/// What an engine records, and what is recorded of the same spikes; the latter with a time constant that is `shift` longer.
fn both(seed: u64, drawn: &Drawn, shift: f64) -> Result<std::result::Result<(), String>> {
    let found = CpuEngine::new().simulate(&drawn.problem())?;
    let mut parameters = drawn.parameters.clone();
    parameters.values_mut()[last_tau(&drawn.network)] += shift;
    let problem = Problem {
        parameters: &parameters,
        ..drawn.problem()
    };
    let (given, report) = problem.recording_of(&spikes_of(&found)?, GivenSpikes::within(1e-9))?;
    let check = || {
        if report.beyond > 0 {
            return Err(format!(
                "seed {seed}: {} spikes at other potentials",
                report.beyond
            ));
        }
        agree("slopes", found.slopes(), given.slopes(), 1e-9)?;
        agree(
            "releases",
            found.release_slopes(),
            given.release_slopes(),
            1e-9,
        )?;
        for (x, y) in found.readouts().iter().zip(given.readouts()) {
            agree("voltages", &x.voltages, &y.voltages, 1e-11)?;
            agree("integrals", &x.integrals, &y.integrals, 1e-11)?;
        }
        Ok(())
    };
    Ok(check())
}

#[test]
fn a_recording_of_the_same_spikes_is_the_same() -> Result<()> {
    for topology in TOPOLOGIES {
        for seed in 0..12 {
            let mut drawn = draw(seed, &Variant::of(seed, topology), 2)?;
            drawn.options.record_maxima = false;
            both(seed, &drawn, 0.0)?.unwrap_or_else(|told| panic!("{topology:?}: {told}"));
            assert!(both(seed, &drawn, 1e-6)?.is_err(), "a control");
        }
    }
    Ok(())
}

#[test]
fn states_obey_their_differential_equation_and_are_what_is_recorded_of_readouts() -> Result<()> {
    let mut n = 0;
    for topology in TOPOLOGIES {
        for seed in 0..6 {
            let drawn = draw(seed, &Variant::of(seed, topology), 1)?;
            let (problem, network) = (drawn.problem(), &drawn.network);
            let recording = CpuEngine::new().simulate(&problem)?;
            let readout = network.populations().last().expect("it is there");
            let neurons: Vec<usize> = (0..network.n_neurons()).collect();
            let trace = problem.states(&recording, 0, &neurons, &drawn.options.voltage_times)?;
            for (ix, unit) in readout.units().enumerate() {
                for (time, voltage) in trace.voltages.row(unit).iter().enumerate() {
                    let recorded = recording.readouts()[0].voltages[time * readout.size + ix];
                    assert!((voltage - recorded).abs() < 1e-12, "{voltage} {recorded}");
                }
            }
            // Where nothing happens in between, dV/dt is the currents less what leaks.
            let (step, centre) = (1e-4, 11.3);
            let times = [centre - step, centre, centre + step];
            let trace = problem.states(&recording, 0, &neurons, &times)?;
            for population in network.populations() {
                for unit in population.units() {
                    let v = trace.voltages.row(unit);
                    let i = trace.currents.row(unit);
                    let is_quiet = (i[2] - 2.0 * i[1] + i[0]).abs() < 1e-6;
                    let is_held = v[0] == v[2];
                    if !is_quiet || is_held {
                        continue;
                    }
                    let slope = (v[2] - v[0]) / (2.0 * step);
                    let expected = i[1] - 0.1 * (v[1] - population.neuron.rest.get(0));
                    assert!((slope - expected).abs() < 1e-6, "{slope} {expected}");
                    n += u32::from(i[1] != 0.0);
                }
            }
        }
    }
    assert!(n > 200, "{n}");
    Ok(())
}
