//! `shaders/sparse_crossing.wgsl` where V starts at its threshold and falls, or reaches it just after the end.

use spikefront::gpu::stream::layout::{SparseCell, SparsePopulation};

use super::harness::{Device, device};
use super::mutant;
use super::sparse_crossing::{
    Case, LOST, SHADER, STEPS, WINDOW, answers, cases, potential, potentials,
};

/// Those that start at their threshold or a rounding above it, and fall.
fn falling_cases() -> Vec<Case> {
    let falls = |case: &Case| {
        let current: f32 = case.cell.currents.iter().sum();
        current < case.population.membrane_rate * case.cell.potential
    };
    let at_the_threshold = |(ix, mut case): (usize, Case)| {
        let potential = case.cell.potential;
        case.population.threshold = match ix % 2 {
            0 => potential,
            _ => potential.next_down(),
        };
        case
    };
    let cases = cases(WINDOW).into_iter().filter(falls).enumerate();
    cases.map(at_the_threshold).collect()
}

/// How many came back as they must, and what else they did.
fn falling_outcome(device: &Device, shader: &str, cases: &[Case]) -> (usize, Vec<String>) {
    let (mut n_back, mut faults) = (0, Vec::new());
    for (ix, (case, answer)) in cases.iter().zip(answers(device, shader, cases)).enumerate() {
        let threshold = f64::from(case.population.threshold);
        let currents: f64 = case.cell.currents.iter().map(|&i| f64::from(i).abs()).sum();
        let lost = LOST * (threshold.abs() + 1.0 + currents * f64::from(WINDOW));
        let path = potentials(case);
        let fallen = path.iter().position(|&v| v < threshold - lost);
        let back = fallen.and_then(|from| {
            let rest = &path[from..];
            rest.iter()
                .position(|&v| v > threshold + lost)
                .map(|at| from + at)
        });
        let step = f64::from(WINDOW) / STEPS as f64;
        let answer = (answer < 1e30).then_some(f64::from(answer));
        let is_late = |back: usize| answer.is_none_or(|time| time > step * back as f64);
        n_back += usize::from(back.is_some());
        if back.is_some_and(is_late) {
            faults.push(format!(
                "case {ix}: {answer:?}, but it is back at {back:?} steps"
            ));
        }
        if let Some(time) = answer {
            let there = potential(case, time);
            let is_early = fallen.is_some_and(|at| at <= 20 && time <= step * (at as f64 - 1.0));
            if (there - threshold).abs() > lost || is_early {
                faults.push(format!(
                    "case {ix}: {there} at {time}, fallen at {fallen:?}, not {threshold}"
                ));
            }
        }
    }
    (n_back, faults)
}

#[test]
fn a_potential_that_falls_from_its_threshold_comes_back() {
    let Some(device) = device() else { return };
    let cases = falling_cases();
    let (n_back, faults) = falling_outcome(&device, SHADER, &cases);
    println!("{n_back} of {} come back", cases.len());
    assert!(
        faults.is_empty(),
        "{}: {:?}",
        faults.len(),
        &faults[..faults.len().min(8)]
    );
    assert!(n_back > 50, "{n_back}");
    for (text, wrong) in [
        ("is_below = !is_there;", "is_below = is_below && !is_there;"),
        (
            "if (!is_below && sparse_slope(population, cell) > 0.0) {",
            "if (!is_below) {",
        ),
    ] {
        let (_, faults) = falling_outcome(&device, &mutant(SHADER, text, wrong), &cases);
        println!("{} faults with {wrong:?}", faults.len());
        assert!(faults.len() > 30, "{wrong:?}: {} faults", faults.len());
    }
}

/// A crossing a little after the window's end counts where an arrival ends it, and no later one does.
#[test]
fn a_crossing_that_rounding_puts_after_the_end_counts() {
    let Some(device) = device() else { return };
    let with = |resolution: f64| {
        let call = format!("parameters.window_length, {resolution:e});");
        mutant(SHADER, "parameters.window_length, 0.0);", &call)
    };
    // V rises in a straight line, nearly, and is at the threshold at 1.001 of the window.
    let cases: Vec<Case> = (0..64)
        .map(|ix| {
            let mut case = Case {
                population: SparsePopulation {
                    membrane_rate: 0.01,
                    n_receptors: 1,
                    sliver: 1e-2,
                    ..SparsePopulation::default()
                },
                cell: SparseCell::default(),
                window: WINDOW,
            };
            case.population.synapse_rates[0] = 0.02;
            case.cell.currents[0] = 1.0 + ix as f32;
            case.population.threshold = potential(&case, 1.001 * f64::from(WINDOW)) as f32;
            case
        })
        .collect();
    for (resolution, is_found) in [(0.0, false), (0.0009, false), (0.0011, true)] {
        let found = answers(&device, &with(resolution * f64::from(WINDOW)), &cases);
        for (ix, time) in found.into_iter().enumerate() {
            let is_near = (time / WINDOW - 1.001).abs() < 1e-5;
            let fault = format!("case {ix}, {resolution}: {time}");
            assert!(if is_found { is_near } else { time > 1e30 }, "{fault}");
        }
    }
}
