//! Numbers that may be written with more digits than JSON readers keep.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// A finite number, written as a number or as a decimal string.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number(pub f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a finite number or a decimal string such as \"5.685572781654561\"")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
        Ok(Number(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number(value as f64))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number(value as f64))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Number(value)),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_decimal_strings_are_read() {
        let read = |text: &str| serde_json::from_str::<Number>(text).map(|number| number.0);
        for (text, value) in [
            ("\"5.68557278165456109167699596854\"", 5.685_572_781_654_561),
            ("5.685572781654561", 5.685_572_781_654_561),
            ("-3", -3.0),
            ("7", 7.0),
            ("\"-1e-3\"", -1e-3),
        ] {
            assert_eq!(read(text).ok(), Some(value), "{text}");
        }
        for text in [
            "\"NaN\"",
            "\"inf\"",
            "\"1e400\"",
            "\"\"",
            "\"0x1\"",
            "true",
            "[1]",
            "null",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
