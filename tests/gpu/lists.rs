//! Batches whose projections are lists of synapses, against the CPU engine: each neuron has a list of arrivals of its own.

use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::gpu::GpuEngine;
use spikefront::network::{
    Distribution, Network, NetworkBuilder, Neuron, Projection, Reset, Rule, Synapse,
};
use spikefront::{Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use crate::agreement::{Quantiles, differences, is_below_resolution, is_green, quantiles};
use crate::common::{agree, cotangent};
use crate::device::gpu;
use crate::mixed_lists::{self, by_neuron, case, everything};
use crate::mutants::mutated;
use crate::topologies::both;

const MIXTURES: u64 = 10;

fn lif() -> Neuron {
    Neuron::leaky_integrate_and_fire().reset(Reset::to(0.0))
}

/// Synapses of a projection that follow no pattern: of each source some, now and then two onto one neuron.
fn listed(n_sources: u32, n_targets: u32, each: u32, mean: f64) -> Projection {
    let synapses = (0..n_sources * each).map(|k| {
        let [source, which] = [k / each, k % each];
        let shift = if source % 3 == 0 { which / 2 } else { which };
        Synapse {
            source,
            target: (7 * source + 5 * shift + 3) % n_targets,
            weight: mean * (1.0 + 0.6 * (f64::from(k) * 12.9898).sin()),
            delay: 0.6 + 0.11 * f64::from((13 * k) % 29),
        }
    });
    Projection::list(synapses.collect())
}

/// Neurons with few synapses for their pairs, drawn, that have one delay.
fn drawn(in_degree: u32, mean: f64, delay: f64) -> Projection {
    let weights = Distribution::Uniform {
        lowest: 0.5 * mean,
        highest: 1.5 * mean,
    };
    Projection::by_rule(Rule::FixedInDegree(in_degree), weights).delay(delay)
}

fn each_with_its_delay(b: &mut NetworkBuilder) {
    let input = b.input("input", 6);
    let hidden = b.population("hidden", 20, lif());
    let readout = b.population("readout", 2, Neuron::leaky_integrator());
    b.connect(input, hidden, listed(6, 20, 9, 0.2));
    b.connect(hidden, hidden, listed(20, 20, 4, 0.03));
    b.connect(hidden, readout, listed(20, 2, 1, 0.3));
}

fn one_delay_for_all(delay: f64) -> impl Fn(&mut NetworkBuilder) {
    move |b| {
        let input = b.input("input", 100);
        let hidden = b.population("hidden", 120, lif());
        b.connect(input, hidden, drawn(2, 0.4, 0.3));
        b.connect(hidden, hidden, drawn(1, 0.2, delay));
    }
}

#[test]
fn synapses_with_delays_of_their_own() -> Result<()> {
    both("own delays", 6, &[3.0, 17.0], each_with_its_delay)
}

#[test]
fn few_synapses_that_share_a_delay() -> Result<()> {
    both("one delay", 100, &[], one_delay_for_all(1.2))
}

#[test]
fn a_cycle_of_few_synapses_without_delay() -> Result<()> {
    both("no delay", 100, &[], one_delay_for_all(0.0))
}

#[test]
fn a_list_and_a_matrix_onto_neurons_with_two_receptors() -> Result<()> {
    both("two receptors", 6, &[], |b| {
        let input = b.input("input", 6);
        let neuron = lif().receptors([5.0, 9.0]);
        let hidden = b.population("hidden", 20, neuron);
        let output = b.population("output", 5, lif());
        let weights = |mean: f64| Distribution::Normal {
            mean,
            deviation: 0.3 * mean,
        };
        b.connect(input, hidden, Projection::random(weights(0.3)).delay(0.2));
        b.connect(hidden, hidden, listed(20, 20, 3, -0.05).receptor(1));
        b.connect(hidden, hidden, listed(20, 20, 2, 0.06));
        b.connect(hidden, output, Projection::random(weights(0.1)).delay(0.7));
    })
}

type Describe<'a> = &'a dyn Fn(&mut NetworkBuilder);

/// Mixtures of lists and matrices, cycles with and without delays, one receptor or two, Poisson arrivals.
#[test]
fn random_mixtures_agree_with_the_cpu() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let cpu = CpuEngine::new();
    let (mut n_spikes, mut n_unresolved) = (0, 0);
    let (mut of_times, mut errors) = (Vec::new(), [Vec::new(), Vec::new()]);
    for seed in 0..MIXTURES {
        let case = case(seed, 12.0)?;
        let problem = case.problem();
        let (expected, found) = (cpu.simulate(&problem)?, gpu.simulate(&problem)?);
        let [in_order, in_order_here] = [&expected, &found].map(by_neuron);
        if in_order.0 != in_order_here.0 {
            assert!(is_below_resolution(&expected), "mixture {seed}");
            n_unresolved += 1;
            continue;
        }
        differences(&in_order.1, &in_order_here.1, &mut of_times);
        n_spikes += found.n_spikes();
        let of_loss = mixed_lists::cotangent(&found);
        for (method, errors) in [Method::Adjoint, Method::Forward].iter().zip(&mut errors) {
            // Forward propagation of some five hundred columns on a software driver is slow.
            if *method == Method::Forward && seed % 5 != 0 {
                continue;
            }
            let options = everything().method(*method);
            let exact = cpu.gradient(&problem, &found, &of_loss, &options)?;
            let found = gpu.gradient(&problem, &found, &of_loss, &options)?;
            for tensor in case.network.layout().tensors() {
                let range = tensor.range.clone();
                let exact = &exact.parameters[range.clone()];
                differences(exact, &found.parameters[range], errors);
            }
            differences(&exact.input_times, &found.input_times, errors);
        }
    }
    println!("{n_spikes} spikes, {n_unresolved} networks below resolution left out");
    assert!(n_spikes > 10_000 && n_unresolved < MIXTURES / 10);
    // A spike that just reaches its threshold comes late by a rounding over its slope.
    let found = quantiles(of_times);
    println!("times: {:.1e}, {:.1e}", found.median, found.most);
    assert!(found.median < 1e-6 && found.most < 1e-4);
    for errors in errors {
        let n = errors.len();
        let found = quantiles(errors);
        let Quantiles { median, most } = found;
        println!("{n} entries, median {median:.1e}, 99.9th percentile {most:.1e}");
        assert!(is_green(&found));
    }
    Ok(())
}

