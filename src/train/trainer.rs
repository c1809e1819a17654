//! The training loop.

use std::sync::Arc;

use super::clip::clip;
use super::epoch::Tally;
use super::noise::judged_inputs;
use super::on_device::Device;
use super::silence::Silence;
use super::{BatchMetrics, BestEpoch, Evaluation, ParameterGroups, Samples, TrainerSettings};
use crate::data::Batches;
use crate::event::SpikeBatch;
use crate::loss::Loss;
use crate::network::{Network, Parameters};
use crate::optim::Optimiser;
use crate::{Engine, Error, Problem, Result, Stop};

/// Trains the parameters of one network; owns what it works with, and can be sent to another thread.
///
/// The seed draws the initial parameters and the order of samples. Steps,
/// epochs and evaluations can be mixed at will; each epoch has an order of its
/// own whatever came before it.
///
/// Fisher's irises, each feature as the time of a spike:
///
/// ```
/// use spikefront::cpu::CpuEngine;
/// use spikefront::data::{LatencyEncoder, iris, stratified_split};
/// use spikefront::loss::FirstSpikeCrossEntropy;
/// use spikefront::network::{Distribution, Network, Neuron, Projection};
/// use spikefront::train::{Samples, Trainer, TrainerSettings};
///
/// let encoder = LatencyEncoder::new(0.0, 20.0)?.with_bias(0.0)?; // ms
/// let (train, test) = stratified_split(&iris(), 0.2, 0)?;
/// let (train, test) = (Samples::encode(&train, &encoder)?, Samples::encode(&test, &encoder)?);
///
/// let neuron = Neuron::leaky_integrate_and_fire();
/// let normal = |mean, deviation| Projection::random(Distribution::Normal { mean, deviation });
/// let mut network = Network::builder();
/// let input = network.input("input", 5);
/// let hidden = network.population("hidden", 20, neuron.clone());
/// let output = network.population("output", 3, neuron);
/// network.connect(input, hidden, normal(0.2, 0.1));
/// network.connect(hidden, output, normal(0.06, 0.03));
/// let network = network.build()?;
///
/// // The class of the output that fires first.
/// let loss = FirstSpikeCrossEntropy::new(output, 1.0)?;
/// let engine = CpuEngine::new();
/// let settings = TrainerSettings::new(60.0);
/// let mut trainer = Trainer::new(network, engine, loss, settings, 0)?;
/// for _ in 0..3 {
///     let epoch = trainer.epoch(&train, None)?;
///     println!("loss {:.3}, accuracy {:.0} %", epoch.loss, 100.0 * epoch.train_accuracy);
/// }
/// let accuracy = trainer.evaluate(&test)?.accuracy;
/// assert!((0.0..=1.0).contains(&accuracy));
/// # Ok::<(), spikefront::Error>(())
/// ```
pub struct Trainer {
    pub(super) network: Arc<Network>,
    pub(super) engine: Arc<dyn Engine>,
    pub(super) loss: Arc<dyn Loss>,
    pub(super) settings: TrainerSettings,
    pub(super) optimiser: Box<dyn Optimiser>,
    pub(super) groups: ParameterGroups,
    pub(super) parameters: Parameters,
    pub(super) seed: u64,
    pub(super) epochs: usize,
    /// What has been seen of the epoch under way.
    pub(super) tally: Tally,
    pub(super) best: Option<BestEpoch>,
    /// Of the latest update on the host.
    pub(super) silence: Silence,
    /// Of the remedy for silent neurons; empty without one.
    pub(super) directions: Vec<f64>,
    /// What the engine's device keeps, once a step has shown whether it keeps anything.
    pub(super) device: Device,
}

