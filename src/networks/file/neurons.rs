//! Which neurons of a population are recorded.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// Some neurons of a population, counted from 0: `"0-9"`, `"0, 2, 5-7"`, `{ first = 0, last = 9 }` or a list, `[0, 2, 5]`.
///
/// A list of two numbers is refused unless they follow one another: it might mean the two or all from the first to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeuronsSettings {
    /// In order, none of which touches another.
    ranges: Vec<Range<u32>>,
}

impl NeuronsSettings {
    /// Ranges of neurons in order, each with the neuron after its last; no two of them touch.
    pub fn ranges(&self) -> &[Range<u32>] {
        &self.ranges
    }

    /// Some ranges in any order; what is wrong with them otherwise.
    fn new(mut ranges: Vec<Range<u32>>) -> Result<Self, String> {
        ranges.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<u32>> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start < last.end => {
                    return Err(format!("neuron {} is named twice", range.start));
                }
                Some(last) if range.start == last.end => last.end = range.end,
                _ => merged.push(range),
            }
        }
        match merged.is_empty() {
            true => Err("it names no neuron".to_owned()),
            false => Ok(Self { ranges: merged }),
        }
    }

    fn between(first: u32, last: u32) -> Result<Range<u32>, String> {
        match last.checked_add(1) {
            Some(end) if first <= last => Ok(first..end),
            _ => Err(format!(
                "{first} to {last} has no neuron: give the first, then the last"
            )),
        }
    }

    fn of_text(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number = text.trim().parse::<u32>();
            number.map_err(|_| {
                format!("\"{text}\" is no number of a neuron: write \"0-9\" or \"0, 2, 5-7\"")
            })
        };
        let ranges = text.split(',').map(|part| match part.split_once('-') {
            None => number(part).and_then(|neuron| Self::between(neuron, neuron)),
            Some((first, last)) => Self::between(number(first)?, number(last)?),
        });
        Self::new(ranges.collect::<Result<_, _>>()?)
    }

    fn of_list(list: &[u32]) -> Result<Self, String> {
        if let [a, b] = list
            && a.checked_add(1) != Some(*b)
        {
            return Err(format!(
                "it may mean the neurons from {a} to {b} or these two: write \"{a}-{b}\", or \"{a}, {b}\""
            ));
        }
        let ranges = list.iter().map(|&neuron| Self::between(neuron, neuron));
        Self::new(ranges.collect::<Result<_, _>>()?)
    }
}

impl fmt::Display for NeuronsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (ix, range) in self.ranges.iter().enumerate() {
            let comma = if ix > 0 { ", " } else { "" };
            write!(f, "{comma}{}", range.start)?;
            if range.len() > 1 {
                write!(f, "-{}", range.end - 1)?;
            }
        }
        Ok(())
    }
}

impl Serialize for NeuronsSettings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NeuronsSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NeuronsVisitor)
    }
}

struct NeuronsVisitor;

impl<'de> Visitor<'de> for NeuronsVisitor {
    type Value = NeuronsSettings;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("neurons such as \"0-9\", { first = 0, last = 9 } or [0, 2, 5]")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        NeuronsSettings::of_text(text).map_err(|why| E::custom(format!("neurons: {why}")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(neuron) = items.next_element::<u32>()? {
            list.push(neuron);
        }
        NeuronsSettings::of_list(&list).map_err(|why| A::Error::custom(format!("neurons: {why}")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut first, mut last) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "first" => first = Some(map.next_value()?),
                "last" => last = Some(map.next_value()?),
                other => return Err(A::Error::unknown_field(other, &["first", "last"])),
            }
        }
        let missing = A::Error::missing_field;
        let (first, last) = (
            first.ok_or_else(|| missing("first"))?,
            last.ok_or_else(|| missing("last"))?,
        );
        let range = NeuronsSettings::between(first, last);
        let made = range.and_then(|range| NeuronsSettings::new(vec![range]));
        made.map_err(|why| A::Error::custom(format!("neurons: {why}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<NeuronsSettings, String> {
        #[derive(serde::Deserialize)]
        struct Record {
            neurons: NeuronsSettings,
        }
        let read = toml::from_str::<Record>(&format!("neurons = {text}"));
        read.map(|record| record.neurons)
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn every_form_says_which_neurons() {
        for (text, ranges, written) in [
            ("\"0-9\"", &[(0, 10)][..], "0-9"),
            ("\"7\"", &[(7, 8)], "7"),
            ("\"5-7, 0,2\"", &[(0, 1), (2, 3), (5, 8)], "0, 2, 5-7"),
            ("{ first = 3, last = 4 }", &[(3, 5)], "3-4"),
            ("[0, 2, 5]", &[(0, 1), (2, 3), (5, 6)], "0, 2, 5"),
            ("[5, 4, 0]", &[(0, 1), (4, 6)], "0, 4-5"),
            ("[9]", &[(9, 10)], "9"),
            ("[1, 2]", &[(1, 3)], "1-2"),
        ] {
            let neurons = read(text).expect(text);
            let found = neurons
                .ranges()
                .iter()
                .map(|range| (range.start, range.end));
            assert_eq!(found.collect::<Vec<_>>(), ranges, "{text}");
            assert_eq!(neurons.to_string(), written);
            let again = read(&format!("\"{neurons}\"")).expect("what is written is read");
            assert_eq!(again, neurons);
        }
    }

    #[test]
    fn what_may_mean_two_things_or_none_is_refused() {
        for (text, remedy) in [
            ("[0, 2]", "write \"0-2\", or \"0, 2\""),
            ("[4, 4]", "write \"4-4\", or"),
            ("[]", "it names no neuron"),
            ("\"3-1\"", "give the first, then the last"),
            ("{ first = 2, last = 1 }", "give the first, then the last"),
            ("{ first = 2 }", "missing field `last`"),
            ("{ first = 2, lst = 3 }", "unknown field `lst`"),
            ("\"0-4, 3\"", "neuron 3 is named twice"),
            ("[1, 2, 1]", "neuron 1 is named twice"),
            ("\"a\"", "is no number of a neuron"),
            ("[1, -2, 3]", "invalid value"),
            ("7", "neurons such as"),
        ] {
            let told = read(text).expect_err(text);
            assert!(told.contains(remedy), "{text}: {told}");
        }
    }
}
