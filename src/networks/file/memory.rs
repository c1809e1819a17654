//! Networks that are too large are refused before anything is made.

use super::{PopulationSettings, SimulationFile};
use crate::Result;
use crate::memory;

/// Of a neuron: its potential three times, a flag, its past in the statistics and in the search for spikes.
const NEURON: f64 = 64.0;
/// Of a neuron with values of its own: they and what is computed of them once.
const OWN: f64 = 500.0;
/// Of a receptor or of a drive, for each neuron.
const MEMBER: f64 = 16.0;
/// Of a synapse: its target, and its weight and its delay where they differ.
const VALUE: f64 = 4.0;

impl PopulationSettings {
    /// Whether its neurons differ in more than where they start.
    fn has_drawn_values(&self) -> bool {
        let receptors = self.receptors.iter().map(|receptor| receptor.tau);
        let mut values = [self.tau_membrane, self.rest]
            .into_iter()
            .chain(self.threshold)
            .chain(receptors)
            .chain(self.of_reset().into_iter().map(|(_, values)| values));
        values.any(|values| values.one().is_none())
    }
}

impl SimulationFile {
    /// How many bytes the network takes in the host's memory, roughly; without its synapses where an engine holds them
    /// elsewhere.
    pub fn expected_bytes(&self, with_synapses: bool) -> f64 {
        let size = |name: &str| {
            let population = self.populations.iter().find(|p| p.name == name);
            population.map(|population| f64::from(population.size))
        };
        let neurons: f64 = self
            .populations
            .iter()
            .map(|population| {
                let members = population.receptors.len()
                    + self
                        .drives
                        .iter()
                        .filter(|d| d.target == population.name)
                        .count();
                let own = if population.has_drawn_values() {
                    OWN
                } else {
                    0.0
                };
                f64::from(population.size) * (NEURON + own + MEMBER * members as f64)
            })
            .sum();
        let synapses = self.projections.iter().map(|projection| {
            let target = size(&projection.target).unwrap_or_default();
            let source =
                size(&projection.source).unwrap_or_else(|| self.channels(&projection.source));
            let number = projection.rule.expected(source, target).unwrap_or_default();
            let values = [
                projection.weight,
                projection.weight_of_peak,
                projection.delay,
            ];
            let is_drawn =
                |value: &super::ValueSettings| matches!(value, super::ValueSettings::Drawn(_));
            let differ = values
                .iter()
                .flatten()
                .filter(|value| is_drawn(value))
                .count();
            number * VALUE * (1 + differ) as f64
        });
        neurons + if with_synapses { synapses.sum() } else { 0.0 }
    }

    /// Refuses a network that does not fit into the memory there is.
    ///
    /// # Errors
    /// What it would take, and how far it would have to shrink.
    pub fn check_memory(&self, with_synapses: bool) -> Result<()> {
        let needed = self.expected_bytes(with_synapses);
        if needed.is_nan() {
            // Of a value that is no number, which is refused by its name.
            return self.describe()?.described().map(|_| ());
        }
        memory::check("the network", needed as u64, |there| {
            let share = there as f64 / needed;
            format!(
                "populations of {share:.1e} times their sizes with as many synapses a neuron would fit"
            )
        })
    }

    fn channels(&self, name: &str) -> f64 {
        let generator = self.generators.iter().find(|g| g.name == name);
        generator.map_or(0.0, |generator| {
            let inline = generator.times.as_ref().map_or(0, Vec::len);
            generator.channels.unwrap_or(inline) as f64
        })
    }
}
