//! Which experiment the command line asks for.

use std::path::Path;

use spikefront::networks::NamedNetwork;
#[cfg(feature = "hdf5")]
use spikefront::train::GraphSettings;
use spikefront::train::{Experiment, InitSettings};
use spikefront::{Error, Result};

use super::TrainArgs;
use super::axes::Axis;
use super::results::EXPERIMENT;
use crate::cli::nir;
use crate::cli::own_file::{Described, explained, is_path, meant, missing, nearest};

/// An experiment with a name for its results.
pub struct Chosen {
    pub name: String,
    pub experiment: Experiment,
    /// Settings with several values.
    pub axes: Vec<Axis>,
}

/// A file or a preset, then `--set`, then the options of their own.
///
/// # Errors
/// A preset that there is not, a file that cannot be read or understood, a setting that there is not.
pub fn choose(args: &TrainArgs) -> Result<Chosen> {
    let what = args.experiment.as_deref().unwrap_or_default();
    nir::refuse(Path::new(what))?;
    refuse_run(what)?;
    let (name, mut experiment) = match Path::new(what) {
        path if path.extension().is_some_and(|e| e == "toml") => {
            if let Some(preset) = &args.preset {
                let remedy = "a file has its own settings; leave the preset out";
                return Err(Error::invalid("--preset", preset, remedy));
            }
            let stem = path.file_stem().unwrap_or_default();
            let read = Experiment::read(path);
            let read = read.map_err(|error| explained(path, Described::Training, error));
            (stem.to_string_lossy().into_owned(), read?)
        }
        path if is_path(what) && !path.exists() => {
            // A name with an ending too many, unless a file is near.
            let stem = path.file_stem().unwrap_or_default();
            let is_name = Experiment::presets().iter().any(|(name, _)| stem == *name);
            return match Experiment::preset_text(what) {
                Err(unknown) if is_name && nearest(path).is_none() => Err(unknown),
                _ => Err(missing(path)),
            };
        }
        _ => preset(what, args.preset.as_deref())?,
    };
    #[cfg(feature = "hdf5")]
    if let Some(file) = &args.nir {
        experiment = experiment.with_graph(GraphSettings::new(file.clone()));
    }
    let mut axes: Vec<Axis> = Vec::new();
    for assignment in &args.set {
        refuse_twice(args, assignment)?;
        match Axis::of(assignment)? {
            None => experiment = experiment.set(assignment)?,
            Some(axis) if axes.iter().any(|known| known.key == axis.key) => {
                let remedy = "give all of them in one --set";
                return Err(Error::invalid(
                    format!("several values of {}", axis.key),
                    "given twice",
                    remedy,
                ));
            }
            Some(axis) => axes.push(axis),
        }
    }
    if let Some(epochs) = args.epochs {
        experiment = experiment.for_epochs(epochs as usize);
    }
    if let Some(batch) = args.batch {
        experiment.batch_size = batch as usize;
    }
    if let Some(seed) = args.seed {
        experiment.seed = seed;
    }
    if let Some(budget) = args.budget.given() {
        experiment.spike_budget = Some(budget);
    }
    if let Some(method) = args.method.given() {
        experiment.method = method;
    }
    if let Some(folder) = &args.data {
        experiment.data.folder = Some(folder.clone());
    }
    if let Some(file) = &args.init {
        experiment.init = Some(InitSettings {
            partial: args.init_partial,
            ..InitSettings::new(file.clone())
        });
    }
    Ok(Chosen {
        name,
        experiment: fixed(experiment)?,
        axes,
    })
}

/// Refuses a setting that an option gives as well.
fn refuse_twice(args: &TrainArgs, assignment: &str) -> Result<()> {
    let key = assignment.split('=').next().unwrap_or_default().trim();
    let option = match key {
        "epochs" if args.epochs.is_some() => "--epochs",
        "batch_size" if args.batch.is_some() => "--batch",
        "seed" if args.seed.is_some() => "--seed",
        "seed" if args.seeds.is_some() => "--seeds",
        "spike_budget" if args.budget.given().is_some() => "--spike-budget",
        "method" if args.method.given().is_some() => "--method",
        "data.folder" if args.data.is_some() => "--data",
        _ => return Ok(()),
    };
    let remedy = format!("{option} gives it as well: leave one of them out");
    Err(Error::invalid("--set", assignment, remedy))
}

/// With absolute paths, as the run's own file of settings may be read from elsewhere, and the digest of what is begun with.
///
/// # Errors
/// Initial weights or a network that cannot be read.
pub fn fixed(mut experiment: Experiment) -> Result<Experiment> {
    if let Some(folder) = &experiment.data.folder {
        let absolute = std::path::absolute(folder);
        let absolute = absolute.map_err(|source| Error::io("find", folder, source))?;
        experiment.data.folder = Some(absolute);
    }
    experiment.init = experiment.init.map(|init| init.fixed()).transpose()?;
    #[cfg(feature = "hdf5")]
    {
        experiment.nir = experiment.nir.map(|graph| graph.fixed()).transpose()?;
    }
    Ok(experiment)
}

/// Refuses the folder of a run, with what can be done with it.
fn refuse_run(what: &str) -> Result<()> {
    let folder = Path::new(what);
    let settings = folder.join(EXPERIMENT);
    if !settings.is_file() {
        return Ok(());
    }
    let (settings, run) = (settings.display(), folder.display());
    let remedy = format!(
        "it is the folder of a run: `spikefront train --resume {run}` goes on with it, `spikefront train {settings}` repeats it"
    );
    Err(Error::invalid("experiment", format!("\"{what}\""), remedy))
}

fn preset(what: &str, preset: Option<&str>) -> Result<(String, Experiment)> {
    let name = match preset {
        None | Some("default") => what.to_owned(),
        Some(preset) => format!("{what}-{preset}"),
    };
    let text = Experiment::preset_text(&name).map_err(|error| {
        let network = NamedNetwork::find(what).ok();
        let other = network.map(|n| {
            format!(
                "it is a network to simulate: `spikefront simulate {}`",
                n.name
            )
        });
        meant("experiment", what, other).unwrap_or(error)
    })?;
    let experiment = Experiment::from_toml(text, &format!("preset {name}"))?;
    Ok((name, experiment))
}
