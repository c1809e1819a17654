//! A large network on an engine: times, and on a GPU those of its kernels.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;
use spikefront::Result;
use spikefront::gpu::GpuEngine;
use spikefront::gpu::model::LongRun;
use spikefront::gpu::stream::GpuStream;
use spikefront::network::NetworkInParts;
use spikefront::stream::{Stream, StreamOptions, StreamSpike};

use super::large_model::{Size, Span};
use super::model::{ModelArgs, Predicted};
use crate::cli::stream_engine::{Built, StreamEngineArgs};

/// Windows whose kernels are timed, after those that are timed as a whole.
const PROFILED: f64 = 64.0;

/// What was measured.
#[derive(Debug, Default, Serialize)]
pub struct Measured {
    pub device: Option<String>,
    pub neurons: usize,
    pub synapses: u64,
    pub synapse_bytes: u64,
    pub build_seconds: f64,
    pub seconds: f64,
    /// Seconds of computation for a second of the network's time.
    pub real_time_factor: f64,
    pub spikes: u64,
    pub synaptic_events: u64,
    pub nanoseconds_per_event: f64,
    /// On a GPU with a clock: of each kernel for as long as was measured, from a stretch after that.
    pub kernels_ms: BTreeMap<&'static str, f64>,
    /// On a GPU, if asked for: what its ceilings predict.
    pub predicted: Option<Predicted>,
}

/// Builds a network and times it.
///
/// # Errors
/// A network that does not fit, or that the engine refuses.
pub fn measure(
    size: Size,
    span: Span,
    engine: StreamEngineArgs,
    model: &ModelArgs,
) -> Result<Measured> {
    let start = Instant::now();
    let network = engine.build(size.described()?, size.threads, size.limit)?;
    let measured = match &network {
        Built::Whole(_) => {
            let mut simulation = engine.open(&network, StreamOptions::default())?;
            let built = start.elapsed();
            Measured {
                build_seconds: built.as_secs_f64(),
                ..time(span, simulation.as_mut(), None)?
            }
        }
        Built::Parted(parts) => on_gpu((size, span), engine, model, parts, start)?,
    };
    Ok(Measured {
        neurons: network.neurons(),
        synapses: network.synapses(),
        synapse_bytes: network.synapse_bytes(),
        ..measured
    })
}

fn on_gpu(
    (size, span): (Size, Span),
    engine: StreamEngineArgs,
    model: &ModelArgs,
    parts: &NetworkInParts,
    start: Instant,
) -> Result<Measured> {
    let mut simulation = engine.on_gpu(parts, StreamOptions::default(), true)?;
    // A GPU's synapses are made on their way to it.
    let build_seconds = start.elapsed().as_secs_f64();
    let mut kept = Vec::new();
    // Time stamps cost time: not while the whole is timed.
    simulation.time_kernels(false);
    let keep = model.is_measured().then_some(&mut kept);
    let measured = time(span, &mut simulation, keep)?;
    let profiled = simulation.window() * PROFILED;
    simulation.time_kernels(true);
    simulation.run(span.warm_up + span.duration + profiled, |_| Ok(()))?;
    let times = span.duration / profiled;
    let profile = simulation.take_profile().into_iter();
    let kernels_ms = profile.map(|(name, time)| (name, 1e3 * times * time.seconds));
    Ok(Measured {
        build_seconds,
        kernels_ms: kernels_ms.collect(),
        predicted: match model.is_measured() {
            true => {
                let seen = (&kept[..], measured.synaptic_events);
                Some(beside((size, span), engine, model, &simulation, seen)?)
            }
            false => None,
        },
        ..measured
    })
}

/// Runs a network and times it after its warm-up; keeps its spikes where it is told where.
fn time(
    span: Span,
    simulation: &mut dyn Stream,
    mut kept: Option<&mut Vec<StreamSpike>>,
) -> Result<Measured> {
    let mut keep = |more: &[StreamSpike]| {
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(more);
        }
        Ok(())
    };
    simulation.run(span.warm_up, &mut keep)?;
    let (spikes, events) = (simulation.spikes(), simulation.synaptic_events()?);
    let (from, start) = (simulation.time(), Instant::now());
    simulation.run(span.warm_up + span.duration, &mut keep)?;
    let seconds = start.elapsed().as_secs_f64();
    let synaptic_events = simulation.synaptic_events()? - events;
    Ok(Measured {
        device: simulation.device(),
        seconds,
        real_time_factor: seconds / ((simulation.time() - from) / 1e3),
        spikes: simulation.spikes() - spikes,
        synaptic_events,
        nanoseconds_per_event: 1e9 * seconds / synaptic_events.max(1) as f64,
        ..Measured::default()
    })
}

/// What the ceilings of the device that is there predict for what it has simulated.
fn beside(
    (size, span): (Size, Span),
    engine: StreamEngineArgs,
    model: &ModelArgs,
    simulation: &GpuStream,
    (spikes, events): (&[StreamSpike], u64),
) -> Result<Predicted> {
    let ceilings = GpuEngine::new(&engine.gpu_options())?.ceilings()?;
    let device = model.device_of(&ceilings);
    // The counts need the synapses on the host.
    let network = size.described()?.build_in_rows()?;
    let span = (span.warm_up, span.warm_up + span.duration);
    let long = LongRun::new(&network, simulation.window(), span, spikes, events)?;
    Ok(Predicted::new("simulation", &long.simulation()?, &[device]))
}
