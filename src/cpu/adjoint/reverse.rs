//! A sequential stage or a readout, backward event by event.

use super::bank::AdjointBank;
use super::spike::{OwnKind, back_through, own_events};
use super::sweep::Sweep;
use crate::cpu::arrivals::{gather_rows, gather_synapses};
use crate::cpu::compiled::Compiled;
use crate::plan::Stage;

/// The order of the variants is the order of events at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Release {
        spike: u32,
    },
    Spike {
        spike: u32,
    },
    /// A requested voltage.
    Voltage {
        time_ix: u32,
    },
    /// At every neuron.
    Row {
        row: u32,
        origin: u32,
    },
    /// At one neuron.
    Synapse {
        row: u32,
        origin: u32,
        neuron: u32,
    },
}

#[derive(Debug, Clone, Copy)]
struct Event {
    time: f64,
    kind: Kind,
    member: u32,
}

pub(super) fn reverse(
    compiled: &Compiled<'_>,
    stage: &Stage,
    (from, to): (f64, f64),
    sweep: &mut Sweep<'_>,
    gradient: &mut [f64],
) {
    let to = to.min(sweep.end);
    let members: Vec<usize> = stage.populations.iter().map(|id| id.index()).collect();
    let events = events(compiled, &members, (from, to), sweep);
    let mut banks: Vec<AdjointBank<'_>> = members
        .iter()
        .map(|&ix| {
            let (state, density) = (&sweep.states[ix], sweep.integrals[ix]);
            AdjointBank::new(
                &compiled.populations[ix],
                compiled.values(),
                state,
                density,
                to,
            )
        })
        .collect();
    for event in events.iter().rev() {
        let population_ix = members[event.member as usize];
        let population = &compiled.populations[population_ix];
        let bank = &mut banks[event.member as usize];
        match event.kind {
            Kind::Row { row, origin } => {
                bank.back_to(event.time);
                let x = bank.row(row as usize, gradient);
                gradient[population.row_delay[row as usize]] += x;
                sweep.add_to_source(population.incoming_of(row).source, origin, x);
            }
            Kind::Synapse {
                row,
                origin,
                neuron,
            } => {
                bank.back_to(event.time);
                let x = bank.synapse(row as usize, neuron as usize, gradient);
                gradient[population.row_delay[row as usize] + neuron as usize] += x;
                sweep.add_to_source(population.incoming_of(row).source, origin, x);
            }
            Kind::Voltage { time_ix } => {
                bank.back_to(event.time);
                let first = time_ix as usize * population.size;
                bank.add_potential(&sweep.voltages[population_ix][first..first + population.size]);
            }
            Kind::Spike { spike } | Kind::Release { spike } => {
                let kind = match event.kind {
                    Kind::Release { .. } => OwnKind::Release,
                    _ => OwnKind::Spike,
                };
                bank.back_to(event.time);
                let spike = spike as usize;
                let spikes = &sweep.spikes[population_ix];
                let neuron = spikes.units[spike] as usize - population.first_unit;
                let slope = spikes.slopes[spike].max(sweep.slope_floor);
                let slopes = (slope, spikes.release_slopes[spike]);
                let ell = &mut sweep.ell[population_ix][spike];
                let dynamics = &population.dynamics[neuron];
                let (potential, threshold) =
                    back_through(dynamics, kind, slopes, ell, bank.potential[neuron]);
                bank.potential[neuron] = potential;
                gradient[population.first_threshold + neuron] += threshold;
            }
        }
    }
    for (mut bank, &ix) in banks.into_iter().zip(&members) {
        bank.back_to(from);
        sweep.states[ix].potential = bank.potential;
        sweep.states[ix].current = bank.current;
    }
}

/// Everything that happened to the members in a window, in order.
fn events(
    compiled: &Compiled<'_>,
    members: &[usize],
    (from, to): (f64, f64),
    sweep: &Sweep<'_>,
) -> Vec<Event> {
    let mut events = Vec::new();
    let mut arrivals = Vec::new();
    for (member, &ix) in members.iter().enumerate() {
        let population = &compiled.populations[ix];
        let member = member as u32;
        let event = |time: f64, kind: Kind| Event { time, kind, member };
        gather_rows(population, sweep, (from, to), &mut arrivals);
        events.extend(arrivals.iter().map(|a| {
            let (row, origin) = (a.row, a.origin);
            event(a.time, Kind::Row { row, origin })
        }));
        if population.has_synaptic_delays {
            for neuron in 0..population.size {
                let values = compiled.values();
                gather_synapses(population, neuron, values, sweep, (from, to), &mut arrivals);
                events.extend(arrivals.iter().map(|a| {
                    let (row, origin, neuron) = (a.row, a.origin, neuron as u32);
                    event(
                        a.time,
                        Kind::Synapse {
                            row,
                            origin,
                            neuron,
                        },
                    )
                }));
            }
        }
        events.extend(
            own_events(population, &sweep.spikes[ix], (from, to))
                .iter()
                .map(|own| {
                    let spike = own.spike;
                    event(
                        own.time,
                        match own.kind {
                            OwnKind::Release => Kind::Release { spike },
                            OwnKind::Spike => Kind::Spike { spike },
                        },
                    )
                }),
        );
        if !sweep.voltages[ix].is_empty() {
            let is_last = to >= compiled.problem.options.duration;
            let requested = compiled.problem.options.voltage_times.iter().enumerate();
            events.extend(
                requested
                    .filter(|&(_, &time)| time >= from && (time < to || is_last && time <= to))
                    .map(|(ix, &time)| event(time, Kind::Voltage { time_ix: ix as u32 })),
            );
        }
    }
    events.sort_unstable_by(|x, y| {
        x.time
            .total_cmp(&y.time)
            .then(x.kind.cmp(&y.kind))
            .then(x.member.cmp(&y.member))
    });
    events
}