impl Trainer {
    /// A trainer with initial parameters drawn by `seed`.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn new(
        network: impl Into<Arc<Network>>,
        engine: impl Engine + 'static,
        loss: impl Loss + 'static,
        mut settings: TrainerSettings,
        seed: u64,
    ) -> Result<Self> {
        let network: Arc<Network> = network.into();
        settings.check()?;
        // An amount of zero is no remedy.
        let remedy = settings.silent_remedy;
        settings.silent_remedy = remedy.filter(|remedy| remedy.amount > 0.0);
        if settings.simulation.stop == Stop::AtDuration {
            settings.simulation.stop = loss.stop();
        }
        loss.prepare(&mut settings.simulation);
        let groups = match &settings.groups {
            Some(groups) => {
                groups.check_network(&network)?;
                groups.ask(&network, &mut settings.gradient);
                groups.clone()
            }
            None => ParameterGroups::of(&network, &settings.gradient)?,
        };
        // Refuses a batch size of zero now rather than at the first epoch.
        Batches::new(1, settings.batch_size, seed)?;
        let n_values = network.layout().len();
        let remedy = settings.silent_remedy;
        Ok(Self {
            directions: remedy.map_or_else(Vec::new, |remedy| remedy.directions(n_values, seed)),
            optimiser: settings.optimiser.build()?,
            groups,
            parameters: network.parameters(seed),
            network,
            engine: Arc::new(engine),
            loss: Arc::new(loss),
            settings,
            seed,
            epochs: 0,
            tally: Tally::default(),
            best: None,
            silence: Silence::default(),
            device: Device::Unknown,
        })
    }

    /// Uses an optimiser of one's own instead of the one in the settings.
    #[must_use]
    pub fn optimiser(mut self, optimiser: Box<dyn Optimiser>) -> Self {
        self.optimiser = optimiser;
        // A device would not know it.
        self.device = Device::None;
        self
    }

    /// The network that is trained.
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// The parameters as they are now.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The parameters, to write.
    pub fn parameters_mut(&mut self) -> &mut Parameters {
        if let Device::Held { is_stale, .. } = &mut self.device {
            *is_stale = true;
        }
        &mut self.parameters
    }

    /// How it trains.
    pub fn settings(&self) -> &TrainerSettings {
        &self.settings
    }

    /// How many epochs it has trained.
    pub fn n_epochs(&self) -> usize {
        self.epochs
    }

    /// One update on one batch, at the learning rate of the epoch that has begun. Where the network has generators or Poisson
    /// drives, their spikes must be in the batch ([`Network::complete_inputs`]); epochs and evaluations add them.
    ///
    /// # Errors
    /// As [`epoch`](Self::epoch).
    pub fn step(&mut self, batch: &Samples) -> Result<BatchMetrics> {
        let metrics = self.update(batch)?;
        self.bring_home()?;
        Ok(metrics)
    }

    pub(super) fn update(&mut self, batch: &Samples) -> Result<BatchMetrics> {
        if let Some(metrics) = self.update_on_device(batch)? {
            return Ok(metrics);
        }
        let problem = self.problem(batch.inputs());
        let recording = self.recording(&problem)?;
        let value = self
            .loss
            .evaluate(self.network(), &recording, batch.labels())?;
        check_finite("loss", value.mean)?;
        let left_out = self
            .loss
            .left_out(self.network(), &recording, batch.labels());
        let silence = Silence::of(&self.network, &recording, left_out);
        let mut gradient = self.engine.gradient(
            &problem,
            &recording,
            &value.cotangent,
            &self.settings.gradient,
        )?;
        // A sum over absolute values is finite only if each of them is.
        let slopes = gradient.parameters.iter();
        check_finite(
            "sum of the gradient's magnitudes",
            slopes.map(|g| g.abs()).sum(),
        )?;
        let transforms = self.groups.transforms();
        transforms.gradient(self.parameters.values(), &mut gradient.parameters);
        self.groups.mask(&mut gradient.parameters);
        let is_zero = gradient.parameters.iter().all(|&slope| slope == 0.0);
        let is_clipped = self
            .settings
            .clip_norm
            .is_some_and(|most| clip(&mut gradient.parameters, most));
        let rate = self.settings.learning_rate * self.settings.schedule.multiple(self.epochs);
        let before = self.parameters.values().to_vec();
        let mut stepped = before.clone();
        transforms.forward(&mut stepped);
        self.optimiser
            .step(&mut stepped, &gradient.parameters, rate)?;
        self.groups.settle(&before, &mut stepped);
        self.parameters.values_mut().copy_from_slice(&stepped);
        let mut raised_neurons = 0;
        let remedy = self.settings.silent_remedy;
        if let Some(remedy) = remedy.filter(|remedy| remedy.is_due(self.epochs)) {
            raised_neurons = remedy.apply(
                &self.network,
                &recording,
                &self.directions,
                &mut self.parameters,
            );
            self.groups.hold(&before, self.parameters.values_mut());
        }
        self.silence = silence;
        Ok(BatchMetrics {
            batch: 1,
            n_samples: batch.n_samples(),
            loss: value.mean,
            n_correct: value.n_correct(batch.labels()),
            grazing_spikes: gradient.grazing_spikes,
            is_clipped,
            raised_neurons,
            is_zero,
        })
    }

    /// Judges the network on a set, without training on it.
    ///
    /// A loss that is infinite, as that of one sample may be whose term overflows, is a result like any other: nothing is
    /// learnt from it, and where the best epoch is kept it comes after every finite one of the same accuracy.
    ///
    /// # Errors
    /// Samples that do not fit the network or the loss; a runaway simulation; a loss that is not a number.
    pub fn evaluate(&self, samples: &Samples) -> Result<Evaluation> {
        let duration = self.settings.simulation.duration;
        let inputs = judged_inputs(&self.network, samples.inputs(), duration, 0)?;
        let recording = self.recording(&self.problem(&inputs))?;
        let labels = samples.labels();
        let value = self.loss.evaluate(self.network(), &recording, labels)?;
        if value.mean.is_nan() {
            check_finite("loss", value.mean)?;
        }
        let left_out = self.loss.left_out(self.network(), &recording, labels);
        Ok(Evaluation {
            loss: value.mean,
            accuracy: value.n_correct(labels) as f64 / samples.n_samples() as f64,
            predictions: value.predictions,
            left_out,
            silent: Silence::of(self.network(), &recording, left_out).samples,
        })
    }

    /// Checks that the network can be given these samples as it is now.
    ///
    /// # Errors
    /// A duration, parameters or spikes that do not fit.
    pub(super) fn check(&self, samples: &Samples) -> Result<()> {
        self.problem(samples.inputs()).check_incomplete()
    }

    pub(super) fn problem<'b>(&'b self, inputs: &'b SpikeBatch) -> Problem<'b> {
        Problem {
            network: self.network(),
            parameters: &self.parameters,
            inputs,
            options: &self.settings.simulation,
        }
    }
}

pub(super) fn check_finite(what: &str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::astray(what, value))
}

#[cfg(test)]
#[path = "trainer_tests.rs"]
mod tests;
