//! What a case gives: spikes and their derivatives, in the case's numbering.

use serde::Serialize;

use super::columns::Group;
use super::number::Number;
use super::wire::{ExpectedEntry, complaint};
use crate::{Error, Result};

/// A spike of a case.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CaseSpike {
    /// The neuron, in the order of the file.
    pub neuron: usize,
    /// When, in ms.
    pub time: f64,
}

/// The derivatives of a case's spike times: one row for each spike.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CaseJacobian {
    /// With respect to weights \[ms\], one column for each synapse.
    pub weights: Vec<Vec<f64>>,
    /// With respect to delays, one column for each synapse; `None` where some delay is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delays: Option<Vec<Vec<f64>>>,
    /// With respect to thresholds \[ms\], one column for each neuron.
    pub thresholds: Vec<Vec<f64>>,
    /// With respect to input times, one column for each input spike, input by input.
    pub input_times: Vec<Vec<f64>>,
}

impl CaseJacobian {
    /// One group of columns; `None` for delays that have no derivative.
    pub fn group(&self, group: Group) -> Option<&[Vec<f64>]> {
        match group {
            Group::Weights => Some(&self.weights),
            Group::Delays => self.delays.as_deref(),
            Group::Thresholds => Some(&self.thresholds),
            Group::InputTimes => Some(&self.input_times),
        }
    }
}

/// The spikes of a case in order of (time, neuron), and their derivatives.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CaseResult {
    /// The spikes.
    pub spikes: Vec<CaseSpike>,
    /// How many of them are so slow at their threshold that the slope floor bounded their derivatives; see
    /// [`GradientOptions::slope_floor`](crate::GradientOptions::slope_floor).
    pub grazing_spikes: usize,
    /// Their derivatives.
    pub jacobian: CaseJacobian,
}

impl CaseResult {
    /// As JSON, every number with as many digits as it takes to read it back exactly.
    ///
    /// # Errors
    /// A number that JSON cannot express, because it is not finite.
    pub fn to_json(&self) -> Result<String> {
        for group in Group::ALL {
            for (row, values) in self.jacobian.group(group).unwrap_or(&[]).iter().enumerate() {
                if let Some(column) = values.iter().position(|value| !value.is_finite()) {
                    return Err(Error::invalid(
                        format!("jacobian.{group}[{row}][{column}]"),
                        values[column],
                        "the case's values are too large or too small for its derivatives: \
                         rescale them",
                    ));
                }
            }
        }
        serde_json::to_string_pretty(self).map_err(|error| Error::malformed("result", error))
    }

    /// Reads what [`to_json`](Self::to_json) wrote, or the `expected` member of a case.
    ///
    /// # Errors
    /// Text that is not JSON or has other members.
    pub fn from_json(text: &str, origin: &str) -> Result<Self> {
        let entry: ExpectedEntry = serde_json::from_str(text)
            .map_err(|error| Error::malformed(origin, complaint(&error)))?;
        Ok(entry.into())
    }
}

impl From<ExpectedEntry> for CaseResult {
    fn from(entry: ExpectedEntry) -> Self {
        let spike = |entry: super::wire::SpikeEntry| CaseSpike {
            neuron: entry.neuron,
            time: entry.time.0,
        };
        Self {
            spikes: entry.spikes.into_iter().map(spike).collect(),
            grazing_spikes: entry.grazing_spikes,
            jacobian: CaseJacobian {
                weights: matrix(entry.jacobian.weights),
                delays: entry.jacobian.delays.map(matrix),
                thresholds: matrix(entry.jacobian.thresholds),
                input_times: matrix(entry.jacobian.input_times),
            },
        }
    }
}

fn matrix(rows: Vec<Vec<Number>>) -> Vec<Vec<f64>> {
    rows.into_iter()
        .map(|row| row.into_iter().map(|number| number.0).collect())
        .collect()
}
