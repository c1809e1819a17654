//! The simulator: from event to event in high precision, spikes and releases before arrivals.

use crate::cell::{Cell, Link, Shift, cells, links, shifted};
use crate::net::{Net, SourceOf, Value};
use crate::real::Real;
use crate::rule::{Flip, Mutant, Rules};

/// More spikes than this and a network is no case.
const MOST_SPIKES: usize = 400;

/// Times this close, relative to them (or to 1 ms), are one time: well above the rounding of 106 bits, well below that of 53.
const SAME: f64 = 1e-24;

/// Times this close, relative, are apart, but not in f64: sixteen roundings.
const NEAR: f64 = 3.6e-15;

/// A spike of the oracle.
#[derive(Debug, Clone)]
pub struct Exact<T> {
    pub neuron: usize,
    pub time: T,
    /// dV/dt at the threshold, over the neuron's own scale: threshold above reset, a membrane time constant.
    pub slope: f64,
}

/// What a network does.
#[derive(Debug, Clone)]
pub struct Run<T> {
    pub spikes: Vec<Exact<T>>,
    /// Arrivals at the very time of a spike of their target.
    pub exact_ties: usize,
    /// Arrivals so near to a spike of their target that f64 may not tell which was first.
    pub near_ties: usize,
    /// Ended before its time, with too many spikes.
    pub is_runaway: bool,
}

impl<T: Real> Run<T> {
    /// Times of each neuron.
    pub fn trains(&self, n_neurons: usize) -> Vec<Vec<T>> {
        let mut trains = vec![Vec::new(); n_neurons];
        for spike in &self.spikes {
            trains[spike.neuron].push(spike.time.clone());
        }
        trains
    }

    pub fn smallest_slope(&self) -> f64 {
        let slopes = self.spikes.iter().map(|spike| spike.slope);
        slopes.fold(f64::INFINITY, f64::min)
    }
}

#[derive(Debug, Clone)]
struct Arrival<T> {
    time: T,
    source: SourceOf,
    synapse: usize,
    is_flipped: bool,
}

struct Simulation<'a, T> {
    net: &'a Net,
    rules: Rules,
    cells: Vec<Cell<T>>,
    links: Vec<Link<T>>,
    arrivals: Vec<Arrival<T>>,
    run: Run<T>,
}

/// The spikes of a network, one of its values shifted by `shift.1`.
pub fn simulate<T: Real>(net: &Net, shift: Shift, rules: Rules) -> Run<T> {
    let mut simulation = Simulation {
        net,
        rules,
        cells: cells(net, shift, rules),
        links: links(net, shift, rules),
        arrivals: Vec::new(),
        run: Run {
            spikes: Vec::new(),
            exact_ties: 0,
            near_ties: 0,
            is_runaway: false,
        },
    };
    for (input, times) in net.input_spikes.iter().enumerate() {
        for (spike, &time) in times.iter().enumerate() {
            let is_last = |other: &[f64]| !other.contains(&time);
            let lost = rules.mutant == Mutant::OneInputAtATime
                && !net.input_spikes[input + 1..]
                    .iter()
                    .all(|times| is_last(times));
            if !lost {
                let time = shifted(shift, Value::InputTime(input, spike), time);
                simulation.send(SourceOf::Input(input), &time);
            }
        }
    }
    simulation
        .cells
        .iter_mut()
        .for_each(|cell| cell.look_ahead(&rules));
    simulation.finish();
    simulation.run
}

/// The neuron to which the earliest of `times` belongs, the lowest of simultaneous ones, and when.
fn earliest<T: Real>(times: impl Iterator<Item = Option<T>>) -> Option<(usize, T)> {
    let mut best: Option<(usize, T)> = None;
    for (ix, time) in times.enumerate() {
        let Some(time) = time else { continue };
        let is_before = |(_, best): &(usize, T)| time.clone() + same(&time) < *best;
        if best.as_ref().is_none_or(is_before) {
            best = Some((ix, time));
        }
    }
    best
}

fn same<T: Real>(time: &T) -> T {
    T::of(SAME * time.near().abs().max(1.0))
}

fn near<T: Real>(time: &T) -> T {
    T::of(NEAR * time.near().abs().max(1e-3))
}

