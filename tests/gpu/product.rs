//! Sensitivities of stages in runs of one window: as products, in blocks and one by one, against one another and against the
//! CPU's.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::gpu::{Carry, GpuEngine};
use spikefront::network::{Distribution, Network, Neuron, Projection, Reset};
use spikefront::{Engine, GradientOptions, Method, Result, SimulationOptions};

use crate::carried::{all, assert_green, assert_told, widths_of_the_same_bits};
use crate::common::{Drawn, cotangent};
use crate::device::gpu;
use crate::mutants::mutated;

const NETWORKS: u64 = 12;
/// Networks that a mutated kernel is tried on.
const CONTROLS: u64 = 4;

/// Three layers of fewer or more neurons than a block has, the last two of which are products; each reset, with a hold or
/// without; time constants apart and equal; of two samples one fires much and one little.
fn network(seed: u64) -> Result<Drawn> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut pick = |n: usize| rng.random_range(0..n);
    let tau_membrane = [20.0, 6.0][pick(2)];
    let tau_synapse = [tau_membrane, 5.0, 2.0][pick(3)];
    let reset = match seed % 4 {
        0 => Reset::Subtract,
        1 => Reset::to(-0.2),
        _ => Reset::To {
            potential: 0.1.into(),
            refractory: [1.3, 6.0][pick(2)].into(),
        },
    };
    let sizes = [[4, 5, 3], [34, 3, 5], [6, 33, 3]][seed as usize % 3];
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(tau_membrane)
        .tau_synapse(tau_synapse)
        .rest(0.1)
        .reset(reset);
    let mut builder = Network::builder();
    let input = builder.input("input", 4);
    let layers = ["first", "second", "third"];
    let layers: Vec<_> = (0..3)
        .map(|ix| builder.population(layers[ix], sizes[ix], neuron.clone()))
        .collect();
    let readout = builder.population("readout", 2, Neuron::leaky_integrator());
    let scale = 1.0 / tau_synapse.min(tau_membrane);
    let normal = |mean: f64, deviation: f64| {
        Projection::random(Distribution::Normal {
            mean: mean * scale,
            deviation: deviation * scale,
        })
    };
    builder.connect(input, layers[0], normal(0.8, 0.8).delay(0.5));
    for ix in 0..2 {
        let fan = (sizes[ix] as f64).sqrt();
        builder.connect(
            layers[ix],
            layers[ix + 1],
            normal(1.5 / fan, 1.0 / fan).delay(0.2),
        );
    }
    // One that passes over a layer.
    builder.connect(input, layers[2], normal(0.3, 0.3).delay(0.7));
    builder.connect(layers[2], readout, normal(0.1, 0.1));
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    for n in [30, 6] {
        let mut spikes: Vec<Spike> = (0..n)
            .map(|_| Spike {
                unit: rng.random_range(0..4),
                time: rng.random_range(0.0..25.0),
            })
            .collect();
        spikes.sort_by(|x, y| x.time.total_cmp(&y.time));
        inputs.push_sample(&spikes)?;
    }
    let mut options = SimulationOptions::new(40.0);
    options.voltage_times = vec![20.0, 40.0];
    Ok(Drawn {
        parameters: network.parameters(seed),
        network,
        inputs,
        options,
    })
}

fn carrying(carry: Carry) -> Option<GpuEngine> {
    let engine = gpu()?;
    engine.carry(carry);
    Some(engine)
}

#[test]
fn products_agree_with_blocks_with_one_by_one_and_with_the_cpu() -> Result<()> {
    let (Some(product), Some(blocks), Some(each)) = (
        carrying(Carry::Product),
        carrying(Carry::Blocks),
        carrying(Carry::Each),
    ) else {
        return Ok(());
    };
    let Some(chosen) = gpu() else { return Ok(()) };
    let cpu = CpuEngine::new();
    let of = |found, reference| all(found, reference, network, NETWORKS);
    assert_green(&[
        ("a product and blocks", of(&product, &blocks)?),
        ("a product and each", of(&product, &each)?),
        ("a product and the CPU", of(&product, &cpu)?),
        ("what is chosen and the CPU", of(&chosen, &cpu)?),
    ]);
    Ok(())
}

#[test]
fn products_with_one_thing_wrong_do_not_agree() {
    let mutants = [
        // The factors.
        (
            "factor = a * flow.gain - (1.0 + flow.membrane);",
            "factor = a * flow.gain - flow.membrane;",
        ),
        (
            "factor = left * exp(-a * (since - arrival.time));",
            "factor = left;",
        ),
        (
            "if (arrival.time < since) {\n                factor",
            "if (false) {\n                factor",
        ),
        ("} else if (arrival.time < spike.time) {", "} else {"),
        (
            "select(previous.time, release_of(neuron, previous).time, rule == HOLDS)",
            "previous.time",
        ),
        (
            "factor *= values[arrival.weights + spike.unit];",
            "factor *= values[arrival.weights];",
        ),
        // The product.
        ("sums[5] = fma(vec4<f32>(factor.z), second, sums[5]);", ""),
        (
            "if (any(moved != vec4<f32>(0.0))) {\n            atomicOr(&moved_bits[turn], 1u << at);",
            "if (at == 0u) {\n            atomicOr(&moved_bits[turn], 1u << at);",
        ),
        ("atomicStore(&moved_bits[1u - turn], 0u);", ""),
        (
            "let row = first_row + 4u * (k % SPIKE_FOURS);",
            "let row = first_row;",
        ),
        // What a spike moves at the next.
        (
            "moved = spike_forward(jump, moved, g, 0.0);",
            "moved = 0.0;",
        ),
        (
            "moved *= exp(-neuron.membrane_rate",
            "moved *= exp(-0.5 * neuron.membrane_rate",
        ),
        (
            "moved = release_derivative(spike.release_slope) * g;",
            "moved = 0.0;",
        ),
        ("since = release_of(neuron, spike).time;", ""),
        // A stage's own weights.
        (
            "carried.current = added(carried.current, receptors[k], 1.0);",
            "carried.current = added(carried.current, receptors[k], 0.5);",
        ),
        (
            "if (rows[k] + ix == column.index) {",
            "if (rows[k] == column.index) {",
        ),
        (
            "fire_until(slot, neuron, column, in_tile, &next, &carried, times[k]);",
            "",
        ),
        ("if (spike_of(slot, place).unit != own) {", "if (false) {"),
    ];
    assert_told(
        &mutants,
        |wronged| wronged.carry(Carry::Product),
        network,
        CONTROLS,
    );
}

