//! Sections that stand for several: from each of some sources, onto each of some targets.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::{PoissonSettings, ProjectionSettings};

/// One name, or a list of them.
#[derive(Debug, Clone)]
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a name, or a list of one or more names such as [\"E\", \"I\"]")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Names, E> {
        Ok(Names(vec![name.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Names, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = items.next_element::<String>()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format!(
                    "a list has \"{name}\" twice; name each once (several synapses for a pair are a matter of the rule, or of \
                     another section)"
                )));
            }
            names.push(name);
        }
        match names.is_empty() {
            true => Err(A::Error::invalid_length(0, &self)),
            false => Ok(Names(names)),
        }
    }
}

/// Reads projections, those of several sources or targets as one for each pair: sources in turn, and for each its targets.
pub(super) fn projections<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<ProjectionSettings>, D::Error> {
    let written = Vec::<ProjectionSettings<Names>>::deserialize(deserializer)?;
    let each = written.into_iter().flat_map(|written| {
        let pairs = written.source.0.iter().flat_map(|source| {
            let targets = written.target.0.iter();
            targets.map(move |target| (source.clone(), target.clone()))
        });
        let pairs: Vec<(String, String)> = pairs.collect();
        pairs
            .into_iter()
            .map(move |(source, target)| ProjectionSettings {
                source,
                target,
                receptor: written.receptor.clone(),
                rule: written.rule.clone(),
                weight: written.weight,
                weight_of_peak: written.weight_of_peak,
                delay: written.delay,
                autapses: written.autapses,
            })
    });
    Ok(each.collect())
}

/// Reads Poisson arrivals, those of several targets as one for each.
pub(super) fn drives<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<PoissonSettings>, D::Error> {
    let written = Vec::<PoissonSettings<Names>>::deserialize(deserializer)?;
    let each = written.into_iter().flat_map(|written| {
        let targets = written.target.0.clone();
        targets.into_iter().map(move |target| PoissonSettings {
            target,
            receptor: written.receptor.clone(),
            rate: written.rate.clone(),
            weight: written.weight,
            weight_of_peak: written.weight_of_peak,
        })
    });
    Ok(each.collect())
}

#[cfg(test)]
mod tests {
    use crate::Result;
    use crate::networks::SimulationFile;

    #[test]
    fn one_section_for_several_is_as_many_sections() -> Result<()> {
        let every = SimulationFile::every_key();
        let start = every.find("[[projection]]").unwrap_or_default();
        let populations = &every[..start];
        let rest = |names: [&str; 2], drive: &str| {
            format!(
                "[[projection]]\nsource = {}\ntarget = {}\nreceptor = \"fast\"\nrule = {{ kind = \"all_to_all\" }}\n\
                 weight = 0.1\ndelay = 1.0\n[[poisson]]\ntarget = {drive}\nreceptor = \"fast\"\nrate = 1.0\nweight = 0.2\n",
                names[0], names[1]
            )
        };
        let (e, i) = ("\"excitatory\"", "\"inhibitory\"");
        let both = format!("[{e}, {i}]");
        let read =
            |text: String| SimulationFile::from_toml(&(populations.to_owned() + &text), "own");
        let file = read(rest([&both, &both], &both))?;
        let pairs = file
            .projections
            .iter()
            .map(|p| format!("{}->{}", p.source, p.target));
        let pairs: Vec<String> = pairs.collect();
        assert_eq!(
            pairs,
            [
                "excitatory->excitatory",
                "excitatory->inhibitory",
                "inhibitory->excitatory",
                "inhibitory->inhibitory"
            ]
        );
        assert_eq!(file.drives.len(), 2);
        let written_out = [(e, e), (e, i), (i, e), (i, i)].map(|(source, target)| {
            let text = rest([source, target], e);
            text.split("[[poisson]]")
                .next()
                .unwrap_or_default()
                .to_owned()
        });
        let drives = [e, i].map(|target| {
            let text = rest([e, e], target);
            text[text.find("[[poisson]]").unwrap_or_default()..].to_owned()
        });
        assert_eq!(read(written_out.concat() + &drives.concat())?, file);
        file.set("projection.inhibitory->excitatory.weight=0.2")?;
        for (names, told) in [
            ("[]", "one or more names"),
            ("3", "a list of one or more names"),
            (
                &format!("[{e}, {i}, {e}]"),
                "a list has \"excitatory\" twice; name each once",
            ),
        ] {
            let error = read(rest([names, e], e)).expect_err("no names");
            assert!(error.to_string().contains(told), "{error}");
        }
        Ok(())
    }
}
