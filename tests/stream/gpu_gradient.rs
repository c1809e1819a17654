//! The gradient over a long run on a GPU against the CPU's.

use spikefront::cpu::stream::{StreamGradient, StreamGradientOptions};
use spikefront::gpu::stream::{GpuStreamOptions, stream_gradient};
use spikefront::network::{NetworkBuilder, NetworkInRows};
use spikefront::{ErrorKind, Result};

use crate::gpu::available;
use crate::networks::{drawn, two_currents};
use crate::spike_loss::{UNTIL, gradient_by, gradient_of};

fn on_gpu(
    network: &NetworkInRows,
    options: &StreamGradientOptions,
    device: &GpuStreamOptions,
) -> Result<StreamGradient> {
    gradient_by(network, |note, cotangent| {
        stream_gradient(network, options, device, UNTIL, note, cotangent)
    })
}

/// Every list of numbers of a gradient, with its name.
fn tensors(gradient: &StreamGradient) -> Vec<(&'static str, Vec<f64>)> {
    let times = gradient.generator_times.iter().flatten().flatten();
    vec![
        ("weights", gradient.weights.clone()),
        ("delays", gradient.delays.clone()),
        ("thresholds", gradient.thresholds.clone()),
        ("drives", gradient.drives.clone()),
        ("times of generators", times.copied().collect()),
        ("initial potentials", gradient.initial_potentials.clone()),
    ]
}

/// The relative errors of what is not zero in both, in order.
fn errors(found: &[f64], exact: &[f64]) -> Vec<f64> {
    let pairs = found
        .iter()
        .zip(exact)
        .filter(|(a, b)| **a != 0.0 || **b != 0.0);
    let mut errors: Vec<f64> = pairs
        .map(|(a, b)| (a - b).abs() / b.abs().max(a.abs()))
        .collect();
    errors.sort_by(f64::total_cmp);
    errors
}

#[test]
fn first() {
    for build in [two_currents as fn(u64) -> NetworkBuilder, drawn] {
        let network = build(1).build_in_rows().unwrap();
        let options = StreamGradientOptions::default();
        let exact = gradient_of(&network, &options);
        let Some(found) = available(on_gpu(&network, &options, &GpuStreamOptions::default()))
        else {
            return;
        };
        println!(
            "{} {} spikes, {} {} grazing",
            found.spikes, exact.spikes, found.grazing, exact.grazing
        );
        for ((name, found), (_, exact)) in tensors(&found).iter().zip(&tensors(&exact)) {
            let e = errors(found, exact);
            if e.is_empty() {
                continue;
            }
            println!(
                "{name}: {} median {:.1e} 99% {:.1e} max {:.1e}",
                e.len(),
                e[e.len() / 2],
                e[e.len() * 99 / 100],
                e[e.len() - 1]
            );
            println!(
                "{:?} {:?}",
                &found[..found.len().min(6)],
                &exact[..exact.len().min(6)]
            );
        }
    }
}
