//! Which experiment the command line asks for.

use std::path::Path;

use spikefront::train::Experiment;
use spikefront::{Error, Result};

use super::TrainArgs;
use crate::cli::nir;

/// An experiment with a name for its results.
pub struct Chosen {
    pub name: String,
    pub experiment: Experiment,
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
    for assignment in &args.set {
        experiment = experiment.set(assignment)?;
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
    if let Some(folder) = args.data.as_ref().or(experiment.data.folder.as_ref()) {
        // The run's own file of settings may be read from elsewhere.
        let absolute = std::path::absolute(folder);
        let absolute = absolute.map_err(|source| Error::io("find", folder, source))?;
        experiment.data.folder = Some(absolute);
    }
    Ok(Chosen { name, experiment })
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
