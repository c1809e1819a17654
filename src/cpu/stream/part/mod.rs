//! The neurons of one partition, window by window.

mod flagged;
mod recorded;
mod state;

use std::ops::Range;

use pulp::Arch;

use super::deliver::{Arriving, Scratch, Targets};
use super::deliver_each::DeliverEach;
use super::dense::Dense;
use super::events::Given;
use super::happened::{Arrival, Happened};
use super::kinds::Kinds;
use super::poisson::Poisson;
use super::queue::{Queue, Run};
use super::{Fired, StreamSpike};
use crate::Result;
use crate::cpu::aligned::Aligned;
use crate::dynamics::ResetRule;
use crate::network::{NetworkInRows, PerSynapse};
use crate::stream::StateSample;

pub(super) use state::{source_number, source_of, underway};

/// What a partition needs to go on from the start of a window.
#[derive(Debug, Clone)]
pub(super) struct PartState {
    /// Measured from rest.
    potential: Aligned,
    /// For each receptor, for each neuron.
    currents: Vec<Aligned>,
    held: Vec<Held>,
    /// For each group of the network.
    queues: Vec<Queue>,
    poisson: Vec<Poisson>,
}

/// A neuron whose potential is held.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// Counted through the partition.
    neuron: u32,
    /// When it fired.
    window: u64,
    /// When it is released, since that window's start, in ms.
    release: f64,
}

/// Arrivals of a drive: at which neuron (counted through the network), and when since the window's start, in ms.
pub(super) type Driven = Vec<(u32, f64)>;

/// A neuron that has to be looked at event by event.
#[derive(Debug, Clone, Copy)]
struct Flagged {
    /// Counted through the partition.
    neuron: u32,
    /// When it is released, since the window's start, in ms; `None` where it is not held.
    release: Option<f64>,
}

/// One partition of a simulation.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Which partition of the network.
    number: usize,
    neurons: Range<u32>,
    /// For each group; `None` where its targets' flows differ.
    arriving: Vec<Option<Arriving>>,
    pub state: PartState,
    next_potential: Aligned,
    next_currents: Vec<Aligned>,
    /// Infinite beyond the last neuron: nothing is flagged there.
    margin: Aligned,
    scratch: Scratch,
    pub runs: Vec<Run>,
    /// For each drive the arrivals of the window.
    pub driven: Vec<Driven>,
    flagged: Vec<Flagged>,
    is_flagged: Vec<bool>,
    /// Of the window at flagged neurons, by neuron, then time.
    pub arrivals: Vec<Arrival>,
    /// Of the last window, by time, then neuron.
    pub spikes: Vec<StreamSpike>,
    /// What happened to which neuron (counted through the network) in the last window.
    pub happened: Vec<(u32, Happened)>,
    /// Of the last window.
    pub samples: Vec<StateSample>,
    /// Synaptic arrivals so far, those of drives included.
    pub synaptic_events: u64,
}

impl Part {
    pub fn new(network: &NetworkInRows, number: usize, window: f64) -> Self {
        let partition = &network.partitions[number];
        let neurons = partition.neurons.clone();
        let n = neurons.len();
        let local = |range: &Range<u32>| {
            let clamp = |x: u32| (x.clamp(neurons.start, neurons.end) - neurons.start) as usize;
            clamp(range.start)..clamp(range.end)
        };
        let mut potential = Aligned::zeros(n);
        let mut currents = vec![Aligned::zeros(n); network.receptors()];
        for population in network.populations() {
            for ix in local(&population.neurons) {
                let neuron = neurons.start + ix as u32;
                let rest = population.neuron.rest.get(population.own(neuron));
                potential[ix] = population.initial(network.seed, neuron, None) - rest;
                let own = population.neuron.tau_synapse.len();
                for (receptor, current) in currents[..own].iter_mut().enumerate() {
                    current[ix] = population.initial(network.seed, neuron, Some(receptor));
                }
            }
        }
        let arriving = network
            .groups
            .iter()
            .zip(&partition.rows)
            .map(|(group, rows)| {
                let flow = group.flow()?;
                let rate = flow.membrane_rate;
                Some(Arriving {
                    held_gain: -(-rate * window).exp_m1() / rate,
                    flow,
                    excites: match &rows.weights {
                        PerSynapse::Same(weight) => *weight > 0.0,
                        PerSynapse::Each(weights) => weights.iter().any(|&weight| weight > 0.0),
                    },
                })
            });
        let poisson = network.drives.iter().enumerate().map(|(ix, drive)| {
            let driven = local(&network.populations[drive.population].neurons);
            let from = neurons.start + driven.start as u32;
            let driven = from..from + driven.len() as u32;
            Poisson::new(network.seed, ix, drive.clone(), driven)
        });
        Self {
            number,
            arriving: arriving.collect(),
            next_potential: Aligned::zeros(n),
            next_currents: vec![Aligned::zeros(n); currents.len()],
            margin: Aligned::padded(&[], n, f64::INFINITY),
            scratch: Scratch::default(),
            runs: Vec::new(),
            driven: vec![Vec::new(); network.drives.len()],
            flagged: Vec::new(),
            is_flagged: vec![false; n],
            arrivals: Vec::new(),
            spikes: Vec::new(),
            happened: Vec::new(),
            samples: Vec::new(),
            synaptic_events: 0,
            state: PartState {
                potential,
                currents,
                held: Vec::new(),
                queues: vec![Queue::default(); network.groups.len()],
                poisson: poisson.collect(),
            },
            neurons,
        }
    }

