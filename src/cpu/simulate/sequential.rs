//! A sequential stage: populations that influence one another without delay, event by event.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bank::{Bank, Fired};
use super::calendar::{Arrival, EVERYONE};
use crate::cpu::arrivals::{gather_rows, gather_synapses};
use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::sample::{NeuronSink, Sample};
use crate::cpu::workspace::Workspace;
use crate::dynamics::{SpikeSink, time_resolution};
use crate::plan::Stage;

pub(super) fn advance(
    compiled: &Compiled<'_>,
    stage: &Stage,
    (from, to): (f64, f64),
    sample: &mut Sample<'_>,
    scratch: &mut Workspace,
) {
    let members: Vec<usize> = stage.populations.iter().map(|id| id.index()).collect();
    let known = known_events(compiled, &members, (from, to), sample);
    let mut known = known.into_iter().peekable();
    let mut later: BinaryHeap<Reverse<Arrival>> = BinaryHeap::new();
    let mut banks: Vec<Bank<'_>> = members
        .iter()
        .map(|&ix| Bank::new(compiled, ix, &sample.states[ix], from))
        .collect();
    let budget = compiled.problem.options.spike_budget;
    let first_spikes: Vec<usize> = members.iter().map(|&ix| sample.spikes[ix].len()).collect();
    let mut fired = Vec::new();
    let mut now = from;
    while now < to {
        let next_known = known.peek().map_or(to, |event| event.time);
        let next_later = later.peek().map_or(to, |event| event.0.time);
        let until = banks
            .iter()
            .map(|bank| bank.horizon(now))
            .fold(next_known.min(next_later).min(to), f64::min);
        let earliest = banks
            .iter_mut()
            .filter_map(|bank| bank.earliest(until))
            .min_by(f64::total_cmp);
        now = earliest.unwrap_or(until);
        for (bank, &ix) in banks.iter_mut().zip(&members) {
            bank.advance(now, &mut sample.spikes[ix]);
        }
        if earliest.is_some() {
            // All spikes of one time come before what they send at that time.
            collect_fired(&banks, now, &mut fired);
            let mut goes_on = true;
            for &(member, spike) in &fired {
                let population = &compiled.populations[members[member]];
                let mut sink = NeuronSink::new(
                    &mut sample.spikes[members[member]],
                    (population.first_unit + spike.neuron) as u32,
                    budget,
                );
                goes_on &= sink.spike(now, spike.slope);
                banks[member].fire(spike.neuron, &mut sink);
            }
            if !goes_on {
                break;
            }
            let mut delivery = Delivery {
                compiled,
                members: &members,
                banks: &mut banks,
                later: &mut later,
                end: to,
            };
            for &(member, spike) in &fired {
                delivery.spike(members[member], spike.neuron, now);
            }
            continue;
        }
        while let Some(event) = known.next_if(|event| event.time <= now) {
            arrive(&mut banks, event);
        }
        while later.peek().is_some_and(|event| event.0.time <= now) {
            if let Some(Reverse(event)) = later.pop() {
                arrive(&mut banks, event);
            }
        }
    }
    for (bank, &ix) in banks.iter_mut().zip(&members) {
        bank.store(&mut sample.states[ix]);
    }
    for (&ix, first) in members.iter().zip(first_spikes) {
        let spikes = &mut sample.spikes[ix];
        scratch.spike_order.sort_from(spikes, first);
    }
}

/// Who fires at a time: members of the stage in order, their neurons in order.
fn collect_fired(banks: &[Bank<'_>], now: f64, fired: &mut Vec<(usize, Fired)>) {
    let latest = now + time_resolution(now);
    fired.clear();
    for (member, bank) in banks.iter().enumerate() {
        for &spike in bank.upcoming() {
            if spike.time <= latest {
                fired.push((member, spike));
            }
        }
    }
}

fn arrive(banks: &mut [Bank<'_>], event: Arrival) {
    let bank = &mut banks[event.member as usize];
    match event.neuron {
        EVERYONE => bank.add_row(event.row as usize),
        neuron => bank.add_one(event.row as usize, neuron as usize),
    }
}

/// The arrivals of a window that are known at its start, in order.
fn known_events(
    compiled: &Compiled<'_>,
    members: &[usize],
    window: (f64, f64),
    sample: &Sample<'_>,
) -> Vec<Arrival> {
    let mut events = Vec::new();
    let mut arrivals = Vec::new();
    for (member, &ix) in members.iter().enumerate() {
        let population = &compiled.populations[ix];
        let event = |time, row, neuron| Arrival {
            time,
            member: member as u32,
            row,
            neuron,
        };
        gather_rows(population, sample, window, &mut arrivals);
        events.extend(arrivals.iter().map(|a| event(a.time, a.row, EVERYONE)));
        if population.has_synaptic_delays {
            for neuron in 0..population.size {
                let values = compiled.values();
                gather_synapses(population, neuron, values, sample, window, &mut arrivals);
                events.extend(arrivals.iter().map(|a| event(a.time, a.row, neuron as u32)));
            }
        }
    }
    // Made of a few sorted runs, which a stable sort merges.
    events.sort();
    events
}

/// Hands a spike of the stage to its own members: at once, or into the queue.
struct Delivery<'a, 'b> {
    compiled: &'a Compiled<'a>,
    members: &'a [usize],
    banks: &'a mut [Bank<'b>],
    later: &'a mut BinaryHeap<Reverse<Arrival>>,
    end: f64,
}

impl Delivery<'_, '_> {
    fn spike(&mut self, source: usize, neuron: usize, time: f64) {
        for (member, &ix) in self.members.iter().enumerate() {
            let target: &CompiledPopulation = &self.compiled.populations[ix];
            for incoming in target.incoming.iter().filter(|i| i.source == Some(source)) {
                let row = incoming.first_row + neuron;
                match incoming.shared_delay {
                    Some(0.0) if time < self.end => self.banks[member].add_row(row),
                    Some(delay) => self.queue(time + delay, member, row, EVERYONE),
                    None => {
                        for neuron in 0..target.size {
                            let delay = self.compiled.values()[target.delay_of(row, neuron)];
                            if delay == 0.0 {
                                self.banks[member].add_one(row, neuron);
                            } else {
                                self.queue(time + delay, member, row, neuron as u32);
                            }
                        }
                    }
                }
            }
        }
    }

    /// What arrives after the window is found again at the start of the next.
    fn queue(&mut self, time: f64, member: usize, row: usize, neuron: u32) {
        if time < self.end {
            self.later.push(Reverse(Arrival {
                time,
                member: member as u32,
                row: row as u32,
                neuron,
            }));
        }
    }
}
