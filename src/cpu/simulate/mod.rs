//! Executing the causal plan forward in time.

mod bank;
mod by_arrival;
mod calendar;
mod crossings;
mod flagged;
mod frame_bank;
mod frame_kernels;
mod look;
mod maximum;
mod meet;
mod parked;
mod plain;
mod plain_bank;
mod readout;
mod root;
mod sequential;
mod vector;

use super::budget::Share;
use super::compiled::Compiled;
use super::record::Part;
use super::sample::Sample;
use super::workspace::Workspace;
use crate::plan::{Stage, StageKind};
use crate::problem::Stop;

/// Runs samples together: every block of neurons meets all of them while its weights are in cache.
pub(super) fn simulate_chunk<'a>(
    compiled: &Compiled<'a>,
    samples: std::ops::Range<usize>,
    mut budget: Share<'_>,
    scratch: &mut Workspace,
) -> Part {
    let mut samples: Vec<Sample<'a>> = samples
        .map(|ix| Sample::new(compiled, ix, scratch.samples.pop().unwrap_or_default()))
        .collect();
    'run: for window in 0..compiled.plan.n_windows() {
        let bounds = compiled.plan.bounds(window);
        for stage in compiled.plan.stages() {
            advance_stage(compiled, stage, bounds, &mut samples, scratch);
            if budget.is_spent(&mut samples, bounds.1) {
                break 'run;
            }
        }
        for sample in samples.iter_mut().filter(|sample| !sample.is_finished) {
            sample.end = bounds.1;
            sample.is_finished = may_stop(compiled, sample);
        }
        if samples.iter().all(|sample| sample.is_finished) {
            break;
        }
    }
    for sample in &mut samples {
        readout::finish(compiled, sample);
    }
    let part = Part::new(&samples);
    let memory = samples.into_iter().map(Sample::into_memory);
    scratch.samples.extend(memory);
    part
}

fn advance_stage(
    compiled: &Compiled<'_>,
    stage: &Stage,
    bounds: (f64, f64),
    samples: &mut [Sample<'_>],
    scratch: &mut Workspace,
) {
    let first = stage.populations[0].index();
    let population = &compiled.populations[first];
    // One runaway is enough to refuse the batch: the samples after it are left where they are.
    let budget = compiled.problem.options.spike_budget;
    let is_runaway = |sample: &Sample<'_>| sample.n_spikes() > budget;
    let running = samples.iter_mut().filter(|sample| !sample.is_finished);
    if let Some(neurons) = compiled.by_arrival(stage) {
        for sample in running {
            by_arrival::advance(compiled, (stage, neurons), bounds, sample, scratch);
            if is_runaway(sample) {
                return;
            }
        }
    } else if stage.kind == StageKind::Sequential {
        sequential::advance(compiled, stage, bounds, samples, scratch);
    } else if !population.is_spiking {
        for sample in running {
            readout::advance(compiled, first, bounds, sample, scratch);
        }
    } else if let (Some(flow), Some(weights)) = (population.frame, &population.weights) {
        vector::advance(compiled, first, (flow, weights), bounds, samples, scratch);
    } else {
        for sample in running {
            plain::advance(compiled, first, bounds, sample, scratch);
            if is_runaway(sample) {
                return;
            }
        }
    }
}

/// Whether every neuron that the run waits for has fired.
fn may_stop(compiled: &Compiled<'_>, sample: &Sample<'_>) -> bool {
    let Stop::AfterFirstSpikes(id) = compiled.problem.options.stop else {
        return false;
    };
    let population = &compiled.populations[id.index()];
    let units = &sample.spikes[id.index()].units;
    units.len() >= population.size
        && (0..population.size).all(|ix| units.contains(&((population.first_unit + ix) as u32)))
}
