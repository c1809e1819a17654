//! Random networks with two to four receptors on both engines.

use spikefront::cpu::CpuEngine;
use spikefront::event::{ReadoutRecording, Recording};
use spikefront::gpu::GpuEngine;
use spikefront::network::TensorKind;
use spikefront::{Engine, GradientOptions, Method, Result};

use crate::agreement::{differences, is_below_resolution, is_green, quantiles};
use crate::common::{Drawn, agree, cotangent, draw_with_receptors};
use crate::device::gpu;
use crate::mutants::mutated;

const NETWORKS: u64 = 400;
/// Networks that a mutated kernel is tried on.
const CONTROLS: u64 = 40;

/// Network number `seed`, two receptors, three or four by turns.
pub fn drawn(seed: u64) -> Result<Drawn> {
    let mut drawn = draw_with_receptors(seed, 2 + seed as usize % 3)?;
    drawn.options.record_maxima = true;
    Ok(drawn)
}

/// How far apart what readouts show is, against the largest of its kind.
fn shown(on_cpu: &Recording, on_gpu: &Recording, into: &mut Vec<f64>) {
    for (x, y) in on_cpu.readouts().iter().zip(on_gpu.readouts()) {
        differences(&x.voltages, &y.voltages, into);
        differences(&x.integrals, &y.integrals, into);
        let voltages = |readout: &ReadoutRecording| -> Vec<f64> {
            readout
                .maxima
                .iter()
                .map(|maximum| maximum.voltage)
                .collect()
        };
        differences(&voltages(x), &voltages(y), into);
    }
}

/// How far apart entries are, against the largest of their kind.
#[derive(Default)]
struct Errors {
    shown: Vec<f64>,
    gradients: Vec<f64>,
}

impl Errors {
    fn add(&mut self, other: Self) {
        self.shown.extend(other.shown);
        self.gradients.extend(other.gradients);
    }

    /// Whether all are within the project's bars; says what they are.
    fn are_green(self, what: &str) -> bool {
        let parts = [("shown", self.shown), ("gradients", self.gradients)];
        let green = parts.map(|(part, errors)| {
            let n = errors.len();
            let found = quantiles(errors);
            println!(
                "{what}, {part}: {n} entries, median {:.1e}, 99.9th percentile {:.1e}",
                found.median, found.most
            );
            is_green(&found)
        });
        green.into_iter().all(|green| green)
    }
}

/// What of a network is compared.
enum Compared {
    /// It fired in the same order, so many spikes; the entries of its gradient are so far apart.
    Same(usize, Errors),
    /// It fired otherwise, or at other times, the reference near to something else than it did.
    BelowResolution,
    /// It fired otherwise.
    Otherwise(String),
}

/// Kinds of parameters whose entries are compared with the largest of their kind.
const KINDS: [TensorKind; 7] = [
    TensorKind::Weight,
    TensorKind::Delay,
    TensorKind::Threshold,
    TensorKind::TauMembrane,
    TensorKind::TauSynapse,
    TensorKind::Rest,
    TensorKind::Initial,
];

fn entries(drawn: &Drawn, gradient: &[f64], kind: TensorKind) -> Vec<f64> {
    let tensors = drawn.network.layout().tensors().iter();
    tensors
        .filter(|tensor| tensor.kind == kind)
        .flat_map(|tensor| gradient[tensor.range.clone()].to_vec())
        .collect()
}

fn compare(gpu: &GpuEngine, cpu: &CpuEngine, seed: u64, method: Method) -> Result<Compared> {
    let drawn = drawn(seed)?;
    let problem = drawn.problem();
    let (on_cpu, on_gpu) = (cpu.simulate(&problem)?, gpu.simulate(&problem)?);
    let is_same = on_cpu.neurons() == on_gpu.neurons();
    let told = match is_same {
        true => agree("times", on_cpu.times(), on_gpu.times(), 1e-5).err(),
        false => Some("other spikes".to_owned()),
    };
    if let Some(told) = told {
        return Ok(match is_below_resolution(&on_cpu) {
            true => Compared::BelowResolution,
            false => Compared::Otherwise(told),
        });
    }
    let cotangent = cotangent(&on_cpu, seed);
    let options = GradientOptions::everything(method).and_neurons();
    let reference = cpu.gradient(&problem, &on_cpu, &cotangent, &options)?;
    let found = gpu.gradient(&problem, &on_gpu, &cotangent, &options)?;
    let mut errors = Errors::default();
    shown(&on_cpu, &on_gpu, &mut errors.shown);
    for kind in KINDS {
        let of = |gradient: &[f64]| entries(&drawn, gradient, kind);
        let (x, y) = (of(&reference.parameters), of(&found.parameters));
        differences(&x, &y, &mut errors.gradients);
    }
    differences(
        &reference.input_times,
        &found.input_times,
        &mut errors.gradients,
    );
    Ok(Compared::Same(on_cpu.n_spikes(), errors))
}