    /// What the neurons' states take, in bytes.
    pub fn neuron_bytes(&self) -> u64 {
        let lists = [&self.state.potential, &self.next_potential, &self.margin].into_iter();
        let lists = lists.chain(&self.state.currents).chain(&self.next_currents);
        let states: usize = lists.map(|list| size_of_val(&list[..])).sum();
        let poisson: usize = self.state.poisson.iter().map(Poisson::bytes).sum();
        (states + size_of_val(self.is_flagged.as_slice()) + poisson) as u64
    }

    /// Advances through a window; `fired` is what all sources fired in the one before.
    pub fn step(&mut self, arch: Arch, given: &Given, fired: &[Fired]) -> Result<()> {
        let Given {
            network,
            kinds,
            samplings,
            now,
            window,
            ..
        } = *given;
        self.spikes.clear();
        self.happened.clear();
        self.arrivals.clear();
        self.enqueue(network, fired);
        self.advance_densely(arch, kinds);
        self.deliver(arch, network, kinds, now, window);
        self.hold(kinds, now, window);
        self.flag();
        if !self.flagged.is_empty() {
            self.gather(network);
            self.walk(kinds, now, window)?;
        }
        self.sample(network, kinds, samplings, now, window);
        std::mem::swap(&mut self.state.potential, &mut self.next_potential);
        std::mem::swap(&mut self.state.currents, &mut self.next_currents);
        self.spikes.sort_unstable_by(StreamSpike::in_order);
        Ok(())
    }

    /// Puts spikes on their way to the partition's neurons.
    pub fn enqueue(&mut self, network: &NetworkInRows, fired: &[Fired]) {
        let rows = &network.partitions[self.number].rows;
        for spike in fired {
            for (ix, group) in network.groups.iter().enumerate() {
                if group.source == spike.source {
                    self.state.queues[ix].push(&rows[ix], spike);
                }
            }
        }
    }

    fn advance_densely(&mut self, arch: Arch, kinds: &Kinds) {
        let first = self.neurons.start;
        for (piece, kind) in kinds.pieces(self.neurons.clone()) {
            let piece = (piece.start - first) as usize..(piece.end - first) as usize;
            let mut next = self.next_currents.iter_mut();
            Dense {
                kind,
                potential: &self.state.potential[piece.clone()],
                currents: std::array::from_fn(|k| {
                    let current = self.state.currents.get(k);
                    current.map_or(&[][..], |current| &current[piece.clone()])
                }),
                next_potential: &mut self.next_potential[piece.clone()],
                next_currents: std::array::from_fn(|_| {
                    let current = next.next();
                    current.map_or(&mut [][..], |current| &mut current[piece.clone()])
                }),
                margin: &mut self.margin[piece.clone()],
            }
            .run(arch);
        }
    }

    fn deliver(
        &mut self,
        arch: Arch,
        network: &NetworkInRows,
        kinds: &Kinds,
        now: u64,
        window: f64,
    ) {
        self.runs.clear();
        let rows = &network.partitions[self.number].rows;
        for (ix, (group, rows)) in network.groups.iter().zip(rows).enumerate() {
            let from = self.runs.len();
            self.state.queues[ix].take(ix, rows, now, window, &mut self.runs);
            let runs = &self.runs[from..];
            let events: usize = runs.iter().map(|run| run.synapses.len()).sum();
            self.synaptic_events += events as u64;
            let mut targets = Targets {
                first: self.neurons.start,
                potential: &mut self.next_potential,
                current: &mut self.next_currents[group.receptor],
                margin: &mut self.margin,
            };
            match &self.arriving[ix] {
                Some(arriving) => {
                    self.scratch
                        .deliver(arch, arriving, rows, runs, window, &mut targets);
                }
                None => {
                    let receptor = group.receptor;
                    let each = DeliverEach {
                        kinds,
                        receptor,
                        window,
                    };
                    each.runs(rows, runs, &mut targets);
                }
            }
        }
        for (poisson, driven) in self.state.poisson.iter_mut().zip(&mut self.driven) {
            driven.clear();
            let start = now as f64 * window;
            poisson.advance(start, window, |neuron, offset| {
                driven.push((neuron, offset))
            });
            self.synaptic_events += driven.len() as u64;
            let drive = &poisson.drive;
            let mut targets = Targets {
                first: self.neurons.start,
                potential: &mut self.next_potential,
                current: &mut self.next_currents[drive.receptor],
                margin: &mut self.margin,
            };
            let (receptor, weight) = (drive.receptor, drive.weight);
            match kinds.shared(drive.population) {
                Some(kind) => {
                    let arriving = Arriving {
                        flow: kind.flow.flows()[receptor],
                        held_gain: kind.held_gain,
                        excites: weight > 0.0,
                    };
                    self.scratch.deliver_drive(
                        arch,
                        &arriving,
                        weight,
                        driven,
                        window,
                        &mut targets,
                    );
                }
                None => {
                    let each = DeliverEach {
                        kinds,
                        receptor,
                        window,
                    };
                    each.drive(weight, driven, &mut targets);
                }
            }
        }
    }

    /// Puts held potentials back, and flags those that are released in this window.
    fn hold(&mut self, kinds: &Kinds, now: u64, window: f64) {
        self.flagged.clear();
        self.state.held.retain(|held| {
            let ix = held.neuron as usize;
            self.margin[ix] = f64::INFINITY;
            let release = held.release - (now - held.window) as f64 * window;
            if release < window {
                self.flagged.push(Flagged {
                    neuron: held.neuron,
                    release: Some(release.max(0.0)),
                });
                return false;
            }
            // Only neurons that are reset to a potential are held.
            let neuron = self.neurons.start + held.neuron;
            if let ResetRule::To { potential, .. } = kinds.of(neuron).reset {
                self.next_potential[ix] = potential;
            }
            true
        });
    }
}
