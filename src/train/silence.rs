//! Who is silent: a network without spikes has no gradient, and nothing else may say so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::on_device::Device;
use super::{Samples, Trainer};
use crate::data::Batches;
use crate::event::Recording;
use crate::network::Network;
use crate::{Problem, Result};

/// Who was silent over the batches of an epoch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Silence {
    /// How many batches were looked at.
    pub batches: usize,
    /// In how many samples no output fired; none where outputs cannot fire.
    pub samples: Option<usize>,
    /// For each population that can fire, how often one of its neurons was silent over a batch, and how many it has.
    pub neurons: BTreeMap<String, (usize, usize)>,
    /// How many samples the loss left out.
    pub left_out: usize,
}

impl Silence {
    /// In one batch. The last population counts as the output.
    pub(super) fn of(network: &Network, recording: &Recording, left_out: usize) -> Self {
        let mut silence = Self {
            batches: 1,
            left_out,
            ..Self::default()
        };
        let mut has_fired = vec![false; network.n_neurons()];
        for &neuron in recording.neurons() {
            has_fired[neuron as usize] = true;
        }
        for population in network.populations().iter().filter(|p| p.is_spiking()) {
            let fired = &has_fired[population.units()];
            let silent = fired.iter().filter(|&&fired| !fired).count();
            let name = population.name.clone();
            silence.neurons.insert(name, (silent, population.size));
        }
        let output = network.populations().last();
        if let Some(output) = output.filter(|output| output.is_spiking()) {
            let units = output.units();
            let fires = |sample| recording.sample(sample).any(|s| units.contains(&s.unit));
            let silent = (0..recording.n_samples()).filter(|&s| !fires(s)).count();
            silence.samples = Some(silent);
        }
        silence
    }

    /// Adds what came after.
    pub(super) fn add(&mut self, other: &Self) {
        self.batches += other.batches;
        self.left_out += other.left_out;
        if let Some(samples) = other.samples {
            *self.samples.get_or_insert(0) += samples;
        }
        for (name, &(silent, size)) in &other.neurons {
            let entry = self.neurons.entry(name.clone()).or_insert((0, size));
            entry.0 += silent;
        }
    }

    /// The share of each population that was silent, the mean over batches.
    pub(super) fn shares(&self) -> BTreeMap<String, f64> {
        let share = |(name, &(silent, size)): (&String, &(usize, usize))| {
            (name.clone(), silent as f64 / (size * self.batches) as f64)
        };
        self.neurons.iter().map(share).collect()
    }
}

impl Trainer {
    /// A recording in which the loss, [`Silence`] and the remedy for silent neurons find what they look at.
    pub(super) fn recording(&self, problem: &Problem<'_>) -> Result<Recording> {
        let mut seen = self.loss.looks_at(&self.network);
        // In each of whose samples it is looked for.
        seen.extend(self.network.population_ids().last());
        self.engine.simulate_seen(problem, &seen)
    }

    /// Where training stays on a device, which says nothing of who fires: looks at the epoch's last batch.
    pub(super) fn listen_on_host(&mut self, train: &Samples, batches: &Batches) -> Result<()> {
        if !matches!(self.device, Device::Held { .. }) {
            return Ok(());
        }
        let Some(last) = batches.epoch(self.epochs).pop() else {
            return Ok(());
        };
        let batch = train.select(&last);
        let recording = self.engine.simulate(&self.problem(batch.inputs()))?;
        let left_out = self
            .loss
            .left_out(self.network(), &recording, batch.labels());
        let mut silence = Silence::of(&self.network, &recording, left_out);
        // Of the whole epoch, as far as its last batch tells.
        let scale = |count: usize| count * train.n_samples() / batch.n_samples().max(1);
        silence.samples = silence.samples.map(scale);
        silence.left_out = scale(silence.left_out);
        self.tally.silence = silence;
        Ok(())
    }
}
