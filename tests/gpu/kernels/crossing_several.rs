//! `first_crossing` of `shaders/crossing_several.wgsl` against small steps in f64, over intervals as long as a run.

use super::harness::device;
use super::mutant;
use super::sparse_crossing::{Case, Outcome, WINDOW, cases, cases_text, outcome};

const SHADER: &str = concat!(
    include_str!("../../../shaders/types.wgsl"),
    include_str!("../../../shaders/sparse_types.wgsl"),
    include_str!("../../../shaders/exponentials.wgsl"),
    include_str!("../../../shaders/currents_several.wgsl"),
    include_str!("../../../shaders/flow_several.wgsl"),
    include_str!("../../../shaders/course.wgsl"),
    include_str!("../../../shaders/bracket.wgsl"),
    include_str!("../../../shaders/extrema.wgsl"),
    include_str!("../../../shaders/crossing_several.wgsl"),
    cases_text!(),
    "
@compute @workgroup_size(WORKGROUP)
fn crossings(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= arrayLength(&populations)) {
        return;
    }
    let population = populations[id.x];
    let state = Pair(cells[id.x].potential, cells[id.x].currents);
    answers[id.x] = first_crossing(population.synapse_rates, population.membrane_rate, state, population.threshold,
        parameters.window_length + f32(parameters.zero), 0.0);
}
"
);

/// Intervals, in ms, from half of the fastest time constant that is drawn to hundreds of the slowest.
const LENGTHS: [f32; 5] = [WINDOW, 5.0, 40.0, 300.0, 10_000.0];

/// The same with every threshold at rest or below it, for potentials that start below that.
fn lower(mut cases: Vec<Case>, at_rest: bool) -> Vec<Case> {
    for case in &mut cases {
        case.cell.potential = -case.cell.potential.abs() - 1e-3;
        case.population.threshold = match at_rest {
            true => 0.0,
            false => 0.5 * case.cell.potential,
        };
    }
    cases
}

fn check(outcome: &Outcome, what: &str) {
    let Outcome {
        crossings,
        turns,
        twice,
        faults,
    } = outcome;
    println!(
        "{what}: {crossings} crossings, {turns} of them before a turn, {twice} before another"
    );
    let first = &faults[..faults.len().min(8)];
    assert!(faults.is_empty(), "{what}, {}: {first:?}", faults.len());
}

#[test]
fn no_crossing_is_missed_or_invented_however_long_the_interval() {
    let Some(device) = device() else { return };
    for length in LENGTHS {
        let all = [
            ("above rest", cases(length)),
            ("at rest", lower(cases(length), true)),
            ("below rest", lower(cases(length), false)),
        ];
        for (what, cases) in all {
            let right = outcome(&device, SHADER, &cases);
            check(&right, &format!("{length} ms, threshold {what}"));
            assert!(right.crossings > 1000, "{length} {what}");
        }
    }
}

#[test]
fn a_crossing_with_one_thing_wrong_is_told() {
    let Some(device) = device() else { return };
    let cases = cases(40.0);
    for (right, wrong) in [
        ("k = 0u; k <= turns.n", "k = turns.n; k <= turns.n"),
        ("sign(at_start) > 0.0", "sign(at_start) < 0.0"),
        ("if (!is_one_sign) {", "if (false) {"),
        ("-rates * currents, b - shift", "currents, b - shift"),
        (
            "let slope = membrane * course.slope",
            "let slope = course.slope",
        ),
        ("+ rounding < threshold", "+ rounding < threshold + 0.1"),
    ] {
        let faults = outcome(&device, &mutant(SHADER, right, wrong), &cases).faults;
        println!("{} faults with {wrong:?}", faults.len());
        assert!(faults.len() > 10, "{wrong:?}: {} faults", faults.len());
    }
}
