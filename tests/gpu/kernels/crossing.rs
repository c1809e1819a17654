//! `first_crossing` of `shaders/crossing.wgsl` against closed forms in f64, interval by interval.
//!
//! Single precision computes a potential to within `d = K u scale`, u = 2^-24; scale adds up
//! the sizes of what the potential is computed from. So an answer is right if it is the
//! reference's for some threshold within d: the time lies between those for the lowest and the highest of them, and where
//! these agree on whether there is a crossing so must the shader. The others are counted.

use super::crossing_cases::{Interval, KINDS, drawn};
use super::harness::{Device, device, read, written};
use super::mutant;

/// Intervals and what `first_crossing` needs: the text before a kernel that answers for each of them.
macro_rules! intervals_text {
    () => {
        concat!(
            include_str!("../../../shaders/types.wgsl"),
            include_str!("../../../shaders/exponentials.wgsl"),
            include_str!("../../../shaders/moments.wgsl"),
            include_str!("../../../shaders/currents_one.wgsl"),
            include_str!("../../../shaders/flow.wgsl"),
            include_str!("../../../shaders/propagate.wgsl"),
            include_str!("../../../shaders/bracket.wgsl"),
            include_str!("../../../shaders/crossing.wgsl"),
            "
struct Interval {
    synapse_rate: f32,
    membrane_rate: f32,
    potential: f32,
    current: f32,
    threshold: f32,
    limit: f32,
    resolution: f32,
}

@group(0) @binding(0) var<storage, read> intervals: array<Interval>;
@group(0) @binding(1) var<storage, read_write> answers: array<f32>;

"
        )
    };
}
pub(super) use intervals_text;

const SHADER: &str = concat!(
    intervals_text!(),
    "
@compute @workgroup_size(WORKGROUP)
fn crossings(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= arrayLength(&intervals)) {
        return;
    }
    let x = intervals[id.x];
    answers[id.x] = first_crossing(
        x.synapse_rate, x.membrane_rate, vec2<f32>(x.potential, x.current), x.threshold, x.limit, x.resolution);
}
"
);

/// Roundings of a potential, in units of its scale: an exponential may be off by 3 + 2 |x| units in the
/// last place, its share of the potential falls with x.
const K: f64 = 8.0;
/// The same of a time, beside those of the potential.
const K_TIME: f64 = 8.0;
/// Half a unit in the last place.
const U: f64 = 1.0 / (1 << 24) as f64;
/// How many intervals of each kind.
const N: usize = 8192;

fn answers(device: &Device, shader: &str, intervals: &[Interval]) -> Vec<f32> {
    let bindings = [
        (0, read(intervals)),
        (1, written(&vec![0f32; intervals.len()])),
    ];
    let workgroups = [intervals.len().div_ceil(64) as u32, 1, 1];
    let found = device.run("crossings", shader, &bindings, workgroups);
    bytemuck::pod_collect_to_vec(&found[0])
}

/// What became of the intervals of a kind.
#[derive(Debug, Default)]
struct Outcome {
    crossings: usize,
    silent: usize,
    unresolved: usize,
    /// How far from the threshold the potential is at an answer, in roundings of its scale, at most.
    largest_miss: f64,
    faults: Vec<String>,
}

/// The sizes that a potential is computed from: the threshold, the start, and the current through the gain.
fn scale(interval: &Interval) -> f64 {
    let (flow, limit) = (interval.flow(), f64::from(interval.limit));
    let apart = flow.rate_difference().abs();
    // Over longer intervals the gain is the difference of two exponentials over that of the rates.
    let gain = match apart * limit > 0.5 {
        true => 1.0 / apart,
        false => limit.min(1.0 / flow.fastest_rate()),
    };
    let [v, i, threshold] = [interval.potential, interval.current, interval.threshold];
    f64::from(threshold.abs() + v.abs()) + f64::from(i.abs()) * gain
}

