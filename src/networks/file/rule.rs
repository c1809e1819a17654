//! Which synapses a projection has.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::data::Npz;
use crate::network::{Rule, Synapse};
use crate::{Error, Result, count};

/// A rule that makes synapses, by its kind; see [`Rule`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RuleSettings {
    /// Every pair with this probability, at most once.
    FixedProbability {
        /// Between 0 and 1.
        probability: f64,
    },
    /// Every target has so many synapses, from sources drawn with replacement.
    FixedInDegree {
        /// How many.
        in_degree: u32,
    },
    /// So many synapses in all, source and target drawn with replacement.
    FixedTotalNumber {
        /// How many.
        number: u64,
    },
    /// Source number k to target number k.
    OneToOne {},
    /// Every pair once.
    AllToAll {},
    /// Given synapses, with weights and delays of their own: either of the two.
    List {
        /// An .npz file with arrays `sources`, `targets` (numbers within their populations), `weights` and `delays` (ms).
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<PathBuf>,
        /// Source, target, weight and delay of each.
        #[serde(skip_serializing_if = "Option::is_none")]
        synapses: Option<Vec<(u32, u32, f64, f64)>>,
    },
}

impl RuleSettings {
    /// As the builder takes it; `field` is what errors call it, and files are looked for from `folder` on.
    pub(super) fn rule(&self, field: &str, folder: &Path) -> Result<Rule> {
        Ok(match self {
            Self::FixedProbability { probability } => Rule::FixedProbability(*probability),
            Self::FixedInDegree { in_degree } => Rule::FixedInDegree(*in_degree),
            Self::FixedTotalNumber { number } => Rule::FixedTotalNumber(*number),
            Self::OneToOne {} => Rule::OneToOne,
            Self::AllToAll {} => Rule::AllToAll,
            Self::List { file, synapses } => Rule::List(match (file, synapses) {
                (Some(file), None) => read(&folder.join(file))?,
                (None, Some(synapses)) => synapses.iter().copied().map(synapse).collect(),
                (given, _) => {
                    let value = match given {
                        Some(_) => "a list with both a file and synapses",
                        None => "a list without synapses",
                    };
                    return Err(Error::invalid(
                        field,
                        value,
                        "give either `file` or `synapses`",
                    ));
                }
            }),
        })
    }

    /// How many synapses there will be, from so many sources onto so many targets; of a probability the mean. `None` for a file.
    pub(super) fn expected(&self, sources: f64, targets: f64) -> Option<f64> {
        Some(match self {
            Self::FixedProbability { probability } => sources * targets * probability,
            Self::FixedInDegree { in_degree } => targets * f64::from(*in_degree),
            Self::FixedTotalNumber { number } => *number as f64,
            Self::OneToOne {} => targets,
            Self::AllToAll {} => sources * targets,
            Self::List { synapses, .. } => synapses.as_ref()?.len() as f64,
        })
    }
}

impl From<&Rule> for RuleSettings {
    fn from(rule: &Rule) -> Self {
        match rule {
            Rule::FixedProbability(probability) => Self::FixedProbability {
                probability: *probability,
            },
            Rule::FixedInDegree(in_degree) => Self::FixedInDegree {
                in_degree: *in_degree,
            },
            Rule::FixedTotalNumber(number) => Self::FixedTotalNumber { number: *number },
            Rule::AllToAll => Self::AllToAll {},
            Rule::OneToOne => Self::OneToOne {},
            Rule::List(list) => {
                let of = |s: &Synapse| (s.source, s.target, s.weight, s.delay);
                Self::List {
                    file: None,
                    synapses: Some(list.iter().map(of).collect()),
                }
            }
        }
    }
}

fn synapse((source, target, weight, delay): (u32, u32, f64, f64)) -> Synapse {
    Synapse {
        source,
        target,
        weight,
        delay,
    }
}

fn read(path: &Path) -> Result<Vec<Synapse>> {
    let mut file = Npz::open(path)?;
    let most = u32::MAX as usize;
    let (sources, targets) = (
        file.indices("sources", most)?,
        file.indices("targets", most)?,
    );
    let (weights, delays) = (file.vector("weights")?, file.vector("delays")?);
    for (name, len) in [
        ("targets", targets.len()),
        ("weights", weights.len()),
        ("delays", delays.len()),
    ] {
        if len != sources.len() {
            let (elements, sources) = (count(len, "element"), count(sources.len(), "source"));
            let detail = format!("{elements} for {sources}");
            return Err(file.fault(name, detail));
        }
    }
    let ends = sources.iter().zip(&targets);
    let all = ends.zip(weights.iter().zip(&delays));
    let of = |((&source, &target), (&weight, &delay))| {
        synapse((source as u32, target as u32, weight, delay))
    };
    Ok(all.map(of).collect())
}
