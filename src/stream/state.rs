//! A simulation of a large network at a moment, whatever the number of its partitions.

use super::StreamSpike;
use crate::network::NetworkInRows;
use crate::{Error, Result};

/// What a simulation needs to go on as if it had not been interrupted: the same bits, in any number of partitions.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamState {
    /// The length of a window in ms.
    pub(crate) window: f64,
    /// The next window.
    pub(crate) now: u64,
    /// Up to where runs have gone, in ms.
    pub(crate) reached: f64,
    /// Spikes of all sources so far.
    pub(crate) ids: u64,
    /// How many spikes of generators were fired.
    pub(crate) generated: u64,
    pub(crate) synaptic_events: u64,
    /// How many spikes were handed over.
    pub(crate) handed: u64,
    /// Of each neuron, measured from where it decays to.
    pub(crate) potentials: Vec<f64>,
    /// For each receptor, of each neuron.
    pub(crate) currents: Vec<f64>,
    pub(crate) held: Vec<HeldNeuron>,
    /// For each drive, for each neuron of its population: the next arrival since the window's start in ms, and how many
    /// came before.
    pub(crate) drives: Vec<(f64, u64)>,
    /// In the order in which they were fired: those of the last window, and those that have not reached all targets.
    pub(crate) underway: Vec<UnderwaySpike>,
    /// Spikes that were fired after the end of the last run.
    pub(crate) withheld: Vec<StreamSpike>,
}

/// A neuron whose potential is held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct HeldNeuron {
    /// Counted through the network.
    pub neuron: u32,
    /// When it fired.
    pub window: u64,
    /// When it is released, since that window's start, in ms.
    pub release: f64,
}

/// A spike that is on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct UnderwaySpike {
    pub id: u64,
    /// Which population, or beyond those which generators.
    pub source: u32,
    /// Counted through the source.
    pub number: u32,
    pub window: u64,
    pub offset: f64,
}

impl StreamState {
    /// How far the simulation was, in ms.
    pub fn time(&self) -> f64 {
        self.reached
    }

    /// The same without its synaptic events: of several ranks that go on from it only one counts them.
    pub(crate) fn uncounted(&self) -> Self {
        Self {
            synaptic_events: 0,
            ..self.clone()
        }
    }

    /// Whether it can be a state of a network in windows of `window` ms: sizes, ranges, finite numbers.
    pub(crate) fn check(&self, network: &NetworkInRows, window: f64) -> Result<()> {
        let refuse = |what: &str, value: String| {
            let remedy = "it is of another network or damaged: use the state of this one";
            Err(Error::invalid(
                format!("{what} of the state"),
                value,
                remedy,
            ))
        };
        if self.window.to_bits() != window.to_bits() {
            return refuse("window", format!("{} ms, not {window}", self.window));
        }
        let neurons = network.neurons();
        let driven: usize = network
            .drives
            .iter()
            .map(|drive| network.populations[drive.population].neurons.len())
            .sum();
        for (what, found, expected) in [
            ("number of potentials", self.potentials.len(), neurons),
            (
                "number of currents",
                self.currents.len(),
                neurons * network.receptors(),
            ),
            ("number of arrivals of drives", self.drives.len(), driven),
        ] {
            if found != expected {
                return refuse(what, format!("{found}, not {expected}"));
            }
        }
        let is_finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        if !(is_finite(&self.potentials) && is_finite(&self.currents) && self.reached.is_finite()) {
            return refuse("a number", "not finite".to_owned());
        }
        if self
            .drives
            .iter()
            .any(|(offset, _)| offset.is_nan() || *offset < 0.0)
        {
            return refuse("an arrival of a drive", "no time".to_owned());
        }
        let is_offset = |offset: f64| (0.0..=window).contains(&offset);
        let is_neuron = |neuron: u32| (neuron as usize) < neurons;
        let held = |held: &HeldNeuron| {
            is_neuron(held.neuron) && held.window < self.now && held.release >= 0.0
        };
        if !self.held.iter().all(held) {
            return refuse("a held neuron", "out of range".to_owned());
        }
        let populations = network.populations.iter().map(|p| p.neurons.len());
        let sources: Vec<usize> = populations
            .chain(network.generators.iter().map(|g| g.trains.len()))
            .collect();
        let underway = |spike: &UnderwaySpike| {
            let size = sources.get(spike.source as usize);
            let is_source = size.is_some_and(|&size| (spike.number as usize) < size);
            is_source && spike.window < self.now && is_offset(spike.offset) && spike.id < self.ids
        };
        let withheld = |spike: &StreamSpike| {
            is_neuron(spike.neuron) && spike.window < self.now && is_offset(spike.offset)
        };
        if !(self.underway.iter().all(underway) && self.withheld.iter().all(withheld)) {
            return refuse("a spike", "out of range".to_owned());
        }
        Ok(())
    }
}