/// A list with more arrivals than a dispatch has workgroups for: with one arrival for an invocation at a time in place of sixteen
/// there are a sixteenth of the workgroups that it would take.
#[test]
fn lists_longer_than_a_dispatch_give_the_same_bits() -> Result<()> {
    let Some(whole) = carrying(Carry::Product) else {
        return Ok(());
    };
    let of_one = "ARRIVALS_OF_SPIKE: u32 = 1u";
    let only_once = "for (var first = id.y; first < n; first = n) {
        let end = min(n, first + 1u);";
    let mutants = [
        ("ARRIVALS_OF_SPIKE: u32 = 16u", of_one, true),
        (
            "for (var first = id.y * ARRIVALS_OF_SPIKE; first < n; first += groups.y * ARRIVALS_OF_SPIKE) {
        let end = min(n, first + ARRIVALS_OF_SPIKE);",
            only_once,
            false,
        ),
    ];
    for (from, to, is_right) in mutants {
        let Some(short) = mutated(from, to) else {
            return Ok(());
        };
        short.carry(Carry::Product);
        let mut others = 0_usize;
        for seed in 0..CONTROLS {
            let drawn = network(seed)?;
            let problem = drawn.problem();
            let recording = CpuEngine::new().simulate(&problem)?;
            let cotangent = cotangent(&recording, seed);
            let options = GradientOptions::everything(Method::Forward);
            let of = |gpu: &GpuEngine| gpu.gradient(&problem, &recording, &cotangent, &options);
            others += usize::from(of(&short)? != of(&whole)?);
        }
        println!("{to:?}: other bits of {others} networks");
        assert_eq!(others == 0, is_right, "{to:?}");
    }
    Ok(())
}

/// Tiles of one column, of a few and of all give the same bits, and so do two runs, whatever is taken.
#[test]
fn tiles_of_any_width_give_the_same_bits() -> Result<()> {
    for carry in [Carry::Chosen, Carry::Product] {
        let Some(gpu) = carrying(carry) else {
            return Ok(());
        };
        for seed in [0, 2] {
            // Each column on its own takes long, so only of the small network.
            let most = |n_columns: usize| if seed == 0 { n_columns * 2000 } else { 20 };
            let shares = |n_columns| [most(n_columns), 7, 2];
            let widths = widths_of_the_same_bits(&gpu, &network(seed)?, seed, shares)?;
            println!("{carry:?}, {seed}: widths {widths:?}");
            assert!(widths[1] < widths[2] && widths[2] < widths[3], "{widths:?}");
            assert!(seed > 0 || widths[1] == 1, "{widths:?}");
        }
    }
    Ok(())
}

/// Of a batch in which one sample is a product and another is carried in blocks each gives the bits that it gives alone.
#[test]
fn what_is_chosen_does_not_depend_on_other_samples() -> Result<()> {
    let (Some(together), Some(alone)) = (gpu(), gpu()) else {
        return Ok(());
    };
    let (mut few, mut many) = (0, 0);
    for seed in 0..NETWORKS {
        let drawn = network(seed)?;
        let problem = drawn.problem();
        let recording = CpuEngine::new().simulate(&problem)?;
        let options = GradientOptions::default().method(Method::Forward);
        // The Jacobian is of one sample, with the room that both need.
        for sample in 0..2 {
            for layer in &drawn.network.populations()[1..3] {
                let is_here = |spike: &Spike| layer.units().contains(&spike.unit);
                let n = recording.sample(sample).filter(is_here).count();
                few += usize::from(n > 0 && n <= 3 * layer.size);
                many += usize::from(n > 3 * layer.size);
            }
            let of_both = together.jacobian(&problem, &recording, sample, &options)?;
            let single = Drawn {
                inputs: drawn.inputs.select(&[sample]),
                network: drawn.network.clone(),
                parameters: drawn.parameters.clone(),
                options: drawn.options.clone(),
            };
            let problem = single.problem();
            let recording = CpuEngine::new().simulate(&problem)?;
            let of_one = alone.jacobian(&problem, &recording, 0, &options)?;
            assert!(of_both.parameters == of_one.parameters, "{seed}, {sample}");
        }
    }
    println!("{few} layers with few spikes, {many} with many");
    assert!(few > 3 && many > 3, "{few} {many}");
    Ok(())
}
