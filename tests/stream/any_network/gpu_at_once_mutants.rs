//! Windows in which spikes arrive themselves, on a GPU whose shaders have one thing wrong: each must be told from the CPU's.

use spikefront::cpu::stream::{CpuStream, StreamGradientOptions, StreamOptions};
use spikefront::gpu::kernels;
use spikefront::gpu::stream::{GpuStream, GpuStreamOptions};
use spikefront::network::NetworkInRows;
use spikefront::stream::Stream;
use spikefront::{ErrorKind, Result};

use super::networks::{DURATION, Mutant, describe};
use crate::carried::{self, chosen};
use crate::gpu::{available, within_defaults};
use crate::gpu_gradient;
use crate::spike_loss::{UNTIL, gradient_of};

type Mutation = (&'static str, &'static str);

/// Of spikes.
const OF_SPIKES: [Mutation; 12] = [
    (
        "sent == 0u || sent == parameters.pass_number",
        "sent <= parameters.pass_number",
    ),
    (
        "sent == 0u || sent == parameters.pass_number",
        "sent == parameters.pass_number",
    ),
    (
        "if (changed == parameters.n_passes) {",
        "if (changed > parameters.n_passes) {",
    ),
    (
        "return before == 0u || (changed >= before && caused >= before);",
        "return before == 0u;",
    ),
    (
        "let n_found = atomicLoad(&counters[TRIED + before % 2u]);",
        "let n_found = 0u;",
    ),
    (
        "atomicStore(&counters[TRIED + parameters.pass_number % 2u], 0u);",
        "",
    ),
    (
        "parameters.window, found.offset, found.unit",
        "parameters.window, 0.0, found.unit",
    ),
    ("piece.receptor | mark", "mark"),
    (
        "arriving[arrival.receptor & RECEPTOR]",
        "arriving[arrival.receptor & 0u]",
    ),
    (
        "upcoming[place] = upcoming[place - parameters.first_drawn];",
        "",
    ),
    ("return parameters.first_drawn + drives", "return drives"),
    (
        "windows[first_made + parameters.reach_of_generated]",
        "windows[first_made + parameters.reach]",
    ),
];

/// Of derivatives.
const OF_DERIVATIVES: [Mutation; 9] = [
    (
        "SparseFired(chain + 1u, time, neuron)",
        "SparseFired(1u, time, neuron)",
    ),
    (" | (found.window << CHAIN_SHIFT)", ""),
    ("chain = max(chain, arrival.receptor >> CHAIN_SHIFT);", ""),
    (
        "    if (parameters.is_last != 0u) {\n        events[at].ell",
        "    if (true) {\n        events[at].ell",
    ),
    (
        "    if (parameters.is_last == 0u) {\n        return;\n    }\n    adjoints[pending",
        "    adjoints[pending",
    ),
    (
        "    if (parameters.is_last != 0u) {\n        let place",
        "    if (true) {\n        let place",
    ),
    (
        "origin.event + select(0u, parameters.rows_read, origin.event >= first)",
        "origin.event",
    ),
    ("(next_event + parameters.rows_written)", "next_event"),
    ("parameters.is_last == 0u || is_untouched", "is_untouched"),
];

/// Two networks: without delays, and with a drive beside them.
fn networks() -> [NetworkInRows; 2] {
    [26, DRIVEN].map(|seed| describe(seed, Mutant::None).build_in_rows().unwrap())
}

/// A network with a drive and synapses without delay onto several receptors.
const DRIVEN: u64 = 67;

/// A kernel has what a mutation changes.
fn assert_there(mutation: Mutation) {
    let has_it = |source: &spikefront::gpu::kernel::Source| source.text.contains(mutation.0);
    assert!(kernels::ALL.iter().any(has_it), "{mutation:?}");
}

/// Neurons and times in ms of all spikes, by neuron.
fn spikes(stream: &mut dyn Stream) -> Result<Vec<(u32, f64)>> {
    let window = stream.window();
    let mut all = Vec::new();
    stream.run(DURATION, &mut |fired| {
        all.extend(fired.iter().map(|spike| (spike.neuron, spike.time(window))));
        Ok(())
    })?;
    all.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    Ok(all)
}

/// Whether a run found the spikes; one that could not end found none.
fn is_right(found: &Result<Vec<(u32, f64)>>, exact: &[(u32, f64)]) -> bool {
    let near = |(a, b): (&(u32, f64), &(u32, f64))| a.0 == b.0 && (a.1 - b.1).abs() < 1e-4;
    found
        .as_ref()
        .is_ok_and(|found| found.len() == exact.len() && found.iter().zip(exact).all(near))
}

#[test]
fn shaders_that_find_other_spikes_are_told() {
    let networks = networks();
    let exact = networks.each_ref().map(|network| {
        let mut stream = CpuStream::new(network, StreamOptions::default()).unwrap();
        spikes(&mut stream).unwrap()
    });
    // Which network shows first that a shader is wrong.
    let wrong_on = |mutation| {
        let options = within_defaults(&GpuStreamOptions::default().mutation(mutation));
        for (ix, network) in networks.iter().enumerate() {
            let mut stream = available(GpuStream::new(network, &options))?;
            if !is_right(&spikes(&mut stream), &exact[ix]) {
                return Some(Some(ix));
            }
        }
        Some(None)
    };
    let Some(none) = wrong_on(None) else { return };
    assert_eq!(none, None);
    for mutation in OF_SPIKES {
        assert_there(mutation);
        let found = wrong_on(Some(mutation)).unwrap();
        println!("{:?}: network {found:?}", mutation.1);
        assert!(found.is_some(), "{mutation:?} passes");
    }
}

#[test]
fn shaders_that_find_other_derivatives_are_told() {
    let options = StreamGradientOptions::default();
    let networks = networks();
    let parameters = networks.each_ref().map(|network| chosen(network, 0));
    let exact = [0, 1].map(|ix| {
        let backward = gradient_of(&networks[ix], &options);
        (backward, carried::on_cpu(&networks[ix], &parameters[ix]))
    });
    // Faults backward and forward, of the first network that has any.
    let faults = |mutation| {
        let device = GpuStreamOptions::default().mutation(mutation);
        let mut faults = [0; 2];
        for ix in 0..2 {
            if faults != [0, 0] {
                break;
            }
            let answered = gpu_gradient::on_gpu(&networks[ix], &options, &device);
            if answered
                .as_ref()
                .is_err_and(|error| error.kind() == ErrorKind::Invalid)
            {
                faults[0] += 1;
                continue;
            }
            let backward = available(answered)?;
            let own = &parameters[ix];
            let forward = carried::on_gpu(&networks[ix], own, &device, UNTIL).unwrap();
            faults[0] += gpu_gradient::apart(&backward, &exact[ix].0, false).len();
            faults[1] += carried::apart(&forward, &exact[ix].1, own.len(), false).len();
        }
        Some(faults)
    };
    let Some(right) = faults(None) else { return };
    assert_eq!(right, [0, 0]);
    for mutation in OF_DERIVATIVES {
        assert_there(mutation);
        let found = faults(Some(mutation)).unwrap();
        println!("{:?}: {found:?} backward and forward", mutation.1);
        assert!(found != [0, 0], "{mutation:?} passes");
    }
}
