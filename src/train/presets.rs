//! The experiments that ship with the crate, as the files in `presets/`.

use super::{Experiment, Task};
use crate::error::choices;
use crate::{Error, Result};

/// Names and texts. The default of XOR has the settings of Lee et al. 2023.
const PRESETS: [(&str, &str); 17] = [
    ("xor", include_str!("../../presets/xor.toml")),
    ("xor-paper", include_str!("../../presets/xor.toml")),
    ("iris", include_str!("../../presets/iris.toml")),
    ("iris-paper", include_str!("../../presets/iris-paper.toml")),
    ("yin-yang", include_str!("../../presets/yin-yang.toml")),
    (
        "yin-yang-paper",
        include_str!("../../presets/yin-yang-paper.toml"),
    ),
    (
        "yin-yang-delays",
        include_str!("../../presets/yin-yang-delays.toml"),
    ),
    ("digits", include_str!("../../presets/digits.toml")),
    ("mnist", include_str!("../../presets/mnist.toml")),
    ("mnist-deep", include_str!("../../presets/mnist-deep.toml")),
    (
        "fashion-mnist",
        include_str!("../../presets/fashion-mnist.toml"),
    ),
    (
        "delayed-xor",
        include_str!("../../presets/delayed-xor.toml"),
    ),
    ("shd", include_str!("../../presets/shd.toml")),
    ("ssc", include_str!("../../presets/ssc.toml")),
    ("features", include_str!("../../presets/features.toml")),
    ("spikes", include_str!("../../presets/spikes.toml")),
    (
        "spikes-braille",
        include_str!("../../presets/spikes-braille.toml"),
    ),
];

/// An experiment with every key, explained.
const EVERY_KEY: &str = include_str!("../../presets/every-key.toml");

