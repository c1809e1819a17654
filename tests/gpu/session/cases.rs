//! Small classifiers with every loss and every kind of parameter.

use std::sync::Arc;

use spikefront::Result;
use spikefront::gpu::GpuEngine;
use spikefront::loss::{
    FinalVoltageCrossEntropy, FirstSpikeCrossEntropy, FirstSpikeMeanSquare, IntegralCrossEntropy,
    LateFirstSpikes, Loss, LossSum, MaximumCrossEntropy, SpikeTargets, SpikeTimeMeanSquare,
    SurplusSpikes, VanRossumDistance, VoltageMeanSquare,
};
use spikefront::ndarray::Array3;
use spikefront::network::{
    Distribution, Network, Neuron, PopulationId, Projection, Rule, TensorKind,
};
use spikefront::optim::OptimiserSettings;
use spikefront::train::{Experiment, ParameterGroups, Samples, Task, Trainer, TrainerSettings};

/// How long a sample runs, in ms.
pub const DURATION: f64 = 40.0;

/// Losses on spikes, and losses on readouts.
pub const ON_SPIKES: [&str; 5] = ["first spike", "square", "times", "van Rossum", "sum"];
pub const ON_READOUTS: [&str; 5] = ["maximum", "integral", "final", "targets", "two readouts"];

/// What is trained.
pub const TRAINED: [&str; 9] = [
    "weights",
    "delays",
    "each delay",
    "thresholds",
    "tau_membrane",
    "each tau",
    "tau_synapse",
    "rest and initial",
    "everything",
];

/// The parts of a training that can be mixed.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub loss: &'static str,
    pub trained: &'static str,
    /// Whether hidden neurons send to one another.
    pub is_recurrent: bool,
    /// Whether of all pairs some have no synapse.
    pub is_sparse: bool,
}

impl Case {
    fn has_readout(self) -> bool {
        ON_READOUTS.contains(&self.loss)
    }

    /// Populations "hidden" and "output", and with "targets" a second hidden layer that outputs do not need.
    pub fn network(self, n_channels: usize) -> Result<(Network, [PopulationId; 2])> {
        let mut builder = Network::builder();
        let ramp = |lowest: f64, size: usize| -> Vec<f64> {
            (0..size).map(|k| lowest + 0.5 * k as f64).collect()
        };
        let lif = |size| {
            let neuron = Neuron::leaky_integrate_and_fire().rest(0.4).initial(0.1);
            match self.trained {
                "each tau" => neuron.tau_membrane(ramp(15.0, size)),
                "everything" => neuron.tau_synapse(ramp(6.0, size)).rest(vec![0.4; size]),
                _ => neuron,
            }
        };
        let input = builder.input("input", n_channels);
        let hidden = builder.population("hidden", 8, lif(8));
        let output = match self.has_readout() {
            true => builder.population("output", 3, Neuron::leaky_integrator().tau_membrane(12.0)),
            false => builder.population("output", 3, lif(3)),
        };
        let rule = || match self.is_sparse {
            true => Rule::FixedProbability(0.7),
            false => Rule::AllToAll,
        };
        let normal = |mean: f64, deviation: f64| {
            let drawn = Projection::by_rule(rule(), Distribution::Normal { mean, deviation });
            match self.trained {
                "delays" => drawn.delay(1.5),
                "each delay" | "everything" => drawn.delay(Distribution::Uniform {
                    lowest: 0.5,
                    highest: 4.0,
                }),
                _ => drawn.delay(0.0),
            }
        };
        builder.connect(input, hidden, normal(0.18, 0.12));
        builder.connect(hidden, output, normal(0.12, 0.08));
        if self.is_recurrent {
            let weights = Distribution::Normal {
                mean: -0.02,
                deviation: 0.03,
            };
            let feedback = Projection::by_rule(rule(), weights);
            let feedback = match self.trained {
                "each delay" | "everything" => feedback.delay(Distribution::Uniform {
                    lowest: 1.0,
                    highest: 4.0,
                }),
                _ => feedback.delay(2.0),
            };
            builder.connect(hidden, hidden, feedback);
        }
        if self.loss == "two readouts" {
            let other = builder.population("other", 2, Neuron::leaky_integrator());
            builder.connect(hidden, other, normal(0.1, 0.1));
        }
        Ok((builder.build()?, [hidden, output]))
    }

