//! A sequential stage, or the voltages of a readout, backward event by event.

use super::bank::{At, Bank, WeightGradient};
use super::spike::back_through;
use super::sweep::Sweep;
use crate::cpu::arrivals::Arrival;
use crate::cpu::blocks::Blocks;
use crate::cpu::compiled::Compiled;
use crate::cpu::replay::{Event, Kind, OwnKind, events};
use crate::cpu::timeline::{NO_ROW, Timeline};
use crate::cpu::turn::turns;
use crate::cpu::workspace::Workspace;
use crate::engine::GradientOptions;
use crate::plan::Stage;

pub(super) fn reverse(
    compiled: &Compiled<'_>,
    stage: &Stage,
    (from, to): (f64, f64),
    options: &GradientOptions,
    sweep: &mut Sweep<'_>,
    (blocks, gradient): (&mut [Option<Blocks>], &mut [f64]),
    scratch: &mut Workspace,
) {
    let to = to.min(sweep.replay.end);
    let members: Vec<usize> = stage.populations.iter().map(|id| id.index()).collect();
    if members.iter().all(|&ix| has_nothing_to_carry(sweep, ix)) {
        return;
    }
    let events = events(compiled, &members, (from, to), &sweep.replay);
    lay_out(compiled, &members, (from, to), &events, scratch);
    let mut banks: Vec<Bank<'_>> = members
        .iter()
        .zip(&scratch.timelines)
        .map(|(&ix, timeline)| {
            let state = std::mem::take(&mut sweep.states[ix]);
            Bank::new(compiled, ix, state, timeline, to)
        })
        .collect();
    let wants_inputs = options.input_times || options.delays;
    for (ix, event) in events.iter().enumerate().rev() {
        let at = At {
            event: ix,
            time: event.time,
        };
        let population_ix = members[event.member as usize];
        let population = &compiled.populations[population_ix];
        let bank = &mut banks[event.member as usize];
        match event.kind {
            Kind::Row { row, origin } => {
                let mut weights = WeightGradient {
                    blocks: blocks[population_ix].as_mut(),
                    flat: gradient,
                };
                let source = population.incoming_of(row).source;
                let is_wanted = wants_inputs || source.is_some();
                let x = bank.row(at, row as usize, is_wanted, &mut weights);
                gradient[population.delay_of(row as usize, 0)] += x;
                sweep.add_to_source(source, origin, x);
            }
            Kind::Synapse {
                row,
                origin,
                neuron,
            } => {
                let x = bank.synapse(at, row as usize, neuron as usize, gradient);
                gradient[population.delay_of(row as usize, neuron as usize)] += x;
                sweep.add_to_source(population.incoming_of(row).source, origin, x);
            }
            Kind::Voltage { time_ix } => {
                let first = time_ix as usize * population.size;
                let cotangent =
                    &sweep.readouts[population_ix].voltages[first..first + population.size];
                bank.add_potential(at, cotangent);
            }
            Kind::Maximum { neuron } => {
                let neuron = neuron as usize;
                let cotangent = sweep.readouts[population_ix].maxima[neuron];
                if cotangent == 0.0 {
                    continue;
                }
                bank.with_potential(at, neuron, |potential| (potential + cotangent, ()));
                for turn in turns(compiled, population_ix, neuron, &sweep.replay) {
                    let x = cotangent * turn.worth;
                    let incoming = population.incoming_of(turn.row);
                    gradient[population.delay_of(turn.row as usize, neuron)] += x;
                    sweep.add_to_source(incoming.source, turn.origin, x);
                }
            }
            Kind::Spike { spike } | Kind::Release { spike } => {
                let kind = match event.kind {
                    Kind::Release { .. } => OwnKind::Release,
                    _ => OwnKind::Spike,
                };
                let spike = spike as usize;
                let spikes = &sweep.replay.spikes[population_ix];
                let neuron = spikes.units[spike] as usize - population.first_unit;
                let dynamics = &population.dynamics[neuron];
                let ell = &mut sweep.ell[population_ix][spike];
                let floor = sweep.slope_floor;
                let threshold = bank.with_potential(at, neuron, |potential| {
                    back_through(dynamics, kind, (spikes, spike), floor, ell, potential)
                });
                gradient[population.first_threshold + neuron] += threshold;
            }
        }
    }
    for (bank, &ix) in banks.into_iter().zip(&members) {
        sweep.states[ix] = bank.finish(from);
        sweep.states[ix].is_untouched = false;
    }
}

/// Whether a population is a readout at whose voltage nobody looked.
fn has_nothing_to_carry(sweep: &Sweep<'_>, population: usize) -> bool {
    let is_zero = |values: &[f64]| values.iter().all(|&value| value == 0.0);
    sweep.replay.spikes[population].len() == 0
        && is_zero(sweep.readouts[population].voltages)
        && is_zero(sweep.readouts[population].maxima)
        && sweep.states[population].is_untouched
}

/// A timeline for each member in the frame, with a step for each event.
fn lay_out(
    compiled: &Compiled<'_>,
    members: &[usize],
    (from, to): (f64, f64),
    events: &[Event],
    scratch: &mut Workspace,
) {
    let n = members.len().max(scratch.timelines.len());
    scratch.timelines.resize_with(n, Timeline::default);
    scratch.arrivals.clear();
    scratch.arrivals.extend(events.iter().map(|event| Arrival {
        time: event.time,
        row: NO_ROW,
        origin: 0,
    }));
    for (&ix, timeline) in members.iter().zip(&mut scratch.timelines) {
        if let Some(flow) = compiled.populations[ix].frame {
            timeline.build(&flow, from, to, &scratch.arrivals, false);
        }
    }
}
