//! Gradients with respect to time constants, rest and initial potentials on both engines.

use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::gpu::GpuEngine;
use spikefront::network::{Distribution, Network, Neuron, Projection, TensorKind};
use spikefront::{Engine, GradientOptions, Method, Result, SimulationOptions};

use crate::agreement::{differences, is_below_resolution, is_green, quantiles};
use crate::common::{Drawn, cotangent, draw, draw_with_receptors};
use crate::device::gpu;
use crate::mutants::mutated;

/// Networks that a mutated kernel is tried on.
const CONTROLS: u64 = 40;

/// The entries of one kind.
fn entries(drawn: &Drawn, gradient: &[f64], kind: TensorKind) -> Vec<f64> {
    let tensors = drawn.network.layout().tensors().iter();
    tensors
        .filter(|tensor| tensor.kind == kind)
        .flat_map(|tensor| gradient[tensor.range.clone()].to_vec())
        .collect()
}

/// For each kind how far apart the entries of both gradients are, against the largest of their kind; none where the
/// network fires otherwise.
fn compare(gpu: &GpuEngine, seed: u64, method: Method) -> Result<Option<[Vec<f64>; 4]>> {
    let cpu = CpuEngine::new();
    let mut drawn = draw(seed)?;
    drawn.options.record_maxima = true;
    let problem = drawn.problem();
    let (on_cpu, on_gpu) = (cpu.simulate(&problem)?, gpu.simulate(&problem)?);
    if on_cpu.neurons() != on_gpu.neurons() {
        assert!(
            is_below_resolution(&on_cpu),
            "network {seed} fired otherwise"
        );
        return Ok(None);
    }
    let cotangent = cotangent(&on_cpu, seed);
    let options = GradientOptions::everything(method).and_neurons();
    let reference = cpu.gradient(&problem, &on_cpu, &cotangent, &options)?;
    let found = gpu.gradient(&problem, &on_gpu, &cotangent, &options)?;
    Ok(Some(TensorKind::OF_NEURONS.map(|kind| {
        let of = |gradient: &[f64]| entries(&drawn, gradient, kind);
        let mut errors = Vec::new();
        differences(
            &of(&reference.parameters),
            &of(&found.parameters),
            &mut errors,
        );
        errors
    })))
}

fn all(gpu: &GpuEngine, networks: u64, method: Method) -> Result<[Vec<f64>; 4]> {
    let mut all: [Vec<f64>; 4] = Default::default();
    for seed in 0..networks {
        for (all, found) in all
            .iter_mut()
            .zip(compare(gpu, seed, method)?.unwrap_or_default())
        {
            all.extend(found);
        }
    }
    Ok(all)
}

#[test]
fn random_networks_agree_with_the_cpu() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    // Forward propagation on a software driver is slow.
    for (method, networks) in [(Method::Adjoint, 500), (Method::Forward, 80)] {
        let found = all(&gpu, networks, method)?;
        for (errors, kind) in found.into_iter().zip(TensorKind::OF_NEURONS) {
            let n = errors.len();
            let found = quantiles(errors);
            println!(
                "{method}, {kind:?}: {n} entries, median {:.1e}, 99.9th percentile {:.1e}",
                found.median, found.most
            );
            assert!(n as u64 > 3 * networks - networks / 10);
            assert!(is_green(&found), "{method}, {kind:?}");
        }
    }
    Ok(())
}

#[test]
fn kernels_with_one_thing_wrong_do_not_agree() -> Result<()> {
    for (method, right, wrong) in [
        (
            Method::Adjoint,
            "(late + total(by.y * current))",
            "total(by.y * current)",
        ),
        (Method::Adjoint, "- by.x * current)", ")"),
        (
            Method::Adjoint,
            "((*own).by_rest - 1.0) * flow.membrane",
            "(*own).by_rest * flow.membrane",
        ),
        (Method::Adjoint, "(*own).by_initial = 0.0;", ""),
        (
            Method::Adjoint,
            "parameters.duration - own.by_rest / b",
            "parameters.duration",
        ),
        // The series where the rates are alike.
        (Method::Adjoint, "x * (0.33333334", "x * (0.5"),
        (
            Method::Adjoint,
            "unit], sums[0], true)",
            "unit], sums[1], true)",
        ),
        (
            Method::Forward,
            "(*carried).potential + own, higher",
            "(*carried).potential, higher",
        ),
        (
            Method::Forward,
            "carried.potential + own;",
            "carried.potential;",
        ),
    ] {
        let Some(gpu) = mutated(right, wrong) else {
            return Ok(());
        };
        let found = all(&gpu, CONTROLS, method)?;
        let is_told = found
            .into_iter()
            .any(|errors| !is_green(&quantiles(errors)));
        println!("{wrong:?} for {right:?}: told {is_told}");
        assert!(is_told, "{wrong:?} passes for {right:?}");
    }
    Ok(())
}

