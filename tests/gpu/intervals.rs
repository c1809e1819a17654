//! Where neurons share the flow between arrivals, kernels that use what was computed once give the bits of those that
//! compute it for each neuron.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::gpu::GpuEngine;
use spikefront::network::{Distribution, Network, Neuron, Projection, Reset};
use spikefront::{Engine, GradientOptions, Method, Result, SimulationOptions};

use crate::common::{Drawn, cotangent, draw};
use crate::device::gpu;
use crate::mutants::mutated;

const NETWORKS: u64 = 300;
/// Networks that a mutated kernel is tried on.
const CONTROLS: u64 = 30;

/// Two populations of more neurons than a workgroup has, over windows of more arrivals than a dispatch takes; thresholds
/// above rest, at it and below it; either reset, and holds.
fn many(seed: u64) -> Result<Drawn> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut network = Network::builder();
    let input = network.input("input", 40);
    let reset = match seed % 3 {
        0 => Reset::Subtract,
        1 => Reset::to(-0.2),
        _ => Reset::To {
            potential: 0.1.into(),
            refractory: 1.7.into(),
        },
    };
    let tau_synapse = [20.0, 5.0, 0.5][seed as usize / 3 % 3];
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_synapse(tau_synapse)
        .rest(0.3)
        .reset(reset);
    let mut thresholds: Vec<f64> = (0..100).map(|_| rng.random_range(0.9..1.1)).collect();
    thresholds[3] = 0.3;
    thresholds[5] = 0.25;
    let first = network.population("first", 100, neuron.clone().threshold(thresholds));
    let second = network.population("second", 80, neuron);
    let normal = |mean: f64, deviation: f64| {
        let scale = 1.0 / tau_synapse;
        Projection::random(Distribution::Normal {
            mean: mean * scale,
            deviation: deviation * scale,
        })
    };
    let share = if seed.is_multiple_of(2) { 1.0 } else { 8.0 };
    network.connect(input, first, normal(0.06, 0.1).delay(0.3));
    network.connect(first, second, normal(0.02, 0.06));
    if seed % 4 > 1 {
        network.connect(second, first, normal(-0.01, 0.06).delay(3.0 * share));
        network.connect(first, first, normal(0.0, 0.05).delay(2.5 * share));
    }
    let network = network.build()?;
    let mut inputs = SpikeBatch::new();
    for _ in 0..2 {
        let spike = |_| Spike {
            unit: rng.random_range(0..40),
            time: rng.random_range(0.0..25.0),
        };
        let mut spikes: Vec<Spike> = (0..1200).map(spike).collect();
        spikes.sort_by(|x, y| x.time.total_cmp(&y.time));
        inputs.push_sample(&spikes)?;
    }
    Ok(Drawn {
        parameters: network.parameters(seed),
        network,
        inputs,
        options: SimulationOptions::new(40.0),
    })
}

/// The first of which two engines simulate differently or, where a method is given, whose gradients have other bits; else
/// how many spikes there were.
fn difference(
    engines: [&GpuEngine; 2],
    drawn: impl Iterator<Item = Result<Drawn>>,
    with_gradients: bool,
) -> Result<std::result::Result<usize, usize>> {
    let mut n_spikes = 0;
    for (ix, drawn) in drawn.enumerate() {
        let drawn = drawn?;
        let problem = drawn.problem();
        let recording = engines[0].simulate(&problem)?;
        n_spikes += recording.n_spikes();
        if !with_gradients {
            if recording != engines[1].simulate(&problem)? {
                return Ok(Err(ix));
            }
            continue;
        }
        // With and without the adjoints of arrival times.
        let cotangent = cotangent(&recording, 7);
        for options in [
            GradientOptions::default(),
            GradientOptions::everything(Method::Adjoint),
        ] {
            let options = options.method(Method::Adjoint);
            let gradient =
                |engine: &GpuEngine| engine.gradient(&problem, &recording, &cotangent, &options);
            if gradient(engines[0])? != gradient(engines[1])? {
                return Ok(Err(ix));
            }
        }
    }
    Ok(Ok(n_spikes))
}

#[test]
fn simulations_have_the_bits_of_neurons_on_their_own() -> Result<()> {
    let (Some(gpu), Some(each)) = (gpu(), mutated("parameters.has_intervals != 0u", "false"))
    else {
        return Ok(());
    };
    let n = difference([&gpu, &each], (0..NETWORKS).map(draw), false)?;
    println!("{n:?} spikes of small networks");
    assert!(n.is_ok_and(|n| n > 1000), "{n:?}");
    let n = difference([&gpu, &each], (0..9).map(many), false)?;
    println!("{n:?} spikes of larger ones");
    assert!(n.is_ok_and(|n| n > 10_000), "{n:?}");
    Ok(())
}

#[test]
fn gradients_have_the_bits_of_neurons_on_their_own() -> Result<()> {
    let (Some(gpu), Some(each)) = (gpu(), mutated("parameters.has_intervals == 0u", "true")) else {
        return Ok(());
    };
    let n = difference([&gpu, &each], (0..NETWORKS).map(draw), true)?;
    println!("{n:?} spikes of small networks");
    assert!(n.is_ok_and(|n| n > 1000), "{n:?}");
    let n = difference([&gpu, &each], (0..9).map(many), true)?;
    println!("{n:?} spikes of larger ones");
    assert!(n.is_ok_and(|n| n > 5000), "{n:?}");
    Ok(())
}

#[test]
fn kernels_with_one_thing_wrong_give_other_bits() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    for (right, wrong, with_gradients) in [
        // The flow of another interval, and weights of another neuron or none.
        (
            "max(end - start, 0.0)",
            "0.9 * max(end - start, 0.0)",
            false,
        ),
        (
            "let a = ix + rows_at(sample,",
            "let a = rows_at(sample,",
            false,
        ),
        ("set_loaded(k + 4u,", "set_loaded(k,", false),
        (
            "if (cursor < n_arrivals) {\n            here.y",
            "if (false) {\n            here.y",
            false,
        ),
        // Crossings that are passed over, and neurons that do not stand where the interval starts.
        ("resolution < bar", "resolution < 2.0 * bar", false),
        ("(*state).time != stands_at", "false", false),
        ("(*state).release != NEVER ||", "", false),
        ("!(threshold > 0.0)", "false", false),
        // Own events that are passed over, gradients of a weight twice in four arrivals, and shares of other arrivals.
        (
            "n_here == TOGETHER && due <= earliest",
            "n_here == TOGETHER",
            true,
        ),
        ("if (due > time) {", "if (due > time && k > 0u) {", true),
        (
            "due = own_event(slot, neuron, *lane).time;\n                    } else",
            "due = -1.0;\n                    } else",
            true,
        ),
        ("select(before.y, x, at.y == at.x)", "before.y", true),
        ("y, at.w == at.y)", "y, false)", true),
        ("set_share(k + 2u,", "set_share(k + 1u,", true),
        (
            "due > earliest || (*lane).potential != 0.0",
            "(*lane).potential != 0.0",
            true,
        ),
    ] {
        let Some(wronged) = mutated(right, wrong) else {
            return Ok(());
        };
        let drawn = (0..CONTROLS).map(draw).chain((0..6).map(many));
        let told = difference([&gpu, &wronged], drawn, with_gradients);
        println!("{wrong:?} for {right:?}: {told:?}");
        // One that cannot be run is told as well.
        assert!(!matches!(told, Ok(Ok(_))), "{wrong:?} passes for {right:?}");
    }
    Ok(())
}
