//! Every loss from parameters to its value and back: both methods, differences, and the GPU engine.

use crate::device::gpu;
use ndarray::{Array2, Array3};
use spikefront::cpu::CpuEngine;
use spikefront::event::SpikeBatch;
use spikefront::loss::{
    FinalVoltageCrossEntropy, FirstSpikeCrossEntropy, FirstSpikeMeanSquare, IntegralCrossEntropy,
    LateFirstSpikes, Loss, LossSum, MaximumCrossEntropy, SpikeTargets, SpikeTimeMeanSquare,
    SurplusSpikes, VanRossumDistance, VoltageMeanSquare,
};
use spikefront::network::{Network, Neuron, Parameters, PopulationId, Projection};
use spikefront::{Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

const LABELS: [usize; 2] = [0, 1];

/// Hidden neurons that drive two outputs and two readouts.
fn network() -> Result<(Network, [PopulationId; 3])> {
    let mut network = Network::builder();
    let neuron = Neuron::leaky_integrate_and_fire();
    let input = network.input("input", 3);
    let hidden = network.population("hidden", 5, neuron.clone());
    let output = network.population("output", 2, neuron);
    let readout = network.population("readout", 2, Neuron::leaky_integrator());
    let matrix = |rows: usize, columns: usize, mean: f64, spread: f64| {
        Array2::from_shape_fn((rows, columns), |(from, to)| {
            mean + spread * (1.7 * from as f64 + 2.9 * to as f64 + 0.3).sin()
        })
    };
    let into = Projection::dense(matrix(3, 5, 0.35, 0.15)).delay(0.5);
    network.connect(input, hidden, into);
    network.connect(
        hidden,
        output,
        Projection::dense(matrix(5, 2, 0.25, 0.1)).delay(1.0),
    );
    network.connect(
        hidden,
        readout,
        Projection::dense(matrix(5, 2, 0.0, 0.4)).delay(1.0),
    );
    Ok((network.build()?, [hidden, output, readout]))
}

fn losses(
    [hidden, output, readout]: [PopulationId; 3],
) -> Result<Vec<(&'static str, Box<dyn Loss>)>> {
    let targets = || {
        SpikeTargets::new(vec![
            vec![vec![8.0, 12.0], vec![15.0]],
            vec![vec![15.0], vec![8.0, 12.0]],
        ])
    };
    let voltages = Array3::from_shape_fn((2, 2, 2), |(label, n, k)| {
        0.3 * (label + k) as f64 - 0.1 * n as f64
    });
    let sum = LossSum::new()
        .add(1.0, FirstSpikeCrossEntropy::new(output, 2.0)?)?
        .add(0.1, SurplusSpikes::new(hidden, 1))?
        .add(0.5, FinalVoltageCrossEntropy::new(readout, 2.0)?)?;
    Ok(vec![
        (
            "first spikes",
            Box::new(FirstSpikeCrossEntropy::new(output, 2.0)?),
        ),
        (
            "first spikes, square",
            Box::new(FirstSpikeMeanSquare::new(output, 8.0, 14.0)?),
        ),
        (
            "spike times",
            Box::new(SpikeTimeMeanSquare::new(output, targets()?)),
        ),
        (
            "van Rossum",
            Box::new(VanRossumDistance::new(output, targets()?, 3.0)?),
        ),
        (
            "final voltage",
            Box::new(FinalVoltageCrossEntropy::new(readout, 2.0)?),
        ),
        (
            "integral",
            Box::new(IntegralCrossEntropy::new(readout).scale(0.1)?),
        ),
        (
            "voltages",
            Box::new(VoltageMeanSquare::new(readout, &[9.0, 20.0], voltages)?),
        ),
        ("surplus", Box::new(SurplusSpikes::new(hidden, 1))),
        ("late", Box::new(LateFirstSpikes::new(output, 5.0)?)),
        ("sum", Box::new(sum)),
        ("maximum", Box::new(MaximumCrossEntropy::new(readout, 2.0)?)),
    ])
}

struct Setting {
    network: Network,
    inputs: SpikeBatch,
    options: SimulationOptions,
}

impl Setting {
    fn new(network: Network, loss: &dyn Loss) -> Result<Self> {
        let mut inputs = SpikeBatch::new();
        inputs.push_channels(&[vec![0.5, 9.0], vec![2.0], vec![4.5]])?;
        inputs.push_channels(&[vec![3.0], vec![1.0, 11.0], vec![2.5]])?;
        let mut options = SimulationOptions::new(30.0);
        loss.prepare(&mut options);
        Ok(Self {
            network,
            inputs,
            options,
        })
    }

    fn problem<'a>(&'a self, parameters: &'a Parameters) -> Problem<'a> {
        Problem {
            network: &self.network,
            parameters,
            inputs: &self.inputs,
            options: &self.options,
        }
    }

    fn gradient(&self, engine: &dyn Engine, method: Method, loss: &dyn Loss) -> Result<Vec<f64>> {
        let parameters = self.network.parameters(0);
        let problem = self.problem(&parameters);
        let recording = engine.simulate(&problem)?;
        let value = loss.evaluate(&self.network, &recording, &LABELS)?;
        let options = GradientOptions::everything(method).and_neurons();
        let gradient = engine.gradient(&problem, &recording, &value.cotangent, &options)?;
        Ok(gradient.parameters)
    }
}

fn largest_difference(x: &[f64], y: &[f64]) -> f64 {
    let scale = x.iter().fold(1e-6_f64, |m, v| m.max(v.abs()));
    let pairs = x.iter().zip(y);
    pairs
        .map(|(x, y)| (x - y).abs() / scale)
        .fold(0.0, f64::max)
}

#[test]
fn gradients_of_parameters_are_differences_of_the_value() -> Result<()> {
    let (network, populations) = network()?;
    let engine = CpuEngine::new();
    for (name, loss) in losses(populations)? {
        let setting = Setting::new(network.clone(), &*loss)?;
        let adjoint = setting.gradient(&engine, Method::Adjoint, &*loss)?;
        let forward = setting.gradient(&engine, Method::Forward, &*loss)?;
        assert!(largest_difference(&adjoint, &forward) < 1e-12, "{name}");
        let at = |ix: usize, shift: f64| -> Result<f64> {
            let mut parameters = network.parameters(0);
            parameters.values_mut()[ix] += shift;
            let recording = engine.simulate(&setting.problem(&parameters))?;
            Ok(loss.evaluate(&network, &recording, &LABELS)?.mean)
        };
        let step = 1e-6;
        let differences: Result<Vec<f64>> = (0..adjoint.len())
            .map(|ix| Ok((at(ix, step)? - at(ix, -step)?) / (2.0 * step)))
            .collect();
        let differences = differences?;
        let difference = largest_difference(&adjoint, &differences);
        assert!(difference < 1e-6, "{name}: {difference}");
        // Negative control: nothing of this is zero, and a part in a thousand is seen.
        let wrong: Vec<f64> = adjoint.iter().map(|g| 1.001 * g).collect();
        assert!(adjoint.iter().any(|g| g.abs() > 1e-4), "{name}");
        assert!(largest_difference(&wrong, &differences) > 1e-6, "{name}");
    }
    Ok(())
}

#[test]
fn the_gpu_engine_says_the_same() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let (network, populations) = network()?;
    let cpu = CpuEngine::new();
    for (name, loss) in losses(populations)? {
        let setting = Setting::new(network.clone(), &*loss)?;
        let found = setting.gradient(&gpu, Method::Adjoint, &*loss)?;
        let expected = setting.gradient(&cpu, Method::Adjoint, &*loss)?;
        let difference = largest_difference(&expected, &found);
        assert!(difference < 1e-3, "{name}: {difference}");
        let wrong: Vec<f64> = expected.iter().map(|g| 1.01 * g).collect();
        assert!(largest_difference(&expected, &wrong) > 1e-3, "{name}");
    }
    Ok(())
}
