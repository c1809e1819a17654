//! `shaders/sparse_crossing.wgsl` against small steps in f64: what it finds is a crossing and the first, and it misses
//! none, to what single precision resolves of a potential.

use rand::{RngExt, SeedableRng};
use spikefront::gpu::stream::layout::{SparseCell, SparsePopulation};

use super::harness::{Device, device, read, uniform, written};
use super::mutant;

/// Cases as a kernel is given them.
macro_rules! cases_text {
    () => {
        "
struct Parameters {
    window_length: f32,
    zero: u32,
}

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> populations: array<SparsePopulation>;
@group(0) @binding(2) var<storage, read> cells: array<SparseCell>;
@group(0) @binding(3) var<storage, read_write> answers: array<f32>;

"
    };
}
pub(super) use cases_text;

pub(super) const SHADER: &str = concat!(
    include_str!("../../../shaders/types.wgsl"),
    include_str!("../../../shaders/sparse_types.wgsl"),
    include_str!("../../../shaders/jump.wgsl"),
    include_str!("../../../shaders/sparse_flow.wgsl"),
    include_str!("../../../shaders/bracket.wgsl"),
    include_str!("../../../shaders/extrema.wgsl"),
    include_str!("../../../shaders/sparse_crossing.wgsl"),
    cases_text!(),
    "
@compute @workgroup_size(WORKGROUP)
fn crossings(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= arrayLength(&populations)) {
        return;
    }
    let population = populations[id.x];
    let cell = cells[id.x];
    let flow = sparse_flow(population, parameters.window_length);
    answers[id.x] = NEVER;
    if (upper_bound(population, cell, flow) >= population.threshold - population.sliver) {
        answers[id.x] = sparse_crossing(population, cell, parameters.window_length, 0.0);
    }
}
"
);

/// The window in ms: half of the fastest time constant that is drawn.
pub(super) const WINDOW: f32 = 0.5;
pub(super) const STEPS: usize = 2000;
/// What single precision may lose of a potential, in units of the sizes that it is computed from.
pub(super) const LOST: f64 = 4e-7;
/// What a current of 1 adds to V at most, in ms, of the time constants that are drawn.
const MOST_GAIN: f64 = 6.0;

pub(super) struct Case {
    pub population: SparsePopulation,
    pub cell: SparseCell,
    /// How long it is followed, in ms.
    pub window: f32,
}

/// Thresholds just below, at and above what the potential reaches, so that most cases are hard.
pub(super) fn cases(window: f32) -> Vec<Case> {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    (0..6000)
        .map(|ix| {
            let n = ix % 4 + 1;
            let mut population = SparsePopulation {
                membrane_rate: 1.0 / rng.random_range(1.0..30.0),
                n_receptors: n as u32,
                sliver: 1e-5,
                ..SparsePopulation::default()
            };
            let mut cell = SparseCell {
                potential: rng.random_range(-1.0..1.0),
                ..SparseCell::default()
            };
            for k in 0..n {
                population.synapse_rates[k] = 1.0 / rng.random_range(1.0_f32..10.0);
                cell.currents[k] = rng.random_range(-20.0..20.0);
            }
            if n > 2 && ix % 3 != 0 {
                turn_often(&population, &mut cell, window, &mut rng);
            }
            let case = Case {
                population,
                cell,
                window,
            };
            let path = potentials(&case);
            let top = path.iter().copied().fold(f64::MIN, f64::max);
            let room = (top - path[0]).max(1e-3);
            // Where it turns more than once, the first peak is the one to find.
            let turn = path.windows(2).position(|pair| pair[1] < pair[0]);
            let peak = path[turn.unwrap_or(STEPS)];
            let at = match ix % 4 {
                0 | 1 => path[0] + room * rng.random_range(0.0..1.3),
                _ => peak - 0.1 * (peak - path[0]) * rng.random_range(-0.3..1.0),
            };
            let threshold = (at as f32).max(case.cell.potential.next_up());
            let population = SparsePopulation {
                threshold,
                ..case.population
            };
            Case { population, ..case }
        })
        .collect()
}

/// Chooses all currents but the last such that the potential turns at as many times of the window.
fn turn_often(
    population: &SparsePopulation,
    cell: &mut SparseCell,
    window: f32,
    rng: &mut impl RngExt,
) {
    let b = f64::from(population.membrane_rate);
    let slope = |k: usize, t: f64| {
        let a = f64::from(population.synapse_rates[k]);
        let gain = ((-a * t).exp() - (-b * t).exp()) / (b - a);
        (-a * t).exp() - b * gain
    };
    let last = population.n_receptors as usize - 1;
    cell.currents[last] *= 200.0;
    let mut rows: Vec<Vec<f64>> = (0..last)
        .map(|turn| {
            let t = (turn as f64 + rng.random_range(0.3..0.9)) / (last as f64 + 0.5);
            let t = t * f64::from(window);
            let rest = b * f64::from(cell.potential) * (-b * t).exp()
                - f64::from(cell.currents[last]) * slope(last, t);
            (0..last).map(|k| slope(k, t)).chain([rest]).collect()
        })
        .collect();
    // Gauss and Jordan's elimination.
    for pivot in 0..last {
        let row: Vec<f64> = rows[pivot].iter().map(|x| x / rows[pivot][pivot]).collect();
        for (ix, other) in rows.iter_mut().enumerate() {
            let factor = other[pivot];
            if ix != pivot {
                other
                    .iter_mut()
                    .zip(&row)
                    .for_each(|(x, y)| *x -= factor * y);
            }
        }
        rows[pivot] = row;
    }
    for (current, row) in cell.currents.iter_mut().zip(&rows) {
        *current = row[last] as f32;
    }
}

