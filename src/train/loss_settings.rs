//! The loss of an experiment, by its kind.

use std::fmt::Display;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::settings::is_default;
use crate::loss::{
    FinalVoltageCrossEntropy, FirstSpikeCrossEntropy, FirstSpikeMeanSquare, IntegralCrossEntropy,
    Loss, MaximumCrossEntropy, SilentOutput, SpikeTargets, SpikeTimeMeanSquare, VanRossumDistance,
};
use crate::network::PopulationId;
use crate::{Error, Result};

/// What is asked of the output, and which class it then chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// The right class fires first: [`FirstSpikeCrossEntropy`].
    #[default]
    FirstSpike,
    /// First spikes come at given times: [`FirstSpikeMeanSquare`].
    FirstSpikeSquare,
    /// All spikes come at given times: [`SpikeTimeMeanSquare`].
    SpikeTimes,
    /// Spike trains are near given ones: [`VanRossumDistance`].
    VanRossum,
    /// The right class's voltage is the largest that any reaches: [`MaximumCrossEntropy`].
    Maximum,
    /// The right class's voltage is the largest at the end of the run: [`FinalVoltageCrossEntropy`].
    FinalVoltage,
    /// The right class's voltage is the largest on the whole: [`IntegralCrossEntropy`].
    Integral,
}

impl LossKind {
    /// Whether it looks at voltages, so that the last layer has to be a readout.
    pub fn is_on_readout(self) -> bool {
        matches!(self, Self::Maximum | Self::FinalVoltage | Self::Integral)
    }

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstSpike => "first_spike",
            Self::FirstSpikeSquare => "first_spike_square",
            Self::SpikeTimes => "spike_times",
            Self::VanRossum => "van_rossum",
            Self::Maximum => "maximum",
            Self::FinalVoltage => "final_voltage",
            Self::Integral => "integral",
        }
    }
}

/// A reward for early spikes of the label's neuron; see [`FirstSpikeCrossEntropy`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlySpikeSettings {
    /// gamma.
    pub strength: f64,
    /// tau_1, in ms.
    pub scale: f64,
}

/// When output neurons should fire; ascending times in ms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSettings {
    /// The neuron of the sample's class.
    pub right: Vec<f64>,
    /// Each of the others; an empty list asks nothing of them by `spike_times`, and silence by `van_rossum`.
    pub others: Vec<f64>,
}

/// The loss.
///
/// Each kind has the settings of its own in this table; another kind's are errors. To change the kind of a preset
/// give the whole table: `--set 'loss={ kind = "integral" }'`.
///
/// | kind | `scale` | others |
/// |---|---|---|
/// | `first_spike` | tau_0, in ms | `early`, `silent` |
/// | `first_spike_square` | | `targets`, one time each; `silent` |
/// | `spike_times` | | `targets` |
/// | `van_rossum` | tau of the kernel, in ms | `targets` |
/// | `maximum`, `final_voltage` | factor of voltages; 1 where it is left out | |
/// | `integral` | factor of integrals, in 1/ms; 1 where it is left out | |
///
/// With the last three kinds the last layer is a readout: it integrates and has no threshold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossSettings {
    /// Which; `first_spike` where it is left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: LossKind,
    /// How much of what is compared counts as a difference of one; see above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// A reward for early spikes, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early: Option<EarlySpikeSettings>,
    /// What outputs that never fire count as; `at_end` where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silent: Option<SilentOutput>,
    /// When outputs should fire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<TargetSettings>,
}

