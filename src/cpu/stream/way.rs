//! The two ways through a network: in windows, or from event to event.

use pulp::Arch;
use rayon::prelude::*;

use super::StreamSpike;
use super::events::{Events, EventsState, Given};
use super::kinds::Kinds;
use super::part::{Part, PartState};
use crate::Result;
use crate::network::NetworkInRows;
use crate::stream::{StateSample, StreamState};

/// A network in time, one way or the other.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// Every delay is above zero.
    InWindows { arch: Arch, parts: Vec<Part> },
    /// Any delays.
    ByEvent(Box<Events>),
}

/// What either needs to go on.
#[derive(Debug, Clone)]
pub(super) enum WayState {
    InWindows(Vec<PartState>),
    ByEvent(EventsState),
}

impl Way {
    /// In windows of `window` ms.
    pub fn in_windows(network: &NetworkInRows, window: f64) -> Self {
        let parts = 0..network.partitions();
        Self::InWindows {
            arch: Arch::new(),
            parts: parts.map(|part| Part::new(network, part, window)).collect(),
        }
    }

    pub fn by_event(network: &NetworkInRows, kinds: &Kinds) -> Self {
        Self::ByEvent(Box::new(Events::new(network, kinds)))
    }

    /// The partitions of a network in windows; none where it goes from event to event.
    pub fn parts(&self) -> &[Part] {
        match self {
            Self::InWindows { parts, .. } => parts,
            Self::ByEvent(_) => &[],
        }
    }

    /// Advances all partitions through one window; its spikes, by time, then neuron.
    pub fn step_windows(
        (arch, parts): (Arch, &mut [Part]),
        given: &Given,
        fired: &[super::Fired],
    ) -> Result<Vec<StreamSpike>> {
        let step = |part: &mut Part| part.step(arch, given, fired);
        match &mut *parts {
            // Waking another thread up takes longer than a small network's window.
            [part] => step(part)?,
            parts => parts.par_iter_mut().try_for_each(step)?,
        }
        let fired = parts.iter().flat_map(|part| &part.spikes);
        let mut spikes: Vec<StreamSpike> = fired.copied().collect();
        if parts.len() > 1 {
            spikes.sort_unstable_by(StreamSpike::in_order);
        }
        Ok(spikes)
    }

    /// Gives spikes to the partitions of a network in windows, before the next of them.
    pub fn enqueue(&mut self, network: &NetworkInRows, fired: &[super::Fired]) {
        if let (Self::InWindows { parts, .. }, false) = (self, fired.is_empty()) {
            match &mut parts[..] {
                [part] => part.enqueue(network, fired),
                parts => parts
                    .par_iter_mut()
                    .for_each(|part| part.enqueue(network, fired)),
            }
        }
    }

    /// What recorders found in the last window, by recorder, time, then neuron.
    pub fn samples(&self) -> Vec<StateSample> {
        let mut samples: Vec<StateSample> = match self {
            Self::InWindows { parts, .. } => {
                let all = parts.iter().flat_map(|part| &part.samples);
                all.copied().collect()
            }
            Self::ByEvent(events) => events.samples.clone(),
        };
        samples.sort_unstable_by_key(StateSample::place);
        samples
    }

    pub fn synaptic_events(&self) -> u64 {
        match self {
            Self::InWindows { parts, .. } => parts.iter().map(|part| part.synaptic_events).sum(),
            Self::ByEvent(events) => events.synaptic_events,
        }
    }

    pub fn neuron_bytes(&self) -> u64 {
        match self {
            Self::InWindows { parts, .. } => parts.iter().map(Part::neuron_bytes).sum(),
            Self::ByEvent(events) => events.neuron_bytes(),
        }
    }

    pub fn state(&self) -> WayState {
        match self {
            Self::InWindows { parts, .. } => {
                WayState::InWindows(parts.iter().map(|part| part.state.clone()).collect())
            }
            Self::ByEvent(events) => WayState::ByEvent(events.state.clone()),
        }
    }

    /// Goes back to a state of its own.
    pub fn restore(&mut self, state: WayState) {
        match (self, state) {
            (Self::InWindows { parts, .. }, WayState::InWindows(states)) => {
                for (part, state) in parts.iter_mut().zip(states) {
                    part.state = state;
                }
            }
            (Self::ByEvent(events), WayState::ByEvent(state)) => events.state = state,
            // A simulation goes one way from its start, and states do not leave it.
            _ => (),
        }
    }

    pub fn save(&self, network: &NetworkInRows, state: &mut StreamState) {
        match self {
            Self::InWindows { parts, .. } => {
                parts.iter().for_each(|part| part.save(network, state));
            }
            Self::ByEvent(events) => events.save(network, state),
        }
    }

    pub fn load(&mut self, network: &NetworkInRows, state: &StreamState) {
        match self {
            Self::InWindows { parts, .. } => {
                parts.iter_mut().for_each(|part| part.load(network, state));
            }
            Self::ByEvent(events) => events.load(network, state),
        }
    }
}
