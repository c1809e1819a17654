//! The settings that ship with the crate.

use super::{
    EarlySpikeSettings, EncodingSettings, Experiment, LayerSettings, LossSettings, NeuronSettings,
    SilentRemedy, Task,
};
use crate::loss::SilentOutput;
use crate::optim::{OptimiserSettings, Schedule};
use crate::{Error, Result};

impl Experiment {
    /// The names of a task's presets.
    pub fn preset_names(task: Task) -> &'static [&'static str] {
        match task {
            Task::Digits => &["default"],
            Task::Xor | Task::Iris | Task::YinYang => &["default", "paper"],
        }
    }

    /// The preset `name` of a task.
    ///
    /// `paper` has the settings of Lee et al. 2023 as their released code has
    /// them; `default` is tuned for accuracy.
    ///
    /// # Errors
    /// A name that the task does not have.
    pub fn preset(task: Task, name: &str) -> Result<Self> {
        match (task, name) {
            (Task::Xor, "default") => Ok(xor_paper()),
            (Task::Xor, "paper") => Ok(xor_paper()),
            (Task::Iris, "default") => Ok(iris_default()),
            (Task::Iris, "paper") => Ok(iris_paper()),
            (Task::YinYang, "default") => Ok(yin_yang_default()),
            (Task::YinYang, "paper") => Ok(yin_yang_paper()),
            (Task::Digits, "default") => Ok(digits_default()),
            _ => Err(Error::invalid(
                format!("preset of {}", task.name()),
                format!("{name:?}"),
                format!("choose one of {}", Self::preset_names(task).join(", ")),
            )),
        }
    }
}

fn layer(size: usize, weight_mean: f64, weight_deviation: f64) -> LayerSettings {
    LayerSettings {
        size,
        weight_mean,
        weight_deviation,
        drive: 0.0,
    }
}

/// The neuron of Lee et al. 2023, by its rates: kernel (e^{-alpha t} - e^{-beta t}) / (beta - alpha).
fn paper_neuron(alpha: f64, beta: f64) -> NeuronSettings {
    NeuronSettings {
        tau_membrane: 1.0 / beta,
        tau_synapse: 1.0 / alpha,
        threshold: 1.0,
        reset_to: None,
        refractory: 0.0,
    }
}

/// XOR, 2-4-2, as in `xor_snn_np.ipynb` of the released code.
fn xor_paper() -> Experiment {
    Experiment {
        task: Task::Xor,
        encoding: EncodingSettings {
            earliest: 0.0,
            latest: 1.0,
            bias: None,
            inverted: false,
            skip_below: None,
        },
        neuron: paper_neuron(1.0, 0.99),
        layers: vec![layer(4, 3.0, 1.0), layer(2, 2.0, 0.1)],
        duration: 2.0,
        loss: LossSettings {
            scale: 0.1,
            early: None,
            silent: SilentOutput::AtEnd,
        },
        optimiser: OptimiserSettings::ADAM,
        learning_rate: 0.1,
        schedule: Schedule::Constant,
        epochs: 100,
        batch_size: 4,
        slope_floor: 1e-6,
        silent_remedy: None,
    }
}

/// Iris, 4-10-3, as in `iris_snn_np.ipynb` of the released code, in batches of a new order each epoch.
fn iris_paper() -> Experiment {
    Experiment {
        task: Task::Iris,
        encoding: EncodingSettings {
            earliest: 0.0,
            latest: 16.0,
            bias: None,
            inverted: true,
            skip_below: None,
        },
        neuron: paper_neuron(1.0, 0.9),
        layers: vec![layer(10, 3.0, 1.0), layer(3, 2.0, 0.1)],
        duration: 16.0,
        loss: LossSettings {
            scale: 1.0,
            early: None,
            silent: SilentOutput::AtEnd,
        },
        optimiser: OptimiserSettings::ADAM,
        learning_rate: 0.05,
        schedule: Schedule::Constant,
        epochs: 50,
        batch_size: 30,
        slope_floor: 1e-6,
        silent_remedy: None,
    }
}

/// Yin-Yang, 5-150-3, as in `yin_yang_snn.py` of the released code, with what it
/// intends where it does otherwise: the bias has a channel of its own and the
/// early-spike term rewards early spikes.
fn yin_yang_paper() -> Experiment {
    Experiment {
        task: Task::YinYang,
        encoding: EncodingSettings {
            earliest: 0.15,
            latest: 2.0,
            bias: Some(0.9),
            inverted: false,
            skip_below: None,
        },
        neuron: paper_neuron(0.999, 1.0),
        layers: vec![layer(150, 1.5, 0.8), layer(3, 2.0, 0.1)],
        duration: 2.0,
        loss: LossSettings {
            scale: 0.2,
            early: Some(EarlySpikeSettings {
                strength: 0.005,
                scale: 1.0,
            }),
            silent: SilentOutput::AtEnd,
        },
        optimiser: OptimiserSettings::ADAM,
        learning_rate: 0.0005,
        schedule: Schedule::Constant,
        epochs: 300,
        batch_size: 150,
        slope_floor: 1e-6,
        silent_remedy: None,
    }
}

