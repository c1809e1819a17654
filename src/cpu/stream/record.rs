//! What a window leaves behind for derivatives.

use std::ops::Range;

use super::events::Entry;
use super::happened::{Arrival, Happened};
use super::part::Driven;
use super::queue::Run;
use super::simulation::{CpuStream, Fired};
use super::way::Way;
use crate::network::Source;

/// One window of a run.
#[derive(Debug)]
pub(super) struct Window {
    /// By all sources.
    pub fired: Vec<Fired>,
    /// Of a network in windows.
    pub parts: Vec<PartWindow>,
    /// Of one from event to event.
    pub log: Vec<Entry>,
}

/// One window in one partition.
#[derive(Debug)]
pub(super) struct PartWindow {
    pub runs: Vec<Run>,
    /// For each drive.
    pub driven: Vec<Driven>,
    /// At which neurons (counted through the network) what happened; by neuron, then time.
    pub happened: Vec<(u32, Happened)>,
    /// At those neurons and others, by neuron (counted through the partition), then time.
    pub arrivals: Vec<Arrival>,
}

impl Window {
    /// The last window of a simulation.
    pub fn last(simulation: &CpuStream) -> Self {
        let log = match simulation.way() {
            Way::InWindows { .. } => Vec::new(),
            Way::ByEvent(events) => events.log.clone(),
        };
        let parts = simulation.way().parts().iter().map(|part| PartWindow {
            runs: part.runs.clone(),
            driven: part.driven.clone(),
            happened: part.happened.clone(),
            arrivals: part.arrivals.clone(),
        });
        Self {
            parts: parts.collect(),
            log,
            fired: simulation.fired().to_vec(),
        }
    }

    /// What neurons (not generators) fired until `until` ms, in windows of `window` ms.
    pub fn fired_until(&self, until: f64, window: f64) -> impl Iterator<Item = &Fired> {
        self.fired.iter().filter(move |fired| {
            let is_neuron = matches!(fired.source, Source::Population(_));
            is_neuron && fired.spike.time(window) <= until
        })
    }
}

impl PartWindow {
    /// The arrivals at one neuron, counted through the partition.
    pub fn arrivals_at(&self, neuron: u32) -> &[Arrival] {
        let from = self.arrivals.partition_point(|a| a.neuron < neuron);
        let to = self.arrivals.partition_point(|a| a.neuron <= neuron);
        &self.arrivals[from..to]
    }

    /// Neuron by neuron what happened.
    pub fn happened_by_neuron(&self) -> impl Iterator<Item = (u32, &[(u32, Happened)])> {
        let all = self.happened.chunk_by(|a, b| a.0 == b.0);
        all.map(|happened| (happened[0].0, happened))
    }
}

/// The entries of one neuron in a list that is sorted by neuron.
pub(super) fn of_neuron<T>(list: &[(u32, T)], neuron: u32) -> Range<usize> {
    let from = list.partition_point(|(other, _)| *other < neuron);
    let to = list.partition_point(|(other, _)| *other <= neuron);
    from..to
}
