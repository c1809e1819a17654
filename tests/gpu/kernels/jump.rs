//! `shaders/jump.wgsl` against `dynamics::jump`: what events do, forward and transposed, to single precision.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::dynamics::{ArrivalJump, ResetRule, SpikeJump, release_derivative};

use super::harness::{Device, device, read, written};
use super::mutant;

const SHADER: &str = concat!(
    include_str!("../../../shaders/types.wgsl"),
    include_str!("../../../shaders/jump.wgsl"),
    "
struct Case {
    weight: f32, synapse_rate: f32, membrane_rate: f32, amount: f32,
    slope: f32, release_slope: f32, refractory: f32, reset_potential: f32,
    v: f32, i: f32, lv: f32, li: f32,
    g: f32, ell: f32, is_parameter: f32, is_held: f32,
}

@group(0) @binding(0) var<storage, read> cases: array<Case>;
@group(0) @binding(1) var<storage, read_write> answers: array<array<f32, 11>>;

@compute @workgroup_size(WORKGROUP)
fn jumps(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= arrayLength(&cases)) {
        return;
    }
    let x = cases[id.x];
    let rule = reset_rule(x.refractory);
    let arrived =
        arrival_forward(x.weight, x.synapse_rate, x.g, x.is_parameter, x.is_held != 0.0, vec2<f32>(x.v, x.i));
    let jump = spike_jump(rule, x.membrane_rate, x.amount, x.slope, x.release_slope);
    let back = spike_transposed(jump, x.lv, x.ell);
    answers[id.x] = array<f32, 11>(
        arrived.x,
        arrived.y,
        arrival_transposed(x.weight, x.synapse_rate, vec2<f32>(x.lv, x.li)),
        spike_time(jump, x.v, x.is_parameter),
        spike_forward(jump, x.v, x.g, x.is_parameter),
        back.potential,
        back.ell,
        back.threshold,
        release_derivative(x.release_slope),
        rate_of(x.membrane_rate, x.v, x.i),
        potential_after_spike(rule, x.v, x.amount, x.reset_potential),
    );
}
"
);

const NAMES: [&str; 11] = [
    "v after an arrival",
    "i after an arrival",
    "dL/d(arrival time)",
    "d(spike time)/dp",
    "v after a spike",
    "lv before a spike",
    "ell",
    "dL/dthreshold",
    "what a release makes of g",
    "dV/dt",
    "V after a spike",
];

/// As `Case` in the shader.
#[derive(Debug, Clone, Copy)]
struct Case([f32; 16]);

/// A number and the sum of the sizes that it is the difference of.
type Sum = (f64, f64);

fn sum(terms: &[f64]) -> Sum {
    (terms.iter().sum(), terms.iter().map(|x| x.abs()).sum())
}

impl Case {
    fn drawn(rng: &mut ChaCha8Rng, ix: usize) -> Self {
        let mut any = || rng.random_range(-3.0..3.0_f32);
        let [weight, v, i, lv, li, g, ell, release, reset] = std::array::from_fn(|_| any());
        let mut above = || rng.random_range(0.05..2.0_f32);
        let [a, b, amount, slope] = std::array::from_fn(|_| above());
        let refractory = [-1.0, 0.0, 3.0][ix % 3];
        let is = |bit: usize| f32::from(((ix / 3) >> bit) & 1 == 1);
        Self([
            weight,
            a,
            b,
            amount,
            slope,
            release,
            refractory,
            reset,
            v,
            i,
            lv,
            li,
            g,
            ell,
            is(0),
            is(1),
        ])
    }