/// A sample's run in our presets, in ms. The neurons are held for as long after
/// their first spike: later ones would add jumps to the loss and cost time.
const RUN: f64 = 100.0;

/// The neuron of our presets, with the time constants of EventProp's.
const ONCE_FIRING_NEURON: NeuronSettings = NeuronSettings {
    tau_membrane: 20.0,
    tau_synapse: 5.0,
    threshold: 1.0,
    reset_to: Some(0.0),
    refractory: RUN,
};

/// Of our presets: an output layer that is driven just above its threshold, so
/// that outputs fire without input too, at 48 ms, and rarely lose their gradient.
fn driven(output: LayerSettings) -> LayerSettings {
    LayerSettings {
        drive: 1.1,
        ..output
    }
}

/// Of our presets: the cross-entropy alone; the drive keeps outputs from
/// falling silent in place of the reward for early spikes.
fn plain_loss(scale: f64) -> LossSettings {
    LossSettings {
        scale,
        early: None,
        silent: SilentOutput::LeftOut,
    }
}

/// Yin-Yang, 5-200-3, with the encoding of EventProp (Wunderlich and Pehle 2021).
/// Wide initial weights of both signs keep the hidden neurons apart.
fn yin_yang_default() -> Experiment {
    Experiment {
        task: Task::YinYang,
        encoding: EncodingSettings {
            earliest: 10.0,
            latest: 40.0,
            bias: Some(20.0),
            inverted: false,
            skip_below: None,
        },
        neuron: ONCE_FIRING_NEURON,
        layers: vec![layer(200, 0.1, 0.2), driven(layer(3, 0.02, 0.02))],
        duration: RUN,
        loss: plain_loss(0.3),
        optimiser: OptimiserSettings::ADAM,
        learning_rate: 0.001,
        schedule: Schedule::Cosine { epochs: 60 },
        epochs: 60,
        batch_size: 32,
        slope_floor: 0.01,
        silent_remedy: Some(SilentRemedy { amount: 0.0003 }),
    }
}

/// Iris, 5-10-3, with a bias spike. The window is short beside the time
/// constants, so that a hidden neuron weighs all features before it fires.
fn iris_default() -> Experiment {
    Experiment {
        task: Task::Iris,
        encoding: EncodingSettings {
            earliest: 0.0,
            latest: 10.0,
            bias: Some(5.0),
            inverted: false,
            skip_below: None,
        },
        neuron: NeuronSettings {
            tau_synapse: 10.0,
            ..ONCE_FIRING_NEURON
        },
        layers: vec![layer(10, 0.1, 0.1), driven(layer(3, 0.02, 0.02))],
        duration: RUN,
        loss: plain_loss(0.5),
        optimiser: OptimiserSettings::ADAM,
        learning_rate: 0.002,
        schedule: Schedule::Cosine { epochs: 100 },
        epochs: 100,
        batch_size: 20,
        slope_floor: 0.01,
        silent_remedy: Some(SilentRemedy { amount: 0.001 }),
    }
}

/// 8 x 8 digits, 64-200-10, ink early. The window is short beside the time
/// constants, so that a hidden neuron weighs many pixels before it fires.
fn digits_default() -> Experiment {
    Experiment {
        task: Task::Digits,
        encoding: EncodingSettings {
            earliest: 0.0,
            latest: 10.0,
            bias: None,
            inverted: true,
            skip_below: None,
        },
        neuron: NeuronSettings {
            tau_synapse: 10.0,
            ..ONCE_FIRING_NEURON
        },
        layers: vec![layer(200, 0.008, 0.02), driven(layer(10, 0.01, 0.02))],
        duration: RUN,
        loss: plain_loss(0.5),
        optimiser: OptimiserSettings::ADAM,
        learning_rate: 0.0005,
        schedule: Schedule::Cosine { epochs: 20 },
        epochs: 20,
        batch_size: 32,
        slope_floor: 0.01,
        silent_remedy: Some(SilentRemedy { amount: 0.0003 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_preset_can_be_prepared() -> Result<()> {
        for task in Task::ALL {
            for name in Experiment::preset_names(task) {
                let experiment = Experiment::preset(task, name)?;
                assert_eq!(experiment.task, task);
                experiment.prepare(1)?;
            }
        }
        Ok(())
    }

    #[test]
    fn an_unknown_preset_names_the_known() {
        let error = Experiment::preset(Task::Xor, "best").expect_err("there is none");
        assert!(
            error.to_string().contains("choose one of default, paper"),
            "{error}"
        );
    }
}
