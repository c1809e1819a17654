//! `shaders/sparse_adjoint.wgsl` against the transposes in f64.

use spikefront::gpu::kernels::sparse_adjoint::{SOURCE, SparseAdjointParameters};
use spikefront::gpu::layout::WORKGROUP;
use spikefront::gpu::stream::layout::{ADJOINT_WORDS, SparseEvent};

use super::harness::{Device, device, read, uniform, written};
use super::sparse_back::{
    Kept, NEURONS, RECEPTORS, RING, WINDOW, WORDS, assert_told, earlier, population, random,
};

/// The window, with which `kept` begins.
const NUMBER: u32 = 10;
/// The first neuron whose potential is held after a spike.
const HELD: u32 = 40;

struct Case {
    kept: Kept,
    shares: Vec<f32>,
}

/// Neurons without events, with a spike, with two, with a release before a spike, or after one; generators after them.
fn case() -> Case {
    let of = |window: u32| match window {
        NUMBER => vec![
            (3, 0.25),
            (7, 0.125),
            (7, 0.4375),
            (41, 0.1),
            (41, 0.3),
            (50, 0.2),
            (63, 0.05),
            (63, 0.35),
            (69, 0.49),
            (NEURONS + 2, 0.1),
            (NEURONS + 2, 0.2),
            (NEURONS + 4, 0.0),
        ],
        _ => Vec::new(),
    };
    let mut kept = Kept::new(NUMBER, 1, of);
    for event in &mut kept.events {
        let is_release = [(41, 0.1), (50, 0.2), (63, 0.35)].contains(&(event.unit, event.offset));
        event.is_release = u32::from(is_release);
    }
    // The kernel says how many events a neuron has; what is there is of a window long past.
    for neuron in 0..NEURONS {
        let (here, pending) = (kept.place(NUMBER, neuron), kept.pending(neuron));
        kept.adjoints[here + 1] = 99.0;
        if neuron < HELD {
            kept.adjoints[pending] = 0.0;
        }
    }
    let mut draw = random(2);
    let shares = (0..kept.events.len() * WORKGROUP as usize).map(|_| draw(-1.0, 1.0));
    Case {
        shares: shares.collect(),
        kept,
    }
}

/// What a window leaves: events' numbers, then each neuron's adjoint before it, what is pending, and its count of events.
fn numbers(events: &[SparseEvent], adjoints: &[f32], kept: &Kept) -> Vec<f64> {
    let of_event = |e: &SparseEvent| {
        [
            e.ell,
            e.threshold,
            e.potential,
            e.currents[0],
            e.currents[1],
        ]
    };
    let mut all: Vec<f32> = events.iter().flat_map(of_event).collect();
    for neuron in 0..NEURONS {
        let before = kept.place(NUMBER + RING - 1, neuron);
        all.push(adjoints[before]);
        all.extend(&adjoints[before + ADJOINT_WORDS as usize..before + WORDS]);
        all.push(adjoints[kept.pending(neuron)]);
        all.push(0.01 * adjoints[kept.place(NUMBER, neuron) + 1]);
    }
    all.into_iter().map(f64::from).collect()
}

