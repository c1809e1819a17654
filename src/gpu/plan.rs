//! The causal plan as kernels need it.

use super::layout::STAGE_POPULATIONS;
use crate::network::{PopulationId, Source};
use crate::plan::{CausalPlan, Stage, StageKind, SynapticCycles};
use crate::problem::Problem;
use crate::{Error, Result};

/// How many of its shortest time constant a window may last: times are kept since its start, and
/// single precision holds them then to a few millionths of that time constant.
const LONGEST_WINDOW: f64 = 32.0;

/// Into how many windows a run is cut for the sake of precision alone.
const MOST_WINDOWS: f64 = 10_000.0;

/// The causal plan, in windows that keep times precise, and no longer than the shortest delay above zero within
/// a sequential stage: what such a stage sends itself then arrives at once or in a later
/// window, so that its kernel needs no queue.
pub(super) fn plan(problem: &Problem<'_>) -> Result<CausalPlan> {
    let options = problem.options;
    let new = |longest| {
        CausalPlan::new(
            problem.network,
            problem.parameters,
            options.duration,
            longest,
            SynapticCycles::Windows,
        )
    };
    let precise =
        (LONGEST_WINDOW * shortest_time_constant(problem)).max(options.duration / MOST_WINDOWS);
    let mut longest = options.longest_window.min(precise);
    let plan = new(longest);
    for stage in plan
        .stages()
        .iter()
        .filter(|stage| stage.kind == StageKind::Sequential)
    {
        if stage.populations.len() > STAGE_POPULATIONS as usize {
            return Err(Error::unavailable(
                format!(
                    "a cycle without delay of {} populations on the GPU",
                    stage.populations.len()
                ),
                format!(
                    "it takes {STAGE_POPULATIONS}; join some of them into one, or use the CPU engine"
                ),
            ));
        }
        longest = longest.min(shortest_inner_delay(problem, stage));
    }
    // Below this a run would be cut into more windows than anybody can wait for.
    let shortest = options.duration * 1e-6;
    if longest < shortest {
        return Err(Error::unavailable(
            format!("a delay of {longest} ms within a cycle without delay on the GPU"),
            format!("make it zero or at least {shortest} ms, or use the CPU engine"),
        ));
    }
    Ok(if longest < plan.window() {
        new(longest)
    } else {
        plan
    })
}

fn shortest_time_constant(problem: &Problem<'_>) -> f64 {
    let populations = problem.network.populations().iter().enumerate();
    populations
        .flat_map(|(ix, population)| {
            let own = problem
                .parameters
                .neurons(problem.network, PopulationId(ix));
            (0..population.size).map(move |neuron| own.flow(neuron))
        })
        .map(|flow| 1.0 / flow.fastest_rate())
        .fold(f64::MAX, f64::min)
}

fn shortest_inner_delay(problem: &Problem<'_>, stage: &Stage) -> f64 {
    let mut shortest = f64::MAX;
    for &projection in &stage.reads {
        let connection = &problem.network.connections()[projection.0];
        let Source::Population(source) = connection.source else {
            continue;
        };
        if stage.populations.contains(&source) {
            let delays = problem.network.layout().delays(projection);
            let delays = problem.parameters.values()[delays].iter();
            shortest = delays
                .copied()
                .filter(|&delay| delay > 0.0)
                .fold(shortest, f64::min);
        }
    }
    shortest
}
