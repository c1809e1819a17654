//! Gradients on a GPU whose shaders have one thing wrong: each must be told from the CPU's.

use spikefront::cpu::stream::StreamGradientOptions;
use spikefront::gpu::kernels;
use spikefront::gpu::stream::GpuStreamOptions;
use spikefront::network::NetworkInRows;

use crate::gpu::available;
use crate::gpu_gradient::{apart, on_gpu};
use crate::networks::{differing, resets};
use crate::spike_loss::gradient_of;

const MUTANTS: [(&str, &str); 16] = [
    // What arrivals find.
    ("vec2<f32>(found.y, moved)", "vec2<f32>(found.x, moved)"),
    (
        "vec2<f32>(found.y, moved)",
        "vec2<f32>(found.y, 0.99 * moved)",
    ),
    (
        "arrival_transposed(weight, rates.x, found)",
        "arrival_transposed(piece.weight, rates.x, found)",
    ),
    (
        "let offset = delay_offset(delay, event.offset);",
        "let offset = event.offset;",
    ),
    (
        "if (events[ix].unit != neuron || events[ix].offset <= offset) {",
        "if (true) {",
    ),
    (
        "if (events[ix].unit != neuron || events[ix].offset <= offset) {",
        "if (events[ix].unit != neuron) {",
    ),
    (
        "ix < own + parameters.n_shares; ix += 4u",
        "ix < own + parameters.n_shares; ix += 8u",
    ),
    // Spikes and releases.
    (
        "let potential = select(population.threshold, population.reset_potential, is_release);",
        "let potential = population.threshold;",
    ),
    (
        "let ell = collected(at, first) + pending;",
        "let ell = collected(at, first);",
    ),
    ("                pending = 0.0;\n", ""),
    ("    adjoints[pending_place(neuron)] = pending;\n", ""),
    (
        "let rule = select(HOLDS, SUBTRACTS, population.is_held == 0u);",
        "let rule = HOLDS;",
    ),
    (
        "events[at].threshold = before.threshold;",
        "events[at].threshold = -before.threshold;",
    ),
    // From window to window.
    (
        "adjoint.potential * flow.gain);",
        "0.99 * adjoint.potential * flow.gain);",
    ),
    ("events[at].ell = collected(at, first);", ""),
    // Drives.
    (
        "for (var k = parameters.n_windows; k > 0u; k -= 1u)",
        "for (var k = parameters.n_windows; k > 1u; k -= 1u)",
    ),
];

/// Of what the network of resets has not.
const OF_DIFFERING: [(&str, &str); 8] = [
    // Neurons that differ.
    ("let at = rates_place(neuron);", "let at = rates_place(0u);"),
    (
        "adjoints[at + 1u + piece.receptor], adjoints[at]",
        "adjoints[at + 1u], adjoints[at]",
    ),
    (
        "if (populations[middle].first_neuron <= neuron) {",
        "if (populations[middle].first_neuron < neuron) {",
    ),
    // Where their drives' arrivals lie.
    (
        "return parameters.first_drawn + drives[population.first_drive + number].first + neuron;",
        "return parameters.first_drawn + drives[population.first_drive + number].first + (neuron ^ 1u);",
    ),
    // Rates that change.
    ("left = max(left - time / mean, 0.0);", ""),
    ("at = SparseNext(change.window, change.offset, 0u);", ""),
    (
        "let mean = drives[next - 1u].mean;",
        "let mean = drives[next].mean;",
    ),
    ("if (mean * left <= time) {", "if (true) {"),
];

#[test]
fn shaders_with_one_thing_wrong_are_told() {
    all_are_told(&resets(1).build_in_rows().unwrap(), &MUTANTS);
}

#[test]
fn what_is_wrong_of_neurons_that_differ_is_told() {
    all_are_told(&differing(3).build_in_rows().unwrap(), &OF_DIFFERING);
}

fn all_are_told(network: &NetworkInRows, mutants: &[(&'static str, &'static str)]) {
    let options = StreamGradientOptions::default();
    let exact = gradient_of(network, &options);
    let run = |mutation| {
        let device = GpuStreamOptions::default().mutation(mutation);
        available(on_gpu(network, &options, &device))
    };
    let Some(right) = run(None) else { return };
    assert!(apart(&right, &exact, false).is_empty());
    for &(right, wrong) in mutants {
        let has_it = kernels::ALL
            .iter()
            .any(|source| source.text.contains(right));
        assert!(has_it, "no kernel has {right:?}");
        let Some(found) = run(Some((right, wrong))) else {
            return;
        };
        let faults = apart(&found, &exact, false);
        println!("{wrong:?}: {} of 6 lists", faults.len());
        assert!(!faults.is_empty(), "{wrong:?} instead of {right:?} passes");
    }
}
