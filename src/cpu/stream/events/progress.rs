//! A block in progress.

use super::log::{Entry, Run};
use super::queue::{Event, What};
use super::state::EventsState;
use super::underway::{Block, Underway};
use super::{Events, Given};
use crate::cpu::stream::happened::{Happened, Teller};
use crate::cpu::stream::{Fired, StreamSpike};
use crate::dynamics::{CurrentState, NeuronFlow};
use crate::network::{InputId, PopulationId, Source};
use crate::{Error, Result};

/// More spikes of one neuron in one block are taken for a runaway, and so are more of all neurons.
const SPIKE_BUDGET: usize = 1000;
const BLOCK_BUDGET: usize = 1_000_000;

/// What goes through a block.
pub(super) struct Progress<'e, 'a> {
    pub events: &'e mut Events,
    pub given: Given<'a>,
    pub block: Block,
    /// Counts the spikes of all sources.
    pub ids: &'e mut u64,
}

impl Progress<'_, '_> {
    /// Puts what is known at the block's start into the queue.
    pub fn begin(&mut self) {
        let Given {
            network,
            generated,
            samplings,
            window,
            now,
            ..
        } = self.given;
        let start = now as f64 * window;
        // An error may have left some.
        self.events.queue.clear();
        for neuron in 0..network.neurons() {
            self.events.state.cells[neuron].now = 0.0;
            self.look_ahead(neuron as u32);
        }
        for place in 0..self.events.state.underway.len() {
            self.wait_for(place);
        }
        let Events {
            state,
            queue,
            synaptic_events,
            ..
        } = &mut *self.events;
        for (drive, poisson) in state.poisson.iter_mut().enumerate() {
            poisson.advance(start, window, |neuron, offset| {
                *synaptic_events += 1;
                queue.push(Event::driven(offset, drive as u32, neuron));
            });
        }
        for (number, &(time, ..)) in generated.iter().enumerate() {
            let offset = (time - start).clamp(0.0, window);
            queue.push(Event::generated(offset, number as u32));
        }
        for (ix, sampling) in samplings.iter().enumerate() {
            for (number, &(_, offset)) in sampling.times.iter().enumerate() {
                queue.push(Event::sample(offset, ix as u32, number as u32));
            }
        }
    }

    pub fn meet(&mut self, event: Event) -> Result<()> {
        let time = event.time;
        match event.what {
            What::Look { neuron, number } => {
                if self.events.looks[neuron as usize] == number {
                    self.advance(neuron, time, true)?;
                    self.look_ahead(neuron);
                }
            }
            What::Generated(number) => {
                let (_, generators, channel) = self.given.generated[number as usize];
                let source = Source::Input(InputId(generators));
                self.send(source, channel, 0, time);
            }
            What::Driven { drive, neuron } => {
                self.advance(neuron, time, false)?;
                let described = &self.given.network.drives[drive as usize];
                let cell = &mut self.events.state.cells[neuron as usize];
                cell.state.currents[described.receptor] += described.weight;
                self.events.log.push(Entry::Driven {
                    drive,
                    neuron,
                    offset: time,
                });
                self.look_ahead(neuron);
            }
            What::Run(place) => self.arrive(place as usize, time)?,
            What::Sample {
                sampling,
                time: number,
            } => {
                let sampling = &self.given.samplings[sampling as usize];
                for neuron in sampling.neurons.clone() {
                    let state = self.events.state.cells[neuron as usize].within(self.block);
                    let it = (neuron, self.given.kinds.of(neuron));
                    let sample = sampling.sample(number as usize, it, state);
                    self.events.samples.push(sample);
                }
            }
        }
        Ok(())
    }

    /// A spike reaches its next synapses.
    fn arrive(&mut self, place: usize, time: f64) -> Result<()> {
        let network = self.given.network;
        let spike = self.events.state.underway[place];
        let synapses = spike.next..spike.end_of_run(network);
        let rows = spike.rows(network);
        let receptor = network.groups[spike.group as usize].receptor;
        // What fires at this very time does so before anything arrives.
        for ix in synapses.clone() {
            self.advance(rows.targets[ix], time, false)?;
        }
        for ix in synapses.clone() {
            let neuron = rows.targets[ix];
            let cell = &mut self.events.state.cells[neuron as usize];
            cell.state.currents[receptor] += f64::from(rows.weights.get(ix));
            self.look_ahead(neuron);
        }
        self.events.synaptic_events += synapses.len() as u64;
        self.events.state.underway[place].next = synapses.end;
        self.events.log.push(Entry::Run(Run {
            id: spike.id,
            part: spike.part,
            group: spike.group,
            synapses,
            offset: time,
        }));
        self.wait_for(place);
        Ok(())
    }