    /// What the host says, in the order of [`NAMES`].
    fn expected(&self) -> [Sum; 11] {
        let [
            weight,
            a,
            b,
            amount,
            slope,
            release,
            refractory,
            reset,
            v,
            i,
            lv,
            li,
            g,
            ell,
            is_parameter,
            is_held,
        ] = self.0.map(f64::from);
        let rule = match refractory < 0.0 {
            true => ResetRule::Subtract { amount },
            false => ResetRule::To {
                potential: reset,
                refractory,
            },
        };
        let released = (refractory == 0.0).then_some(release);
        let arrival = ArrivalJump::new(weight, a);
        let moved = if is_held == 0.0 {
            arrival.potential * g
        } else {
            0.0
        };
        let jump = SpikeJump::new(rule, b, slope, released);
        let mut moved_ell = ell;
        let (before, by_threshold) = jump.transposed(lv, &mut moved_ell);
        let ell_size = ell.abs() + (jump.by_time * lv).abs();
        let kick = ell_size / slope;
        [
            sum(&[v, moved]),
            sum(&[i, arrival.current * g, is_parameter]),
            (
                arrival.transposed(lv, li),
                weight.abs() * (lv.abs() + (a * li).abs()),
            ),
            (jump.time(v, is_parameter), (v.abs() + is_parameter) / slope),
            (
                jump.forward(v, g, is_parameter),
                v.abs() + (jump.by_time * g).abs() + is_parameter,
            ),
            (before, lv.abs() + kick),
            (moved_ell, ell_size),
            (by_threshold, lv.abs() + kick),
            (release_derivative(release), release.abs()),
            sum(&[i, -b * v]),
            match rule {
                ResetRule::Subtract { amount } => sum(&[v, -amount]),
                ResetRule::To { potential, .. } => (potential, potential.abs()),
            },
        ]
    }
}

/// Which answers are further from the host's than eight roundings, and of how many cases.
fn faults(device: &Device, shader: &str) -> Vec<(&'static str, usize)> {
    let mut rng = ChaCha8Rng::seed_from_u64(21);
    let cases: Vec<Case> = (0..1200).map(|ix| Case::drawn(&mut rng, ix)).collect();
    let numbers: Vec<[f32; 16]> = cases.iter().map(|case| case.0).collect();
    let bindings = [
        (0, read(&numbers)),
        (1, written(&vec![[f32::MAX; 11]; cases.len()])),
    ];
    let workgroups = [cases.len().div_ceil(64) as u32, 1, 1];
    let found = device.run("jumps", shader, &bindings, workgroups);
    let found: Vec<[f32; 11]> = bytemuck::pod_collect_to_vec(&found[0]);
    let mut counts = NAMES.map(|name| (name, 0));
    for (case, found) in cases.iter().zip(found) {
        for (ix, (found, (expected, size))) in found.into_iter().zip(case.expected()).enumerate() {
            let is_off = (f64::from(found) - expected).abs() > 8.0 * f64::from(f32::EPSILON) * size;
            counts[ix].1 += usize::from(is_off);
        }
    }
    counts.into_iter().filter(|count| count.1 > 0).collect()
}

#[test]
fn events_do_what_the_host_says() {
    let Some(device) = device() else { return };
    assert_eq!(faults(&device, SHADER), []);
}

#[test]
fn a_rule_with_one_thing_wrong_is_reported() {
    let Some(device) = device() else { return };
    for (right, wrong, name) in [
        ("state.x - moved", "state.x + moved", NAMES[0]),
        (", is_held);", ", !is_held);", NAMES[0]),
        (
            "state.y + (synapse_rate * moved + heavier)",
            "state.y + synapse_rate * moved",
            NAMES[1],
        ),
        ("adjoint.y - adjoint.x", "adjoint.y + adjoint.x", NAMES[2]),
        ("(is_threshold - potential)", "-potential", NAMES[3]),
        ("+ jump.by_threshold * is_threshold)", ")", NAMES[4]),
        ("ell + jump.by_time * potential", "ell", NAMES[6]),
        ("jump.keep * potential - kick", "-kick", NAMES[5]),
        ("jump.by_threshold * potential + kick", "kick", NAMES[7]),
        ("return -release_slope;", "return release_slope;", NAMES[8]),
        ("rule == RELEASES)", "rule == HOLDS)", NAMES[4]),
        (
            "current - membrane_rate * potential",
            "current + membrane_rate * potential",
            NAMES[9],
        ),
        ("threshold - amount", "threshold", NAMES[10]),
        ("refractory == 0.0", "refractory != 0.0", NAMES[4]),
    ] {
        let found = faults(&device, &mutant(SHADER, right, wrong));
        println!("{wrong:?}: {found:?}");
        assert!(found.iter().any(|fault| fault.0 == name), "{wrong:?}");
    }
}
