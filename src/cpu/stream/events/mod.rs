//! A network from event to event, in blocks: where some synapse has no delay, and to compare windows with.
//!
//! One priority queue of all that happens in a block. A neuron is moved on when something reaches it, and then its next crossing is
//! solved for; at the block's end all are taken to one time, so that a run can be saved there and recorded. At one time spikes
//! come before arrivals, and a spike that an arrival causes is one representable number later at least.

mod log;
mod progress;
mod queue;
mod state;
mod underway;

use std::collections::BinaryHeap;

use super::kinds::Kinds;
use super::poisson::Poisson;
use super::sampled::Sampling;
use super::{Fired, StreamSpike};
use crate::Result;
use crate::dynamics::CurrentState;
use crate::network::{NetworkInRows, Source};
use crate::stream::StateSample;
pub(super) use log::{Entry, Run};
use progress::Progress;
use queue::Event;
use state::Cell;
pub(super) use state::EventsState;
use underway::Block;

/// A network from event to event.
#[derive(Debug, Clone)]
pub(super) struct Events {
    pub state: EventsState,
    queue: BinaryHeap<Event>,
    /// For each neuron the number of its latest look.
    looks: Vec<u32>,
    /// For each neuron how often it has fired in the block.
    counts: Vec<u32>,
    /// What happened in the last block.
    pub log: Vec<Entry>,
    /// Of neurons, in the last block, by time, then neuron.
    pub spikes: Vec<StreamSpike>,
    /// Of all sources in the last block, likewise, generators last.
    pub fired: Vec<Fired>,
    /// Of the last block.
    pub samples: Vec<StateSample>,
    /// Synaptic arrivals so far, those of drives included.
    pub synaptic_events: u64,
}

/// What a block is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub network: &'a NetworkInRows,
    pub kinds: &'a Kinds,
    /// The generators' spikes of the block: time in ms since the run's start, generators, channel.
    pub generated: &'a [(f64, usize, u32)],
    pub samplings: &'a [Sampling],
    /// The block's number, and how long it lasts in ms.
    pub now: u64,
    pub window: f64,
}

impl Events {
    pub fn new(network: &NetworkInRows, kinds: &Kinds) -> Self {
        let neurons = network.neurons();
        Self {
            state: EventsState::new(network, kinds),
            queue: BinaryHeap::new(),
            looks: vec![0; neurons],
            counts: vec![0; neurons],
            log: Vec::new(),
            spikes: Vec::new(),
            fired: Vec::new(),
            samples: Vec::new(),
            synaptic_events: 0,
        }
    }

    /// What the neurons take in memory, in bytes.
    pub fn neuron_bytes(&self) -> u64 {
        let own = size_of::<Cell>() + size_of::<u32>() * 2;
        let poisson: usize = self.state.poisson.iter().map(Poisson::bytes).sum();
        (self.looks.len() * own + poisson) as u64
    }

    /// Advances through a block; `ids` counts the spikes of all sources.
    ///
    /// # Errors
    /// A neuron that fires without end.
    pub fn step(&mut self, given: Given, ids: &mut u64) -> Result<()> {
        self.log.clear();
        self.fired.clear();
        self.samples.clear();
        let Given { now, window, .. } = given;
        let mut progress = Progress {
            events: self,
            given,
            block: Block { now, window },
            ids,
        };
        progress.begin();
        while let Some(event) = progress.events.queue.pop() {
            progress.meet(event)?;
        }
        for neuron in 0..given.network.neurons() as u32 {
            progress.advance(neuron, window, false)?;
        }
        self.end();
        Ok(())
    }

    /// Puts what was found in order.
    fn end(&mut self) {
        self.state.underway.retain(|spike| spike.next < spike.end);
        let is_generated = |fired: &Fired| matches!(fired.source, Source::Input(_));
        self.fired.sort_by(|a, b| {
            let by_kind = is_generated(a).cmp(&is_generated(b));
            let by_time = a.spike.offset.total_cmp(&b.spike.offset);
            by_kind
                .then(by_time)
                .then(a.spike.neuron.cmp(&b.spike.neuron))
        });
        let of_neurons = self.fired.iter().take_while(|fired| !is_generated(fired));
        self.spikes.clear();
        self.spikes.extend(of_neurons.map(|fired| fired.spike));
        for spike in &self.spikes {
            self.counts[spike.neuron as usize] = 0;
        }
    }
}
