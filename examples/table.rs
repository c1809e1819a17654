//! The accuracies that the project states, measured again.
//!
//! `cargo run --release --example table [-- --quick]` prints a markdown table;
//! `--quick` takes fewer seeds, and fewer epochs of Yin-Yang, to see that all works.

use std::time::Instant;

use rayon::prelude::*;
use spikefront::Result;
use spikefront::cpu::CpuEngine;
use spikefront::train::{Experiment, Task};

fn main() -> Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let command = "cargo run --release --example table";
    println!("`{command}{}`\n", if quick { " -- --quick" } else { "" });
    println!("| task | preset | network | runs | result | spread | least | most | s a run |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let take = |all, few| if quick { few } else { all };
    for preset in ["paper", "default"] {
        xor(preset, take(1000, 50))?;
    }
    for preset in ["paper", "default"] {
        accuracy(Task::Iris, preset, take(20, 4), usize::MAX)?;
    }
    for preset in ["paper", "default"] {
        let epochs = if quick { 2 } else { usize::MAX };
        accuracy(Task::YinYang, preset, take(10, 2), epochs)?;
    }
    accuracy(Task::Digits, "default", take(10, 2), usize::MAX)
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
            let mut trainer = prepared.trainer(&engine)?;
            for step in 0..experiment.epochs {
                if trainer.epoch(&prepared.train, None)?.train_accuracy == 1.0 {
                    return Ok(Some(step as f64));
                }
            }
            Ok(None)
        })
        .collect::<Result<_>>()?;
    let steps: Vec<f64> = solved.iter().copied().flatten().collect();
    let text = Statistics::new(&steps).text(|x| format!("{x:.2}"));
    let (solved, seconds) = (steps.len(), start.elapsed().as_secs_f64() / seeds as f64);
    row(
        &experiment,
        preset,
        format!("{seeds} seeds, {solved} solved"),
        "steps",
        &text,
        seconds,
    );
    Ok(())
}

/// The test accuracy after the last epoch, for each seed.
fn accuracy(task: Task, preset: &str, seeds: u64, most_epochs: usize) -> Result<()> {
    let mut experiment = Experiment::preset(task, preset)?;
    experiment.epochs = experiment.epochs.min(most_epochs);
    let start = Instant::now();
    let accuracies: Vec<f64> = (0..seeds)
        .into_par_iter()
        .map(|seed| {
            let prepared = experiment.prepare(seed)?;
            let engine = CpuEngine::new();
            let mut trainer = prepared.trainer(&engine)?;
            for _ in 0..experiment.epochs {
                trainer.epoch(&prepared.train, None)?;
            }
            Ok(trainer.evaluate(&prepared.test)?.accuracy)
        })
        .collect::<Result<_>>()?;
    let text = Statistics::new(&accuracies).text(|x| format!("{:.2} %", 100.0 * x));
    let seconds = start.elapsed().as_secs_f64() / seeds as f64;
    row(
        &experiment,
        preset,
        format!("{seeds} seeds"),
        "test",
        &text,
        seconds,
    );
    Ok(())
}

fn row(
    experiment: &Experiment,
    preset: &str,
    runs: String,
    what: &str,
    text: &[String; 4],
    seconds: f64,
) {
    let sizes = experiment
        .layers
        .iter()
        .map(|layer| format!("-{}", layer.size));
    let inputs = experiment.task.splits(0).map_or(0, |splits| {
        splits.train.n_features() + usize::from(experiment.encoding.bias.is_some())
    });
    let network = inputs.to_string() + &sizes.collect::<String>();
    let [mean, deviation, least, most] = text;
    println!(
        "| {} | {preset} | {network}, {} epochs | {runs} | {what} {mean} | {deviation} | {least} | {most} | {seconds:.2} |",
        experiment.task.name(),
        experiment.epochs,
    );
}

struct Statistics {
    mean: f64,
    deviation: f64,
    least: f64,
    most: f64,
}

impl Statistics {
    fn new(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        Self {
            mean,
            deviation: (squares / (n - 1.0)).sqrt(),
            least: values.iter().copied().fold(f64::INFINITY, f64::min),
            most: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    fn text(&self, write: impl Fn(f64) -> String) -> [String; 4] {
        [self.mean, self.deviation, self.least, self.most].map(write)
    }
}