impl LossSettings {
    /// The loss on a population with one neuron for each of `n_classes`, in runs of `duration` ms.
    ///
    /// # Errors
    /// A setting of another kind of loss; one that is missing or out of its range.
    pub fn build(
        &self,
        output: PopulationId,
        n_classes: usize,
        duration: f64,
    ) -> Result<Arc<dyn Loss>> {
        use LossKind::*;
        let kind = self.kind;
        let looks_at_first = matches!(kind, FirstSpike | FirstSpikeSquare);
        self.refuse("early", self.early.is_some(), kind == FirstSpike)?;
        self.refuse("silent", self.silent.is_some(), looks_at_first)?;
        let has_targets = matches!(kind, FirstSpikeSquare | SpikeTimes | VanRossum);
        self.refuse("targets", self.targets.is_some(), has_targets)?;
        let has_scale = !matches!(kind, FirstSpikeSquare | SpikeTimes);
        self.refuse("scale", self.scale.is_some(), has_scale)?;
        let silent = self.silent.unwrap_or_default();
        let of_one = self.scale.unwrap_or(1.0);
        Ok(match kind {
            FirstSpike => {
                let scale = self.need("scale", self.scale, "tau_0 in ms")?;
                let mut loss = FirstSpikeCrossEntropy::new(output, scale)?.silent(silent);
                if let Some(early) = self.early {
                    loss = loss.reward_early(early.strength, early.scale)?;
                }
                Arc::new(loss)
            }
            FirstSpikeSquare => {
                let targets = self.targets(duration)?;
                let (&[right], &[others]) = (&targets.right[..], &targets.others[..]) else {
                    return Err(Error::invalid(
                        "loss.targets",
                        format!(
                            "{} times for the right class and {} for the others",
                            targets.right.len(),
                            targets.others.len()
                        ),
                        "give one time each: first_spike_square looks at first spikes",
                    ));
                };
                Arc::new(FirstSpikeMeanSquare::new(output, right, others)?.silent(silent))
            }
            SpikeTimes => {
                let targets = self.targets(duration)?;
                Arc::new(SpikeTimeMeanSquare::new(
                    output,
                    trains(targets, n_classes)?,
                ))
            }
            VanRossum => {
                let tau = self.need("scale", self.scale, "tau of the kernel in ms")?;
                let targets = trains(self.targets(duration)?, n_classes)?;
                Arc::new(VanRossumDistance::new(output, targets, tau)?)
            }
            Maximum => Arc::new(MaximumCrossEntropy::new(output, of_one)?),
            FinalVoltage => Arc::new(FinalVoltageCrossEntropy::new(output, of_one)?),
            Integral => Arc::new(IntegralCrossEntropy::new(output).scale(of_one)?),
        })
    }

    fn refuse(&self, key: &str, is_given: bool, is_known: bool) -> Result<()> {
        if is_known || !is_given {
            return Ok(());
        }
        Err(Error::invalid(
            format!("loss.{key}"),
            "given",
            format!(
                "leave it out: a loss of kind {:?} has none",
                self.kind.name()
            ),
        ))
    }

    fn need<T>(&self, key: &str, value: Option<T>, what: impl Display) -> Result<T> {
        value.ok_or_else(|| {
            let kind = self.kind.name();
            let remedy = format!("give {what}, which a loss of kind {kind:?} needs");
            Error::invalid(format!("loss.{key}"), "not given", remedy)
        })
    }

    fn targets(&self, duration: f64) -> Result<&TargetSettings> {
        let example = "when outputs should fire, such as { right = [10.0], others = [30.0] } in ms";
        let targets = self.need("targets", self.targets.as_ref(), example)?;
        let times = targets.right.iter().chain(&targets.others);
        match times.copied().find(|&time| time > duration) {
            None => Ok(targets),
            Some(late) => Err(Error::invalid(
                "loss.targets",
                format!("{late} ms"),
                format!("keep targets within the duration of the run, {duration} ms"),
            )),
        }
    }
}

/// For each class the trains of all neurons.
fn trains(targets: &TargetSettings, n_classes: usize) -> Result<SpikeTargets> {
    let train = |is_right| {
        if is_right {
            &targets.right
        } else {
            &targets.others
        }
    };
    let of_class = |class| {
        let neurons = 0..n_classes;
        neurons
            .map(|neuron| train(neuron == class).clone())
            .collect()
    };
    SpikeTargets::new((0..n_classes).map(of_class).collect())
}

#[cfg(test)]
#[path = "loss_settings_tests.rs"]
mod tests;