impl Experiment {
    /// The text of an experiment that has every key there is, each with what it means.
    pub fn every_key() -> &'static str {
        EVERY_KEY
    }

    /// The names and texts of all presets.
    ///
    /// A task's own name is its default, tuned for accuracy; the name with `-paper`
    /// has the settings of Lee et al. 2023 as their released code has them, that of Yin-Yang with a remedy for
    /// silent neurons besides; others say in their first lines what they are.
    pub fn presets() -> &'static [(&'static str, &'static str)] {
        &PRESETS
    }

    /// The text of the preset `name`.
    ///
    /// # Errors
    /// A name that no preset has.
    pub fn preset_text(name: &str) -> Result<&'static str> {
        let found = PRESETS.iter().find(|(known, _)| *known == name);
        found.map(|(_, text)| *text).ok_or_else(|| {
            let names = PRESETS.map(|(known, _)| known);
            let choices = choices(name, &names);
            let remedy = format!("{choices}, or give a file that ends in .toml");
            Error::invalid("experiment", format!("{name:?}"), remedy)
        })
    }

    /// The names of a task's presets.
    pub fn preset_names(task: Task) -> &'static [&'static str] {
        match task {
            Task::Digits | Task::FashionMnist | Task::DelayedXor => &["default"],
            Task::Shd | Task::Ssc | Task::Features => &["default"],
            Task::Spikes => &["default", "braille"],
            Task::Mnist => &["default", "deep"],
            Task::Xor | Task::Iris => &["default", "paper"],
            Task::YinYang => &["default", "paper", "delays"],
        }
    }

    /// The preset `name` of a task, of [`preset_names`](Self::preset_names).
    ///
    /// # Errors
    /// A name that the task does not have.
    pub fn preset(task: Task, name: &str) -> Result<Self> {
        if !Self::preset_names(task).contains(&name) {
            let field = format!("preset of {}", task.name());
            return Err(Error::unknown(field, name, Self::preset_names(task)));
        }
        let name = match name {
            "default" => task.name().to_owned(),
            _ => format!("{}-{name}", task.name()),
        };
        Self::from_toml(Self::preset_text(&name)?, &format!("preset {name}"))
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
                assert_eq!(experiment.data.task, task);
                assert_eq!(experiment.prepare(1).is_err(), task.needs_files());
                experiment.network(5)?;
            }
        }
        Ok(())
    }

    #[test]
    fn every_file_is_a_preset_of_its_task() -> Result<()> {
        for (name, text) in Experiment::presets() {
            let experiment = Experiment::from_toml(text, name)?;
            assert!(name.starts_with(experiment.data.task.name()), "{name}");
            assert!(text.starts_with("# "), "{name} says what it is");
        }
        Ok(())
    }

    /// What serde says is expected where `text` stands at `place`, such as `layers.0`.
    fn expected(place: &[&str], text: &str) -> Vec<String> {
        use toml::Value;
        let mut all: Value = toml::from_str(EVERY_KEY).expect("it is TOML");
        let mut value = &mut all;
        for part in place {
            value = match (part.parse::<usize>(), value) {
                (Ok(ix), Value::Array(items)) => &mut items[ix],
                (_, Value::Table(table)) => table
                    .entry(*part)
                    .or_insert_with(|| Value::Table(Default::default())),
                _ => panic!("no {part} there"),
            };
        }
        *value = text.parse::<toml::Table>().expect("a table")["value"].clone();
        let error = all.try_into::<Experiment>().expect_err("it is unknown");
        let (_, names) = error
            .message()
            .split_once("expected ")
            .expect("it says what it expected");
        names
            .split('`')
            .skip(1)
            .step_by(2)
            .map(String::from)
            .collect()
    }

    #[test]
    fn every_key_is_explained_and_runs() -> Result<()> {
        use crate::cpu::CpuEngine;
        let prepared = Experiment::from_toml(EVERY_KEY, "every key")?.prepare(0)?;
        let engine = CpuEngine::new();
        let mut trainer = prepared.trainer(engine.clone())?;
        let few: Vec<usize> = (0..32).collect();
        trainer.step(&prepared.train.select(&few))?;

        let key = |name: &str| {
            let is_given = |line: &str| {
                let line = line.trim_start_matches("# ");
                line.starts_with(&format!("{name} = "))
                    || line.contains(&format!("{{ {name} = "))
                    || line.contains(&format!(", {name} = "))
                    || line.split(['[', ']', '.']).any(|part| part == name)
            };
            EVERY_KEY.lines().any(is_given)
        };
        let unknown = "value = { zzz = 1 }";
        for (place, text) in [
            (&[][..], unknown),
            (&["data"], unknown),
            (&["encoding"], unknown),
            (&["nir"], unknown),
            (&["nir", "options"], unknown),
            (&["neuron"], unknown),
            (&["layers", "0"], unknown),
            (&["layers", "0", "delays"], unknown),
            (&["layers", "0", "poisson"], unknown),
            (&["layers", "0", "train"], unknown),
            (&["layers", "1", "recurrent"], unknown),
            (&["loss"], unknown),
            (&["loss", "early"], unknown),
            (&["loss", "targets"], unknown),
            (&["penalties", "0"], unknown),
            (&["optimiser"], unknown),
            (&["guards"], unknown),
            (&["schedule"], unknown),
            (&["schedule"], "value = { step = { zzz = 1 } }"),
            (&["optimiser", "rule"], unknown),
        ] {
            let names = expected(place, text);
            assert!(!names.is_empty(), "{place:?}");
            for name in names {
                let is_there = key(&name) || EVERY_KEY.contains(&format!("\"{name}\""));
                assert!(is_there, "{name} of {place:?} is not explained");
            }
        }
        for (place, name) in [
            (&["init"], "file"),
            (&["init"], "partial"),
            (&["init"], "digest"),
        ] {
            assert!(
                expected(place, unknown).contains(&name.to_owned()) && key(name),
                "{name}"
            );
        }
        for place in [
            &["keep"][..],
            &["engine"],
            &["method"],
            &["data", "task"],
            &["loss", "kind"],
            &["loss", "silent"],
            &["penalties", "0", "kind"],
        ] {
            for name in expected(place, "value = 'zzz'") {
                assert!(
                    EVERY_KEY.contains(&name),
                    "{name} of {place:?} is not named"
                );
            }
        }
        assert!(!key("zzz") && !key("learning"), "a control");
        Ok(())
    }

    #[test]
    fn an_unknown_preset_names_the_known() {
        let error = Experiment::preset(Task::Xor, "best").expect_err("there is none");
        assert!(
            error.to_string().contains("choose one of default, paper"),
            "{error}"
        );
        let error = Experiment::preset_text("best").expect_err("there is none");
        assert!(error.to_string().contains("yin-yang-paper"), "{error}");
    }
}
