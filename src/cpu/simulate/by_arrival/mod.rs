//! A sequential stage whose synapses have delays of their own, or any stage of neurons with several receptors or with lists of
//! synapses: an arrival touches its own neurons alone.
//!
//! Every neuron has a state of its own time, moved on only when something reaches it. Between arrivals a neuron that is
//! sure to stay below its threshold until some time is left alone until then (`cell.rs` says how). The others' crossings are
//! found exactly, and wait in a queue once they are due in the slot in progress.

mod cell;
mod outlook;
mod sends;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::calendar::{Arrival, Calendar, EVERYONE};
use crate::cpu::compiled::{ByArrival, Compiled, CompiledPopulation};
use crate::cpu::sample::{NeuronSink, Sample};
use crate::cpu::workspace::Workspace;
use crate::dynamics::{CurrentsFlow, Flow, time_resolution};
use crate::plan::Stage;
use cell::{Cell, CellFlow, Upcoming};
use outlook::Outlooks;
use sends::{Known, first_within, spikes_of};

pub(super) fn advance(
    compiled: &Compiled<'_>,
    (stage, neurons): (&Stage, ByArrival),
    bounds: (f64, f64),
    sample: &mut Sample<'_>,
    scratch: &mut Workspace,
) {
    match neurons {
        ByArrival::One => advance_cells::<&Flow>(compiled, stage, bounds, sample, scratch),
        ByArrival::Several => {
            advance_cells::<&CurrentsFlow>(compiled, stage, bounds, sample, scratch);
        }
    }
}

fn advance_cells<'c, F: CellFlow<'c>>(
    compiled: &'c Compiled<'_>,
    stage: &Stage,
    (from, to): (f64, f64),
    sample: &mut Sample<'_>,
    scratch: &mut Workspace,
) {
    let members: Vec<usize> = stage.populations.iter().map(|id| id.index()).collect();
    let first_spikes: Vec<usize> = members.iter().map(|&ix| sample.spikes[ix].len()).collect();
    let mut run = Run::<F>::new(compiled, &members, (from, to), sample);
    run.earlier_spikes(sample);
    loop {
        run.known_spikes(sample);
        if !run.slot(sample) {
            break;
        }
        let next = run.next_event(sample);
        if !run.calendar.next_slot(next) {
            break;
        }
        run.begin_slot();
    }
    run.store(sample);
    for (&ix, first) in members.iter().zip(first_spikes) {
        scratch.spike_order.sort_from(&mut sample.spikes[ix], first);
    }
}

struct Run<'a, 'm, F: CellFlow<'a>> {
    compiled: &'a Compiled<'a>,
    members: &'m [usize],
    /// The first neuron of each member, counted through the stage.
    first: Vec<usize>,
    cells: Vec<Cell<F>>,
    outlooks: Outlooks,
    upcoming: BinaryHeap<Reverse<Upcoming>>,
    calendar: Calendar,
    known: Vec<Known>,
    from: f64,
    to: f64,
    budget: usize,
    fired: Vec<Upcoming>,
    /// Those that were caused at the very time that is in progress.
    caused: Vec<Upcoming>,
    /// Whether there were too many spikes.
    is_full: bool,
}