/// A Jacobian contracted with a cotangent is the gradient, by both methods.
#[test]
fn the_jacobian_contracts_to_the_gradient() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    for (seed, receptors) in (0..12)
        .map(|seed| (seed, 1))
        .chain((0..9).map(|seed| (seed, 2 + seed as usize % 3)))
    {
        let mut drawn = draw_with_receptors(seed, receptors)?;
        drawn.options.record_maxima = true;
        drawn.inputs = drawn.inputs.select(&[0]);
        let problem = drawn.problem();
        let recording = gpu.simulate(&problem)?;
        let cotangent = cotangent(&recording, seed);
        let mut weights = cotangent.spike_times.clone();
        weights.extend_from_slice(&cotangent.voltages[0]);
        weights.extend_from_slice(&cotangent.integrals[0]);
        weights.extend_from_slice(&cotangent.maxima[0]);
        let weights = ndarray::Array1::from(weights);
        for method in [Method::Adjoint, Method::Forward] {
            let options = GradientOptions::everything(method).and_neurons();
            let jacobian = gpu.jacobian(&problem, &recording, 0, &options)?;
            let gradient = gpu.gradient(&problem, &recording, &cotangent, &options)?;
            let contracted = weights.dot(&jacobian.parameters).to_vec();
            for kind in TensorKind::OF_NEURONS {
                let x = entries(&drawn, &contracted, kind);
                let y = entries(&drawn, &gradient.parameters, kind);
                let largest = x.iter().fold(1e-3, |m: f64, v| m.max(v.abs()));
                for (x, y) in x.iter().zip(&y) {
                    assert!(
                        (x - y).abs() < 1e-4 * largest,
                        "{seed}, {method}, {kind:?}: {x} {y}"
                    );
                }
                let is_told = y.iter().any(|y| y.abs() > 1e-3 * largest);
                assert!(is_told, "{seed}, {method}, {kind:?}: nothing to compare");
            }
        }
    }
    Ok(())
}

/// More neurons than a workgroup has invocations, which share all their values.
fn many() -> Result<Drawn> {
    let normal = |mean, deviation| Projection::random(Distribution::Normal { mean, deviation });
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(15.0)
        .rest(0.2);
    let mut builder = Network::builder();
    let input = builder.input("input", 10);
    let hidden = builder.population("hidden", 150, neuron);
    let readout = builder.population("readout", 70, Neuron::leaky_integrator().rest(0.1));
    builder.connect(input, hidden, normal(0.12, 0.1));
    builder.connect(hidden, readout, normal(0.01, 0.02).delay(0.5));
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    for sample in 0..2 {
        let spikes = (0..40).map(|ix| Spike {
            unit: (7 * ix + sample) % 10,
            time: 0.5 * ix as f64 + 0.1,
        });
        inputs.push_sample(&spikes.collect::<Vec<_>>())?;
    }
    let mut options = SimulationOptions::new(30.0);
    options.voltage_times = vec![7.0, 30.0];
    options.record_maxima = true;
    Ok(Drawn {
        parameters: network.parameters(1),
        network,
        inputs,
        options,
    })
}

/// The largest error of the sums over neurons that share a value, against the largest of its kind.
fn error_of_sums(gpu: &GpuEngine, method: Method) -> Result<f64> {
    let drawn = many()?;
    let problem = drawn.problem();
    // One recording for both, and no spike that single precision cannot place.
    let recording = gpu.simulate(&problem)?;
    assert!(recording.n_spikes() > 300, "{}", recording.n_spikes());
    let cotangent = cotangent(&recording, 1);
    let options = GradientOptions::default()
        .method(method)
        .weights(false)
        .slope_floor(0.05);
    let options = options.and_neurons();
    let exact = CpuEngine::new().gradient(&problem, &recording, &cotangent, &options)?;
    let found = gpu.gradient(&problem, &recording, &cotangent, &options)?;
    let mut errors = Vec::new();
    for kind in TensorKind::OF_NEURONS {
        let of = |gradient: &[f64]| entries(&drawn, gradient, kind);
        let (exact, found) = (of(&exact.parameters), of(&found.parameters));
        assert_eq!(exact.len(), 2, "one of each population");
        differences(&exact, &found, &mut errors);
    }
    Ok(errors.into_iter().fold(0.0, f64::max))
}

#[test]
fn values_that_many_neurons_share_are_summed() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    for method in [Method::Adjoint, Method::Forward] {
        let error = error_of_sums(&gpu, method)?;
        println!("{method}: {error:.1e}");
        assert!(error < 1e-4, "{method}: {error}");
    }
    for (right, wrong) in [
        ("total = plus(total, 1.0, sum)", "total = sum"),
        (
            "population_size; ix += WORKGROUP",
            "population_size; ix += 2u * WORKGROUP",
        ),
    ] {
        let Some(gpu) = mutated(right, wrong) else {
            return Ok(());
        };
        let error = error_of_sums(&gpu, Method::Adjoint)?;
        assert!(error > 1e-2, "{wrong:?} for {right:?}: {error}");
    }
    Ok(())
}
