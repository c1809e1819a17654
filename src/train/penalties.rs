//! What is added to the loss of an experiment.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::loss::{LateFirstSpikes, Loss, LossSum, SurplusSpikes};
use crate::network::{Network, PopulationId};
use crate::{Error, Result};

/// What is penalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyKind {
    /// Spikes of a neuron beyond a number that is free: [`SurplusSpikes`].
    SurplusSpikes,
    /// First spikes that come late or not at all: [`LateFirstSpikes`].
    LateFirstSpikes,
}

/// A penalty, added to the loss with the factor `strength`. It makes no choice of a class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PenaltySettings {
    /// What is penalised.
    pub kind: PenaltyKind,
    /// Its factor.
    pub strength: f64,
    /// On which layer, counted from 0; on each that fires where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// Of `surplus_spikes`: how many spikes of a neuron are free in a sample; 0 puts a price on all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<usize>,
    /// Of `late_first_spikes`: by when every neuron should have fired, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<f64>,
}

/// The loss with all penalties, on the given layers of the network.
///
/// # Errors
/// A layer that there is not or that cannot fire; a setting that is missing, of the other kind or out of its range.
pub(super) fn with_penalties(
    loss: Arc<dyn Loss>,
    penalties: &[PenaltySettings],
    (network, layers): (&Network, &[PopulationId]),
    duration: f64,
) -> Result<Arc<dyn Loss>> {
    if penalties.is_empty() {
        return Ok(loss);
    }
    let mut sum = LossSum::new().add(1.0, loss)?;
    for (ix, penalty) in penalties.iter().enumerate() {
        let refuse = |key: &str, value: String, remedy: String| {
            Err(Error::invalid(
                format!("penalties.{ix}.{key}"),
                value,
                remedy,
            ))
        };
        let fires = |id: &&PopulationId| network.population(**id).is_spiking();
        let on: Vec<PopulationId> = match penalty.layer {
            None => layers.iter().filter(fires).copied().collect(),
            Some(layer) => match layers.get(layer).filter(fires) {
                Some(id) => vec![*id],
                None => {
                    let remedy = "name a layer that fires, counted from 0";
                    return refuse("layer", layer.to_string(), remedy.to_owned());
                }
            },
        };
        if !(penalty.strength.is_finite() && penalty.strength > 0.0) {
            let remedy = "give a finite number above zero, or leave the penalty out";
            return refuse("strength", penalty.strength.to_string(), remedy.to_owned());
        }
        let (strength, kind) = (penalty.strength, penalty.kind);
        match (kind, penalty.allowance, penalty.deadline) {
            (PenaltyKind::SurplusSpikes, Some(allowance), None) => {
                for id in on {
                    sum = sum.add(strength, SurplusSpikes::new(id, allowance))?;
                }
            }
            (PenaltyKind::LateFirstSpikes, None, Some(deadline)) => {
                if deadline >= duration {
                    let remedy = format!("give a time before the run's end, {duration} ms");
                    return refuse("deadline", format!("{deadline} ms"), remedy);
                }
                for id in on {
                    sum = sum.add(strength, LateFirstSpikes::new(id, deadline)?)?;
                }
            }
            (PenaltyKind::SurplusSpikes, ..) => {
                let remedy = "surplus_spikes has an allowance (a number of spikes) and no deadline";
                return refuse("allowance", given(penalty.allowance), remedy.to_owned());
            }
            (PenaltyKind::LateFirstSpikes, ..) => {
                let remedy = "late_first_spikes has a deadline (in ms) and no allowance";
                return refuse("deadline", given(penalty.deadline), remedy.to_owned());
            }
        }
    }
    Ok(Arc::new(sum))
}

fn given(value: Option<impl ToString>) -> String {
    value.map_or("not given".to_owned(), |value| value.to_string())
}
