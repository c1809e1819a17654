//! Of which neurons spikes are written.

use std::ops::Range;

use spikefront::sparse::SparsePopulation;
use spikefront::{Error, Result};

/// For each population the neurons, counted within it, whose spikes are written: all where nothing is asked for; else those
/// of `NAME` or `NAME:FIRST-LAST`, the last included; nothing for `none`.
pub fn recorded(populations: &[SparsePopulation], asked: &[String]) -> Result<Vec<Range<u32>>> {
    let all = |population: &SparsePopulation| 0..population.neurons.len() as u32;
    if asked.is_empty() {
        return Ok(populations.iter().map(all).collect());
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

#[cfg(test)]
mod tests {
    use super::*;
    use spikefront::networks::cuba;

    fn of(asked: &[&str]) -> Result<Vec<Range<u32>>> {
        let network = cuba(0.05, 0).build()?;
        let asked: Vec<String> = asked.iter().map(|&text| text.to_owned()).collect();
        recorded(network.populations(), &asked)
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
