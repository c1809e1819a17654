//! A sequential stage or a readout, backward event by event.

use super::bank::AdjointBank;
use super::spike::back_through;
use super::sweep::Sweep;
use crate::cpu::compiled::Compiled;
use crate::cpu::replay::{Kind, OwnKind, events};
use crate::plan::Stage;

pub(super) fn reverse(
    compiled: &Compiled<'_>,
    stage: &Stage,
    (from, to): (f64, f64),
    sweep: &mut Sweep<'_>,
    gradient: &mut [f64],
) {
    let to = to.min(sweep.replay.end);
    let members: Vec<usize> = stage.populations.iter().map(|id| id.index()).collect();
    let events = events(compiled, &members, (from, to), &sweep.replay);
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
                let spikes = &sweep.replay.spikes[population_ix];
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
