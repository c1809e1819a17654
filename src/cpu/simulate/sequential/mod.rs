//! A sequential stage: populations that influence one another without delay, event by event.
//!
//! The next event of a sample can be found only when its last is known. So two samples take turns, one event each: the
//! processor works on one while the other waits for a result.

mod delivery;
mod run;

use pulp::Arch;

use super::crossings::{Candidates, Crossings};
use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::sample::Sample;
use crate::cpu::workspace::Workspace;
use crate::plan::Stage;
use run::Run;

/// Samples that take turns. Four were no faster than two.
const TOGETHER: usize = 2;

pub(super) fn advance(
    compiled: &Compiled<'_>,
    stage: &Stage,
    window: (f64, f64),
    samples: &mut [Sample<'_>],
    scratch: &mut Workspace,
) {
    let members: Vec<usize> = stage.populations.iter().map(|id| id.index()).collect();
    let mut samples: Vec<_> = samples.iter_mut().filter(|s| !s.is_finished).collect();
    let budget = compiled.problem.options.spike_budget;
    let arch = Arch::new();
    let mut candidates = Candidates::default();
    for samples in samples.chunks_mut(TOGETHER) {
        let mut runs: Vec<Run<'_, '_>> = samples
            .iter_mut()
            .map(|sample| Run::new(compiled, &members, window, sample))
            .collect();
        while runs.iter().any(|run| run.is_going) {
            for run in runs.iter_mut().filter(|run| run.is_going) {
                run.look();
            }
            for (member, &ix) in members.iter().enumerate() {
                let population = &compiled.populations[ix];
                search(arch, (population, member), &mut runs, &mut candidates);
            }
            for run in runs.iter_mut().filter(|run| run.is_going) {
                run.act();
            }
            // A runaway refuses the batch: the samples after it stop. Those before it go on, as the error names the first.
            if let Some(first) = runs.iter().position(|run| run.is_runaway) {
                runs[first..]
                    .iter_mut()
                    .for_each(|run| run.is_going = false);
            }
        }
        for run in runs {
            run.finish(scratch);
        }
        if samples.iter().any(|sample| sample.n_spikes() > budget) {
            return;
        }
    }
}

/// Finds the next spikes of one member in all samples that take turns.
fn search(
    arch: Arch,
    (population, member): (&CompiledPopulation, usize),
    runs: &mut [Run<'_, '_>],
    candidates: &mut Candidates,
) {
    let Some(flow) = &population.frame else {
        return;
    };
    candidates.clear();
    for run in &mut *runs {
        candidates.begin_sample();
        if run.is_going {
            run.banks[member].candidates(candidates);
        }
    }
    arch.dispatch(Crossings { flow, candidates });
    for (ix, run) in runs.iter_mut().enumerate() {
        candidates.take_earliest(ix, population, |fired| {
            run.banks[member].add_upcoming(fired);
        });
    }
}
