//! What is to be simulated: a network that ships with the program or a file, with what the command line changes.

use std::path::Path;

use spikefront::networks::{NamedNetwork, SimulationFile};
use spikefront::train::Experiment;
use spikefront::{Error, Result};

use super::SimulateArgs;
use crate::cli::own_file::{Described, explained, is_path, meant};

/// A simulation and where it comes from.
pub struct Asked {
    /// What results call it.
    pub name: String,
    /// Times its published neurons.
    pub scale: f64,
    pub file: SimulationFile,
    /// Where it ships with the program.
    pub named: Option<NamedNetwork>,
    /// Whether synapses of a neuron were scaled with the neurons.
    pub is_compensated: bool,
}

impl Asked {
    pub fn new(args: &SimulateArgs) -> Result<Self> {
        let path = Path::new(&args.network);
        let is_file = is_path(&args.network) || path.is_file();
        let mut asked = match is_file {
            true => Self::from_file(args, path)?,
            false => Self::named(args)?,
        };
        let run = &mut asked.file.simulation;
        run.duration = args.duration.unwrap_or(run.duration);
        run.from = args.from.or(run.from);
        run.seed = args.seed.unwrap_or(run.seed);
        run.window = args.window.or(run.window);
        Ok(asked)
    }

    fn from_file(args: &SimulateArgs, path: &Path) -> Result<Self> {
        if args.scale != 1.0 {
            let remedy = "the sizes of populations are in the file: change them there, or with --set population.NAME.size=N";
            return Err(Error::invalid("--scale", args.scale, remedy));
        }
        let read = SimulationFile::read(path);
        let read = read.map_err(|error| explained(path, Described::Simulation, error))?;
        let set = |file: SimulationFile, assignment: &String| file.set(assignment);
        let name = path.file_stem().unwrap_or_default();
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            scale: 1.0,
            file: args.set.iter().try_fold(read, set)?,
            named: None,
            is_compensated: false,
        })
    }

    fn named(args: &SimulateArgs) -> Result<Self> {
        let named = NamedNetwork::find(&args.network);
        let named = named.map_err(|error| {
            let name = &args.network;
            let experiment = Experiment::preset_text(name).ok();
            let other = experiment
                .map(|_| format!("it is an experiment to train: `spikefront train {name}`"));
            meant("network", name, other).unwrap_or(error)
        })?;
        let (mut parameters, mut settings) = (Vec::new(), Vec::new());
        for assignment in &args.set {
            let (key, value) = assignment.split_once('=').unwrap_or((assignment, ""));
            let key = key.trim();
            if key.contains('.') {
                settings.push(assignment);
                continue;
            }
            if !named.parameters.iter().any(|p| p.name == key) {
                let keys = named.file(args.scale, 0, &[])?.full_keys(key)?;
                if !keys.is_empty() {
                    let remedy = format!(
                        "it is a part of others: give its full key, {}",
                        keys.join(", ")
                    );
                    return Err(Error::invalid(key, value.trim(), remedy));
                }
            }
            let value: f64 = value.trim().parse().map_err(|_| {
                let names: Vec<&str> = named.parameters.iter().map(|p| p.name).collect();
                let own = match names.is_empty() {
                    true => String::new(),
                    false => format!("{} = NUMBER, or ", names.join(" or ")),
                };
                let remedy = format!(
                    "give {own}a key of the file that `spikefront preset {}` prints",
                    named.name
                );
                Error::invalid("--set", format!("\"{assignment}\""), remedy)
            })?;
            parameters.push((key, value));
        }
        let file = named.file(args.scale, args.seed.unwrap_or(0), &parameters)?;
        let set = |file: SimulationFile, assignment: &String| file.set(assignment);
        Ok(Self {
            name: named.name.to_owned(),
            scale: args.scale,
            file: settings.into_iter().try_fold(file, set)?,
            named: Some(named),
            is_compensated: parameters
                .iter()
                .any(|(name, _)| *name == "in_degree_scale"),
        })
    }

    /// Rates in Hz as they were published, one for each population, where this is the network they belong to.
    pub fn published_rates(&self) -> &'static [f64] {
        self.named.map_or(&[], |named| named.published_rates)
    }

    /// What a smaller or larger network than the published one means for its results.
    pub fn note_on_scale(&self) -> Option<String> {
        let named = self.named?;
        if self.scale == 1.0 || self.is_compensated {
            return None;
        }
        let direction = match self.scale < 1.0 {
            true => "more of their inputs, so that correlations and synchrony grow",
            false => "fewer of their inputs, so that correlations and synchrony shrink",
        };
        let remedy = match named.parameters.iter().any(|p| p.name == "in_degree_scale") {
            true => format!(
                "; --set in_degree_scale={} scales in-degrees as well and keeps the mean and the variance of inputs \
                 (van Albada, Helias and Diesmann 2015), not correlations",
                self.scale.min(1.0)
            ),
            false => String::new(),
        };
        Some(format!(
            "scaled with in-degrees kept: neurons share {direction} and rates move with them{remedy}"
        ))
    }
}
