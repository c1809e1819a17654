//! Experiments as TOML.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Value;

use super::Experiment;
use super::network::OF_GRAPH;
use crate::files::toml_text;
use crate::{Error, Result};

/// The largest file that is read, in bytes; an experiment has a few thousand.
const MOST_BYTES: u64 = 1 << 20;

impl Experiment {
    /// Reads an experiment; `origin` is what errors call the text.
    ///
    /// # Errors
    /// A text that is not TOML, or not an experiment: the line, and for a name that nobody knows
    /// the nearest one that is known.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self> {
        toml_text::parse(text, origin)
    }

    /// Reads an experiment from a file.
    ///
    /// # Errors
    /// A file that cannot be read; otherwise as [`from_toml`](Self::from_toml).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = crate::files::read_text(path, MOST_BYTES)?;
        Self::from_toml(&text, &path.display().to_string())
    }

    /// The text that [`from_toml`](Self::from_toml) reads back as the same experiment.
    ///
    /// # Errors
    /// A number that TOML does not have: a seed of 2^63 or more.
    pub fn to_toml(&self) -> Result<String> {
        self.check_seed()?;
        toml::to_string(self).map_err(unwritable)
    }

    fn check_seed(&self) -> Result<()> {
        if i64::try_from(self.seed).is_ok() {
            return Ok(());
        }
        Err(Error::invalid(
            "seed",
            self.seed,
            "give a number below 2^63, as TOML has none above",
        ))
    }

    /// With one setting changed, such as `optimiser.learning_rate=0.01` or `layers.0.size=100`.
    ///
    /// The value is TOML; what is not counts as a string.
    ///
    /// # Errors
    /// No `=`, a setting that there is not, a value that it cannot have.
    pub fn set(&self, assignment: &str) -> Result<Self> {
        let (key, text) = toml_text::assignment(assignment, "optimiser.learning_rate=0.01")?;
        // A file may still call it so, but not both.
        let key = &key.replace(".drive", ".rest");
        let refuse = |why: String| Error::invalid(key, text, why);
        self.check_seed()?;
        let section = key.split('.').next().unwrap_or_default();
        if self.has_graph() && ["neuron", "layers"].contains(&section) {
            return Err(refuse(OF_GRAPH.to_owned()));
        }
        let mut all = Value::try_from(self).map_err(unwritable)?;
        let before = all.clone();
        *toml_text::place(&mut all, key).map_err(refuse)? =
            toml_text::value(text).map_err(refuse)?;
        all.try_into().map_err(|error: toml::de::Error| {
            let message = toml_text::explained(error.message());
            refuse(toml_text::with_full_keys(message, &before, key, |_, _| {
                None
            }))
        })
    }

    /// Which settings differ, and how: `epochs: 60 here, 30 there`.
    ///
    /// # Errors
    /// As [`to_toml`](Self::to_toml).
    pub fn differences(&self, other: &Self) -> Result<Vec<String>> {
        let (here, there) = (flat(self)?, flat(other)?);
        let mut keys: Vec<&String> = here.keys().chain(there.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        let text = |side: &BTreeMap<String, String>, key| {
            side.get(key).map_or("not given", String::as_str).to_owned()
        };
        Ok(keys
            .into_iter()
            .filter(|key| here.get(*key) != there.get(*key))
            .map(|key| {
                format!(
                    "{key}: {} here, {} there",
                    text(&here, key),
                    text(&there, key)
                )
            })
            .collect())
    }
}

fn unwritable(error: toml::ser::Error) -> Error {
    Error::malformed("the experiment", error)
}

