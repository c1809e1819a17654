//! `spikefront compare`: the GPU engine against the CPU engine.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use spikefront::compare::{Agreement, Bars, Errors, Subject, compare};
use spikefront::cpu::CpuEngine;
use spikefront::files::write_atomically;
use spikefront::gpu::{AdapterChoice, GpuEngine, GpuOptions};
use spikefront::plot::{Scatter, ScatterScale, scatter};
use spikefront::{GradientOptions, Method};

use super::{Outcome, output};

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// A case (a .json file), or a task: xor, iris, yin-yang, digits
    subject: String,
    /// How many of a task's samples
    #[arg(long, default_value_t = 32)]
    samples: usize,
    /// What draws a task's initial weights
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Which GPU, as `devices` numbers them
    #[arg(long)]
    adapter: Option<usize>,
    /// By forward propagation as well; of a task that takes a software driver minutes
    #[arg(long)]
    forward: bool,
    /// Where to draw the GPU's gradient against the CPU's, as SVG
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Runs `compare`.
pub fn run(args: &CompareArgs) -> anyhow::Result<Outcome> {
    let subject = Subject::new(&args.subject, args.samples, args.seed)?;
    let gpu = GpuEngine::new(&GpuOptions {
        adapter: args
            .adapter
            .map_or(AdapterChoice::Any, AdapterChoice::Index),
        ..GpuOptions::default()
    })?;
    let is_case = args.subject.ends_with(".json");
    let methods: &[Method] = match is_case || args.forward {
        true => &[Method::Adjoint, Method::Forward],
        false => &[Method::Adjoint],
    };
    let options = match is_case {
        true => GradientOptions::everything(Method::Adjoint),
        false => GradientOptions::default(),
    };
    let problem = subject.problem();
    let loss = |recording: &_| subject.cotangent(recording);
    let agreement = compare(&CpuEngine::new(), &gpu, &problem, &options, methods, &loss)?;
    let shortfalls = agreement.shortfalls(&Bars::SINGLE);
    let mut text = format!(
        "{}: CPU (f64) against {}\n\n",
        subject.name,
        gpu.description()
    );
    table(&agreement, &mut text)?;
    for shortfall in &shortfalls {
        writeln!(text, "{shortfall}")?;
    }
    writeln!(
        text,
        "{}",
        if shortfalls.is_empty() {
            "agree"
        } else {
            "DISAGREE"
        }
    )?;
    if let Some(path) = &args.out {
        draw(&agreement, path)?;
        writeln!(text, "scatter in {}", path.display())?;
    }
    output::print(&text)?;
    Ok(match shortfalls.is_empty() {
        true => Outcome::Success,
        false => Outcome::Negative,
    })
}

fn table(agreement: &Agreement, text: &mut String) -> std::fmt::Result {
    let n_equal = agreement.n_samples - agreement.unequal.len();
    writeln!(
        text,
        "spikes     {} in {} samples; {n_equal} samples fire the same, {} otherwise, {} of these below the resolution of f32",
        agreement.n_spikes,
        agreement.n_samples,
        agreement.unequal.len(),
        agreement.n_unresolved(),
    )?;
    writeln!(
        text,
        "\n{:<30} {:>9} {:>9} {:>9} {:>14}",
        "errors", "median", "99.9 %", "largest", "cosine - 1"
    )?;
    let mut row = |name: &str, errors: &Errors, cosine: Option<f64>| {
        let cosine = cosine.map_or(String::new(), |cosine| format!("{:.1e}", cosine - 1.0));
        writeln!(
            text,
            "{name:<30} {:>9.1e} {:>9.1e} {:>9.1e} {cosine:>14}",
            errors.median(),
            errors.tail(),
            errors.largest()
        )
    };
    row("spike times [ms]", &agreement.spike_times, None)?;
    for gradient in &agreement.gradients {
        let name = format!("gradient, {} [of largest]", gradient.method);
        row(&name, &gradient.errors(), Some(gradient.cosine()))?;
    }
    writeln!(text)
}

fn draw(agreement: &Agreement, path: &PathBuf) -> anyhow::Result<()> {
    let Some(gradient) = agreement.gradients.first() else {
        return Ok(());
    };
    let caption = format!(
        "{} gradient, largest difference {:.1e} of the largest entry",
        gradient.method,
        gradient.errors().largest()
    );
    let picture = scatter(&Scatter {
        x: &gradient.reference,
        y: &gradient.other,
        x_name: "CPU gradient, f64",
        y_name: "GPU gradient, f32",
        caption: &caption,
        scale: ScatterScale::Magnitude,
    })?;
    Ok(write_atomically(path, picture.as_bytes())?)
}
