//! What a file does not say and its reader must know.

use serde::{Deserialize, Serialize};

/// What the times of a file are in. NIR does not say; most files have seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NirTimeUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

impl NirTimeUnit {
    /// How many ms one is.
    pub fn in_ms(self) -> f64 {
        match self {
            Self::Seconds => 1000.0,
            Self::Milliseconds => 1.0,
        }
    }
}

/// What a spike of weight w adds to the synaptic current I of a `CubaLIF` or `CubaLI` whose input weight is w_in. NIR's equation
///
/// ```text
/// tau_syn dI/dt = -I + w_in S
/// ```
///
/// does not say what a spike in S is, and writers differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NirSpikeJump {
    /// `w`: the weight as it is, whatever w_in.
    Weight,
    /// `w w_in`.
    WeightTimesInput,
    /// `w w_in / tau_syn`, with tau_syn in the file's unit of time: the equation as it stands, spikes being Dirac deltas.
    Delta,
    /// `w w_in step / tau_syn`: a spike is 1 for one step of a simulation, as in writers that simulate in steps. The step is in ms.
    Step(f64),
}

/// What a spike does to the potential of its neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NirReset {
    /// It becomes `v_reset`, or 0 in files without it, as NIR defines it.
    ToPotential,
    /// The threshold is subtracted. NIR cannot say so; some writers mean it.
    Subtract,
}

/// How a graph is read. What is not given is found in the file, or refused where it leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct NirOptions {
    /// What times are in. Else seconds where the longest time constant is 0.2 or shorter, ms where it is 2 or longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_unit: Option<NirTimeUnit>,
    /// What a spike adds to a current. Else a writer must be recognised by its constants; see [`NirGraph::network`](super::NirGraph::network).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spike_jump: Option<NirSpikeJump>,
    /// What a spike does to its neuron. Else the potential is reset to `v_reset`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<NirReset>,
    /// The input is no spikes but this one number, the same on every channel at all times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constant_input: Option<f64>,
}

setters!(NirOptions {
    time_unit: Option<NirTimeUnit>,
    spike_jump: Option<NirSpikeJump>,
    reset: Option<NirReset>,
    constant_input: Option<f64>,
});
