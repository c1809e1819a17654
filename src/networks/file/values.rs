//! A value, or a distribution to draw it from.

use std::fmt;

use serde::Serialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::network::{Distribution, PoissonRate, Values};

/// A number for all, or a distribution: `0.1`, or `{ kind = "normal", mean = 0.1, deviation = 0.01 }`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ValueSettings {
    /// The same for all.
    One(f64),
    /// Drawn for each.
    Drawn(DrawnSettings),
}

/// A distribution. What lies below `at_least` or above `at_most` is drawn again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DrawnSettings {
    /// Uniform between two values.
    Uniform {
        /// The least value.
        lowest: f64,
        /// The greatest.
        highest: f64,
        /// No value is below.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_least: Option<f64>,
        /// No value is above.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_most: Option<f64>,
    },
    /// Normal.
    Normal {
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        deviation: f64,
        /// No value is below.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_least: Option<f64>,
        /// No value is above.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_most: Option<f64>,
    },
    /// Log-normal, given by the mean and the deviation of the values themselves.
    LogNormal {
        /// The mean of the values.
        mean: f64,
        /// Their standard deviation.
        deviation: f64,
        /// No value is below.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_least: Option<f64>,
        /// No value is above.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_most: Option<f64>,
    },
}

impl<'de> Deserialize<'de> for ValueSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// What a visitor makes of a number, whole or not.
macro_rules! number_as {
    ($one:path) => {
        fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
            Ok($one(value))
        }

        fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
            Ok($one(value as f64))
        }

        fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
            Ok($one(value as f64))
        }
    };
}

/// Tells a number from a table, so that what is wrong in a table is said.
struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = ValueSettings;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter
            .write_str("a number or a distribution such as { kind = \"normal\", mean = 0.1, deviation = 0.01 }")
    }

    number_as!(ValueSettings::One);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ValueSettings, A::Error> {
        DrawnSettings::deserialize(MapAccessDeserializer::new(map)).map(ValueSettings::Drawn)
    }
}

/// A rate for all time, or the rate from each of some times on: `2.0`, or `[[0.0, 2.0], [100.0, 5.0]]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum RateSettings {
    /// The same all the time.
    One(f64),
    /// Times in ms and rates; none before the first.
    Changing(Vec<(f64, f64)>),
}

impl<'de> Deserialize<'de> for RateSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RateVisitor)
    }
}

/// Tells a number from a list, so that what is wrong in a list is said.
struct RateVisitor;

impl<'de> Visitor<'de> for RateVisitor {
    type Value = RateSettings;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter
            .write_str("a number or pairs of a time and a rate such as [[0.0, 2.0], [100.0, 5.0]]")
    }

    number_as!(RateSettings::One);

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<RateSettings, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(RateSettings::Changing)
    }
}

impl From<&RateSettings> for PoissonRate {
    fn from(rate: &RateSettings) -> Self {
        match rate {
            RateSettings::One(rate) => Self::Constant(*rate),
            RateSettings::Changing(changes) => Self::Changing(changes.clone()),
        }
    }
}

impl From<&PoissonRate> for RateSettings {
    fn from(rate: &PoissonRate) -> Self {
        match rate {
            PoissonRate::Constant(rate) => Self::One(*rate),
            PoissonRate::Changing(changes) => Self::Changing(changes.clone()),
        }
    }
}

impl Default for ValueSettings {
    fn default() -> Self {
        Self::One(0.0)
    }
}

impl From<f64> for ValueSettings {
    fn from(value: f64) -> Self {
        Self::One(value)
    }
}

impl ValueSettings {
    /// The value, where it is one for all.
    pub(super) fn one(self) -> Option<f64> {
        match self {
            Self::One(value) => Some(value),
            Self::Drawn(_) => None,
        }
    }

    /// The value, or the mean of the distribution, its bounds left out.
    pub(super) fn mean(self) -> f64 {
        match self {
            Self::One(value) => value,
            Self::Drawn(DrawnSettings::Uniform {
                lowest, highest, ..
            }) => (lowest + highest) / 2.0,
            Self::Drawn(
                DrawnSettings::Normal { mean, .. } | DrawnSettings::LogNormal { mean, .. },
            ) => mean,
        }
    }

    /// As the builder takes it, with every number made another by `convert`: the identity, or a multiplication.
    pub(super) fn values(self, convert: impl Fn(f64) -> f64) -> Values {
        let (distribution, at_least, at_most) = match self {
            Self::One(value) => return convert(value).into(),
            Self::Drawn(DrawnSettings::Uniform {
                lowest,
                highest,
                at_least,
                at_most,
            }) => (
                Distribution::Uniform {
                    lowest: convert(lowest),
                    highest: convert(highest),
                },
                at_least,
                at_most,
            ),
            Self::Drawn(DrawnSettings::Normal {
                mean,
                deviation,
                at_least,
                at_most,
            }) => (
                Distribution::Normal {
                    mean: convert(mean),
                    deviation: convert(deviation),
                },
                at_least,
                at_most,
            ),
            Self::Drawn(DrawnSettings::LogNormal {
                mean,
                deviation,
                at_least,
                at_most,
            }) => (
                Distribution::LogNormal {
                    mean: convert(mean),
                    deviation: convert(deviation),
                },
                at_least,
                at_most,
            ),
        };
        let mut values = Values::from(distribution);
        if let Some(lowest) = at_least {
            values = values.at_least(convert(lowest));
        }
        if let Some(highest) = at_most {
            values = values.at_most(convert(highest));
        }
        values
    }
}

impl From<Values> for ValueSettings {
    fn from(values: Values) -> Self {
        let at_least = (values.lowest != f64::MIN).then_some(values.lowest);
        let at_most = (values.highest != f64::MAX).then_some(values.highest);
        Self::Drawn(match values.distribution {
            Distribution::Constant(value) => return Self::One(value),
            Distribution::Uniform { lowest, highest } => DrawnSettings::Uniform {
                lowest,
                highest,
                at_least,
                at_most,
            },
            Distribution::Normal { mean, deviation } => DrawnSettings::Normal {
                mean,
                deviation,
                at_least,
                at_most,
            },
            Distribution::LogNormal { mean, deviation } => DrawnSettings::LogNormal {
                mean,
                deviation,
                at_least,
                at_most,
            },
        })
    }
}
