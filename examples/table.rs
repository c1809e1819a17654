//! The accuracies that the project states, measured again.
//!
//! `cargo run --release --example table [-- ROW .. [--seeds N] [--data DIR] [--quick]]` prints a markdown
//! table. A row is a task or `task:preset`, such as `yin-yang` or `iris:paper`; without rows all
//! are measured, MNIST's only with the folder of its files. Seeds are 0, 1, and so on; several runs share the cores, and the last
//! column is the whole time divided by the number of runs. `--quick` takes fewer seeds,
//! and fewer epochs of Yin-Yang, to see that all works.

use std::path::PathBuf;
use std::time::Instant;

use rayon::prelude::*;
use spikefront::cpu::CpuEngine;
use spikefront::train::{Experiment, Keep, Statistics, Task};
use spikefront::{Error, Result};

/// All rows, with the seeds of a whole and of a quick measurement.
const ROWS: [(&str, u64, u64); 10] = [
    ("xor:paper", 1000, 50),
    ("xor:default", 1000, 50),
    ("iris:paper", 20, 4),
    ("iris:default", 20, 4),
    ("yin-yang:paper", 10, 2),
    ("yin-yang:default", 10, 2),
    ("yin-yang:delays", 10, 2),
    ("digits:default", 10, 2),
    ("mnist:default", 3, 1),
    ("mnist:deep", 3, 1),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (mut rows, mut seeds, mut folder, mut quick) = (Vec::new(), None, None, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--quick" => quick = true,
            "--data" => folder = rest.next().map(PathBuf::from),
            "--seeds" => seeds = Some(number_of_seeds(rest.next())?),
            row if row.contains(':') => rows.push(row.to_owned()),
            task => rows.push(format!("{task}:default")),
        }
    }
    if rows.is_empty() {
        rows = ROWS.map(|(row, ..)| row.to_owned()).to_vec();
        if folder.is_none() {
            eprintln!("the rows of mnist are left out: give the folder of its files as --data DIR");
            rows.retain(|row| !row.starts_with("mnist"));
        }
    }
    println!(
        "`cargo run --release --example table -- {}`, {} threads\n",
        arguments.join(" "),
        rayon::current_num_threads()
    );
    println!(
        "| task | preset | network | parameters | trained for | runs | result | spread | least | most | s a run |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        let Some((_, all, few)) = ROWS.into_iter().find(|(name, ..)| *name == row) else {
            let names = ROWS.map(|(name, ..)| name).join(", ");
            let remedy = format!("choose of {names}");
            return Err(Error::invalid("row of the table", row, remedy));
        };
        let seeds = seeds.unwrap_or(if quick { few } else { all });
        let (task, preset) = row.split_once(':').unwrap_or((&row, "default"));
        let task: Task = task.parse()?;
        if task == Task::Xor {
            xor(preset, seeds)?;
        } else {
            let mut experiment = Experiment::preset(task, preset)?;
            if task.needs_files() {
                experiment.data.folder.clone_from(&folder);
            }
            if quick && matches!(task, Task::YinYang | Task::Mnist) {
                experiment = experiment.for_epochs(2);
            }
            accuracy(&experiment, preset, seeds)?;
        }
    }
    Ok(())
}

fn number_of_seeds(text: Option<&String>) -> Result<u64> {
    let text = text.map_or("", String::as_str);
    let number = text.parse().ok().filter(|&seeds| seeds > 0);
    number.ok_or_else(|| Error::invalid("--seeds", format!("{text:?}"), "give a number above zero"))
}

/// In how many updates XOR is solved: the first epoch, counted from 0, in which
/// all four patterns are right before the update.
fn xor(preset: &str, seeds: u64) -> Result<()> {
    let experiment = Experiment::preset(Task::Xor, preset)?;
    let start = Instant::now();
    let solved: Vec<Option<f64>> = (0..seeds)
        .into_par_iter()
        .map(|seed| {
            let prepared = experiment.prepare(seed)?;
            let engine = CpuEngine::new();
            let mut trainer = prepared.trainer(engine.clone())?;
            for step in 0..experiment.epochs {
                if trainer.epoch(&prepared.train, None)?.train_accuracy == 1.0 {
                    return Ok(Some(step as f64));
                }
            }
            Ok(None)
        })
        .collect::<Result<_>>()?;
    let steps: Vec<f64> = solved.iter().copied().flatten().collect();
    let text = cells(&steps, |x| format!("{x:.2}"));
    let (solved, seconds) = (steps.len(), start.elapsed().as_secs_f64() / seeds as f64);
    row(
        &experiment,
        preset,
        format!("{seeds} seeds, {solved} solved"),
        "steps",
        &text,
        seconds,
    )
}

/// The test accuracy with the weights that the experiment keeps, for each seed.
fn accuracy(experiment: &Experiment, preset: &str, seeds: u64) -> Result<()> {
    let start = Instant::now();
    let accuracies: Vec<f64> = (0..seeds)
        .into_par_iter()
        .map(|seed| {
            let prepared = experiment.prepare(seed)?;
            let engine = CpuEngine::new();
            let mut trainer = prepared.trainer(engine.clone())?;
            let validation = prepared.validation.as_ref();
            let validation = validation.filter(|_| experiment.keep == Keep::Best);
            for _ in 0..experiment.epochs {
                trainer.epoch(&prepared.train, validation)?;
            }
            trainer.keep()?;
            Ok(trainer.evaluate(&prepared.test)?.accuracy)
        })
        .collect::<Result<_>>()?;
    let text = cells(&accuracies, |x| format!("{:.2} %", 100.0 * x));
    let seconds = start.elapsed().as_secs_f64() / seeds as f64;
    row(
        experiment,
        preset,
        format!("{seeds} seeds"),
        "test",
        &text,
        seconds,
    )
}

fn row(
    experiment: &Experiment,
    preset: &str,
    runs: String,
    what: &str,
    text: &[String; 4],
    seconds: f64,
) -> Result<()> {
    let (network, parameters) = size(experiment)?;
    let [mean, deviation, least, most] = text;
    println!(
        "| {} | {preset} | {network} | {parameters} | {} epochs | {runs} | {what} {mean} | {deviation} | {least} | {most} | {seconds:.2} |",
        experiment.data.task.name(),
        experiment.epochs,
    );
    Ok(())
}

/// The units by layer, and how many values are trained.
fn size(experiment: &Experiment) -> Result<(String, usize)> {
    let prepared = experiment.prepare(0)?;
    let engine = CpuEngine::new();
    let n_trained = prepared.trainer(engine.clone())?.n_trained();
    Ok((prepared.sizes(), n_trained))
}

fn cells(values: &[f64], write: impl Fn(f64) -> String) -> [String; 4] {
    let none = || ["-"; 4].map(String::from);
    Statistics::of(values).map_or_else(none, |statistics| statistics.cells(write))
}
