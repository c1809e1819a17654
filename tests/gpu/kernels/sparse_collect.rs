//! `shaders/sparse_collect.wgsl` against sums over synapses in f64.

use spikefront::gpu::kernels::sparse_collect::{SOURCE, SparseCollectParameters};
use spikefront::gpu::layout::{NONE, WORKGROUP};
use spikefront::gpu::stream::layout::{SparseEvent, SparsePiece, SparsePopulation, SparseSource};

use super::harness::{Device, device, read, uniform, written};
use super::mutant;
use super::sparse_back::{
    Kept, NEAR, NEURONS, RECEPTORS, RING, WINDOW, assert_told, off, population, random, row,
    sources,
};

/// The window whose spikes are collected; adjoints are kept of those after it.
const NUMBER: u32 = 20;
/// The run ends within the reach of delays.
const WINDOWS: u32 = NUMBER + 4;
/// A delay is so many bits of a window's fraction.
const SHIFT: u32 = 12;
/// The first channel of the generator, and how many there are.
const GENERATOR: u32 = NEURONS;
const CHANNELS: u32 = 3;

struct Case {
    kept: Kept,
    sources: [SparseSource; 3],
    pieces: Vec<SparsePiece>,
    synapses: Vec<u32>,
    /// Places of spikes among the events.
    items: Vec<u32>,
    n_derivatives: usize,
}

/// A row for each neuron with weights and delays of their own, longer than a workgroup; one for each channel with a weight and a
/// delay for all.
fn case() -> Case {
    let of = |window: u32| match window {
        NUMBER => vec![
            (2, 0.3),
            (40, 0.0),
            (69, 0.49),
            (GENERATOR, 0.1),
            (GENERATOR + 2, 0.45),
        ],
        _ => (0..NEURONS)
            .step_by(2)
            .map(|n| (n, 0.003 * (n + window) as f32))
            .collect(),
    };
    let kept = Kept::new(NUMBER, 7, of);
    let mut draw = random(8);
    let mut synapses = Vec::new();
    let mut pieces = Vec::new();
    let mut first = 0;
    for (first_unit, n_units, n) in [(0, 40, 0), (40, 30, 0), (GENERATOR, CHANNELS, 90)] {
        let starts = synapses.len() as u32;
        let mut ends = vec![0];
        for unit in 0..n_units {
            let own = if n > 0 { n } else { 60 + unit };
            ends.push(ends[unit as usize] + own);
        }
        let n_synapses = ends[n_units as usize];
        synapses.extend(&ends);
        let targets = synapses.len() as u32;
        synapses.extend((0..n_synapses).map(|_| draw(0.0, NEURONS as f32) as u32));
        let (mut weights, mut delays) = (NONE, NONE);
        if n == 0 {
            weights = synapses.len() as u32;
            synapses.extend((0..n_synapses).map(|_| draw(-1.0, 1.0).to_bits()));
            delays = synapses.len() as u32;
            let longest = 3.9 * (1 << SHIFT) as f32;
            synapses.extend(
                (0..n_synapses).map(|_| draw(1.0001 * (1 << SHIFT) as f32, longest) as u32),
            );
        }
        let population = population(0, false);
        let receptor = u32::from(first_unit != 0);
        // The rates of targets of the second piece are looked up.
        let shared = if first_unit == 40 { 0.0 } else { 1.0 };
        pieces.push(SparsePiece {
            first_unit,
            n_units,
            starts,
            targets,
            weights,
            delays,
            weight: 0.75,
            delay: (5 << SHIFT) / 4,
            receptor,
            synapse_rate: shared * population.synapse_rates[receptor as usize],
            membrane_rate: shared * population.membrane_rate,
            derivatives: first,
        });
        first += n_synapses;
    }
    Case {
        kept,
        sources: sources(GENERATOR),
        pieces,
        synapses,
        items: vec![4, 0, 1, 2],
        n_derivatives: first as usize,
    }
}

/// The rates of a target.
fn rates(piece: &SparsePiece, target: u32) -> SparsePopulation {
    if piece.membrane_rate > 0.0 {
        return population(0, false);
    }
    let mut own = population(target, false);
    own.synapse_rates[0] += 0.001 * target as f32;
    own.synapse_rates[1] += 0.002 * target as f32;
    own
}

/// For each event what its shares sum to, then the derivatives by weights and delays.
fn expected(case: &Case) -> Vec<f64> {
    let mut sums = vec![0.0; case.items.len()];
    let mut derivatives = vec![1.0; 2 * case.n_derivatives];
    for (sum, &item) in sums.iter_mut().zip(&case.items) {
        let event: &SparseEvent = &case.kept.events[item as usize];
        for piece in &case.pieces {
            for synapse in row(piece, &case.synapses, event.unit) {
                let delay = f64::from(synapse.delay) / f64::from(1 << SHIFT);
                let after = f64::from(event.offset) / f64::from(WINDOW) + delay;
                let window = NUMBER + after.floor() as u32;
                if window >= WINDOWS {
                    continue;
                }
                let offset = (after.fract() * f64::from(WINDOW)) as f32;
                let target = synapse.target;
                let receptor = piece.receptor as usize;
                let at = (window, offset);
                let rates = rates(piece, target);
                let (lv, li) = case.kept.at(&rates, target, at, receptor);
                let rate = f64::from(rates.synapse_rates[receptor]);
                let moved = f64::from(synapse.weight) * (rate * li - lv);
                *sum += moved;
                let place = 2 * (piece.derivatives + synapse.place) as usize;
                derivatives[place] += li;
                derivatives[place + 1] += moved;
            }
        }
    }
    [sums, derivatives].concat()
}

