//! A run of a graph's network.

use std::path::{Path, PathBuf};

use spikefront::data::{SpikeTrains, write_recording};
use spikefront::event::SpikeBatch;
use spikefront::network::Network;
use spikefront::{Error, Problem, Result, SimulationOptions, count, files};

use super::command::NirArgs;
use crate::cli::folder::refuse_training;
use crate::cli::output;
use crate::cli::same_file::same_file;

/// Voltages are written at so many times after the start.
const INSTANTS: usize = 100;

/// What is asked for.
pub struct Simulation<'a> {
    duration: f64,
    inputs: Option<&'a Path>,
    /// Where spikes are written.
    out: Option<PathBuf>,
}

impl<'a> Simulation<'a> {
    /// None where the graph is only described.
    pub fn of(args: &'a NirArgs) -> Result<Option<Self>> {
        let Some(duration) = args.duration else {
            let others = [("--inputs", &args.inputs), ("--out", &args.out)];
            return match others.iter().find(|(_, other)| other.is_some()) {
                None => Ok(None),
                Some((name, _)) => {
                    let remedy = format!("give how long to simulate, in ms, with {name}");
                    Err(Error::invalid("--duration", "not given", remedy))
                }
            };
        };
        if !(duration > 0.0 && duration.is_finite()) {
            return Err(Error::invalid(
                "--duration",
                duration,
                "give a time in ms above zero",
            ));
        }
        let out = args.out.as_ref().map(|folder| folder.join("spikes.npz"));
        let inputs = args.inputs.as_deref();
        if let (Some(inputs), Some(out)) = (inputs, &out)
            && same_file(inputs, out)
        {
            let remedy = "its spikes.npz is the input: name another folder";
            return Err(Error::invalid("--out", format!("{:?}", args.out), remedy));
        }
        Ok(Some(Self {
            duration,
            inputs,
            out,
        }))
    }

    pub fn run(&self, args: &NirArgs, network: &Network) -> anyhow::Result<()> {
        if let Some(folder) = &args.out {
            refuse_training(folder)?;
            files::create_folder(folder)?;
        }
        let inputs = match self.inputs {
            Some(path) => SpikeTrains::read_npz_spikes(path, network.n_channels())?,
            None => {
                let mut silent = SpikeBatch::new();
                silent.push_sample(&[])?;
                silent
            }
        };
        let engine = args.engine.make_exact()?;
        let mut options = SimulationOptions::new(self.duration);
        if network
            .populations()
            .iter()
            .any(|population| !population.is_spiking())
        {
            let times = (0..=INSTANTS).map(|ix| self.duration * ix as f64 / INSTANTS as f64);
            options.add_voltage_times(&times.collect::<Vec<f64>>());
        }
        let recording = engine.simulate(&Problem {
            network,
            parameters: &network.parameters(0),
            inputs: &inputs,
            options: &options,
        })?;
        let populations: Vec<_> = network
            .populations()
            .iter()
            .map(|population| (population.name.clone(), population.units()))
            .collect();
        let mut text = format!(
            "\n{} of {} ms, {} in:\n",
            count(inputs.n_samples(), "sample"),
            self.duration,
            count(inputs.n_spikes(), "spike")
        );
        for (name, units) in &populations {
            let is_own = |&&neuron: &&u32| units.contains(&(neuron as usize));
            let spikes = recording.neurons().iter().filter(is_own).count();
            text += &format!("  {name}: {}\n", count(spikes, "spike"));
        }
        if let Some(out) = &self.out {
            write_recording(out, &recording, &populations)?;
            text += &format!("written to {}\n", out.display());
        }
        output::print(&text)
    }
}
