//! `bench large --model`: long runs, counted.

use std::collections::BTreeMap;

use serde::Serialize;
use spikefront::Result;
use spikefront::cpu::stream::CpuStream;
use spikefront::gpu::model::{Device, LongRun};
use spikefront::network::NetworkBuilder;
use spikefront::networks::NamedNetwork;
use spikefront::stream::{StreamOptions, StreamSpike};

use super::model::Predicted;

/// What is simulated and counted, in ms.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub warm_up: f64,
    pub duration: f64,
}

/// Which network, how large, and what it takes to make it.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub named: NamedNetwork,
    pub scale: f64,
    pub seed: u64,
    /// Bytes that its synapses may take.
    pub limit: u64,
    pub threads: usize,
}

impl Size {
    /// The network, not yet built.
    ///
    /// # Errors
    /// A scale that it does not have.
    pub fn described(self) -> Result<NetworkBuilder> {
        let mut described = self.named.describe(self.scale, self.seed)?;
        described.memory_limit(self.limit);
        Ok(described)
    }
}

/// A network of some size, as it is predicted.
#[derive(Debug, Clone, Serialize)]
pub struct LongPrediction {
    network: &'static str,
    scale: f64,
    neurons: usize,
    synapses: u64,
    duration_ms: f64,
    windows: usize,
    spikes: f64,
    /// Arrivals over synapses, and those of drives.
    arrivals: f64,
    driven: f64,
    /// The share of neurons without arrivals in a window, and of the bytes that `sparse_advance` moves the share that is theirs.
    idle: f64,
    idle_bytes: f64,
    /// A simulation, and the way back of a gradient with the run again before it.
    runs: Vec<Predicted>,
    /// Seconds of computation for each second of the network's time, of the simulation on each device.
    real_time_factors: BTreeMap<&'static str, f64>,
}

/// Simulates a network by the CPU engine and counts what the stretch after the warm-up asks of devices.
///
/// # Errors
/// A network that does not fit, or that the GPU engine refuses.
pub fn predict(size: Size, span: Span, devices: &[Device]) -> Result<LongPrediction> {
    let mut described = size.described()?;
    described.partitions(size.threads);
    let network = described.build_in_rows()?;
    let mut stream = CpuStream::new(&network, StreamOptions::default())?;
    let window = stream.window();
    let mut spikes: Vec<StreamSpike> = Vec::new();
    let mut keep = |more: &[StreamSpike]| {
        spikes.extend_from_slice(more);
        Ok(())
    };
    // A spike is underway for no longer than the longest delay.
    let earliest = (span.warm_up - network.longest_delay() - window).max(0.0);
    stream.run(earliest, |_| Ok(()))?;
    stream.run(span.warm_up, &mut keep)?;
    let before = stream.synaptic_events();
    let until = span.warm_up + span.duration;
    stream.run(until, &mut keep)?;
    let events = stream.synaptic_events() - before;
    let long = LongRun::new(&network, window, (span.warm_up, until), &spikes, events)?;
    let counts = long.counts();
    let simulation = long.simulation()?;
    let factor = |device: &Device| {
        let seconds = device.total(&simulation);
        (device.name, seconds / (span.duration / 1e3))
    };
    Ok(LongPrediction {
        network: size.named.name,
        scale: size.scale,
        neurons: network.neurons(),
        synapses: network.synapses(),
        duration_ms: span.duration,
        windows: counts.windows,
        spikes: counts.spikes,
        arrivals: counts.arrivals,
        driven: counts.driven,
        idle: counts.idle,
        idle_bytes: long.idle()?.bytes() / simulation.cost("sparse_advance").bytes().max(1.0),
        real_time_factors: devices.iter().map(factor).collect(),
        runs: vec![
            Predicted::new("simulation", &simulation, devices),
            Predicted::new("adjoint", &long.adjoint()?, devices),
        ],
    })
}

impl LongPrediction {
    /// For a terminal.
    pub fn table(&self, devices: &[Device]) -> String {
        let events = self.arrivals + self.driven;
        let mut text = format!(
            "\n{} at scale {}: {} neurons, {} synapses; {} ms, {} windows\n\
             {:.0} spikes, {:.0} arrivals over synapses, {:.0} of drives; {:.1} % of neurons have none in a window,\n\
             and {:.1} % of the bytes of sparse_advance are theirs\n",
            self.network,
            self.scale,
            self.neurons,
            self.synapses,
            self.duration_ms,
            self.windows,
            self.spikes,
            self.arrivals,
            self.driven,
            100.0 * self.idle,
            100.0 * self.idle_bytes,
        );
        for run in &self.runs {
            let all = run.kernels.values();
            let bytes: f64 = all.clone().map(|kernel| kernel.bytes).sum();
            let atomics: f64 = all.map(|kernel| kernel.atomics).sum();
            text += &format!(
                "{}: {:.1} bytes and {:.2} atomic operations for each arrival\n",
                run.run,
                bytes / events.max(1.0),
                atomics / events.max(1.0),
            );
            text += &run.table(devices);
        }
        for (device, factor) in &self.real_time_factors {
            text += &format!("  x real on {device:<10} {factor:>8.3}\n");
        }
        text
    }
}
