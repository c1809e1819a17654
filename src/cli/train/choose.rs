//! Which experiment the command line asks for.

use std::path::Path;

use spikefront::train::{Experiment, InitSettings};
use spikefront::{Error, Result};

use super::TrainArgs;
use super::axes::Axis;
use crate::cli::nir;

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
    let (name, mut experiment) = match Path::new(what) {
        path if path.extension().is_some_and(|e| e == "toml") => {
            if let Some(preset) = &args.preset {
                let remedy = "a file has its own settings; leave the preset out";
                return Err(Error::invalid("--preset", preset, remedy));
            }
            let stem = path.file_stem().unwrap_or_default();
            (stem.to_string_lossy().into_owned(), Experiment::read(path)?)
        }
        _ => preset(what, args.preset.as_deref())?,
    };
    let mut axes: Vec<Axis> = Vec::new();
    for assignment in &args.set {
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

/// With absolute paths, as the run's own file of settings may be read from elsewhere, and the digest of what is begun with.
///
/// # Errors
/// Initial weights that cannot be read.
pub fn fixed(mut experiment: Experiment) -> Result<Experiment> {
    if let Some(folder) = &experiment.data.folder {
        let absolute = std::path::absolute(folder);
        let absolute = absolute.map_err(|source| Error::io("find", folder, source))?;
        experiment.data.folder = Some(absolute);
    }
    experiment.init = experiment.init.map(|init| init.fixed()).transpose()?;
    Ok(experiment)
}

fn preset(what: &str, preset: Option<&str>) -> Result<(String, Experiment)> {
    let name = match preset {
        None | Some("default") => what.to_owned(),
        Some(preset) => format!("{what}-{preset}"),
    };
    let text = Experiment::preset_text(&name)?;
    let experiment = Experiment::from_toml(text, &format!("preset {name}"))?;
    Ok((name, experiment))
}
