//! Sensitivities in blocks of neurons and columns against those carried neuron by neuron and column by column, and against
//! the CPU's.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::gpu::Carry;
use spikefront::network::{Distribution, Network, Neuron, Projection, Reset};
use spikefront::{Result, SimulationOptions};

use crate::carried::{all, assert_green, assert_told, widths_of_the_same_bits};
use crate::common::Drawn;
use crate::device::gpu;

const NETWORKS: u64 = 24;
/// Networks that are carried neuron by neuron and column by column as well, which is slow on a software driver.
const EACH: u64 = 6;
/// Networks that a mutated kernel is tried on.
const CONTROLS: u64 = 6;

/// Two populations, of more neurons than a block has, or fewer; feed-forward or recurrent with delays; either reset, and
/// holds longer than a window; time constants apart, alike and equal; windows of a fraction of a time constant or of many,
/// with gaps without arrivals.
fn network(seed: u64) -> Result<Drawn> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut pick = |n: usize| rng.random_range(0..n);
    let tau_membrane = [20.0, 3.0][pick(2)];
    let tau_synapse = [tau_membrane, 1.05 * tau_membrane, 5.0, 1.0][pick(4)];
    let reset = match seed % 4 {
        0 => Reset::Subtract,
        1 => Reset::to(-0.2),
        _ => Reset::To {
            potential: 0.1.into(),
            refractory: [1.3, 6.0][pick(2)].into(),
        },
    };
    let sizes = [(5, 3), (34, 3), (6, 33)][seed as usize % 3];
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(tau_membrane)
        .tau_synapse(tau_synapse)
        .rest(0.1)
        .reset(reset);
    let mut builder = Network::builder();
    let input = builder.input("input", 4);
    let first = builder.population("first", sizes.0, neuron.clone());
    let second = builder.population("second", sizes.1, neuron);
    let readout = builder.population("readout", 2, Neuron::leaky_integrator());
    let scale = 1.0 / tau_synapse.min(tau_membrane);
    let normal = |mean: f64, deviation: f64| {
        Projection::random(Distribution::Normal {
            mean: mean * scale,
            deviation: deviation * scale,
        })
    };
    builder.connect(input, first, normal(0.8, 0.8).delay(0.5));
    let fan = (sizes.0 as f64).sqrt();
    builder.connect(first, second, normal(1.0 / fan, 1.0 / fan).delay(0.2));
    builder.connect(second, readout, normal(0.1, 0.1));
    if seed % 3 != 1 {
        builder.connect(first, first, normal(0.0, 0.3 / fan).delay(1.1));
    }
    if !seed.is_multiple_of(4) {
        builder.connect(second, first, normal(0.0, 0.3 / fan).delay(2.1));
    }
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    for _ in 0..2 {
        // Two bursts with a silence between them.
        let mut spikes: Vec<Spike> = (0..14)
            .map(|ix| Spike {
                unit: rng.random_range(0..4),
                time: rng.random_range(0.0..8.0) + if ix % 2 == 0 { 0.0 } else { 30.0 },
            })
            .collect();
        spikes.sort_by(|x, y| x.time.total_cmp(&y.time));
        inputs.push_sample(&spikes)?;
    }
    let mut options = SimulationOptions::new(45.0);
    options.voltage_times = vec![20.0, 45.0];
    Ok(Drawn {
        parameters: network.parameters(seed),
        network,
        inputs,
        options,
    })
}

#[test]
fn blocks_agree_with_one_column_of_one_neuron_and_with_the_cpu() -> Result<()> {
    let (Some(blocks), Some(each)) = (gpu(), gpu()) else {
        return Ok(());
    };
    each.carry(Carry::Each);
    let cpu = CpuEngine::new();
    assert_green(&[
        ("blocks and each", all(&blocks, &each, network, EACH)?),
        ("blocks and the CPU", all(&blocks, &cpu, network, NETWORKS)?),
        ("each and the CPU", all(&each, &cpu, network, EACH)?),
    ]);
    Ok(())
}

#[test]
fn blocks_with_one_thing_wrong_do_not_agree() {
    let mutants = [
        // The arithmetic of an arrival, and of intervals within frames and between them.
        ("fma(vec4<f32>(v.y), off, u[1])", "u[1]"),
        ("j[6] = fma(vec4<f32>(w.z), moved, j[6])", "j[6] = j[6]"),
        ("u[0] = fma(by, j[0], u[0]);", "u[0] = u[0];"),
        (
            "u[4] = fma(by, j[4], membrane * u[4])",
            "u[4] = fma(by, j[4], u[4])",
        ),
        ("j[7] *= synapse;", ""),
        // What moves: times of arrivals, shared delays, weights.
        ("& vec4<bool>(row == NONE)", "& vec4<bool>(false)"),
        (
            "are_delays & (indices == vec4<u32>(projection))",
            "are_delays & (indices == vec4<u32>(origin))",
        ),
        ("atomicStore(&has_times, 1u)", "atomicStore(&has_times, 0u)"),
        ("(indices == vec4<u32>(3u))", "(indices == vec4<u32>(2u))"),
        // Arrivals that change nothing, and what is special among them.
        ("firstTrailingBit(from_bit(moved, k))", "n"),
        ("REACHED], 1u)", "REACHED], 0u)"),
        (
            "1u << lane);\n    }\n    if (weights",
            "0u);\n    }\n    if (weights",
        ),
        ("clear_masks(1u - turn)", "clear_masks(turn)"),
        // A neuron's own events.
        ("have_fired |= 1u << r;", ""),
        ("- (1.0 - keep) * gain * current", ""),
        (
            "(membrane * x + gain * current) + own",
            "(membrane * x) + own",
        ),
        ("exp(b * (elapsed + (since - start)))", "exp(b * elapsed)"),
        (
            "there = release_derivative(spike.release_slope) * g;",
            "there = 0.0;",
        ),
        ("hold_row(r, neurons[unit], previous);", ""),
        (
            "release[r] = select(end.time, HELD,",
            "release[r] = select(end.time, 0.0,",
        ),
    ];
    assert_told(&mutants, |_| (), network, CONTROLS);
}

/// Tiles of one column, of a few and of all give the same bits, and so do two runs.
#[test]
fn tiles_of_any_width_give_the_same_bits() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    for seed in [1, 2, 3] {
        let mut widths = widths_of_the_same_bits(&gpu, &network(seed)?, seed, |_| [50, 7, 2])?;
        widths.dedup();
        println!("{seed}: widths {widths:?}");
        assert!(widths.len() > 1, "{widths:?}");
    }
    Ok(())
}