/// All settings by their dotted keys.
fn flat(experiment: &Experiment) -> Result<BTreeMap<String, String>> {
    fn walk(key: String, value: &Value, found: &mut BTreeMap<String, String>) {
        let below = |name: &str| match key.as_str() {
            "" => name.to_owned(),
            key => format!("{key}.{name}"),
        };
        match value {
            Value::Table(table) => {
                for (name, value) in table {
                    walk(below(name), value, found);
                }
            }
            Value::Array(items) => {
                for (ix, value) in items.iter().enumerate() {
                    walk(below(&ix.to_string()), value, found);
                }
            }
            value => {
                found.insert(key, value.to_string());
            }
        }
    }
    experiment.check_seed()?;
    let mut found = BTreeMap::new();
    let value = Value::try_from(experiment).map_err(unwritable)?;
    walk(String::new(), &value, &mut found);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Task;

    fn refused(text: &str) -> String {
        let error = Experiment::from_toml(text, "e.toml").expect_err("it is faulty");
        error.to_string()
    }

    #[test]
    fn experiments_survive_their_files() -> Result<()> {
        for (name, text) in Experiment::presets() {
            let mut experiment = Experiment::from_toml(text, name)?;
            experiment.seed = 7;
            experiment.guards.clip_norm = Some(0.1 + 0.2);
            let written = experiment.to_toml()?;
            assert_eq!(Experiment::from_toml(&written, name)?, experiment);
            assert!(
                Experiment::from_toml(&written, name)?
                    .differences(&experiment)?
                    .is_empty()
            );
        }
        let mut experiment = Experiment::preset(Task::Xor, "default")?;
        experiment.seed = u64::MAX;
        assert!(experiment.to_toml().is_err());
        Ok(())
    }

    #[test]
    fn a_wrong_key_is_told_with_its_line_and_the_nearest_right_one() -> Result<()> {
        let text = Experiment::preset_text("yin-yang")?;
        for (right, wrong, line, nearest) in [
            ("learning_rate", "lerning_rate", 42, "learning_rate"),
            ("batch_size", "batchsize", 6, "batch_size"),
            ("tau_synapse", "tau_synaps", 21, "tau_synapse"),
            ("\"yin-yang\"", "\"yin_yang\"", 11, "yin-yang"),
            ("\"left_out\"", "\"leftout\"", 39, "left_out"),
            ("{ adam", "{ adma", 43, "adam"),
        ] {
            let told = refused(&text.replacen(right, wrong, 1));
            assert!(
                told.starts_with(&format!("e.toml, line {line}: ")),
                "{told}"
            );
            assert!(
                told.ends_with(&format!("the nearest is `{nearest}`")),
                "{told}"
            );
        }
        assert!(refused(&text.replacen("epochs = 60", "epochs = -1", 1)).contains("line 5"));
        let told = refused(&text.replacen("threshold = 1.0\n", "", 1));
        assert!(
            told.ends_with("[neuron]: missing field `threshold`; add threshold = ..."),
            "{told}"
        );
        Ok(())
    }

    #[test]
    fn one_setting_is_changed_by_its_key() -> Result<()> {
        let experiment = Experiment::preset(Task::YinYang, "default")?;
        let changed = experiment
            .set("optimiser.learning_rate=0.01")?
            .set("layers.0.size = 10")?
            .set("guards.clip_norm=1")?
            .set("data.task=iris")?
            .set("schedule=constant")?
            .set("optimiser.rule={ sgd = { momentum = 0.5 } }")?;
        assert_eq!(
            changed.differences(&experiment)?,
            [
                "data.task: \"iris\" here, \"yin-yang\" there",
                "guards.clip_norm: 1.0 here, not given there",
                "layers.0.size: 10 here, 200 there",
                "optimiser.learning_rate: 0.01 here, 0.001 there",
                "optimiser.rule.adam.beta1: not given here, 0.9 there",
                "optimiser.rule.adam.beta2: not given here, 0.999 there",
                "optimiser.rule.adam.epsilon: not given here, 0.00000001 there",
                "optimiser.rule.sgd.momentum: 0.5 here, not given there",
                "schedule: \"constant\" here, not given there",
                "schedule.cosine.epochs: not given here, 60 there",
            ]
        );
        let refused = |assignment| {
            let error = experiment.set(assignment).expect_err("it is faulty");
            error.to_string()
        };
        assert!(refused("epochs").contains("KEY=VALUE"));
        assert!(refused("=3").contains("names joined by dots"));
        assert!(refused("epochs=many").starts_with("epochs is many: invalid type"));
        assert!(refused("layers.2.size=3").contains("from 0 to below 2"));
        assert!(refused("learning_rate=3").ends_with("its full key, optimiser.learning_rate"));
        assert!(refused("weight_mean=3").contains("layers.0.weight_mean, layers.1.weight_mean"));
        let told = refused("layers.0.size=-1");
        assert!(
            told.ends_with("expected a whole number, 0 or more"),
            "{told}"
        );
        assert!(refused("optimiser.rate=3").ends_with("the nearest is `learning_rate`"));
        assert!(refused("loss.kind=mse").ends_with("the nearest is `first_spike_square`"));
        let told = refused("loss.kind=hinge");
        assert!(told.contains("expected one of") && !told.contains("nearest"));
        Ok(())
    }
}