impl<'a, 'm, F: CellFlow<'a>> Run<'a, 'm, F> {
    fn new(
        compiled: &'a Compiled<'a>,
        members: &'m [usize],
        (from, to): (f64, f64),
        sample: &Sample<'_>,
    ) -> Self {
        let mut first = Vec::with_capacity(members.len());
        let mut cells = Vec::new();
        let mut known = Vec::new();
        let mut longest = 0.0_f64;
        for (member, &ix) in members.iter().enumerate() {
            let population = &compiled.populations[ix];
            first.push(cells.len());
            let state = &sample.states[ix];
            let held = sample.spikes[ix].holding(population, from);
            cells.extend((0..population.size).map(|neuron| {
                let latest = held.get(neuron).copied().flatten();
                Cell::new(population, state, (neuron, latest), from)
            }));
            for (number, incoming) in population.incoming.iter().enumerate() {
                longest = longest.max(incoming.longest_delay);
                if !incoming.source.is_some_and(|ix| members.contains(&ix)) {
                    known.push(Known {
                        member: member as u32,
                        incoming: number,
                        next: first_within(incoming, spikes_of(sample, incoming.source), from),
                    });
                }
            }
        }
        let mut run = Self {
            outlooks: Outlooks::new(cells.len(), from),
            compiled,
            members,
            first,
            cells,
            upcoming: BinaryHeap::new(),
            calendar: Calendar::new((from, to), longest),
            known,
            from,
            to,
            budget: compiled.problem.options.spike_budget,
            fired: Vec::new(),
            caused: Vec::new(),
            is_full: false,
        };
        for neuron in 0..run.cells.len() {
            run.look_ahead(neuron);
        }
        run
    }

    fn population(&self, member: u32) -> &'a CompiledPopulation {
        &self.compiled.populations[self.members[member as usize]]
    }

    /// Takes all that happens before the end of the slot in progress. False: too many spikes.
    fn slot(&mut self, sample: &mut Sample<'_>) -> bool {
        loop {
            let end = self.calendar.slot_end();
            let arrival = self.calendar.peek().map_or(f64::MAX, |next| next.time);
            let event = self.next_upcoming().map_or(f64::MAX, |next| next.time);
            let now = arrival.min(event);
            if now > end {
                return true;
            }
            // At one time spikes and releases come before arrivals.
            let latest = now + time_resolution(now);
            if event <= latest && self.own_events(now, latest, sample) {
                if self.is_full {
                    return false;
                }
            } else if let Some(arrival) = self.calendar.pop() {
                self.arrive(&arrival, sample);
            }
        }
    }

    fn next_upcoming(&mut self) -> Option<Upcoming> {
        while let Some(&Reverse(next)) = self.upcoming.peek() {
            if self.outlooks.version(next.neuron as usize) == next.version {
                return Some(next);
            }
            self.upcoming.pop();
        }
        None
    }

    /// All spikes and releases of one time, and then what the spikes send. False: there are none, since what would happen
    /// was caused at this very time, and comes later.
    fn own_events(&mut self, now: f64, latest: f64, sample: &mut Sample<'_>) -> bool {
        self.fired.clear();
        self.caused.clear();
        let mut is_any = false;
        while let Some(next) = self.next_upcoming().filter(|next| next.time <= latest) {
            self.upcoming.pop();
            let neuron = next.neuron as usize;
            if next.time > now && self.cells[neuron].time() >= now {
                self.caused.push(next);
                continue;
            }
            is_any = true;
            let is_held = self.cells[neuron].release().is_some();
            let (member, unit) = self.place(neuron);
            let spikes = &mut sample.spikes[self.members[member]];
            let mut sink = NeuronSink::new(spikes, unit, self.budget);
            let cell = &mut self.cells[neuron];
            if is_held {
                cell.move_to(next.time, &mut sink);
            } else {
                self.is_full |= !cell.fire(now, &mut sink);
                self.fired.push(next);
            }
            self.outlooks.change(neuron);
            self.look_ahead(neuron);
        }
        for ix in 0..self.fired.len() {
            self.send_spike(self.fired[ix].neuron as usize, now);
        }
        self.upcoming.extend(self.caused.drain(..).map(Reverse));
        is_any
    }

    /// Which member of the stage a neuron belongs to, and its unit, counted over all populations.
    fn place(&self, neuron: usize) -> (usize, u32) {
        let member = self.first.partition_point(|&first| first <= neuron) - 1;
        let first = self.population(member as u32).first_unit;
        (member, (first + neuron - self.first[member]) as u32)
    }

    fn arrive(&mut self, arrival: &Arrival, sample: &mut Sample<'_>) {
        let population = self.population(arrival.member);
        let (row, values) = (arrival.row as usize, self.compiled.values());
        if arrival.neuron != EVERYONE {
            let neuron = arrival.neuron as usize;
            let weight = values[population.weight_of(row, neuron)];
            self.arrive_at(arrival, neuron, weight, sample);
        } else if row < population.n_rows() {
            let first = population.weight_of(row, 0);
            for (neuron, &weight) in values[first..first + population.size].iter().enumerate() {
                self.arrive_at(arrival, neuron, weight, sample);
            }
        } else {
            let (incoming, synapse) = population.listed(row);
            let Some(table) = &incoming.table else {
                return;
            };
            let synapses = table.of_source(table.source(synapse));
            let weights = &values[incoming.weights..];
            for synapse in synapses {
                self.arrive_at(arrival, table.target(synapse), weights[synapse], sample);
            }
        }
    }

    fn arrive_at(
        &mut self,
        arrival: &Arrival,
        neuron: usize,
        weight: f64,
        sample: &mut Sample<'_>,
    ) {
        let population = self.population(arrival.member);
        let receptor = match F::RECEPTORS {
            1 => 0,
            _ => population.incoming_of(arrival.row).receptor,
        };
        let number = self.first[arrival.member as usize] + neuron;
        let cell = &mut self.cells[number];
        let spikes = &mut sample.spikes[self.members[arrival.member as usize]];
        let unit = (population.first_unit + neuron) as u32;
        let mut sink = NeuronSink::new(spikes, unit, usize::MAX);
        cell.move_to(arrival.time, &mut sink);
        cell.receive(receptor, weight);
        // While a neuron is held its release waits in the queue, and nothing that arrives changes it.
        if cell.release().is_none() {
            self.outlooks.change(number);
            self.look_ahead(number);
        }
    }

    /// Notes until when a neuron is quiet, and its next own event where that is in the slot in progress.
    fn look_ahead(&mut self, neuron: usize) {
        let cell = &self.cells[neuron];
        if let Some(release) = cell.release() {
            self.outlooks.leave_out(neuron);
            self.push(neuron, release);
            return;
        }
        let quiet = cell.quiet_until();
        if quiet < self.calendar.slot_end() {
            self.look_closer(neuron);
        } else {
            self.outlooks.keep_quiet(neuron, quiet);
        }
    }

    /// Finds a neuron's next crossing, exactly; puts it into the queue if it is in the slot in progress.
    fn look_closer(&mut self, neuron: usize) {
        self.outlooks.leave_out(neuron);
        if let Some(time) = self.cells[neuron].next_spike(self.to) {
            if time <= self.calendar.slot_end() {
                self.push(neuron, time);
            } else {
                let quiet = time - time_resolution(time);
                self.outlooks.keep_quiet(neuron, quiet);
            }
        }
    }

    fn push(&mut self, neuron: usize, time: f64) {
        self.upcoming.push(Reverse(Upcoming {
            time,
            neuron: neuron as u32,
            version: self.outlooks.version(neuron),
        }));
    }

    /// Looks closer at whoever may fire in the slot that has begun.
    fn begin_slot(&mut self) {
        let end = self.calendar.slot_end();
        if self.outlooks.all_quiet() >= end {
            return;
        }
        for block in 0..self.outlooks.n_blocks() {
            if let Some(neurons) = self.outlooks.due(block, end) {
                for neuron in neurons {
                    if self.outlooks.is_due(neuron, end) {
                        self.look_closer(neuron);
                    }
                }
                self.outlooks.settle(block);
            }
        }
        self.outlooks.settle_all();
    }

    /// A time before which nothing happens unless something arrives that is on its way, in ms.
    fn next_event(&mut self, sample: &Sample<'_>) -> f64 {
        let quiet = self.outlooks.all_quiet().min(self.to);
        let known = self.known.iter().filter_map(|known| {
            let incoming = &self.population(known.member).incoming[known.incoming];
            spikes_of(sample, incoming.source).times.get(known.next)
        });
        let quiet = known.copied().fold(quiet, f64::min);
        self.next_upcoming()
            .map_or(quiet, |next| quiet.min(next.time))
    }

    fn store(mut self, sample: &mut Sample<'_>) {
        for (member, &ix) in self.members.iter().enumerate() {
            let population = self.population(member as u32);
            let cells = &mut self.cells[self.first[member]..][..population.size];
            let state = &mut sample.states[ix];
            for (neuron, cell) in cells.iter_mut().enumerate() {
                cell.store(self.to, population, neuron, state);
            }
        }
    }
}
