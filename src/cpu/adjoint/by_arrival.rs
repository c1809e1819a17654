//! A sequential stage whose synapses have delays of their own, backward: spike by spike.
//!
//! An arrival only reads its target's adjoint. So between two events of a neuron's own (spikes and releases) its adjoint is a
//! closed form of its state just before the later one, and arrivals need no order. Only spikes are taken in order, latest
//! first: all that a spike sent arrives at neurons whose later events are done by then.

use super::spike::back_through;
use super::sweep::Sweep;
use crate::cpu::arrivals::Incoming;
use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::replay::{OwnEvent, OwnKind, own_events};
use crate::dynamics::{ArrivalJump, Flow};
use crate::plan::Stage;

/// dL/dV and dL/dI of a neuron just before one of its events, or at the window's end.
#[derive(Debug, Clone, Copy)]
struct Before {
    /// When, in ms.
    time: f64,
    potential: f64,
    current: f64,
}

impl Before {
    /// The same, earlier, without an event in between.
    #[inline]
    fn at(&self, flow: &Flow, time: f64) -> (f64, f64) {
        flow.propagator(self.time - time)
            .apply_adjoint(self.potential, self.current)
    }
}

/// One neuron of the stage: what is known of its adjoint, latest first. Never empty.
type History = Vec<Before>;

/// The members of the stage that are left to the sweep.
struct Members<'a> {
    compiled: &'a Compiled<'a>,
    members: &'a [usize],
    /// For each member: a history for each neuron.
    histories: Vec<Vec<History>>,
    from: f64,
    to: f64,
}

pub(super) fn reverse(
    compiled: &Compiled<'_>,
    stage: &Stage,
    (from, to): (f64, f64),
    sweep: &mut Sweep<'_>,
    gradient: &mut [f64],
) {
    let to = to.min(sweep.replay.end);
    let members: Vec<usize> = stage.populations.iter().map(|id| id.index()).collect();
    let mut run = Members {
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
    events.sort_by(|(x_member, x), (y_member, y)| {
        let order = x.time.to_bits().cmp(&y.time.to_bits());
        order.then_with(|| (x.kind, x_member, x.neuron).cmp(&(y.kind, y_member, y.neuron)))
    });
    for (member, event) in events.iter().rev() {
        run.event(*member, event, sweep, gradient);
    }
    run.earlier_spikes(sweep, gradient);
    for (histories, &ix) in run.histories.iter().zip(&members) {
        let population = &compiled.populations[ix];
        let state = &mut sweep.states[ix];
        for (neuron, history) in histories.iter().enumerate() {
            let flow = &population.dynamics[neuron].flow;
            (state.potential[neuron], state.current[neuron]) = earliest(history).at(flow, from);
        }
        state.is_untouched = false;
    }
}

fn start(sweep: &Sweep<'_>, compiled: &Compiled<'_>, ix: usize, to: f64) -> Vec<History> {
    let state = &sweep.states[ix];
    (0..compiled.populations[ix].size)
        .map(|neuron| {
            vec![Before {
                time: to,
                potential: state.potential[neuron],
                current: state.current[neuron],
            }]
        })
        .collect()
}

fn earliest(history: &History) -> Before {
    *history
        .last()
        .expect("a history begins at the window's end")
}

impl<'a> Members<'a> {
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
        let (potential, current) = earliest(history).at(&dynamics.flow, event.time);
        let (potential, threshold) = back_through(
            dynamics,
            event.kind,
            (&sweep.replay.spikes[ix], spike),
            sweep.slope_floor,
            &mut sweep.ell[ix][spike],
            potential,
        );
        gradient[population.first_threshold + neuron] += threshold;
        history.push(Before {
            time: event.time,
            potential,
            current,
        });
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
                if let Some(row) = incoming.row(unit) {
                    sum += self.row(member, incoming, row, time, gradient);
                }
            }
        }
        sweep.add_to_source(source, origin as u32, sum);
    }

    /// The synapses of one row: the gradients of their weights and delays, and dL/d(the spike's time).
    fn row(
        &self,
        member: usize,
        incoming: &Incoming,
        row: usize,
        time: f64,
        gradient: &mut [f64],
    ) -> f64 {
        let population = self.population(member);
        let values = self.compiled.values();
        let (weights, delays) = (population.row_weight[row], population.row_delay[row]);
        let mut sum = 0.0;
        for (neuron, history) in self.histories[member].iter().enumerate() {
            let delay_ix = match incoming.shared_delay {
                Some(_) => delays,
                None => delays + neuron,
            };
            let arrival = time + values[delay_ix];
            if arrival < self.from || arrival >= self.to {
                continue;
            }
            // At one time a neuron's events come before arrivals.
            let n_later = history.partition_point(|before| before.time > arrival);
            let before = history[n_later - 1];
            if before.potential == 0.0 && before.current == 0.0 {
                continue;
            }
            let flow = &population.dynamics[neuron].flow;
            let (potential, current) = before.at(flow, arrival);
            let jump = ArrivalJump::new(values[weights + neuron], flow.synapse_rate);
            let x = jump.transposed(potential, current);
            gradient[weights + neuron] += current;
            gradient[delay_ix] += x;
            sum += x;
        }
        sum
    }
}
