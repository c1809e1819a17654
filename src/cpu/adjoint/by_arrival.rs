//! A sequential stage whose synapses have delays of their own, or any stage of neurons with several receptors or with lists of
//! synapses, backward: spike by spike.
//!
//! An arrival only reads its target's adjoint, of several currents that of its receptor's, which follows from dL/dV as if it
//! were alone. So between two events of a neuron's own (spikes and releases) its adjoint is a closed form of its state just
//! before the later one, and arrivals need no order. Only spikes are taken in order, latest first: all that a spike sent
//! arrives at neurons whose later events are done by then.

use super::spike::back_through;
use super::sweep::Sweep;
use crate::cpu::arrivals::{Incoming, sort_key};
use crate::cpu::compiled::{ByArrival, Compiled, CompiledPopulation};
use crate::cpu::replay::{OwnEvent, OwnKind, own_events};
use crate::dynamics::{ArrivalJump, MAX_CURRENTS};
use crate::plan::Stage;

/// dL/dV and dL/dI of a neuron with up to `K` currents just before one of its events, or at the window's end.
#[derive(Debug, Clone, Copy)]
struct Before<const K: usize> {
    /// When, in ms.
    time: f64,
    potential: f64,
    currents: [f64; K],
}

impl<const K: usize> Before<K> {
    /// The same, earlier, without an event in between.
    fn at(&self, population: &CompiledPopulation, neuron: usize, time: f64) -> Self {
        let mut at = Self { time, ..*self };
        for (receptor, current) in at.currents[..population.receptors].iter_mut().enumerate() {
            let step = population
                .flow(neuron, receptor)
                .propagator(self.time - time);
            (at.potential, *current) = step.apply_adjoint(self.potential, *current);
        }
        at
    }
}

/// One neuron of the stage: what is known of its adjoint, latest first. Never empty.
type History<const K: usize> = Vec<Before<K>>;

/// The members of the stage that are left to the sweep.
struct Members<'a, const K: usize> {
    compiled: &'a Compiled<'a>,
    members: &'a [usize],
    /// For each member: a history for each neuron.
    histories: Vec<Vec<History<K>>>,
    from: f64,
    to: f64,
}

pub(super) fn reverse(
    compiled: &Compiled<'_>,
    (stage, neurons): (&Stage, ByArrival),
    bounds: (f64, f64),
    sweep: &mut Sweep<'_>,
    gradient: &mut [f64],
) {
    match neurons {
        ByArrival::One => reverse_currents::<1>(compiled, stage, bounds, sweep, gradient),
        ByArrival::Several => {
            reverse_currents::<MAX_CURRENTS>(compiled, stage, bounds, sweep, gradient);
        }
    }
}

fn reverse_currents<const K: usize>(
    compiled: &Compiled<'_>,
    stage: &Stage,
    (from, to): (f64, f64),
    sweep: &mut Sweep<'_>,
    gradient: &mut [f64],
) {
    let to = to.min(sweep.replay.end);
    let members: Vec<usize> = stage.populations.iter().map(|id| id.index()).collect();
    let mut run = Members::<K> {
        compiled,
        members: &members,
        histories: members
            .iter()
            .map(|&ix| start(sweep, compiled, ix, to))
            .collect(),
        from,
        to,
    };
    let mut events: Vec<(usize, OwnEvent)> = Vec::new();
    for (member, &ix) in members.iter().enumerate() {
        let own = own_events(
            &compiled.populations[ix],
            &sweep.replay.spikes[ix],
            (from, to),
        );
        events.extend(own.into_iter().map(|event| (member, event)));
    }
    // Members one after the other, the events of each in order: a stable sort keeps both where times are the same.
    events.sort_by_key(|(_, event)| sort_key(event.time, event.kind as u64));
    for (member, event) in events.iter().rev() {
        run.event(*member, event, sweep, gradient);
    }
    run.earlier_spikes(sweep, gradient);
    for (histories, &ix) in run.histories.iter().zip(&members) {
        let population = &compiled.populations[ix];
        let state = &mut sweep.states[ix];
        for (neuron, history) in histories.iter().enumerate() {
            let start = earliest(history).at(population, neuron, from);
            state.potential[neuron] = start.potential;
            for (receptor, current) in start.currents[..population.receptors].iter().enumerate() {
                state.current[receptor * population.padded() + neuron] = *current;
            }
        }
        state.is_untouched = false;
    }
}

fn start<const K: usize>(
    sweep: &Sweep<'_>,
    compiled: &Compiled<'_>,
    ix: usize,
    to: f64,
) -> Vec<History<K>> {
    let (state, population) = (&sweep.states[ix], &compiled.populations[ix]);
    (0..population.size)
        .map(|neuron| {
            let mut currents = [0.0; K];
            for (receptor, current) in currents[..population.receptors].iter_mut().enumerate() {
                *current = state.current[receptor * population.padded() + neuron];
            }
            vec![Before {
                time: to,
                potential: state.potential[neuron],
                currents,
            }]
        })
        .collect()
}

fn earliest<const K: usize>(history: &History<K>) -> Before<K> {
    *history
        .last()
        .expect("a history begins at the window's end")
}