impl Outcome {
    fn judge(&mut self, interval: &Interval, answer: f32) {
        let answer = (answer < 1e38).then_some(f64::from(answer));
        let within = K * U * scale(interval);
        let (limit, resolution) = (f64::from(interval.limit), f64::from(interval.resolution));
        // Of what comes after the end V is taken for a straight line.
        let latest = |curve: f64| limit + resolution * (1.0 - curve);
        let [low, exact, high] = [(-within, -0.01), (0.0, 0.0), (within, 0.01)]
            .map(|(more, curve)| interval.crossing(more, latest(curve)));
        let [v, threshold] = [interval.potential, interval.threshold].map(f64::from);
        // Whether a potential that is there already rises is for the slope's sign to say.
        let slope_terms =
            f64::from(interval.current.abs()) + f64::from(interval.membrane_rate) * v.abs();
        let is_level = v >= threshold && interval.slope().abs() <= K * U * slope_terms;
        let fault = |what: &str| format!("{what}: {answer:?}, not {exact:?}, {interval:?}");
        match (low, exact, high) {
            (None, None, None) if !is_level => {
                self.silent += 1;
                if answer.is_some() {
                    self.faults.push(fault("invented"));
                }
            }
            (Some(low), Some(_), Some(high)) if !is_level => {
                self.crossings += 1;
                let Some(time) = answer else {
                    self.faults.push(fault("missed"));
                    return;
                };
                let curve = 0.01 * resolution;
                let is_near = time >= low * (1.0 - K_TIME * U) - curve
                    && time <= high * (1.0 + K_TIME * U) + curve;
                if !is_near {
                    self.faults.push(fault("off"));
                }
                // One that is above its threshold from the start is not brought nearer.
                if time > 0.0 && resolution == 0.0 {
                    let miss =
                        (interval.potential_at(time) - threshold).abs() / (U * scale(interval));
                    self.largest_miss = self.largest_miss.max(miss);
                }
            }
            _ => {
                self.unresolved += 1;
                // Either answer will do, but not any time.
                let is_far = |time: f64| {
                    let is_below = interval.potential_at(time) < threshold - 2.0 * within;
                    (is_below && resolution == 0.0) || time > limit + resolution
                };
                if answer.is_some_and(is_far) {
                    self.faults.push(fault("not at the threshold"));
                }
            }
        }
    }
}

fn outcomes(device: &Device, shader: &str) -> Vec<Outcome> {
    let of_kind = |kind| {
        let intervals = drawn(kind, N);
        let mut outcome = Outcome::default();
        for (interval, answer) in intervals.iter().zip(answers(device, shader, &intervals)) {
            outcome.judge(interval, answer);
        }
        outcome
    };
    KINDS.iter().map(of_kind).collect()
}

#[test]
fn first_crossings_are_those_of_the_reference() {
    let Some(device) = device() else { return };
    let outcomes = outcomes(&device, SHADER);
    let mut faults = Vec::new();
    for (kind, outcome) in KINDS.iter().zip(&outcomes) {
        println!(
            "{:<44} {:>5} cross, {:>5} do not, {:>4} unresolved; off by {:.1} roundings at most",
            kind.name, outcome.crossings, outcome.silent, outcome.unresolved, outcome.largest_miss
        );
        faults.extend(
            outcome
                .faults
                .iter()
                .map(|fault| format!("{}, {fault}", kind.name)),
        );
    }
    let n = faults.len();
    faults.truncate(20);
    assert!(faults.is_empty(), "{n} faults:\n{}", faults.join("\n"));
    assert!(outcomes[0].crossings > N / 5 && outcomes[0].silent > N / 5);
    for (kind, outcome) in KINDS.iter().zip(&outcomes) {
        let most = kind.unresolved * N as f64;
        assert!(outcome.unresolved as f64 <= most, "{}: {most}", kind.name);
        assert!(outcome.crossings > 0 && outcome.silent > 0, "{}", kind.name);
    }
}

#[test]
fn a_crossing_with_one_thing_wrong_is_reported() {
    let Some(device) = device() else { return };
    for (right, wrong) in [
        // Of the flow: a term of the series, and the branch of equal rates.
        ("x * (0.16666667 + x", "x * (0.16766667 + x"),
        (
            "if (abs(x) <= 0.5) {\n        return t * membrane",
            "if (abs(x) <= 1e-3) {\n        return t * membrane",
        ),
        // Of the crossing: where the peak is, that there is one, and the root.
        ("q * (1.0 - x * (0.5 - x", "q * (1.0 - x * (0.6 - x"),
        (
            "state.y > 0.0 && slope > 0.0",
            "state.y > 0.1 && slope > 0.0",
        ),
        ("top.x < threshold", "top.x < threshold + 1e-4"),
        ("const ITERATIONS: u32 = 72u", "const ITERATIONS: u32 = 3u"),
        // Of what falls from its threshold, and of what comes just after the end.
        (
            "state.y < 0.0 && threshold < 0.0",
            "state.y > 0.0 && threshold < 0.0",
        ),
        ("threshold, bottom, limit);", "threshold, 0.0, bottom);"),
        (
            "deficit <= slope * resolution",
            "deficit <= 0.5 * slope * resolution",
        ),
    ] {
        let outcomes = outcomes(&device, &mutant(SHADER, right, wrong));
        let n: usize = outcomes.iter().map(|outcome| outcome.faults.len()).sum();
        println!("{n:>6} faults with {wrong:?}");
        assert!(n > 0, "{wrong:?} passes for {right:?}");
    }
}

