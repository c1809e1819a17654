//! What must not matter, does not.

use crate::common::{agree, cotangent, draw};
use ndarray::Array2;
use proptest::prelude::*;
use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Projection};
use spikefront::{Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn threads_do_not_change_a_bit(seed in 0..100_000_u64) {
        let drawn = draw(seed).expect("the draw is sound");
        let inputs = drawn.inputs.select(&[0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 0]);
        let problem = Problem { inputs: &inputs, ..drawn.problem() };
        let run = |threads: usize| -> Result<_> {
            let engine = CpuEngine::new().threads(threads)?;
            let recording = engine.simulate(&problem)?;
            let cotangent = cotangent(&recording, seed);
            let gradient = |method| {
                engine.gradient(&problem, &recording, &cotangent, &GradientOptions::everything(method))
            };
            Ok((gradient(Method::Adjoint)?, gradient(Method::Forward)?, recording))
        };
        let one = run(1).expect("it runs");
        prop_assert_eq!(&one, &run(2).expect("it runs"));
        prop_assert_eq!(&one, &run(3).expect("it runs"));
    }

    #[test]
    fn a_batch_equals_its_samples_one_by_one(seed in 0..100_000_u64) {
        let drawn = draw(seed).expect("the draw is sound");
        let engine = CpuEngine::new();
        let simulate = |samples: &[usize]| {
            let inputs = drawn.inputs.select(samples);
            engine.simulate(&Problem { inputs: &inputs, ..drawn.problem() }).expect("it runs")
        };
        // So many that the engine takes some of them together.
        let samples = [0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1];
        let all = simulate(&samples);
        let alone = [simulate(&[0]), simulate(&[1])];
        for (ix, &sample) in samples.iter().enumerate() {
            let (alone, range) = (&alone[sample], all.range(ix));
            prop_assert_eq!(alone.times(), &all.times()[range.clone()]);
            prop_assert_eq!(alone.slopes(), &all.slopes()[range.clone()]);
            prop_assert_eq!(alone.neurons(), &all.neurons()[range]);
        }
    }

    #[test]
    fn the_window_does_not_matter(seed in 0..100_000_u64, window in 0.05..20.0_f64) {
        let drawn = draw(seed).expect("the draw is sound");
        let engine = CpuEngine::new();
        let options = drawn.options.clone().longest_window(window);
        let problem = Problem { options: &options, ..drawn.problem() };
        let (x, y) = (engine.simulate(&drawn.problem()), engine.simulate(&problem));
        let (x, y) = (x.expect("it runs"), y.expect("it runs"));
        // Nearly grazing spikes magnify rounding by one over their slope.
        prop_assume!(x.slopes().iter().all(|&slope| slope > 1e-3));
        prop_assert_eq!(x.neurons(), y.neurons());
        agree("times", x.times(), y.times(), 1e-9).map_err(TestCaseError::fail)?;
        let cotangent = cotangent(&x, seed);
        let all = GradientOptions::everything(Method::Adjoint);
        let gradient = |problem, recording| engine.gradient(problem, recording, &cotangent, &all);
        let plain = drawn.problem();
        let whole = gradient(&plain, &x).expect("it runs");
        let cut = gradient(&problem, &x).expect("it runs");
        agree("gradient", &whole.parameters, &cut.parameters, 1e-11).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn tiles_do_not_matter(seed in 0..100_000_u64) {
        let drawn = draw(seed).expect("the draw is sound");
        let engine = CpuEngine::new();
        let recording = engine.simulate(&drawn.problem()).expect("it runs");
        let cotangent = cotangent(&recording, seed);
        let gradient = |tile_memory| {
            let options = GradientOptions::everything(Method::Forward).tile_memory(tile_memory);
            engine.gradient(&drawn.problem(), &recording, &cotangent, &options).expect("it runs")
        };
        let all = gradient(usize::MAX);
        for memory in [1, 4_000, 40_000] {
            let tiled = gradient(memory);
            prop_assert_eq!(&all, &tiled);
        }
    }

    #[test]
    fn the_jacobian_contracts_to_the_gradient(seed in 0..100_000_u64) {
        let drawn = draw(seed).expect("the draw is sound");
        let engine = CpuEngine::new();
        let inputs = drawn.inputs.select(&[0]);
        let problem = Problem { inputs: &inputs, ..drawn.problem() };
        let recording = engine.simulate(&problem).expect("it runs");
        let cotangent = cotangent(&recording, seed);
        let mut weights = cotangent.spike_times.clone();
        weights.extend_from_slice(&cotangent.voltages[0]);
        weights.extend_from_slice(&cotangent.integrals[0]);
        let weights = ndarray::Array1::from(weights);
        for method in [Method::Adjoint, Method::Forward] {
            let options = GradientOptions::everything(method);
            let jacobian = engine.jacobian(&problem, &recording, 0, &options).expect("it runs");
            let gradient = engine.gradient(&problem, &recording, &cotangent, &options).expect("it runs");
            let contracted = weights.dot(&jacobian.parameters).to_vec();
            agree("parameters", &contracted, &gradient.parameters, 1e-11).map_err(TestCaseError::fail)?;
            let contracted = weights.dot(&jacobian.input_times).to_vec();
            agree("input times", &contracted, &gradient.input_times, 1e-11).map_err(TestCaseError::fail)?;
        }
    }

    #[test]
    fn permuting_neurons_permutes_results_and_shifting_shifts(
        seed in 0..100_000_u64, shift in 0.0..500.0_f64,
    ) {
        let n = 6;
        let entry = |from: usize, to: usize, salt: u64| {
            let x = (seed + salt) as f64 + (from * 37 + to * 101) as f64;
            (x * 12.9898).sin() * 0.08
        };
        let order = [3, 0, 5, 1, 4, 2];
        let run = |order: &[usize], shift: f64| -> Result<_> {
            let mut builder = Network::builder();
            let input = builder.input("input", 3);
            let hidden = builder.population("hidden", n, Neuron::leaky_integrate_and_fire());
            let into = Array2::from_shape_fn((3, n), |(from, to)| 0.12 + entry(from, order[to], 1));
            let around = Array2::from_shape_fn((n, n), |(from, to)| 0.3 * entry(order[from], order[to], 2));
            builder.connect(input, hidden, Projection::dense(into));
            builder.connect(hidden, hidden, Projection::dense(around));
            let network = builder.build()?;
            let mut inputs = SpikeBatch::new();
            let spikes = [0.0, 2.0, 3.5, 7.0, 7.25, 11.0].map(|time| time + shift);
            let spikes: Vec<Spike> =
                spikes.iter().enumerate().map(|(ix, &time)| Spike { unit: ix % 3, time }).collect();
            inputs.push_sample(&spikes)?;
            let options = SimulationOptions::new(40.0 + shift);
            let parameters = network.parameters(0);
            let problem = Problem { network: &network, parameters: &parameters, inputs: &inputs, options: &options };
            CpuEngine::new().simulate(&problem)
        };
        let identity: Vec<usize> = (0..n).collect();
        let plain = run(&identity, 0.0).expect("it runs");
        prop_assume!(plain.n_spikes() > 0 && plain.slopes().iter().all(|&slope| slope > 1e-3));
        let permuted = run(&order, 0.0).expect("it runs");
        let back: Vec<u32> = permuted.neurons().iter().map(|&ix| order[ix as usize] as u32).collect();
        prop_assert_eq!(plain.neurons(), &back[..]);
        agree("permuted", plain.times(), permuted.times(), 1e-11).map_err(TestCaseError::fail)?;
        let shifted = run(&identity, shift).expect("it runs");
        prop_assert_eq!(plain.neurons(), shifted.neurons());
        let times: Vec<f64> = plain.times().iter().map(|time| time + shift).collect();
        agree("shifted", &times, shifted.times(), 1e-11).map_err(TestCaseError::fail)?;
        if shift > 1e-3 {
            prop_assert!(agree("not shifted", plain.times(), shifted.times(), 1e-11).is_err());
        }
    }
}

#[test]
fn a_zero_weight_passes_no_derivative_on() -> Result<()> {
    let mut builder = Network::builder();
    let input = builder.input("input", 1);
    let lif = Neuron::leaky_integrate_and_fire();
    let first = builder.population("first", 1, lif.clone());
    let second = builder.population("second", 2, lif);
    let into = builder.connect(
        input,
        first,
        Projection::dense(Array2::from_elem((1, 1), 0.5)),
    );
    let onward = ndarray::array![[0.0, 0.6]];
    builder.connect(first, second, Projection::dense(onward));
    builder.connect(
        input,
        second,
        Projection::dense(Array2::from_elem((1, 2), 0.4)),
    );
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    inputs.push_sample(&[Spike { unit: 0, time: 1.0 }])?;
    let (parameters, options) = (network.parameters(0), SimulationOptions::new(30.0));
    let problem = Problem {
        network: &network,
        parameters: &parameters,
        inputs: &inputs,
        options: &options,
    };
    let engine = CpuEngine::new();
    let recording = engine.simulate(&problem)?;
    let upstream = network.layout().weights(into).start;
    for method in [Method::Adjoint, Method::Forward] {
        let options = GradientOptions::everything(method);
        let jacobian = engine.jacobian(&problem, &recording, 0, &options)?;
        for (row, &neuron) in recording.neurons().iter().enumerate() {
            let derivative = jacobian.parameters[[row, upstream]];
            assert_eq!(
                derivative == 0.0,
                neuron == 1,
                "neuron {neuron}: {derivative}"
            );
        }
    }
    Ok(())
}
