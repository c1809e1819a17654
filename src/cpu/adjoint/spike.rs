//! What a spike and a release do to the adjoint of their neuron.

use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::sample::SpikeColumns;
use crate::dynamics::{NeuronDynamics, ResetRule};

/// An event of a neuron's own, in the order of time; a release comes before a spike at the same time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OwnEvent {
    /// When, in ms.
    pub time: f64,
    /// Which neuron of the population.
    pub neuron: u32,
    /// Which spike of the population: an index into its columns.
    pub spike: u32,
    pub kind: OwnKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OwnKind {
    /// The end of the hold that the spike began, at a later time.
    Release,
    /// The spike, and its reset where that takes no time.
    Spike,
}

/// The events with `from < time <= to`, in ascending order.
pub(super) fn own_events(
    population: &CompiledPopulation,
    spikes: &SpikeColumns,
    (from, to): (f64, f64),
) -> Vec<OwnEvent> {
    let first = spikes.times.partition_point(|&time| time <= from);
    let last = spikes.times.partition_point(|&time| time <= to);
    let event = |ix: usize, time: f64, kind: OwnKind| OwnEvent {
        time,
        neuron: spikes.units[ix] - population.first_unit as u32,
        spike: ix as u32,
        kind,
    };
    let mut events: Vec<OwnEvent> = (first..last)
        .map(|ix| event(ix, spikes.times[ix], OwnKind::Spike))
        .collect();
    if population.longest_refractory > 0.0 {
        let begin = spikes
            .times
            .partition_point(|time| time + population.longest_refractory <= from);
        for ix in begin..last {
            let neuron = spikes.units[ix] as usize - population.first_unit;
            if let ResetRule::To { refractory, .. } = population.dynamics[neuron].reset {
                let time = spikes.times[ix] + refractory;
                if refractory > 0.0 && time > from && time <= to {
                    events.push(event(ix, time, OwnKind::Release));
                }
            }
        }
        events.sort_unstable_by(|x, y| {
            x.time
                .total_cmp(&y.time)
                .then(x.kind.cmp(&y.kind))
                .then(x.neuron.cmp(&y.neuron))
        });
    }
    events
}

/// Takes the adjoint of the potential backward through an event of its neuron.
///
/// `ell` is dL/d(spike time) of the event's spike. Returns the potential's adjoint
/// before the event and what the event adds to dL/dthreshold.
#[inline]
pub(super) fn back_through(
    dynamics: &NeuronDynamics,
    kind: OwnKind,
    (slope, release_slope): (f64, f64),
    ell: &mut f64,
    potential: f64,
) -> (f64, f64) {
    match (kind, dynamics.reset) {
        (OwnKind::Release, _) => {
            *ell -= release_slope * potential;
            (0.0, 0.0)
        }
        (OwnKind::Spike, ResetRule::Subtract { amount }) => {
            *ell -= dynamics.flow.membrane_rate * amount * potential;
            let kick = *ell / slope;
            (potential - kick, kick - potential)
        }
        (OwnKind::Spike, ResetRule::To { refractory, .. }) => {
            if refractory == 0.0 {
                *ell -= release_slope * potential;
            }
            let kick = *ell / slope;
            (-kick, kick)
        }
    }
}