/// What of a network differs between the CPU engine and one with these kernels.
fn difference(engine: &GpuEngine, describe: Describe<'_>) -> Option<String> {
    compared(engine, describe).unwrap_or_else(|error| Some(error.to_string()))
}

fn compared(engine: &GpuEngine, describe: Describe<'_>) -> Result<Option<String>> {
    let mut builder = Network::builder();
    describe(&mut builder);
    let network = builder.build()?;
    let n_channels = network.n_channels();
    let mut inputs = SpikeBatch::new();
    for sample in 0..2 {
        let spike = |k: usize| Spike {
            unit: (k * 5 + sample) % n_channels,
            time: 0.3 + 0.7 * k as f64,
        };
        inputs.push_sample(&(0..40).map(spike).collect::<Vec<_>>())?;
    }
    let problem = Problem {
        network: &network,
        parameters: &network.parameters(1),
        inputs: &inputs,
        options: &SimulationOptions::new(30.0),
    };
    let cpu = CpuEngine::new();
    let (expected, found) = (cpu.simulate(&problem)?, engine.simulate(&problem)?);
    if let Err(told) = agree("times", &by_neuron(&expected).1, &by_neuron(&found).1, 1e-5) {
        return Ok(Some(told));
    }
    let of_loss = cotangent(&expected, 3);
    let options = GradientOptions::everything(Method::Adjoint);
    let gradient = |engine: &dyn Engine| engine.gradient(&problem, &expected, &of_loss, &options);
    let (exact, found) = (gradient(&cpu)?, gradient(engine)?);
    let told = agree("gradient", &exact.parameters, &found.parameters, 1e-3)
        .and_then(|()| agree("input times", &exact.input_times, &found.input_times, 1e-3));
    Ok(told.err())
}