    /// Puts the next synapses of a spike into the queue where they are reached in this block.
    fn wait_for(&mut self, place: usize) {
        let spike = &self.events.state.underway[place];
        if let Some(time) = spike.next_time(self.given.network, self.block) {
            let rows = (spike.group, spike.part);
            let event = Event::run(time, place as u32, spike.id, rows);
            self.events.queue.push(event);
        }
    }

    /// Takes a neuron to a time; where that `is_seen` to be its own it fires or is released, whatever rounding says.
    pub fn advance(&mut self, neuron: u32, to: f64, is_seen: bool) -> Result<()> {
        let dynamics = self.given.kinds.of(neuron).dynamics();
        let block = self.block;
        let Events {
            state: EventsState { cells, .. },
            log,
            ..
        } = &mut *self.events;
        let cell = &mut cells[neuron as usize];
        let mut now = cell.within(block);
        let first = log.len();
        let tell = |what| {
            log.push(match what {
                Happened::Spike { offset, slope } => Entry::Spike {
                    neuron,
                    offset,
                    slope,
                    id: 0,
                },
                Happened::Release { offset, slope } => Entry::Release {
                    neuron,
                    offset,
                    slope,
                },
            });
        };
        let mut teller = Teller::new(SPIKE_BUDGET, tell);
        let is_bounded = if is_seen && now.release.is_none() {
            let current = dynamics.flow.decayed(to - now.time, &now.current);
            dynamics.fire(&mut now, to, current, &mut teller)
        } else {
            teller.advance(&dynamics, &mut now, to)
        };
        let mut fired = log[first..].iter();
        let fired = fired.any(|entry| matches!(entry, Entry::Spike { .. }));
        cell.now = now.time;
        cell.state = CurrentState {
            potential: now.potential,
            currents: now.current,
        };
        match now.release {
            None => cell.release = None,
            Some(release) if fired => (cell.since, cell.release) = (block.now, Some(release)),
            Some(_) => (),
        }
        if !is_bounded {
            return Err(self.runaway(neuron));
        }
        for ix in first..self.events.log.len() {
            if let Entry::Spike { offset, .. } = self.events.log[ix] {
                let number = self.fire(neuron, offset)?;
                if let Entry::Spike { id, .. } = &mut self.events.log[ix] {
                    *id = number;
                }
            }
        }
        Ok(())
    }

    /// Counts a spike of a neuron and sends it on its way; its number in the run.
    fn fire(&mut self, neuron: u32, offset: f64) -> Result<u64> {
        let count = &mut self.events.counts[neuron as usize];
        *count += 1;
        if *count as usize > SPIKE_BUDGET || self.events.fired.len() > BLOCK_BUDGET {
            return Err(self.runaway(neuron));
        }
        let population = self.given.kinds.population_of(neuron);
        let first = self.given.network.populations()[population].neurons.start;
        let source = Source::Population(PopulationId(population));
        Ok(self.send(source, neuron - first, neuron, offset))
    }

    fn runaway(&self, neuron: u32) -> Error {
        let window = self.given.window;
        Error::invalid(
            format!("number of spikes of neuron {neuron} within {window} ms"),
            format!("more than {SPIKE_BUDGET}, or with all others more than {BLOCK_BUDGET}"),
            "give it a refractory time, or lower the drive and the weights",
        )
    }

    /// Sends a spike of a source, of which `neuron` counts neurons through the network; its number in the run.
    fn send(&mut self, source: Source, number: u32, neuron: u32, offset: f64) -> u64 {
        let (id, window) = (*self.ids, self.given.now);
        *self.ids += 1;
        self.events.fired.push(Fired {
            id,
            source,
            number,
            spike: StreamSpike {
                window,
                offset,
                neuron,
            },
        });
        let rows = Underway::all(self.given.network, (source, number), (id, window, offset));
        for spike in rows {
            self.events.state.underway.push(spike);
            self.wait_for(self.events.state.underway.len() - 1);
        }
        id
    }

    /// Notes when a neuron fires or is released next, should nothing arrive until then.
    fn look_ahead(&mut self, neuron: u32) {
        let kind = self.given.kinds.of(neuron);
        let window = self.given.window;
        let cell = &self.events.state.cells[neuron as usize];
        let number = &mut self.events.looks[neuron as usize];
        *number = number.wrapping_add(1);
        let at = match cell.release_in(self.block) {
            Some(release) => (release <= window).then_some(release.max(cell.now)),
            None if !kind.is_spiking => None,
            None => {
                let next = kind.dynamics().next_spike(&cell.within(self.block), window);
                next.map(|(time, _)| time)
            }
        };
        if let Some(at) = at {
            let event = Event::look(at, neuron, *number);
            self.events.queue.push(event);
        }
    }
}