/// How many answers over all kinds came from a solver that ran out of steps.
fn n_unconverged(device: &Device, shader: &str) -> usize {
    let told = mutant(
        shader,
        "    return bracket.at;\n}",
        "    return select(-1.0, bracket.at, bracket.is_found);\n}",
    );
    let intervals: Vec<_> = KINDS.iter().flat_map(|kind| drawn(kind, N)).collect();
    let answers = answers(device, &told, &intervals);
    answers.iter().filter(|&&answer| answer < 0.0).count()
}

#[test]
fn no_solver_returns_what_has_not_converged() {
    let Some(device) = device() else { return };
    assert_eq!(n_unconverged(&device, SHADER), 0);
    // The count can tell, and without halving far more steps would not do.
    let few = mutant(
        SHADER,
        "const ITERATIONS: u32 = 72u",
        "const ITERATIONS: u32 = 5u",
    );
    let n = n_unconverged(&device, &few);
    println!("{n} answers of {} need more than 5 steps", KINDS.len() * N);
    assert!(n > 0);
}

/// V above rest is exp(-b t) times a bracket: it reaches a threshold at rest where the bracket does, if ever.
fn faults_at_rest(device: &Device, shader: &str) -> (Vec<String>, [usize; 3]) {
    let intervals: Vec<Interval> = drawn(&KINDS[9], N)
        .into_iter()
        .map(|interval| Interval {
            threshold: 0.0,
            ..interval
        })
        .collect();
    let mut faults = Vec::new();
    let [mut crossings, mut silent, mut unresolved] = [0; 3];
    for (interval, answer) in intervals.iter().zip(answers(device, shader, &intervals)) {
        let d = interval.flow().rate_difference();
        let (v, i) = (f64::from(interval.potential), f64::from(interval.current));
        let (x, limit) = (-d * v / i, f64::from(interval.limit));
        let time = match d == 0.0 {
            true => -v / i,
            false => x.ln_1p() / d,
        };
        let is_crossed = i > 0.0 && x > -1.0 && time <= limit;
        let slope = i * (-f64::from(interval.synapse_rate) * time).exp();
        let within = K * U * scale(interval) / slope + K_TIME * U * time;
        // How near to another answer.
        let is_near = i > 0.0 && ((time - limit).abs() <= within || (1.0 + x).abs() < 1e-5);
        if is_near {
            unresolved += 1;
        } else if is_crossed {
            crossings += 1;
            if (f64::from(answer) - time).abs() > within {
                faults.push(format!("{answer}, not {time}: {interval:?}"));
            }
        } else {
            silent += 1;
            if answer < 1e38 {
                faults.push(format!("invented {answer}: {interval:?}"));
            }
        }
    }
    (faults, [crossings, silent, unresolved])
}

#[test]
fn a_threshold_at_rest_is_reached_by_a_current_or_never() {
    let Some(device) = device() else { return };
    let (mut faults, [crossings, silent, unresolved]) = faults_at_rest(&device, SHADER);
    println!("{crossings} cross, {silent} do not, {unresolved} unresolved");
    let n = faults.len();
    faults.truncate(10);
    assert!(faults.is_empty(), "{n} faults:\n{}", faults.join("\n"));
    assert!(crossings > 100 && silent > N / 2 && unresolved < N / 100);
    for (right, wrong) in [
        ("if (threshold == 0.0) {", "if (threshold == 1e9) {"),
        ("(b - a) * q > -1.0", "(b - a) * q > -2.0"),
        ("t = max(t - here.x / slope, 0.0);", "t = 1.0001 * t;"),
    ] {
        let (faults, _) = faults_at_rest(&device, &mutant(SHADER, right, wrong));
        println!("{:>6} faults with {wrong:?}", faults.len());
        assert!(!faults.is_empty(), "{wrong:?} passes for {right:?}");
    }
}