fn expected(case: &Case) -> Vec<f64> {
    let kept = &case.kept;
    let mut events = kept.events.clone();
    let mut adjoints = kept.adjoints.clone();
    for (ix, event) in events.iter_mut().enumerate() {
        if event.is_release == 0 {
            let own = &case.shares[ix * WORKGROUP as usize..(ix + 1) * WORKGROUP as usize];
            let sum: f64 = own.iter().map(|&x| f64::from(x)).sum();
            event.ell = (f64::from(event.ell) + sum) as f32;
        }
    }
    for neuron in 0..NEURONS {
        let population = population(if neuron < HELD { 0 } else { HELD }, neuron >= HELD);
        let b = f64::from(population.membrane_rate);
        let here = kept.place(NUMBER, neuron);
        let mut potential = f64::from(adjoints[here]);
        let mut currents = [0, 1].map(|k| f64::from(adjoints[here + ADJOINT_WORDS as usize + k]));
        let back = |potential: &mut f64, currents: &mut [f64; 2], t: f64| {
            for (current, a) in currents.iter_mut().zip(population.synapse_rates) {
                (_, *current) = earlier(a.into(), b, t, (*potential, *current));
            }
            *potential *= (-b * t).exp();
        };
        let (mut time, mut pending) =
            (f64::from(WINDOW), f64::from(adjoints[kept.pending(neuron)]));
        adjoints[here + 1] = 0.0;
        for (ix, event) in events.iter_mut().enumerate().rev() {
            if event.unit != neuron || event.window != NUMBER {
                continue;
            }
            let at = f64::from(event.offset);
            back(&mut potential, &mut currents, time - at);
            time = at;
            let slope = f64::from(event.slope);
            if event.is_release != 0 {
                pending -= slope * potential;
                potential = 0.0;
            } else {
                let mut ell = f64::from(event.ell) + std::mem::take(&mut pending);
                let (mut keep, mut threshold) = (0.0, 0.0);
                if neuron < HELD {
                    let amount = f64::from(population.threshold - population.reset_potential);
                    ell -= b * amount * potential;
                    (keep, threshold) = (potential, -potential);
                }
                potential = keep - ell / slope;
                event.ell = ell as f32;
                event.threshold = (threshold + ell / slope) as f32;
            }
            event.potential = potential as f32;
            event.currents = [currents[0] as f32, currents[1] as f32, 0.0, 0.0];
            let count = &mut adjoints[here + 1];
            *count = count.max(ix as f32 + 1.0);
        }
        back(&mut potential, &mut currents, time);
        let before = kept.place(NUMBER + RING - 1, neuron);
        adjoints[before] = potential as f32;
        for (k, current) in currents.into_iter().enumerate() {
            adjoints[before + ADJOINT_WORDS as usize + k] = current as f32;
        }
        adjoints[kept.pending(neuron)] = pending as f32;
    }
    numbers(&events, &adjoints, kept)
}

fn found(device: &Device, shader: &str, case: &Case) -> Vec<f64> {
    let kept = &case.kept;
    let parameters = SparseAdjointParameters {
        window: NUMBER,
        window_length: WINDOW,
        n_neurons: NEURONS,
        n_populations: 2,
        n_receptors: RECEPTORS,
        n_generated: 3,
        ring: RING,
        first_window: NUMBER,
        n_shares: WORKGROUP,
        is_last: 1,
        zero: 0,
    };
    let bindings = [
        (0, uniform(&parameters)),
        (5, read(&kept.starts)),
        (12, written(&kept.adjoints)),
        (20, read(&[population(0, false), population(HELD, true)])),
        (31, written(&kept.events)),
        (32, read(&case.shares)),
    ];
    let groups = (NEURONS + 3).div_ceil(WORKGROUP);
    let found = device.run(SOURCE.name, shader, &bindings, [groups, 1, 1]);
    let adjoints: Vec<f32> = bytemuck::pod_collect_to_vec(&found[0]);
    let events: Vec<SparseEvent> = bytemuck::pod_collect_to_vec(&found[1]);
    numbers(&events, &adjoints, kept)
}

#[test]
fn neurons_go_back_through_their_own_events() {
    let Some(device) = device() else { return };
    let case = case();
    let expected = expected(&case);
    assert_told(
        |text| found(&device, text, &case),
        &expected,
        SOURCE.text,
        100.0,
        &[
            (
                "ix < own + parameters.n_shares",
                "ix + 4u < own + parameters.n_shares",
            ),
            (
                "let at = end - parameters.n_generated + generated;",
                "let at = first + generated;",
            ),
            ("                pending = 0.0;\n", ""),
            ("adjoints[pending_place(neuron)] = pending;", ""),
            ("            adjoint.potential = 0.0;\n", ""),
            (
                "select(HOLDS, SUBTRACTS, population.is_held == 0u)",
                "HOLDS",
            ),
            (
                "select(0.0, f32(left - first), has_events)",
                "f32(left - first)",
            ),
            ("        flow = sparse_flow(population, time);\n", ""),
            (
                "parameters.window + parameters.ring - 1u",
                "parameters.window + parameters.ring - 2u",
            ),
            ("events[left].currents = adjoint.currents;", ""),
        ],
    );
}
