//! The parameters of a case, by the columns of its Jacobian.

use std::fmt;

use super::read::Case;
use crate::Result;

/// What a group of Jacobian columns differentiates with respect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Weights, one column for each synapse.
    Weights,
    /// Delays, one column for each synapse.
    Delays,
    /// Thresholds, one column for each neuron.
    Thresholds,
    /// Times of input spikes, input by input.
    InputTimes,
}

impl Group {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 4] = [
        Self::Weights,
        Self::Delays,
        Self::Thresholds,
        Self::InputTimes,
    ];
}

impl fmt::Display for Group {
    /// The member's name in the files.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Weights => "weights",
            Self::Delays => "delays",
            Self::Thresholds => "thresholds",
            Self::InputTimes => "input_times",
        })
    }
}

impl Case {
    /// How many columns a group has.
    pub fn n_columns(&self, group: Group) -> usize {
        match group {
            Group::Weights | Group::Delays => self.n_synapses(),
            Group::Thresholds => self.n_neurons(),
            Group::InputTimes => self.n_input_spikes(),
        }
    }

    /// The value of one parameter; `None` for a column that does not exist.
    pub fn value(&self, group: Group, column: usize) -> Option<f64> {
        match group {
            Group::Weights => self.synapses.get(column).map(|synapse| synapse.weight),
            Group::Delays => self.synapses.get(column).map(|synapse| synapse.delay),
            Group::Thresholds => self.neurons.get(column).map(|neuron| neuron.threshold),
            Group::InputTimes => self.input_spikes.iter().flatten().nth(column).copied(),
        }
    }

    /// The same case with another value of one parameter, without what it was
    /// expected to give.
    ///
    /// # Errors
    /// A column that does not exist; a value that no case may have, such as an
    /// input spike that would overtake its neighbour.
    pub fn with_value(&self, group: Group, column: usize, value: f64) -> Result<Self> {
        let mut case = self.clone();
        case.forget_expected();
        let place = match group {
            Group::Weights => case.synapses.get_mut(column).map(|s| &mut s.weight),
            Group::Delays => case.synapses.get_mut(column).map(|s| &mut s.delay),
            Group::Thresholds => case.neurons.get_mut(column).map(|n| &mut n.threshold),
            Group::InputTimes => case.input_spikes.iter_mut().flatten().nth(column),
        };
        match place {
            Some(place) => *place = value,
            None => {
                return Err(crate::Error::invalid(
                    format!("column of {group}"),
                    column,
                    format!("the case has {}, counted from 0", self.n_columns(group)),
                ));
            }
        }
        case.check()?;
        Ok(case)
    }
}