    pub fn loss(self, [hidden, output]: [PopulationId; 2]) -> Result<Arc<dyn Loss>> {
        let targets = || {
            let of = |label| [0, 1, 2].map(|k| vec![if k == label { 12.0 } else { 22.0 }]);
            SpikeTargets::new([0, 1, 2].map(|label| of(label).to_vec()).to_vec())
        };
        let first = FirstSpikeCrossEntropy::new(output, 2.0)?;
        Ok(match self.loss {
            "first spike" => Arc::new(first.reward_early(0.01, 20.0)?),
            "square" => Arc::new(FirstSpikeMeanSquare::new(output, 12.0, 22.0)?),
            "times" => Arc::new(SpikeTimeMeanSquare::new(output, targets()?)),
            "van Rossum" => Arc::new(VanRossumDistance::new(output, targets()?, 5.0)?),
            "sum" => Arc::new(
                LossSum::new()
                    .add(1.0, first)?
                    .add(0.1, SurplusSpikes::new(hidden, 0))?
                    .add(0.1, LateFirstSpikes::new(output, 5.0)?)?,
            ),
            "maximum" | "two readouts" => Arc::new(MaximumCrossEntropy::new(output, 3.0)?),
            "integral" => Arc::new(IntegralCrossEntropy::new(output).scale(0.2)?),
            "final" => Arc::new(FinalVoltageCrossEntropy::new(output, 3.0)?),
            "targets" => {
                let values = |(label, _, k): (usize, usize, usize)| f64::from(u8::from(label == k));
                let targets = Array3::from_shape_fn((3, 2, 3), values);
                Arc::new(VoltageMeanSquare::new(output, &[15.0, 30.0], targets)?)
            }
            other => panic!("no loss {other}"),
        })
    }

    /// What is trained at which multiple of the learning rate.
    pub fn groups(self, network: &Network) -> Result<ParameterGroups> {
        let mut groups = ParameterGroups::new(network);
        let trains = |names: &[&str]| names.contains(&self.trained) || self.trained == "everything";
        for id in network.projection_ids() {
            groups = groups.weights(network, id, 1.0)?;
            if trains(&["delays", "each delay"]) {
                groups = groups.delays(network, id, 5.0)?;
            }
        }
        for id in network.population_ids() {
            if trains(&["thresholds"]) && network.population(id).is_spiking() {
                groups = groups.thresholds(network, id, 0.5)?;
            }
            if trains(&["tau_membrane", "each tau"]) {
                groups = groups.tau_membrane(network, id, 2.0)?;
            }
            if trains(&["tau_synapse"]) {
                groups = groups.tau_synapse(network, id, 2.0)?;
            }
            if trains(&["rest and initial"]) {
                groups = groups.rest(network, id, 0.7)?.initial(network, id, 1.0)?;
            }
        }
        Ok(groups)
    }

    pub fn settings(self, network: &Network) -> Result<TrainerSettings> {
        let mut settings = TrainerSettings::new(DURATION);
        settings.learning_rate = 2e-3;
        // Some derivatives are zero but for rounding, as of what all classes share; as published Adam would make steps of these.
        settings.optimiser = OptimiserSettings::Adam {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-3,
        };
        settings.gradient.slope_floor = 0.05;
        settings.groups = Some(self.groups(network)?);
        Ok(settings)
    }

    /// A trainer that goes by a session.
    pub fn device(self, gpu: &Arc<GpuEngine>, settings: &TrainerSettings) -> Result<Trainer> {
        let (network, ids) = self.network(N_CHANNELS)?;
        Trainer::new(network, gpu.clone(), self.loss(ids)?, settings.clone(), 4)
    }

    /// One whose optimiser is on the host, and with it everything but simulations and gradients.
    pub fn host(self, gpu: &Arc<GpuEngine>, settings: &TrainerSettings) -> Result<Trainer> {
        let trainer = self.device(gpu, settings)?;
        Ok(trainer.optimiser(settings.optimiser.build()?))
    }
}

/// Irises, with a bias.
pub const N_CHANNELS: usize = 5;

pub fn samples() -> Result<Samples> {
    Ok(Experiment::preset(Task::Iris, "default")?.prepare(3)?.train)
}

/// For each kind of parameters that moved: its name, how far, and how far apart two trainers are in it.
pub fn moved_and_apart(
    start: &[f64],
    host: &Trainer,
    device: &Trainer,
) -> Vec<(TensorKind, f64, f64)> {
    let layout = host.network().layout();
    let mut all: Vec<(TensorKind, f64, f64)> = Vec::new();
    for tensor in layout.tensors() {
        let values = |values: &[f64]| values[tensor.range.clone()].to_vec();
        let (x, y) = (
            values(host.parameters().values()),
            values(device.parameters().values()),
        );
        let moved = super::largest(&x, &values(start));
        let apart = super::largest(&x, &y);
        match all.iter_mut().find(|of| of.0 == tensor.kind) {
            Some(of) => (of.1, of.2) = (of.1.max(moved), of.2.max(apart)),
            None => all.push((tensor.kind, moved, apart)),
        }
    }
    all
}
