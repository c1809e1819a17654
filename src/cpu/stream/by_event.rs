//! A large network from event to event: the plainest way to the same spikes.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::kinds::{Kind as NeuronKind, Kinds};
use super::walk::{Happened, Walker};
use crate::dynamics::{CurrentState, Interval, MAX_CURRENTS, later};
use crate::network::{InputId, Intervals, NetworkInRows, PopulationId, Source, drive_draws};
use crate::{Error, Result};

/// Spikes of one neuron without an event between them that are taken for a runaway.
const SPIKE_BUDGET: usize = 1000;

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A neuron may fire (or be released); outdated where the number is not its latest.
    Look { neuron: u32, number: u32 },
    /// An arrival over a synapse.
    Arrival {
        neuron: u32,
        receptor: usize,
        weight: f64,
    },
    /// An arrival of a drive.
    Driven {
        drive: usize,
        neuron: u32,
        number: u64,
    },
    /// A generator's spike.
    Generated { generators: usize, channel: u32 },
}

#[derive(Debug, Clone, Copy)]
struct Event {
    time: f64,
    /// The order in which events were made, for those at one time.
    order: u64,
    kind: Kind,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The earliest is the greatest, spikes before arrivals: `BinaryHeap` gives the greatest first.
impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        let is_arrival = |event: &Self| !matches!(event.kind, Kind::Look { .. });
        let by_time = self.time.total_cmp(&other.time);
        let by_kind = is_arrival(self).cmp(&is_arrival(other));
        by_time
            .then(by_kind)
            .then(self.order.cmp(&other.order))
            .reverse()
    }
}

struct ByEvent<'n> {
    network: &'n NetworkInRows,
    kinds: Kinds,
    until: f64,
    states: Vec<(CurrentState, Option<f64>, f64)>,
    looks: Vec<u32>,
    events: BinaryHeap<Event>,
    order: u64,
    spikes: Vec<(f64, u32)>,
}

/// The spikes of a network until `until` ms as (time in ms, neuron counted through the network), by time, then neuron.
///
/// One priority queue of all arrivals; after each arrival its target's next crossing is solved for. Slow, and independent of
/// windows, bounds and partitions: what [`super::CpuStream`] is compared with.
///
/// # Errors
/// A neuron that fires without end.
pub fn spikes_by_event(network: &NetworkInRows, until: f64) -> Result<Vec<(f64, u32)>> {
    let mut run = ByEvent::new(network, until);
    while let Some(event) = run.events.pop() {
        run.meet(event)?;
    }
    let by_time = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    run.spikes.sort_by(by_time);
    Ok(run.spikes)
}

impl<'n> ByEvent<'n> {
    fn new(network: &'n NetworkInRows, until: f64) -> Self {
        // Of what is compiled only what does not depend on the window is used here.
        let kinds = Kinds::new(network, 1.0);
        let mut states = Vec::with_capacity(network.neurons());
        for population in network.populations() {
            for neuron in population.neurons.clone() {
                let start = |receptor| population.initial(network.seed, neuron, receptor);
                let mut currents = [0.0; MAX_CURRENTS];
                let own = population.neuron.tau_synapse.len();
                for (k, current) in currents[..own].iter_mut().enumerate() {
                    *current = start(Some(k));
                }
                let potential = start(None) - kinds.of(neuron).rest;
                states.push((
                    CurrentState {
                        potential,
                        currents,
                    },
                    None,
                    0.0,
                ));
            }
        }
        let mut run = Self {
            network,
            kinds,
            until,
            looks: vec![0; states.len()],
            states,
            events: BinaryHeap::new(),
            order: 0,
            spikes: Vec::new(),
        };
        for neuron in 0..run.states.len() {
            run.look_ahead(neuron as u32);
        }
        for (drive, described) in network.drives.iter().enumerate() {
            for neuron in network.populations[described.population].neurons.clone() {
                let draws = drive_draws(network.seed, drive);
                let first = Intervals::new(&draws, neuron, 0).next();
                let kind = Kind::Driven {
                    drive,
                    neuron,
                    number: 0,
                };
                run.push(described.first_arrival(first), kind);
            }
        }
        for (generators, described) in network.generators.iter().enumerate() {
            for (channel, train) in described.trains.iter().enumerate() {
                for &time in train {
                    let channel = channel as u32;
                    run.push(
                        time,
                        Kind::Generated {
                            generators,
                            channel,
                        },
                    );
                }
            }
        }
        run
    }

