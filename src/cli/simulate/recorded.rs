//! Of which neurons spikes are written.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use spikefront::networks::{NeuronsSettings, PopulationSettings, RecordSettings};
use spikefront::{Error, Result};

/// Some neurons, counted within their population: ranges in order, none of which touches another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Chosen(Vec<Range<u32>>);

impl Chosen {
    /// Those of one range.
    pub fn range(range: Range<u32>) -> Self {
        Self(vec![range])
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Range::is_empty)
    }

    pub fn contains(&self, neuron: u32) -> bool {
        let ix = self.0.partition_point(|range| range.end <= neuron);
        self.0.get(ix).is_some_and(|range| range.contains(&neuron))
    }

    pub fn ranges(&self) -> &[Range<u32>] {
        &self.0
    }

    /// All of them in order.
    pub fn neurons(&self) -> impl Iterator<Item = u32> {
        self.0.iter().cloned().flatten()
    }
}

/// For each population the neurons, counted within it, whose spikes are written: all where nothing is asked for; else those
/// of `NAME` or `NAME:FIRST-LAST`, the last included; nothing for `none`. What is `asked` goes before what a file says.
pub fn recorded(
    populations: &[PopulationSettings],
    asked: &[String],
    records: &[RecordSettings],
) -> Result<Vec<Chosen>> {
    let all = |population: &PopulationSettings| Chosen::range(0..population.size);
    let spikes = records.iter().filter_map(|record| match record {
        RecordSettings::Spikes {
            population,
            neurons,
        } => Some((population, neurons)),
        RecordSettings::States { .. } => None,
    });
    let spikes: Vec<_> = spikes.collect();
    if asked.is_empty() && spikes.is_empty() {
        return Ok(populations.iter().map(all).collect());
    }
    if asked.is_empty() {
        let mut chosen = vec![Chosen::default(); populations.len()];
        for (name, neurons) in spikes {
            let ix = named(populations, name)?;
            if !chosen[ix].is_empty() {
                let remedy = "record the spikes of a population once";
                return Err(Error::invalid(
                    "population of a record",
                    format!("\"{name}\""),
                    remedy,
                ));
            }
            check_fires(&populations[ix], "population of a record")?;
            chosen[ix] = match neurons {
                None => all(&populations[ix]),
                Some(neurons) => within(&populations[ix], neurons)?,
            };
        }
        return Ok(chosen);
    }
    let mut chosen = vec![Chosen::default(); populations.len()];
    if asked.len() == 1 && asked[0] == "none" {
        return Ok(chosen);
    }
    for text in asked {
        let refuse =
            |remedy: String| Err(Error::invalid("--record", format!("\"{text}\""), remedy));
        let (name, neurons) = match text.split_once(':') {
            Some((name, neurons)) => (name, Some(neurons)),
            None => (text.as_str(), None),
        };
        let Some(ix) = populations.iter().position(|p| p.name == name) else {
            let names: Vec<&str> = populations.iter().map(|p| p.name.as_str()).collect();
            return refuse(format!("give none, or some of {}", names.join(", ")));
        };
        if !chosen[ix].is_empty() {
            return refuse("name a population once".to_owned());
        }
        check_fires(&populations[ix], "--record")?;
        let size = populations[ix].size;
        chosen[ix] = match neurons {
            None => all(&populations[ix]),
            Some(neurons) => {
                let ends = neurons.split_once('-').unwrap_or((neurons, neurons));
                match (ends.0.parse::<u32>(), ends.1.parse::<u32>()) {
                    (Ok(first), Ok(last)) if first <= last && last < size => {
                        Chosen::range(first..last + 1)
                    }
                    _ => {
                        let last = size.saturating_sub(1);
                        return refuse(format!(
                            "give neurons as {name}:FIRST-LAST, from 0 to at most {last}"
                        ));
                    }
                }
            }
        };
    }
    Ok(chosen)
}

/// Refuses records that a network cannot have, before it is made.
pub fn check(
    populations: &[PopulationSettings],
    asked: &[String],
    records: &[RecordSettings],
) -> Result<()> {
    recorded(populations, asked, records)?;
    for record in records {
        if let RecordSettings::States {
            population,
            neurons,
            ..
        } = record
        {
            within(&populations[named(populations, population)?], neurons)?;
        }
    }
    Ok(())
}

/// Refuses a population that has no spikes to be written.
fn check_fires(population: &PopulationSettings, field: &str) -> Result<()> {
    if !population.readout {
        return Ok(());
    }
    let remedy =
        "a readout never fires: record its states, by a section [[record]] of kind \"states\"";
    Err(Error::invalid(
        field,
        format!("\"{}\"", population.name),
        remedy,
    ))
}

/// Which population a record names.
pub fn named(populations: &[PopulationSettings], name: &str) -> Result<usize> {
    let found = populations.iter().position(|p| p.name == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = populations.iter().map(|p| p.name.as_str()).collect();
        Error::invalid(
            "population of a record",
            format!("\"{name}\""),
            format!("give one of {}", names.join(", ")),
        )
    })
}

/// The neurons of a record, counted within their population.
pub fn within(population: &PopulationSettings, neurons: &NeuronsSettings) -> Result<Chosen> {
    let size = population.size;
    if neurons.ranges().last().is_some_and(|last| last.end <= size) {
        return Ok(Chosen(neurons.ranges().to_vec()));
    }
    Err(Error::invalid(
        format!("neurons of a record of \"{}\"", population.name),
        format!("\"{neurons}\""),
        format!("give numbers from 0 to at most {}", size.saturating_sub(1)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spikefront::networks::NamedNetwork;

    fn of(asked: &[&str]) -> Result<Vec<Vec<u32>>> {
        let network = NamedNetwork::find("cuba")?.file(0.05, 0, &[])?;
        let asked: Vec<String> = asked.iter().map(|&text| text.to_owned()).collect();
        let chosen = recorded(&network.populations, &asked, &[])?;
        Ok(chosen.iter().map(|c| c.neurons().collect()).collect())
    }

    #[test]
    fn populations_and_parts_of_them_are_named() -> Result<()> {
        let all = |range: Range<u32>| range.collect::<Vec<_>>();
        assert_eq!(of(&[])?, [all(0..160), all(0..40)]);
        assert_eq!(of(&["none"])?, [all(0..0), all(0..0)]);
        assert_eq!(of(&["inhibitory"])?, [all(0..0), all(0..40)]);
        assert_eq!(
            of(&["inhibitory:3-39", "excitatory:7"])?,
            [all(7..8), all(3..40)]
        );
        let some = Chosen(vec![0..2, 5..6, 9..20]);
        let inside: Vec<u32> = (0..30).filter(|&neuron| some.contains(neuron)).collect();
        assert_eq!(inside, some.neurons().collect::<Vec<_>>());
        for (wrong, remedy) in [
            (&["nobody"][..], "excitatory, inhibitory"),
            (&["none", "inhibitory"], "excitatory, inhibitory"),
            (&["inhibitory:40"], "at most 39"),
            (&["inhibitory:9-3"], "FIRST-LAST"),
            (&["inhibitory:-3"], "FIRST-LAST"),
            (&["inhibitory:a"], "FIRST-LAST"),
            (&["inhibitory:1-2", "inhibitory:5-6"], "once"),
        ] {
            let error = of(wrong).expect_err("it is faulty").to_string();
            assert!(
                error.contains("--record") && error.contains(remedy),
                "{error}"
            );
        }
        Ok(())
    }
}