impl<'a, const K: usize> Members<'a, K> {
    fn population(&self, member: usize) -> &'a CompiledPopulation {
        &self.compiled.populations[self.members[member]]
    }

    /// A spike, after all that it sent, or a release.
    fn event(
        &mut self,
        member: usize,
        event: &OwnEvent,
        sweep: &mut Sweep<'_>,
        gradient: &mut [f64],
    ) {
        let ix = self.members[member];
        let population = self.population(member);
        let (neuron, spike) = (event.neuron as usize, event.spike as usize);
        if event.kind == OwnKind::Spike {
            self.sent(Some(ix), spike, sweep, gradient);
        }
        let dynamics = &population.dynamics[neuron];
        let history = &mut self.histories[member][neuron];
        let mut before = earliest(history).at(population, neuron, event.time);
        let (potential, threshold) = back_through(
            dynamics,
            event.kind,
            (&sweep.replay.spikes[ix], spike),
            sweep.slope_floor,
            &mut sweep.ell[ix][spike],
            before.potential,
        );
        gradient[population.first_threshold + neuron] += threshold;
        before.potential = potential;
        history.push(before);
    }

    /// What spikes from outside of the stage, or from before the window, send into it.
    fn earlier_spikes(&self, sweep: &mut Sweep<'_>, gradient: &mut [f64]) {
        let mut sources: Vec<(Option<usize>, f64)> = Vec::new();
        for member in 0..self.members.len() {
            for incoming in &self.population(member).incoming {
                match sources
                    .iter_mut()
                    .find(|(source, _)| *source == incoming.source)
                {
                    Some((_, longest)) => *longest = longest.max(incoming.longest_delay),
                    None => sources.push((incoming.source, incoming.longest_delay)),
                }
            }
        }
        for (source, longest) in sources {
            let is_inner = source.is_some_and(|ix| self.members.contains(&ix));
            let times = match source {
                None => sweep.replay.input.times,
                Some(ix) => &sweep.replay.spikes[ix].times,
            };
            let first = times.partition_point(|&time| time + longest < self.from);
            // Of the stage's own spikes, those in the window are done.
            let last = times.partition_point(|&time| match is_inner {
                true => time <= self.from,
                false => time < self.to,
            });
            for origin in first..last {
                self.sent(source, origin, sweep, gradient);
            }
        }
    }

    /// Goes through what a spike sent into the window.
    fn sent(
        &self,
        source: Option<usize>,
        origin: usize,
        sweep: &mut Sweep<'_>,
        gradient: &mut [f64],
    ) {
        let (time, unit) = match source {
            None => (
                sweep.replay.input.times[origin],
                sweep.replay.input.units[origin],
            ),
            Some(ix) => {
                let spikes = &sweep.replay.spikes[ix];
                (spikes.times[origin], spikes.units[origin])
            }
        };
        let mut sum = 0.0;
        for member in 0..self.members.len() {
            let population = self.population(member);
            for incoming in population.incoming.iter().filter(|i| i.source == source) {
                let mut add = |neuron: usize, places: (usize, usize)| {
                    sum += self.synapse((member, neuron), incoming, places, time, gradient);
                };
                if let Some(table) = &incoming.table {
                    for synapse in incoming.synapses(table, unit) {
                        let weight = incoming.weights + synapse;
                        add(table.target(synapse), (weight, incoming.delay_of(synapse)));
                    }
                } else if let Some(row) = incoming.row(unit) {
                    let first = (population.weight_of(row, 0), population.delay_of(row, 0));
                    let step = usize::from(incoming.shared_delay.is_none());
                    for neuron in 0..population.size {
                        add(neuron, (first.0 + neuron, first.1 + step * neuron));
                    }
                }
            }
        }
        sweep.add_to_source(source, origin as u32, sum);
    }

    /// What a spike sends over a synapse: adds to the gradients of its weight and its delay, whose places in the flat vector are
    /// given; dL/d(the spike's time).
    fn synapse(
        &self,
        (member, neuron): (usize, usize),
        incoming: &Incoming,
        (weight_place, delay_place): (usize, usize),
        time: f64,
        gradient: &mut [f64],
    ) -> f64 {
        let values = self.compiled.values();
        let arrival = time + values[delay_place];
        if arrival < self.from || arrival >= self.to {
            return 0.0;
        }
        // At one time a neuron's events come before arrivals.
        let history = &self.histories[member][neuron];
        let n_later = history.partition_point(|before| before.time > arrival);
        let before = history[n_later - 1];
        let current = before.currents[incoming.receptor];
        if before.potential == 0.0 && current == 0.0 {
            return 0.0;
        }
        let flow = self.population(member).flow(neuron, incoming.receptor);
        let step = flow.propagator(before.time - arrival);
        let (potential, current) = step.apply_adjoint(before.potential, current);
        let jump = ArrivalJump::new(values[weight_place], flow.synapse_rate);
        let x = jump.transposed(potential, current);
        gradient[weight_place] += current;
        gradient[delay_place] += x;
        x
    }
}
