//! Derivatives of spike times with respect to chosen parameters, from either engine, and how far apart they are.

use spikefront::Result;
use spikefront::cpu::stream::{StreamOptions, StreamSpike};
use spikefront::gpu::stream::{
    GpuStreamOptions, SpikeDerivatives, StreamParameter, stream_derivatives,
};
use spikefront::network::NetworkInRows;

use crate::gpu::within_defaults;
use crate::spike_loss::UNTIL;

pub const FLOOR: f64 = 1e-6;

/// What a run answers: spikes in windows of so many ms, and for each a row.
#[derive(Debug, PartialEq)]
pub struct Found {
    pub spikes: Vec<StreamSpike>,
    pub rows: Vec<f64>,
    pub grazing: u64,
}

pub fn collect(
    run: impl FnOnce(&mut dyn FnMut(SpikeDerivatives) -> Result<()>) -> Result<u64>,
) -> Result<Found> {
    let (mut spikes, mut rows) = (Vec::new(), Vec::new());
    let mut note = |found: SpikeDerivatives| {
        assert!(!found.spikes.is_empty());
        spikes.extend_from_slice(found.spikes);
        rows.extend_from_slice(found.rows);
        Ok(())
    };
    let grazing = run(&mut note)?;
    Ok(Found {
        spikes,
        rows,
        grazing,
    })
}

pub fn on_gpu(
    network: &NetworkInRows,
    parameters: &[StreamParameter],
    device: &GpuStreamOptions,
    until: f64,
) -> Result<Found> {
    let device = within_defaults(device);
    collect(|note| stream_derivatives(network, &device, parameters, FLOOR, until, note))
}

pub fn on_cpu(network: &NetworkInRows, parameters: &[StreamParameter]) -> Found {
    let options = StreamOptions::default();
    let run = |note: &mut dyn FnMut(SpikeDerivatives) -> Result<()>| {
        spikefront::cpu::stream::stream_derivatives(
            network, options, parameters, FLOOR, UNTIL, note,
        )
    };
    collect(run).unwrap()
}

/// Some parameters of every kind that a network has, which has so many drives.
pub fn chosen(network: &NetworkInRows, drives: usize) -> Vec<StreamParameter> {
    let mut all = Vec::new();
    let (n, neurons) = (network.synapses(), network.neurons() as u32);
    for k in 0..6 {
        all.push(StreamParameter::Weight((n * k / 6 + k) % n));
        all.push(StreamParameter::Delay((n * k / 6 + 2 * k) % n));
    }
    for population in network.populations() {
        let id = network.population_named(&population.name).unwrap();
        if population.neuron.threshold.is_some() {
            let middle = (population.neurons.start + population.neurons.end) / 2;
            all.push(StreamParameter::Threshold(id));
            all.push(StreamParameter::NeuronThreshold(middle));
            all.push(StreamParameter::InitialPotential(middle));
        }
    }
    all.extend((0..drives).map(StreamParameter::Drive));
    for (name, channel, spike) in [
        ("stimulus", 0, 1),
        ("first", 0, 17),
        ("first", 1, 1),
        ("second", 0, 0),
    ] {
        if let Ok(generators) = network.generators_named(name) {
            all.push(StreamParameter::GeneratorTime {
                generators,
                channel,
                spike,
            });
        }
    }
    all.push(StreamParameter::InitialPotential(neurons - 1));
    all
}

/// Entries from which on a column's median is held to the project's bar; below, all may hang on one spike that grazes.
const MANY: usize = 20;

/// Which columns are farther apart than the project's bars for single precision allow: of the largest entry a median of 1e-5 and a
/// 99.9th percentile of 1e-3.
pub fn apart(found: &Found, exact: &Found, n_columns: usize, is_told: bool) -> Vec<String> {
    let rows = |found: &Found| {
        let rows = found.rows.chunks(n_columns).map(<[f64]>::to_vec);
        let mut rows: Vec<(u32, u64, f64, Vec<f64>)> = found
            .spikes
            .iter()
            .zip(rows)
            .map(|(s, row)| (s.neuron, s.window, s.offset, row))
            .collect();
        rows.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        rows
    };
    let (found, exact) = (rows(found), rows(exact));
    if !found
        .iter()
        .map(|row| row.0)
        .eq(exact.iter().map(|row| row.0))
    {
        return vec![format!("{} and {} spikes", found.len(), exact.len())];
    }
    let (mut faults, mut worst) = (Vec::new(), [0.0_f64; 2]);
    for column in 0..n_columns {
        let pairs = found.iter().zip(&exact);
        let pairs = pairs.map(|(a, b)| (a.3[column], b.3[column]));
        let pairs: Vec<_> = pairs.filter(|(a, b)| *a != 0.0 || *b != 0.0).collect();
        let largest = pairs.iter().map(|(_, b)| b.abs()).fold(1e-12, f64::max);
        let mut errors: Vec<f64> = pairs.iter().map(|(a, b)| (a - b).abs() / largest).collect();
        if errors.is_empty() {
            continue;
        }
        errors.sort_by(f64::total_cmp);
        let at = |share: f64| errors[((errors.len() - 1) as f64 * share).ceil() as usize];
        let (median, most) = (at(0.5), at(0.999));
        worst = [worst[0].max(median), worst[1].max(most)];
        let bar = if errors.len() < MANY { 1e-3 } else { 1e-5 };
        // A NaN is within no bar.
        if !(median <= bar && most <= 1e-3) {
            faults.push(format!(
                "column {column}: {} entries, median {median:.1e}, 99.9th percentile {most:.1e}",
                errors.len()
            ));
        }
    }
    if is_told {
        println!(
            "  {} spikes, {n_columns} columns: median {:.1e}, 99.9th percentile {:.1e} at most",
            found.len(),
            worst[0],
            worst[1]
        );
    }
    faults
}
