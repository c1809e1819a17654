//! Times of an experiment that look like seconds.

use super::{Experiment, Samples};
use crate::data::{SECONDS, is_tau_in_seconds, spikes_in_seconds};

impl Experiment {
    /// Which time constants look like seconds beside the run, in a sentence each: those below 0.2 ms of which the run lasts
    /// 200 or more.
    pub fn unit_warnings(&self) -> Vec<String> {
        let neuron = self.neuron.as_ref();
        let neuron = [
            (
                "neuron.tau_membrane".to_owned(),
                neuron.map(|neuron| neuron.tau_membrane),
            ),
            (
                "neuron.tau_synapse".to_owned(),
                neuron.map(|neuron| neuron.tau_synapse),
            ),
        ];
        let layers = self.layers.iter().enumerate().flat_map(|(ix, layer)| {
            [
                (format!("layers.{ix}.tau_membrane"), layer.tau_membrane),
                (format!("layers.{ix}.tau_synapse"), layer.tau_synapse),
            ]
        });
        let duration = self.duration;
        let told = neuron.into_iter().chain(layers).filter_map(|(key, tau)| {
            let tau = tau.filter(|&tau| is_tau_in_seconds(tau, duration))?;
            Some(format!(
                "{key} is {tau} ms in a run of {duration} ms, {SECONDS}"
            ))
        });
        told.collect()
    }
}

/// Says so where all input spikes of a set look like seconds: they lie in the first 500th of a run of `duration` ms.
pub(super) fn of_samples(name: &str, samples: &Samples, duration: f64) -> Option<String> {
    let what = format!("the input spikes of the {name} samples");
    spikes_in_seconds(&what, samples.inputs().times(), duration)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;
    use crate::train::Task;

    #[test]
    fn what_ships_has_the_right_units() -> Result<()> {
        for (name, text) in Experiment::presets() {
            let experiment = Experiment::from_toml(text, name)?;
            assert_eq!(experiment.unit_warnings(), [""; 0], "{name}");
        }
        for task in [Task::Xor, Task::Iris, Task::DelayedXor, Task::YinYang] {
            let prepared = Experiment::preset(task, "default")?.prepare(0)?;
            let told = |w: &&String| w.contains(SECONDS);
            assert_eq!(prepared.warnings.iter().find(told), None, "{task:?}");
        }
        Ok(())
    }

    #[test]
    fn seconds_are_told() -> Result<()> {
        let iris = Experiment::preset(Task::Iris, "default")?;
        let changed = iris
            .set("neuron.tau_membrane=0.02")?
            .set("layers.1.tau_synapse=0.005")?;
        let told = changed.unit_warnings();
        assert!(
            told.len() == 2
                && told[0].starts_with("neuron.tau_membrane is 0.02 ms")
                && told[1].starts_with("layers.1.tau_synapse is 0.005 ms"),
            "{told:?}"
        );
        let early = iris
            .set("encoding={ earliest = 0.0, latest = 0.04, bias = 0.02 }")?
            .prepare(0)?;
        let seconds = early.warnings.iter().filter(|w| w.contains(SECONDS));
        assert_eq!(seconds.count(), 2, "{:?}", early.warnings);
        Ok(())
    }
}
