//! Two answers to one case, set against each other.

use super::columns::Group;
use super::differences::Differences;
use super::result::CaseResult;
use crate::{Error, Result};

/// How far one answer lies from another.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// How many spikes both have.
    pub n_spikes: usize,
    /// The largest difference of spike times relative to the time.
    pub times: f64,
    /// Each group of columns that both have.
    pub groups: Vec<GroupDifference>,
}

/// How far one group of Jacobian columns lies from another's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupDifference {
    /// The kind of parameter that the columns are for.
    pub group: Group,
    /// How many entries were compared.
    pub n_entries: usize,
    /// How many were not, because the reference does not know them.
    pub n_unknown: usize,
    /// The reference's entry of largest magnitude.
    pub largest: f64,
    /// The largest difference.
    pub absolute: f64,
    /// Row and column of the largest difference.
    pub worst: Option<(usize, usize)>,
}

impl GroupDifference {
    /// The largest difference relative to the reference's largest entry.
    pub fn relative(&self) -> f64 {
        if self.absolute == 0.0 {
            return 0.0;
        }
        self.absolute / self.largest
    }
}

impl Comparison {
    /// Compares an answer with a reference.
    ///
    /// # Errors
    /// Other spikes than the reference's, or matrices of another size: then
    /// there is nothing to compare.
    pub fn new(found: &CaseResult, reference: &CaseResult) -> Result<Self> {
        Self::between(found, reference, false)
    }

    /// Compares an answer with finite differences, as far as these exist.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_differences(found: &CaseResult, differences: &Differences) -> Result<Self> {
        Self::between(found, &differences.result, true)
    }

    fn between(found: &CaseResult, reference: &CaseResult, may_be_nan: bool) -> Result<Self> {
        let n_spikes = reference.spikes.len();
        let same = |field: String, found: usize, expected: usize| {
            if found == expected {
                return Ok(());
            }
            let remedy = format!("the reference has {expected}; they cannot be compared");
            Err(Error::invalid(field, found, remedy))
        };
        same("number of spikes".into(), found.spikes.len(), n_spikes)?;
        let mut times = 0.0;
        for (ix, (x, y)) in found.spikes.iter().zip(&reference.spikes).enumerate() {
            same(format!("neuron of spike {ix}"), x.neuron, y.neuron)?;
            times = larger(
                times,
                (x.time - y.time).abs() / y.time.abs().max(f64::MIN_POSITIVE),
            );
        }
        let mut groups = Vec::new();
        for group in Group::ALL {
            let pair = found
                .jacobian
                .group(group)
                .zip(reference.jacobian.group(group));
            let Some((found, reference)) = pair else {
                continue;
            };
            same(format!("rows of {group}"), found.len(), n_spikes)?;
            same(format!("rows of {group}"), reference.len(), n_spikes)?;
            for (x, y) in found.iter().zip(reference) {
                same(format!("columns of {group}"), x.len(), y.len())?;
            }
            groups.push(difference(group, found, reference, may_be_nan));
        }
        Ok(Self {
            n_spikes,
            times,
            groups,
        })
    }

    /// The largest relative difference over all groups.
    pub fn largest_relative(&self) -> f64 {
        self.groups
            .iter()
            .map(GroupDifference::relative)
            .fold(0.0, larger)
    }
}

fn difference(
    group: Group,
    found: &[Vec<f64>],
    reference: &[Vec<f64>],
    may_be_nan: bool,
) -> GroupDifference {
    let mut result = GroupDifference {
        group,
        n_entries: 0,
        n_unknown: 0,
        largest: 0.0,
        absolute: 0.0,
        worst: None,
    };
    for (row, (x, y)) in found.iter().zip(reference).enumerate() {
        for (column, (&x, &y)) in x.iter().zip(y).enumerate() {
            if may_be_nan && y.is_nan() {
                result.n_unknown += 1;
                continue;
            }
            result.n_entries += 1;
            result.largest = result.largest.max(y.abs());
            let absolute = (x - y).abs();
            if result.worst.is_none() || larger(result.absolute, absolute) != result.absolute {
                result.absolute = larger(result.absolute, absolute);
                result.worst = Some((row, column));
            }
        }
    }
    result
}

/// The larger of two differences, where NaN is larger than everything: a
/// difference that could not be computed must not pass for agreement.
fn larger(x: f64, y: f64) -> f64 {
    let value = |difference: f64| {
        if difference.is_nan() {
            f64::INFINITY
        } else {
            difference
        }
    };
    value(x).max(value(y))
}
