//! Which engine a command runs on.

use std::sync::Arc;

use clap::{Arg, Args, ValueEnum};
use spikefront::cpu::CpuEngine;
use spikefront::gpu::{AdapterChoice, AdapterDescription, GpuEngine, GpuOptions, adapters};
use spikefront::train::EngineSetting;
use spikefront::{Engine, Error, Result};

use super::output;

/// The engine options of a command.
#[derive(Debug, Clone, Copy, Args)]
pub struct EngineArgs {
    /// What computes [default: auto]
    #[arg(long, value_enum)]
    pub engine: Option<EngineChoice>,
    /// Which GPU, by its number in `spikefront devices` [default: the best]
    #[arg(long, value_name = "N")]
    pub adapter: Option<usize>,
    /// How much GPU memory may be used, in MiB [default: half of the largest buffer]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    pub memory: Option<u64>,
}

/// The option of a command on a run.
pub fn of_run(option: Arg) -> Arg {
    option.help("What computes [default: the run's]")
}

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    /// A hardware GPU if there is one, else the CPU
    Auto,
    /// The reference: f64 on the processor's cores
    Cpu,
    /// f32 on a GPU, or on a software driver where there is none
    Gpu,
}

impl EngineArgs {
    /// With what an experiment says where the command line says nothing.
    pub fn or(self, setting: EngineSetting) -> Self {
        let choice = match setting {
            EngineSetting::Auto => EngineChoice::Auto,
            EngineSetting::Cpu => EngineChoice::Cpu,
            EngineSetting::Gpu => EngineChoice::Gpu,
        };
        Self {
            engine: self.engine.or(Some(choice)),
            ..self
        }
    }

    fn choice(self) -> EngineChoice {
        self.engine.unwrap_or(EngineChoice::Auto)
    }

    /// Makes the engine; one on the CPU takes all cores or `threads` of them.
    ///
    /// # Errors
    /// A GPU that this machine does not have or that refuses, a number of threads that cannot be
    /// had, options that contradict one another.
    pub fn make(self, threads: Option<usize>) -> Result<Arc<dyn Engine>> {
        match self.choice() {
            EngineChoice::Cpu => self.cpu(threads),
            EngineChoice::Gpu => self.gpu("", AdapterChoice::Any),
            // Whoever names a GPU wants one.
            EngineChoice::Auto if self.adapter.is_some() => self.gpu("auto", AdapterChoice::Any),
            EngineChoice::Auto => self.best(threads),
        }
    }

    /// Makes the engine of a command whose answers are exact to f64 unless asked otherwise.
    ///
    /// # Errors
    /// As [`make`](Self::make).
    pub fn make_exact(self) -> Result<Arc<dyn Engine>> {
        match self.choice() {
            EngineChoice::Auto if self.adapter.is_none() => {
                say("cpu", "auto: exact to f64");
                self.cpu(None)
            }
            _ => self.make(None),
        }
    }

    fn best(self, threads: Option<usize>) -> Result<Arc<dyn Engine>> {
        let adapters = adapters();
        let reason = if adapters.iter().any(AdapterDescription::is_usable_hardware) {
            match self.gpu("auto", AdapterChoice::Hardware) {
                Ok(engine) => return Ok(engine),
                Err(error) => error.to_string(),
            }
        } else {
            why_not(&adapters)
        };
        say("cpu", &format!("auto: {reason}"));
        Self {
            memory: None,
            ..self
        }
        .cpu(threads)
    }

    fn gpu(self, how: &str, otherwise: AdapterChoice) -> Result<Arc<dyn Engine>> {
        let engine = GpuEngine::new(
            &GpuOptions::default()
                .adapter(self.adapter.map_or(otherwise, AdapterChoice::Index))
                .memory(self.memory.map(|mebibytes| mebibytes << 20)),
        )?;
        let description = engine.description();
        say(&format!("gpu, {description}"), how);
        Ok(Arc::new(engine))
    }

    fn cpu(self, threads: Option<usize>) -> Result<Arc<dyn Engine>> {
        let remedy = "it is for a GPU; leave it out or use --engine gpu";
        if let Some(adapter) = self.adapter {
            return Err(Error::invalid("--adapter", adapter, remedy));
        }
        if let (EngineChoice::Cpu, Some(memory)) = (self.choice(), self.memory) {
            return Err(Error::invalid("--memory", memory, remedy));
        }
        // Threads of its own, which it keeps awake between the calls of a step.
        let threads = threads.unwrap_or_else(rayon::current_num_threads);
        Ok(Arc::new(CpuEngine::new().threads(threads)?))
    }
}

/// Names the engine that was taken and why.
fn say(engine: &str, why: &str) {
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(" ({why})")
    };
    output::note(&format!("engine: {engine}{why}"));
}

/// Why none of the adapters is a GPU to compute on.
pub fn why_not(adapters: &[AdapterDescription]) -> String {
    let hardware = adapters.iter().find(|adapter| adapter.kind.is_hardware());
    match hardware {
        Some(AdapterDescription {
            name,
            shortcoming: Some(why),
            ..
        }) => format!("{name}: {why}"),
        _ if adapters.is_empty() => "no GPU driver".to_owned(),
        _ => "no hardware GPU".to_owned(),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use spikefront::gpu::{AdapterKind, AdapterLimits};

    /// What no machine here has.
    pub fn described(kind: AdapterKind, shortcoming: Option<&str>) -> AdapterDescription {
        AdapterDescription {
            index: 0,
            name: "GPU X".into(),
            kind,
            backend: "vulkan".into(),
            driver: String::new(),
            limits: AdapterLimits {
                buffer: 1 << 31,
                binding: 1 << 27,
                storage_buffers: 8,
                workgroup_memory: 1 << 14,
                invocations: 256,
                workgroups: 65535,
            },
            default_memory: 1 << 30,
            shortcoming: shortcoming.map(str::to_owned),
        }
    }

    #[test]
    fn the_reason_for_the_cpu_is_named() {
        assert_eq!(why_not(&[]), "no GPU driver");
        let software = described(AdapterKind::Software, None);
        assert_eq!(why_not(&[software]), "no hardware GPU");
        let small = described(AdapterKind::Integrated, Some("it offers too little"));
        assert_eq!(why_not(&[small]), "GPU X: it offers too little");
    }
}
