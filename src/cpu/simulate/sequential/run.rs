//! One sample of a sequential stage.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter::Peekable;
use std::vec::IntoIter;

use super::delivery::Delivery;
use crate::cpu::arrivals::{gather_rows, gather_synapses};
use crate::cpu::compiled::Compiled;
use crate::cpu::sample::{NeuronSink, Sample};
use crate::cpu::simulate::bank::{Bank, Fired};
use crate::cpu::simulate::calendar::{Arrival, EVERYONE};
use crate::cpu::workspace::Workspace;
use crate::dynamics::{SpikeSink, time_resolution};

/// One sample on its way through the window.
pub(super) struct Run<'a, 'b> {
    compiled: &'a Compiled<'a>,
    members: &'a [usize],
    sample: &'a mut Sample<'b>,
    /// What arrives from outside of the stage, in order.
    known: Peekable<IntoIter<Arrival>>,
    /// What its own spikes send, with a delay.
    later: BinaryHeap<Reverse<Arrival>>,
    /// The members' neurons.
    pub banks: Vec<Bank<'a>>,
    /// How many spikes each member had before.
    first_spikes: Vec<usize>,
    fired: Vec<(usize, Fired)>,
    now: f64,
    /// The end of the last look, in ms.
    until: f64,
    /// The window's end, in ms.
    to: f64,
    pub is_going: bool,
    pub is_runaway: bool,
}

impl<'a, 'b> Run<'a, 'b> {
    pub fn new(
        compiled: &'a Compiled<'a>,
        members: &'a [usize],
        (from, to): (f64, f64),
        sample: &'a mut Sample<'b>,
    ) -> Self {
        let known = known_events(compiled, members, (from, to), sample);
        let bank = |&ix: &usize| Bank::new(compiled, ix, &sample.states[ix], from);
        Self {
            compiled,
            members,
            known: known.into_iter().peekable(),
            later: BinaryHeap::new(),
            banks: members.iter().map(bank).collect(),
            first_spikes: members.iter().map(|&ix| sample.spikes[ix].len()).collect(),
            fired: Vec::new(),
            now: from,
            until: from,
            to,
            is_going: from < to,
            is_runaway: false,
            sample,
        }
    }

    /// Looks ahead to the next arrival, as far as the banks can.
    pub fn look(&mut self) {
        let next_known = self.known.peek().map_or(self.to, |event| event.time);
        let next_later = self.later.peek().map_or(self.to, |event| event.0.time);
        self.until = self
            .banks
            .iter()
            .map(|bank| bank.horizon(self.now))
            .fold(next_known.min(next_later).min(self.to), f64::min);
        for bank in &mut self.banks {
            bank.look(self.until);
        }
    }

    /// Goes to the first spike that was found, or to where the look ended, and does what happens there.
    pub fn act(&mut self) {
        let until = self.until;
        let earliest = self
            .banks
            .iter_mut()
            .filter_map(|bank| bank.earliest(until))
            .min_by(f64::total_cmp);
        self.now = earliest.unwrap_or(until);
        self.is_going = self.now < self.to;
        for (bank, &ix) in self.banks.iter_mut().zip(self.members) {
            bank.advance(self.now, &mut self.sample.spikes[ix]);
        }
        if earliest.is_some() {
            self.fire();
            return;
        }
        while let Some(event) = self.known.next_if(|event| event.time <= self.now) {
            arrive(&mut self.banks, event);
        }
        while self.later.peek().is_some_and(|e| e.0.time <= self.now) {
            if let Some(Reverse(event)) = self.later.pop() {
                arrive(&mut self.banks, event);
            }
        }
    }

    /// All spikes of one time come before what they send at that time.
    fn fire(&mut self) {
        collect_fired(&self.banks, self.now, &mut self.fired);
        for &(member, spike) in &self.fired {
            let ix = self.members[member];
            let mut sink = NeuronSink::new(
                &mut self.sample.spikes[ix],
                (self.compiled.populations[ix].first_unit + spike.neuron) as u32,
                self.compiled.problem.options.spike_budget,
            );
            self.is_runaway |= !sink.spike(self.now, spike.slope);
            self.banks[member].fire(spike.neuron, &mut sink);
        }
        if self.is_runaway {
            return;
        }
        let mut delivery = Delivery {
            compiled: self.compiled,
            members: self.members,
            banks: &mut self.banks,
            later: &mut self.later,
            end: self.to,
        };
        for &(member, spike) in &self.fired {
            delivery.spike(self.members[member], spike.neuron, self.now);
        }
    }

    /// Hands the states back.
    pub fn finish(mut self, scratch: &mut Workspace) {
        for (bank, &ix) in self.banks.iter_mut().zip(self.members) {
            bank.store(&mut self.sample.states[ix]);
        }
        for (&ix, first) in self.members.iter().zip(self.first_spikes) {
            let spikes = &mut self.sample.spikes[ix];
            scratch.spike_order.sort_from(spikes, first);
        }
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
    fired.sort_unstable_by_key(|&(member, spike)| (member, spike.neuron));
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
