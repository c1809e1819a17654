//! What neurons are made of as parameters: learnt, refused, shared.

use ndarray::array;
use spikefront::cpu::CpuEngine;
use spikefront::event::SpikeBatch;
use spikefront::network::{Network, Neuron, Parameters, PopulationId, Projection, TensorKind};
use spikefront::{Cotangent, Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use crate::common::{agree, draw};

fn everything(method: Method) -> GradientOptions {
    GradientOptions::everything(method).and_neurons()
}

/// A neuron with a single input spike: its first spike's time solves w gain(t) = 1.
#[test]
fn a_time_constant_can_be_learnt() -> Result<()> {
    let mut builder = Network::builder();
    let input = builder.input("input", 1);
    let lif = Neuron::leaky_integrate_and_fire().tau_synapse(8.0);
    let neuron = builder.population("neuron", 1, lif);
    builder.connect(input, neuron, Projection::dense(array![[0.4]]));
    let network = builder.build()?;
    let mut parameters = network.parameters(0);
    let (options, engine) = (SimulationOptions::new(60.0), CpuEngine::new());
    let mut inputs = SpikeBatch::new();
    inputs.push_channels(&[vec![0.0]])?;
    let target = 3.2;
    let mut misses = Vec::new();
    for _ in 0..200 {
        let problem = Problem {
            network: &network,
            parameters: &parameters,
            inputs: &inputs,
            options: &options,
        };
        let recording = engine.simulate(&problem)?;
        let miss = recording.times()[0] - target;
        misses.push(miss.abs());
        let mut cotangent = Cotangent::zeros(&recording);
        cotangent.spike_times[0] = miss;
        let options = GradientOptions::default()
            .tau_membrane(true)
            .tau_synapse(true);
        let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
        for kind in [TensorKind::TauMembrane, TensorKind::TauSynapse] {
            let range = network.layout().of_population(neuron, kind);
            let place = range.expect("it has one").start;
            parameters.values_mut()[place] -= 100.0 * gradient.parameters[place];
        }
    }
    let (first, last) = (misses[0], misses[misses.len() - 1]);
    assert!(first > 0.05 && last < 1e-6, "{first} {last}");
    Ok(())
}

#[test]
fn values_that_no_neuron_can_have_are_refused_by_name() -> Result<()> {
    let drawn = draw(0)?;
    let hidden = drawn.network.population_named("hidden")?;
    let with = |kind: TensorKind, value: f64| -> (Result<()>, Parameters) {
        let mut parameters = drawn.parameters.clone();
        let range = drawn.network.layout().of_population(hidden, kind);
        parameters.values_mut()[range.expect("it has one").start] = value;
        (parameters.check(&drawn.network), parameters)
    };
    for (kind, good, bad, name) in [
        (
            TensorKind::TauMembrane,
            7.0,
            [0.0, -1.0, f64::NAN],
            "tau_membrane",
        ),
        (
            TensorKind::TauSynapse,
            7.0,
            [0.0, -1.0, f64::NAN],
            "tau_synapse",
        ),
        (
            TensorKind::Rest,
            -7.0,
            [1e101, f64::INFINITY, f64::NAN],
            "rest",
        ),
        (TensorKind::Initial, -7.0, [1e101, 2.0, f64::NAN], "initial"),
    ] {
        let (checked, parameters) = with(kind, good);
        checked?;
        // What is there is what engines compute with.
        let moved = CpuEngine::new().simulate(&Problem {
            parameters: &parameters,
            ..drawn.problem()
        })?;
        let before = CpuEngine::new().simulate(&drawn.problem())?;
        assert_ne!(moved.times(), before.times(), "{name}");
        for bad in bad {
            let told = with(kind, bad).0.expect_err("it is refused").to_string();
            assert!(told.contains(name), "{bad}: {told}");
        }
    }
    Ok(())
}

/// A value that is shared is one parameter, whose derivative is the sum over the neurons that share it.
#[test]
fn a_shared_value_is_one_parameter() -> Result<()> {
    let network = |is_shared: bool| -> Result<(Network, PopulationId)> {
        let value = |value: f64| match is_shared {
            true => spikefront::network::PerNeuron::Same(value),
            false => vec![value; 3].into(),
        };
        let neuron = Neuron::leaky_integrate_and_fire()
            .tau_membrane(value(15.0))
            .tau_synapse(value(6.0))
            .rest(value(0.2))
            .initial(value(0.1));
        let mut builder = Network::builder();
        let input = builder.input("input", 1);
        let hidden = builder.population("hidden", 3, neuron);
        builder.connect(input, hidden, Projection::dense(array![[0.3, 0.5, 0.7]]));
        Ok((builder.build()?, hidden))
    };
    let (options, engine) = (SimulationOptions::new(60.0), CpuEngine::new());
    let mut inputs = SpikeBatch::new();
    inputs.push_channels(&[vec![0.0, 3.0, 9.0]])?;
    let mut sums = Vec::new();
    for is_shared in [true, false] {
        let (network, hidden) = network(is_shared)?;
        let parameters = network.parameters(0);
        let problem = Problem {
            network: &network,
            parameters: &parameters,
            inputs: &inputs,
            options: &options,
        };
        let recording = engine.simulate(&problem)?;
        let mut cotangent = Cotangent::zeros(&recording);
        cotangent.spike_times.fill(1.0);
        let own = TensorKind::OF_NEURONS.map(|kind| {
            let range = network
                .layout()
                .of_population(hidden, kind)
                .expect("it has one");
            assert_eq!(range.len(), if is_shared { 1 } else { 3 });
            range
        });
        let of = |method| -> Result<Vec<f64>> {
            let gradient =
                engine.gradient(&problem, &recording, &cotangent, &everything(method))?;
            let sum =
                |range: &std::ops::Range<usize>| gradient.parameters[range.clone()].iter().sum();
            Ok(own.iter().map(sum).collect())
        };
        sums.push(of(Method::Adjoint)?);
        sums.push(of(Method::Forward)?);
    }
    for other in &sums[1..] {
        agree("sums", &sums[0], other, 1e-13).expect("they agree");
    }
    assert!(sums[0].iter().all(|sum| sum.abs() > 1e-3), "{sums:?}");
    Ok(())
}
