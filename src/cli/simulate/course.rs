//! What a run was and how it went.

use spikefront::Result;

use super::SimulateArgs;
use super::asked::Asked;
use super::results::Summary;
use super::simulation::Simulation;
use super::watched::Watched;
use crate::cli::memory;

/// How large a network is, and what it took to make it.
pub struct Size {
    pub neurons: usize,
    pub synapses: u64,
    pub synapse_bytes: u64,
    /// Of this process.
    pub threads: usize,
    pub build_seconds: f64,
}

/// A run that has come to an end.
pub struct Course<'a> {
    pub asked: &'a Asked,
    pub size: &'a Size,
    /// From when on spikes count, and where this part of the run began, in ms.
    pub from: f64,
    pub begun: f64,
    /// How many synaptic events there were before it.
    pub events_before: u64,
    pub seconds: f64,
    pub is_stopped: bool,
}

impl<'a> Course<'a> {
    /// What it comes down to.
    pub fn summary(
        &self,
        args: &SimulateArgs,
        simulation: &mut Simulation,
        watched: &Watched<'_>,
    ) -> Result<Summary<'a>> {
        let Self { asked, size, .. } = *self;
        let run = &asked.file.simulation;
        let published = asked.published_rates();
        let ranks = simulation.costs()?;
        let stream = simulation.stream();
        let simulated = stream.time().min(run.duration);
        Ok(Summary {
            network: &asked.name,
            scale: asked.scale,
            seed: run.seed,
            engine: args.engine.name(),
            device: stream.device(),
            threads: size.threads,
            neurons: size.neurons,
            synapses: size.synapses,
            synapse_bytes: size.synapse_bytes,
            window: stream.window(),
            simulated,
            from: self.from,
            begun: self.begun,
            stopped: self.is_stopped,
            build_seconds: size.build_seconds,
            seconds: self.seconds,
            real_time_factor: self.seconds / ((simulated - self.begun) / 1e3),
            spikes: stream.spikes(),
            synaptic_events: stream.synaptic_events()?,
            events_before: self.events_before,
            peak_memory_mb: memory::peak_megabytes(),
            ranks,
            populations: watched.observer.populations(simulated, published)?,
        })
    }
}