    fn push(&mut self, time: f64, kind: Kind) {
        if time <= self.until {
            self.order += 1;
            let order = self.order;
            self.events.push(Event { time, order, kind });
        }
    }

    fn compiled(&self, neuron: u32) -> &NeuronKind {
        self.kinds.of(neuron)
    }

    /// Notes when a neuron fires or is released next, should nothing arrive until then.
    fn look_ahead(&mut self, neuron: u32) {
        let (state, release, since) = self.states[neuron as usize];
        let compiled = self.compiled(neuron);
        let at = release.or_else(|| {
            if !compiled.is_spiking {
                return None;
            }
            let rest = Interval::between(since, self.until);
            let crossing = compiled
                .flow
                .first_crossing(&state, compiled.threshold, rest);
            crossing.map(|after| later(since, after).min(self.until))
        });
        self.looks[neuron as usize] += 1;
        let number = self.looks[neuron as usize];
        if let Some(at) = at {
            self.push(at, Kind::Look { neuron, number });
        }
    }

    /// Takes a neuron to a time; there it fires where it was seen to, whatever rounding says.
    fn advance(&mut self, neuron: u32, to: f64, fires: bool) -> Result<()> {
        let (state, release, since) = self.states[neuron as usize];
        let mut walker = Walker {
            kind: self.compiled(neuron),
            state,
            release,
            now: since,
        };
        let mut fired = Vec::new();
        let mut happened = |what| {
            if let Happened::Spike { offset, .. } = what {
                fired.push(offset);
            }
        };
        let is_bounded = if fires {
            walker.fire(to - since, to, &mut happened);
            true
        } else {
            walker.advance(to, SPIKE_BUDGET, &mut happened)
        };
        let (state, release, now) = (walker.state, walker.release, walker.now);
        self.states[neuron as usize] = (state, release, now);
        if !is_bounded {
            return Err(Error::invalid(
                format!("number of spikes of neuron {neuron} between two arrivals"),
                format!("more than {SPIKE_BUDGET}"),
                "give it a refractory time, or lower the drive and the weights",
            ));
        }
        for time in fired {
            self.spikes.push((time, neuron));
            let populations = self.network.populations();
            let ix = populations.partition_point(|p| p.neurons.end <= neuron);
            let source = Source::Population(PopulationId(ix));
            self.send(source, neuron - populations[ix].neurons.start, time);
        }
        Ok(())
    }

    fn send(&mut self, source: Source, number: u32, time: f64) {
        let network = self.network;
        for partition in network.partitions.iter() {
            for (group, rows) in network.groups.iter().zip(&partition.rows) {
                if group.source != source {
                    continue;
                }
                for ix in rows.row(number as usize) {
                    let kind = Kind::Arrival {
                        neuron: rows.targets[ix],
                        receptor: group.receptor,
                        weight: f64::from(rows.weights.get(ix)),
                    };
                    self.push(time + f64::from(rows.delays.get(ix)), kind);
                }
            }
        }
    }

    fn meet(&mut self, event: Event) -> Result<()> {
        let time = event.time;
        match event.kind {
            Kind::Look { neuron, number } => {
                if self.looks[neuron as usize] == number {
                    let is_free = self.states[neuron as usize].1.is_none();
                    self.advance(neuron, time, is_free)?;
                    self.look_ahead(neuron);
                }
            }
            Kind::Arrival {
                neuron,
                receptor,
                weight,
            } => self.arrive(neuron, receptor, weight, time)?,
            Kind::Driven {
                drive,
                neuron,
                number,
            } => {
                let network = self.network;
                let described = &network.drives[drive];
                self.arrive(neuron, described.receptor, described.weight, time)?;
                let draws = drive_draws(network.seed, drive);
                let next = Intervals::new(&draws, neuron, number + 1).next();
                let next = described
                    .rate
                    .next(0.0, time, next.unwrap_or(f64::INFINITY));
                let number = number + 1;
                self.push(
                    next,
                    Kind::Driven {
                        drive,
                        neuron,
                        number,
                    },
                );
            }
            Kind::Generated {
                generators,
                channel,
            } => {
                self.send(Source::Input(InputId(generators)), channel, time);
            }
        }
        Ok(())
    }

    fn arrive(&mut self, neuron: u32, receptor: usize, weight: f64, time: f64) -> Result<()> {
        self.advance(neuron, time, false)?;
        self.states[neuron as usize].0.currents[receptor] += weight;
        self.look_ahead(neuron);
        Ok(())
    }
}
