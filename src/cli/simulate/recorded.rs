//! Of which neurons spikes are written.

use std::ops::Range;

use spikefront::network::PopulationInRows;
use spikefront::networks::RecordSettings;
use spikefront::{Error, Result};

/// For each population the neurons, counted within it, whose spikes are written: all where nothing is asked for; else those
/// of `NAME` or `NAME:FIRST-LAST`, the last included; nothing for `none`. What is `asked` goes before what a file says.
pub fn recorded(
    populations: &[PopulationInRows],
    asked: &[String],
    records: &[RecordSettings],
) -> Result<Vec<Range<u32>>> {
    let all = |population: &PopulationInRows| 0..population.neurons.len() as u32;
    let spikes = records.iter().filter_map(|record| match record {
        RecordSettings::Spikes {
            population,
            neurons,
        } => Some((population, *neurons)),
        RecordSettings::States { .. } => None,
    });
    let spikes: Vec<_> = spikes.collect();
    if asked.is_empty() && spikes.is_empty() {
        return Ok(populations.iter().map(all).collect());
    }
    if asked.is_empty() {
        let mut ranges = vec![0..0; populations.len()];
        for (name, neurons) in spikes {
            let ix = named(populations, name)?;
            if !ranges[ix].is_empty() {
                let remedy = "record the spikes of a population once";
                return Err(Error::invalid(
                    "population of a record",
                    format!("\"{name}\""),
                    remedy,
                ));
            }
            ranges[ix] = match neurons {
                None => all(&populations[ix]),
                Some(neurons) => within(&populations[ix], neurons)?,
            };
        }
        return Ok(ranges);
    }
    let mut ranges = vec![0..0; populations.len()];
    if asked.len() == 1 && asked[0] == "none" {
        return Ok(ranges);
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
        if !ranges[ix].is_empty() {
            return refuse("name a population once".to_owned());
        }
        let size = populations[ix].neurons.len() as u32;
        ranges[ix] = match neurons {
            None => all(&populations[ix]),
            Some(neurons) => {
                let ends = neurons.split_once('-').unwrap_or((neurons, neurons));
                match (ends.0.parse::<u32>(), ends.1.parse::<u32>()) {
                    (Ok(first), Ok(last)) if first <= last && last < size => first..last + 1,
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
    Ok(ranges)
}

/// Which population a record names.
pub fn named(populations: &[PopulationInRows], name: &str) -> Result<usize> {
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
pub fn within(population: &PopulationInRows, (first, last): (u32, u32)) -> Result<Range<u32>> {
    let size = population.neurons.len() as u32;
    if first <= last && last < size {
        return Ok(first..last + 1);
    }
    Err(Error::invalid(
        format!("neurons of a record of \"{}\"", population.name),
        format!("[{first}, {last}]"),
        format!(
            "give the first and the last, from 0 to at most {}",
            size.saturating_sub(1)
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spikefront::networks::cuba;

    fn of(asked: &[&str]) -> Result<Vec<Range<u32>>> {
        let network = cuba(0.05, 0).build_in_rows()?;
        let asked: Vec<String> = asked.iter().map(|&text| text.to_owned()).collect();
        recorded(network.populations(), &asked, &[])
    }

    #[test]
    fn populations_and_parts_of_them_are_named() -> Result<()> {
        assert_eq!(of(&[])?, [0..160, 0..40]);
        assert_eq!(of(&["none"])?, [0..0, 0..0]);
        assert_eq!(of(&["inhibitory"])?, [0..0, 0..40]);
        assert_eq!(of(&["inhibitory:3-39", "excitatory:7"])?, [7..8, 3..40]);
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