/// As expected; `is_first` or what a part before has left as shares is a hundredth each.
fn found(device: &Device, shader: &str, case: &Case, is_first: bool) -> Vec<f64> {
    let first_item = case.kept.starts.len() as u32;
    let windows = [&case.kept.starts[..], &case.items[..]].concat();
    let parameters = SparseCollectParameters {
        window: NUMBER,
        window_length: WINDOW,
        n_windows: WINDOWS,
        n_neurons: NEURONS,
        n_receptors: RECEPTORS,
        ring: RING,
        first_window: NUMBER,
        first_item,
        n_items: case.items.len() as u32,
        first_source: 1,
        n_sources: 2,
        delay_shift: SHIFT,
        delay_unit: WINDOW / (1 << SHIFT) as f32,
        is_first: is_first.into(),
        is_last: 1,
    };
    let mut adjoints = case.kept.adjoints.clone();
    for neuron in 0..NEURONS {
        let own = rates(&case.pieces[1], neuron);
        adjoints.push(own.membrane_rate);
        adjoints.extend(&own.synapse_rates[..RECEPTORS as usize]);
    }
    let n_shares = 5 * WORKGROUP as usize;
    let bindings = [
        (0, uniform(&parameters)),
        (5, read(&windows)),
        (12, read(&adjoints)),
        (27, read(&case.sources)),
        (28, read(&case.pieces)),
        (29, read(&case.synapses)),
        (31, read(&case.kept.events)),
        (32, written(&vec![0.01_f32; n_shares])),
        (33, written(&vec![[1.0_f32; 2]; case.n_derivatives])),
    ];
    // Fewer workgroups than spikes: they take turns.
    let found = device.run(SOURCE.name, shader, &bindings, [3, 1, 1]);
    let shares: Vec<f32> = bytemuck::pod_collect_to_vec(&found[0]);
    let derivatives: Vec<f32> = bytemuck::pod_collect_to_vec(&found[1]);
    let sum = |item: &u32| -> f64 {
        let first = *item as usize * WORKGROUP as usize;
        let own = &shares[first..first + WORKGROUP as usize];
        own.iter().map(|&share| f64::from(share)).sum()
    };
    let sums = case.items.iter().map(sum);
    // The spike that is not listed keeps what it had.
    assert_eq!(shares[3 * WORKGROUP as usize], 0.01);
    sums.chain(derivatives.into_iter().map(f64::from)).collect()
}

#[test]
fn spikes_collect_what_their_arrivals_found() {
    let Some(device) = device() else { return };
    let case = case();
    let mut expected = expected(&case);
    let moved = expected[case.items.len()..]
        .iter()
        .filter(|x| **x != 1.0)
        .count();
    println!("{moved} derivatives");
    // Those that would arrive after the run's end move nothing.
    assert!(moved > 500 && moved < 2 * 301, "{moved}");
    assert_told(
        |text| found(&device, text, &case, true),
        &expected,
        SOURCE.text,
        100.0,
        &[
            (
                "if (window >= parameters.n_windows) {",
                "if (window > parameters.n_windows) {",
            ),
            (
                "derivatives[place] + vec2<f32>(found.y, moved)",
                "vec2<f32>(found.y, moved)",
            ),
            ("let place = piece.derivatives + ix;", "let place = ix;"),
            ("parameters.first_item + item", "parameters.first_item"),
            (
                "let source = source_of(event.unit);",
                "let source = sparse_sources[parameters.first_source];",
            ),
            (
                "ix < end; ix += WORKGROUP",
                "ix < end; ix += 2u * WORKGROUP",
            ),
            ("bitcast<f32>(synapses[piece.weights + ix])", "piece.weight"),
            (
                "event.window + delay_windows(delay, event.offset)",
                "event.window + (delay >> parameters.delay_shift)",
            ),
            ("events[ix].offset <= offset", "true"),
            ("let at = rates_place(neuron);", "let at = rates_place(0u);"),
            (
                "adjoints[at + 1u + piece.receptor], adjoints[at]",
                "adjoints[at + 1u], adjoints[at]",
            ),
            (
                "adjoints[at + 1u + piece.receptor], adjoints[at]",
                "adjoints[at + 1u + piece.receptor], adjoints[rates_place(0u)]",
            ),
        ],
    );
    // A later part adds to the shares of the ones before.
    for sum in &mut expected[..case.items.len()] {
        *sum += 0.64;
    }
    let away = off(&found(&device, SOURCE.text, &case, false), &expected);
    assert!(away < NEAR, "{away}");
    let again = mutant(SOURCE.text, "parameters.is_first == 0u", "false");
    assert!(off(&found(&device, &again, &case, false), &expected) > 100.0 * NEAR);
}