#[test]
fn kernels_with_one_thing_wrong_are_told() {
    let Some(right) = gpu() else { return };
    let own: Describe<'_> = &each_with_its_delay;
    let (shared, instant) = (one_delay_for_all(1.2), one_delay_for_all(0.0));
    for describe in [own, &shared, &instant] {
        assert_eq!(difference(&right, describe), None);
    }
    let mutants: [(Describe<'_>, &str, &str); 8] = [
        (own, "let own = synapse - neuron;", "let own = synapse;"),
        (own, "return x.time > y.time;", "return x.time < y.time;"),
        (
            own,
            "storageBarrier();\n        for (var distance = half / 2u;",
            "storageBarrier();\n        for (var distance = 0u;",
        ),
        (
            own,
            "comes_later(wanted, arrivals[first + middle], neuron)",
            "!comes_later(arrivals[first + middle], wanted, neuron)",
        ),
        (
            own,
            "let reach = projection.longest_windows + 1u;",
            "let reach = 0u;",
        ),
        (
            &shared,
            "sum += sum_of(slot, ix, 0u, 1u);",
            "sum = sum_of(slot, ix, 0u, 1u);",
        ),
        (
            &shared,
            "return vec2<u32>(projections[projection.rows + unit], ",
            "return vec2<u32>(projections[projection.rows + unit] + 1u, ",
        ),
        (
            &instant,
            "if (projections[projection.targets + middle] >= neuron)",
            "if (projections[projection.targets + middle] > neuron)",
        ),
    ];
    for (describe, piece, wrong) in mutants {
        let Some(mutant) = mutated(piece, wrong) else {
            return;
        };
        let told = difference(&mutant, describe);
        println!("{wrong:?} for {piece:?}: {told:?}");
        assert!(told.is_some(), "{wrong:?} passes for {piece:?}");
    }
}

#[test]
fn room_that_grows_changes_no_bit() -> Result<()> {
    let (Some(roomy), Some(tight)) = (gpu(), gpu()) else {
        return Ok(());
    };
    tight.start_tight();
    let mut builder = Network::builder();
    each_with_its_delay(&mut builder);
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    let spike = |k: usize| Spike {
        unit: k % 6,
        time: 0.25 * k as f64,
    };
    inputs.push_sample(&(0..100).map(spike).collect::<Vec<_>>())?;
    let problem = Problem {
        network: &network,
        parameters: &network.parameters(1),
        inputs: &inputs,
        options: &SimulationOptions::new(30.0),
    };
    let [found, expected] = [&tight, &roomy].map(|engine| {
        let recording = engine.simulate(&problem)?;
        let cotangent = cotangent(&recording, 5);
        let options = GradientOptions::default();
        let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
        Ok::<_, spikefront::Error>((recording.times().to_vec(), gradient.parameters))
    });
    assert_eq!(found?, expected?);
    assert!(tight.statistics().repeats > 2);
    Ok(())
}

/// Its pairs would fill 1.6 GB, four times over in a gradient.
#[test]
fn a_layer_of_twenty_thousand_neurons_takes_the_memory_of_its_synapses() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    let n = 20_000;
    let mut builder = Network::builder();
    let input = builder.input("input", 500);
    let hidden = builder.population("hidden", n, lif());
    builder.connect(input, hidden, drawn(2, 0.3, 0.3));
    builder.connect(hidden, hidden, drawn(4, 0.05, 2.5));
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    let spike = |unit: usize| Spike {
        unit,
        time: 0.01 * unit as f64,
    };
    inputs.push_sample(&(0..500).map(spike).collect::<Vec<_>>())?;
    let problem = Problem {
        network: &network,
        parameters: &network.parameters(1),
        inputs: &inputs,
        options: &SimulationOptions::new(10.0),
    };
    let cpu = CpuEngine::new();
    let (expected, found) = (cpu.simulate(&problem)?, engine.simulate(&problem)?);
    assert!(expected.n_spikes() > n / 4, "{}", expected.n_spikes());
    agree("times", &by_neuron(&expected).1, &by_neuron(&found).1, 1e-5).expect("the same spikes");
    let cotangent = cotangent(&expected, 3);
    let options = GradientOptions::default();
    let gradient = |engine: &dyn Engine| engine.gradient(&problem, &expected, &cotangent, &options);
    let (exact, mut found) = (gradient(&cpu)?.parameters, gradient(&engine)?.parameters);
    agree("gradient", &exact, &found, 1e-3).expect("the same gradient");
    found.rotate_left(1);
    assert!(
        agree("gradient", &exact, &found, 1e-3).is_err(),
        "a control"
    );
    Ok(())
}