#[test]
fn random_networks_agree_with_the_cpu() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let cpu = CpuEngine::new();
    let (mut n_unresolved, mut n_spikes) = (0, 0);
    // Forward propagation on a software driver is slow: a tenth of the networks.
    for (method, stride) in [(Method::Adjoint, 1), (Method::Forward, 10)] {
        let mut errors = Errors::default();
        for seed in (0..NETWORKS).step_by(stride) {
            match compare(&gpu, &cpu, seed, method)? {
                Compared::Same(n, found) => {
                    n_spikes += n;
                    errors.add(found);
                }
                Compared::BelowResolution => n_unresolved += 1,
                Compared::Otherwise(told) => panic!("network {seed}: {told}"),
            }
        }
        assert!(errors.are_green(&method.to_string()), "{method}");
    }
    println!("{n_spikes} spikes in the same order, {n_unresolved} runs below resolution left out");
    assert!(n_spikes as u64 > 5 * NETWORKS);
    assert!((n_unresolved as f64) < 0.01 * NETWORKS as f64);
    Ok(())
}

#[test]
fn kernels_with_one_thing_wrong_do_not_agree() -> Result<()> {
    let cpu = CpuEngine::new();
    for (method, right, wrong) in [
        // An arrival on a receptor that is not its own.
        (
            Method::Adjoint,
            "arrival.over >> RECEPTOR_SHIFT",
            "0u * (arrival.over >> RECEPTOR_SHIFT)",
        ),
        (
            Method::Adjoint,
            "return currents[receptor];",
            "return currents[(receptor + 1u) % 4u];",
        ),
        (
            Method::Forward,
            "return neuron.synapse_rates;",
            "return neuron.synapse_rates.xxxx;",
        ),
        // The crossing: one extremum only.
        (
            Method::Adjoint,
            "(*currents)[k] = select(current.x, current.y, is_swapped);",
            "(*currents)[k] = current.x;",
        ),
        (
            Method::Adjoint,
            "total(course.decays * gain)",
            "0.5 * total(course.decays * gain)",
        ),
        (Method::Adjoint, "+ (currents.z + currents.w)", ""),
        (
            Method::Adjoint,
            "total(before.y * flow.synapse / rates_of(neuron))",
            "total(before.y * flow.synapse) / rates_of(neuron).x",
        ),
        (
            Method::Adjoint,
            "vec4<f32>(first.x, second.x, third.x, fourth.x)",
            "vec4<f32>(first.x)",
        ),
        (
            Method::Forward,
            "vec4<f32>(first.y, second.y, third.y, fourth.y)",
            "vec4<f32>(first.y)",
        ),
        (
            Method::Forward,
            "neuron.tau_synapse[k]) * sensitivities[at + 1u + k]",
            "neuron.tau_synapse[0]) * sensitivities[at + 1u + k]",
        ),
    ] {
        let Some(gpu) = mutated(right, wrong) else {
            return Ok(());
        };
        let (mut errors, mut n_otherwise) = (Errors::default(), 0);
        for seed in 0..CONTROLS {
            match compare(&gpu, &cpu, seed, method)? {
                Compared::Same(_, found) => errors.add(found),
                Compared::BelowResolution => {}
                Compared::Otherwise(_) => n_otherwise += 1,
            }
        }
        let is_told = n_otherwise > 0 || !errors.are_green(wrong);
        println!("{wrong:?} for {right:?}: told {is_told}, {n_otherwise} otherwise");
        assert!(is_told, "{wrong:?} passes for {right:?}");
    }
    Ok(())
}