pub(super) fn potential(case: &Case, t: f64) -> f64 {
    let b = f64::from(case.population.membrane_rate);
    let mut v = f64::from(case.cell.potential) * (-b * t).exp();
    for (&rate, &current) in case
        .population
        .synapse_rates
        .iter()
        .zip(&case.cell.currents)
    {
        let a = f64::from(rate);
        let x = (b - a) * t;
        let gain = if x.abs() < 1e-9 {
            t
        } else {
            x.exp_m1() / (b - a)
        };
        v += f64::from(current) * (-b * t).exp() * gain;
    }
    v
}

pub(super) fn potentials(case: &Case) -> Vec<f64> {
    let step = f64::from(case.window) / STEPS as f64;
    (0..=STEPS)
        .map(|k| potential(case, step * k as f64))
        .collect()
}

#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub crossings: usize,
    pub turns: usize,
    pub twice: usize,
    pub faults: Vec<String>,
}

pub(super) fn answers(device: &Device, shader: &str, cases: &[Case]) -> Vec<f32> {
    let populations: Vec<_> = cases.iter().map(|case| case.population).collect();
    let cells: Vec<_> = cases.iter().map(|case| case.cell).collect();
    let parameters = [cases[0].window.to_bits(), 0];
    let bindings = [
        (0, uniform(&parameters)),
        (1, read(&populations)),
        (2, read(&cells)),
        (3, written(&vec![0_f32; cases.len()])),
    ];
    let workgroups = [cases.len().div_ceil(64) as u32, 1, 1];
    let found = device.run("crossings", shader, &bindings, workgroups);
    bytemuck::pod_collect_to_vec(&found[0])
}

pub(super) fn outcome(device: &Device, shader: &str, cases: &[Case]) -> Outcome {
    let mut outcome = Outcome::default();
    for (ix, (case, answer)) in cases.iter().zip(answers(device, shader, cases)).enumerate() {
        let threshold = f64::from(case.population.threshold);
        let currents: f64 = case.cell.currents.iter().map(|&i| f64::from(i).abs()).sum();
        let window = f64::from(case.window);
        let lost = LOST * (threshold.abs() + 1.0 + currents * window.min(MOST_GAIN));
        let path = potentials(case);
        let (found, answer) = (answer < 1e30, f64::from(answer));
        let until = if found { answer } else { window };
        let step = window / STEPS as f64;
        let before = path.iter().take_while({
            let mut t = -step;
            move |_| {
                t += step;
                t < until
            }
        });
        let highest = before.copied().fold(f64::MIN, f64::max);
        if highest > threshold + lost {
            outcome.faults.push(format!(
                "case {ix}: {highest} before {until}, over {threshold}"
            ));
        }
        if found {
            outcome.crossings += 1;
            outcome.turns += usize::from(path[STEPS] < threshold - lost);
            let rises = |at: usize| path[at + 1] > path[at];
            outcome.twice +=
                usize::from(rises(0) && rises(STEPS - 1) && (1..STEPS - 1).any(|at| !rises(at)));
            let there = potential(case, answer);
            if (there - threshold).abs() > lost {
                outcome
                    .faults
                    .push(format!("case {ix}: {there} at {answer}, not {threshold}"));
            }
        }
    }
    outcome
}

#[test]
fn no_crossing_of_several_currents_is_missed_or_invented() {
    let Some(device) = device() else { return };
    let cases = cases(WINDOW);
    let right = outcome(&device, SHADER, &cases);
    let Outcome {
        crossings,
        turns,
        twice,
        ..
    } = right;
    println!("{crossings} crossings, {turns} of them before a turn, {twice} before another");
    assert!(
        right.faults.is_empty(),
        "{}: {:?}",
        right.faults.len(),
        &right.faults[..right.faults.len().min(8)]
    );
    assert!(right.crossings > 1500 && right.turns > 100, "{right:?}");
    // The comparison can tell.
    for (text, wrong) in [
        ("k = 0u; k <= turns.n", "k = turns.n; k <= turns.n"),
        ("sign(at_start) > 0.0", "sign(at_start) < 0.0"),
        (
            "-course.population.synapse_rates * course.cell.currents",
            "course.cell.currents",
        ),
        ("if (!is_one_sign) {", "if (false) {"),
    ] {
        let faults = outcome(&device, &mutant(SHADER, text, wrong), &cases).faults;
        println!("{} faults with {wrong:?}", faults.len());
        assert!(faults.len() > 50, "{wrong:?}: {} faults", faults.len());
    }
}
