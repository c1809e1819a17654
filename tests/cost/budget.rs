//! Runaways and results that are not finite are errors by name, soon and in little memory.

use ndarray::arr2;
use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Parameters, Projection};
use spikefront::{
    Cotangent, Engine, ErrorKind, GradientOptions, Method, Problem, Result, SimulationOptions,
};

struct One {
    network: Network,
    parameters: Parameters,
    inputs: SpikeBatch,
    options: SimulationOptions,
}

impl One {
    /// Neurons that one input spike a sample drives, with a readout-free projection onto themselves if `loops`.
    fn new(weight: f64, loops: bool, n_samples: usize) -> Result<Self> {
        let mut builder = Network::builder();
        let input = builder.input("input", 1);
        let neurons = builder.population("neurons", 2, Neuron::leaky_integrate_and_fire());
        builder.connect(input, neurons, Projection::dense(arr2(&[[weight; 2]])));
        if loops {
            let inward = Projection::dense(arr2(&[[weight; 2]; 2]));
            builder.connect(neurons, neurons, inward);
        }
        let network = builder.build()?;
        let mut inputs = SpikeBatch::new();
        for _ in 0..n_samples {
            inputs.push_sample(&[Spike { unit: 0, time: 1.0 }])?;
        }
        Ok(Self {
            parameters: network.parameters(0),
            network,
            inputs,
            options: SimulationOptions::new(50.0),
        })
    }

    fn problem(&self) -> Problem<'_> {
        Problem {
            network: &self.network,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options: &self.options,
        }
    }
}

#[test]
fn a_runaway_is_named_the_same_whatever_the_threads() -> Result<()> {
    for loops in [false, true] {
        let mut one = One::new(1e5, loops, 300)?;
        one.options.spike_budget = 1000;
        for threads in [1, 2] {
            let engine = CpuEngine::new().threads(threads)?;
            let error = engine
                .simulate(&one.problem())
                .expect_err("it is a runaway");
            assert_eq!(error.kind(), ErrorKind::SpikeBudget);
            let told = error.to_string();
            assert!(
                told.starts_with("sample 0 fired more than 1000 spikes"),
                "{told}"
            );
            assert!(!told.contains("--"), "{told}");
        }
    }
    Ok(())
}

#[test]
fn a_batch_has_a_budget_of_its_own() -> Result<()> {
    let mut one = One::new(1.0, false, 200)?;
    let engine = CpuEngine::new();
    let each = engine.simulate(&one.problem())?.n_spikes() / 200;
    assert!(each > 2);
    one.options.spike_budget = each;
    let error = engine.simulate(&one.problem()).expect_err("200 > 20");
    assert_eq!(error.kind(), ErrorKind::SpikeBudget);
    assert!(error.to_string().starts_with("the 200 samples fired"));
    // Control: as many as may be.
    one.inputs = one.inputs.select(&(0..20).collect::<Vec<_>>());
    assert_eq!(engine.simulate(&one.problem())?.n_spikes(), 20 * each);
    Ok(())
}

#[test]
fn a_weight_that_would_overflow_is_refused_by_name() -> Result<()> {
    let engine = CpuEngine::new();
    for weight in [1e308, -1e308, 1e101] {
        let one = One::new(weight, false, 1)?;
        let error = engine.simulate(&one.problem()).expect_err("too large");
        let told = error.to_string();
        assert!(told.starts_with("input->neurons/weight[0] is"), "{told}");
    }
    let one = One::new(-1e100, false, 1)?;
    assert_eq!(engine.simulate(&one.problem())?.n_spikes(), 0);
    Ok(())
}

#[test]
fn a_gradient_that_is_not_finite_is_refused_by_name() -> Result<()> {
    let engine = CpuEngine::new();
    let one = One::new(1.0, false, 1)?;
    let recording = engine.simulate(&one.problem())?;
    let mut cotangent = Cotangent::zeros(&recording);
    for method in [Method::Forward, Method::Adjoint] {
        let options = GradientOptions::everything(method);
        let mut gradient = |value: f64| {
            cotangent.spike_times.fill(value);
            engine.gradient(&one.problem(), &recording, &cotangent, &options)
        };
        let told = gradient(1e308).expect_err("it overflows").to_string();
        let name = "derivative with respect to input->neurons/weight[0] is";
        assert!(told.starts_with(name), "{told}");
        assert!(gradient(1.0)?.parameters.iter().all(|g| g.is_finite()));
    }
    Ok(())
}

#[test]
fn a_cotangent_that_is_not_finite_is_refused_by_both_methods() -> Result<()> {
    let engine = CpuEngine::new();
    let one = One::new(1.0, false, 1)?;
    let recording = engine.simulate(&one.problem())?;
    for method in [Method::Forward, Method::Adjoint] {
        let options = GradientOptions::everything(method);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut cotangent = Cotangent::zeros(&recording);
            engine.gradient(&one.problem(), &recording, &cotangent, &options)?;
            cotangent.spike_times[1] = bad;
            let error = engine
                .gradient(&one.problem(), &recording, &cotangent, &options)
                .expect_err("it is not finite");
            assert_eq!(error.kind(), ErrorKind::Invalid);
            let told = error.to_string();
            assert!(
                told.starts_with(&format!("an entry of the cotangent is {bad}")),
                "{told}"
            );
        }
    }
    Ok(())
}
