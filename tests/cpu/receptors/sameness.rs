//! Receptors that are alike are one; and what must not matter.

use spikefront::cpu::CpuEngine;
use spikefront::event::Recording;
use spikefront::{Engine, Gradient, GradientOptions, Method, Result};

use super::networks::{TOPOLOGIES, Variant, draw};
use crate::common::{Drawn, agree, cotangent};

fn simulate(drawn: &Drawn, seed: u64) -> Result<(Recording, Gradient)> {
    let engine = CpuEngine::new();
    let recording = engine.simulate(&drawn.problem())?;
    let options = GradientOptions::everything(Method::Adjoint).and_neurons();
    let cotangent = cotangent(&recording, seed);
    let gradient = engine.gradient(&drawn.problem(), &recording, &cotangent, &options)?;
    Ok((recording, gradient))
}

/// Everything seen of readouts.
fn seen(recording: &Recording) -> Vec<f64> {
    let readouts = recording.readouts().iter().flat_map(|readout| {
        let maxima = readout.maxima.iter().map(|maximum| maximum.voltage);
        let seen = readout.integrals.iter().chain(&readout.voltages).copied();
        seen.chain(maxima).collect::<Vec<f64>>()
    });
    readouts.collect()
}

/// A gradient's entries in the order of one receptor's layout: those of the receptors' time constants are added.
fn as_of_one(drawn: &Drawn, gradient: &Gradient) -> Vec<f64> {
    let mut entries: Vec<f64> = Vec::new();
    for tensor in drawn.network.layout().tensors() {
        let own = &gradient.parameters[tensor.range.clone()];
        match tensor.name.contains("tau_synapse[1]") {
            true => *entries.last_mut().expect("the first receptor's is before") += own[0],
            false => entries.extend_from_slice(own),
        }
    }
    entries
}

#[test]
fn two_receptors_that_are_alike_are_one() -> Result<()> {
    let mut n_spikes = 0;
    for topology in TOPOLOGIES {
        for seed in 0..12 {
            let with = |taus: [&'static [f64]; 2]| {
                let variant = Variant {
                    taus,
                    ..Variant::of(seed, topology)
                };
                let drawn = draw(seed, &variant, 2)?;
                let found = simulate(&drawn, seed)?;
                Ok::<_, spikefront::Error>((drawn, found))
            };
            let (one, (recording, gradient)) = with([&[4.0], &[6.0]])?;
            let (two, (other, other_gradient)) = with([&[4.0, 4.0], &[6.0, 6.0]])?;
            let name = format!("seed {seed}, {topology:?}");
            assert_eq!(recording.neurons(), other.neurons(), "{name}");
            let same = |x: &[f64], y: &[f64]| agree(&name, x, y, 1e-10);
            let must = |result: std::result::Result<(), String>| {
                result.unwrap_or_else(|told| panic!("{told}"));
            };
            must(same(recording.times(), other.times()));
            must(same(recording.slopes(), other.slopes()));
            must(same(&seen(&recording), &seen(&other)));
            let expected = &gradient.parameters;
            // Spikes that nearly graze magnify roundings.
            must(agree(
                &name,
                expected,
                &as_of_one(&two, &other_gradient),
                1e-9,
            ));
            must(agree(
                &name,
                &gradient.input_times,
                &other_gradient.input_times,
                1e-9,
            ));
            assert_eq!(expected.len(), one.parameters.values().len());
            // Negative control: a second receptor that differs by a millionth.
            let (apart, (other, other_gradient)) = with([&[4.0, 4.000004], &[6.0, 6.000006]])?;
            assert!(same(recording.times(), other.times()).is_err(), "{name}");
            let told = agree(&name, expected, &as_of_one(&apart, &other_gradient), 1e-9);
            assert!(told.is_err(), "{name}");
            n_spikes += recording.n_spikes();
        }
    }
    assert!(n_spikes > 2_000, "{n_spikes}");
    Ok(())
}

#[test]
fn the_number_of_threads_and_the_windows_do_not_matter() -> Result<()> {
    for topology in TOPOLOGIES {
        let drawn = draw(5, &Variant::of(5, topology), 20)?;
        let problem = drawn.problem();
        let mut found = Vec::new();
        for threads in [1, 3] {
            let engine = CpuEngine::new().threads(threads)?;
            let recording = engine.simulate(&problem)?;
            let cotangent = cotangent(&recording, 5);
            for method in [Method::Adjoint, Method::Forward] {
                let options = GradientOptions::everything(method).and_neurons();
                let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
                found.push((recording.clone(), gradient));
            }
        }
        assert!(found[0].0.n_spikes() > 200);
        assert_eq!(found[0], found[2], "{topology:?}");
        assert_eq!(found[1], found[3], "{topology:?}");
        assert_ne!(found[0].1.parameters, found[1].1.parameters, "a control");
        let mut short = draw(5, &Variant::of(5, topology), 20)?;
        short.options.longest_window = 0.7;
        let (recording, gradient) = simulate(&short, 5)?;
        assert_eq!(recording.neurons(), found[0].0.neurons());
        let must = |result: std::result::Result<(), String>| {
            result.unwrap_or_else(|told| panic!("{topology:?}: {told}"));
        };
        must(agree("times", recording.times(), found[0].0.times(), 1e-11));
        must(agree("seen", &seen(&recording), &seen(&found[0].0), 1e-11));
        let expected = &found[0].1.parameters;
        must(agree("gradient", &gradient.parameters, expected, 1e-9));
    }
    Ok(())
}
