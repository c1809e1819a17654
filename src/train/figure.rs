//! Figures of a training as JSON has them.
//!
//! JSON has no infinity and no NaN, and what writes `null` in their place cannot be read back. Here they are the
//! strings `"inf"`, `"-inf"` and `"NaN"`; a `null`, which earlier versions wrote, is read as infinity. For `#[serde(with = "...")]`.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Word(String),
    Null(()),
}

fn written(value: f64) -> Written {
    match value.is_finite() {
        true => Written::Number(value),
        false => Written::Word(value.to_string()),
    }
}

fn read<E: serde::de::Error>(written: Written) -> Result<f64, E> {
    match written {
        Written::Number(value) => Ok(value),
        Written::Null(()) => Ok(f64::INFINITY),
        Written::Word(word) => match word.as_str() {
            "inf" => Ok(f64::INFINITY),
            "-inf" => Ok(f64::NEG_INFINITY),
            "NaN" => Ok(f64::NAN),
            _ => Err(E::custom(format!("{word:?} is no number"))),
        },
    }
}

/// Writes a figure.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    written(*value).serialize(to)
}

/// Reads a figure.
///
/// # Errors
/// What is no number.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    read(Written::deserialize(from)?)
}

/// The same for a figure that may be missing.
pub mod optional {
    use super::*;

    /// Writes a figure that is there.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(value: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
        value.map(written).serialize(to)
    }

    /// Reads a figure that is there.
    ///
    /// # Errors
    /// What is no number.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
        let written = Written::deserialize(from).map_err(D::Error::custom)?;
        read(written).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Debug)]
    struct Figures {
        #[serde(with = "super")]
        one: f64,
        #[serde(
            with = "super::optional",
            default,
            skip_serializing_if = "Option::is_none"
        )]
        two: Option<f64>,
    }

    #[test]
    fn every_figure_is_read_back() {
        for value in [0.1 + 0.2, -3.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            for two in [None, Some(value)] {
                let text =
                    serde_json::to_string(&Figures { one: value, two }).expect("it is written");
                let back: Figures = serde_json::from_str(&text).expect("it is read");
                assert_eq!(back.one.to_bits(), value.to_bits(), "{text}");
                assert_eq!(back.two.map(f64::to_bits), two.map(f64::to_bits), "{text}");
            }
        }
        let back: Figures = serde_json::from_str("{\"one\":null}").expect("as it was written once");
        assert_eq!(back.one, f64::INFINITY);
        assert!(serde_json::from_str::<Figures>("{\"one\":\"many\"}").is_err());
    }
}