impl<T: Real> Simulation<'_, T> {
    fn send(&mut self, source: SourceOf, time: &T) {
        for (synapse, link) in self.links.iter().enumerate() {
            if link.source == source {
                self.arrivals.push(Arrival {
                    time: time.clone() + link.delay.clone(),
                    source,
                    synapse,
                    is_flipped: false,
                });
            }
        }
    }

    /// The place of the next arrival, by (time, source, synapse).
    fn next_arrival(&self) -> Option<usize> {
        let before = |x: &Arrival<T>, y: &Arrival<T>| {
            x.time < y.time || x.time == y.time && (x.source, x.synapse) < (y.source, y.synapse)
        };
        let places = 0..self.arrivals.len();
        places.reduce(|x, y| match before(&self.arrivals[y], &self.arrivals[x]) {
            true => y,
            false => x,
        })
    }

    fn finish(&mut self) {
        let end = T::of(self.net.end);
        loop {
            let arrival = self.next_arrival();
            let spike = earliest(self.cells.iter().map(|cell| cell.next.clone()));
            let release = earliest(self.cells.iter().map(|cell| cell.release.clone()));
            let until = arrival.map(|ix| self.arrivals[ix].time.clone());
            let is_due = |time: &T| match &until {
                None => true,
                Some(until) if self.rules.mutant == Mutant::ArrivalsFirst => {
                    time.clone() + same(time) < *until
                }
                Some(until) => *time <= until.clone() + same(time),
            };
            let release = release.filter(|(_, time)| is_due(time));
            let spike = spike.filter(|(_, time)| is_due(time));
            match (release, spike) {
                (Some((neuron, time)), spike)
                    if spike.as_ref().is_none_or(|(_, other)| time <= *other) =>
                {
                    if time > end {
                        return;
                    }
                    self.release(neuron, &time);
                }
                (_, Some((neuron, time))) => {
                    if time > end {
                        return;
                    }
                    if self.run.spikes.len() == MOST_SPIKES && !self.rules.is_long {
                        self.run.is_runaway = true;
                        return;
                    }
                    self.fire(neuron, &time);
                }
                _ => {
                    let Some(ix) = arrival else { return };
                    if self.arrivals[ix].time > end {
                        return;
                    }
                    self.arrive(ix);
                }
            }
        }
    }

    fn is_flipped_now(&mut self) -> bool {
        let number = self.run.near_ties;
        self.run.near_ties += 1;
        match self.rules.flip {
            Flip::None => false,
            Flip::All => true,
            Flip::One(one) => one == number,
        }
    }

    fn fire(&mut self, neuron: usize, time: &T) {
        let is_near = |arrival: &Arrival<T>, links: &[Link<T>]| {
            let gap = arrival.time.clone() - time.clone();
            let link = &links[arrival.synapse];
            let matters = link.target == neuron && !link.weight.is_zero() && !arrival.is_flipped;
            matters && gap > same(time) && gap <= near(time)
        };
        let place = self
            .arrivals
            .iter()
            .position(|arrival| is_near(arrival, &self.links));
        if let Some(place) = place {
            if self.is_flipped_now() {
                self.arrivals[place].time = time.clone() - near(time);
                self.arrivals[place].is_flipped = true;
                return;
            }
            self.arrivals[place].is_flipped = true;
        }
        let links = &self.links;
        let ties = self.arrivals.iter().filter(|arrival| {
            let link = &links[arrival.synapse];
            let gap = (arrival.time.clone() - time.clone()).magnitude();
            link.target == neuron && !link.weight.is_zero() && gap <= same(time)
        });
        self.run.exact_ties += ties.count();
        let rules = self.rules;
        let cell = &mut self.cells[neuron];
        cell.advance(time, &rules);
        let slope = cell.flow.slope(&cell.threshold, &cell.current) * cell.tau.clone();
        let height = cell.threshold.clone() - cell.reset.clone();
        self.run.spikes.push(Exact {
            neuron,
            time: time.clone(),
            slope: (slope / height).near(),
        });
        cell.potential = cell.reset.clone();
        if rules.mutant == Mutant::ResetClearsCurrent {
            cell.current = T::zero();
        }
        cell.release = cell.refractory.clone().map(|hold| time.clone() + hold);
        cell.look_ahead(&rules);
        self.send(SourceOf::Neuron(neuron), time);
    }

    fn release(&mut self, neuron: usize, time: &T) {
        let rules = self.rules;
        let cell = &mut self.cells[neuron];
        cell.advance(time, &rules);
        cell.release = None;
        cell.look_ahead(&rules);
    }

    fn arrive(&mut self, place: usize) {
        let Arrival {
            time,
            synapse,
            is_flipped,
            ..
        } = self.arrivals[place].clone();
        let target = self.links[synapse].target;
        let has_weight = !self.links[synapse].weight.is_zero();
        if let Some(next) = self.cells[target]
            .next
            .clone()
            .filter(|_| has_weight && !is_flipped)
        {
            let gap = next.clone() - time.clone();
            if gap > same(&time) && gap <= near(&time) {
                self.arrivals[place].is_flipped = true;
                if self.is_flipped_now() {
                    self.arrivals[place].time = next + near(&time);
                    return;
                }
            }
        }
        self.arrivals.swap_remove(place);
        let rules = self.rules;
        let cell = &mut self.cells[target];
        cell.advance(&time, &rules);
        if cell.release.is_some() && rules.mutant == Mutant::HoldLosesArrivals {
            return;
        }
        cell.current = cell.current.clone() + self.links[synapse].weight.clone();
        cell.look_ahead(&rules);
    }
}
