//! `spikefront compare`: the GPU engine against the CPU engine.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use spikefront::compare::{Agreement, Bars, Errors, Subject, UnequalSample, Verdict, compare};
use spikefront::cpu::CpuEngine;
use spikefront::files::write_atomically;
use spikefront::gpu::{AdapterChoice, DRIVER_REMEDY, GpuEngine, GpuOptions, adapters};
use spikefront::plot::{Scatter, ScatterScale, scatter};
use spikefront::train::Experiment;
use spikefront::{Error, ErrorKind, GradientOptions, Method, Result};

use super::budget::BudgetArgs;
use super::engine::why_not;
use super::{Outcome, budget, case_help, nir, output};

/// How many samples that fire otherwise are named.
const MOST_NAMED: usize = 10;

/// Arguments of `compare`.
#[derive(Debug, Args)]
#[command(after_long_help = case_help::with_example("compare case.json --out scatter.svg") + "\n\n" + OUTPUT)]
#[command(mut_arg("spike_budget", budget::of_subject))]
pub struct CompareArgs {
    /// A case (a .json file), or a task with a preset, such as yin-yang (`spikefront preset` lists them)
    subject: String,
    /// Which of a task's presets [default: default]
    #[arg(long)]
    preset: Option<String>,
    /// The folder of a task's files, for mnist, fashion-mnist, shd, ssc and spikes
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How many of a task's samples
    #[arg(long, default_value_t = 32)]
    samples: usize,
    /// What draws a task's initial weights
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    budget: BudgetArgs,
    /// Which GPU, as `devices` numbers them
    #[arg(long)]
    adapter: Option<usize>,
    /// How gradients are computed; forward propagation of a task takes a software driver minutes
    /// [default: both of a case, adjoint of a task]
    #[arg(long, value_enum)]
    method: Option<Methods>,
    /// Where to draw the GPU's gradient against the CPU's, as SVG; the adjoint's, of both
    #[arg(long)]
    out: Option<PathBuf>,
}

const OUTPUT: &str = "\
A task needs no file: `spikefront compare yin-yang --samples 8`.

What is printed: errors of spike times in ms, and of gradients relative to the largest entry, each as median, 99.9 % and
largest; cosine - 1 of the angle between the two gradients. A sample that fires otherwise counts as below the resolution
of f32 where a change of its parameters and input times by a few roundings of f32 alters the CPU's count as well, or puts
the CPU's spikes where the GPU's are; it is then left out of the errors.

The last line is \"agree\", \"DISAGREE\" (exit code 1), or \"below the resolution of f32\" where nothing disagrees but every
sample was left out (exit code 1, too).";

/// Which ways of differentiating are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Methods {
    /// Sensitivities carried forward in time
    Forward,
    /// One sweep backward in time
    Adjoint,
    /// One after the other
    Both,
}

impl Methods {
    fn list(self) -> &'static [Method] {
        match self {
            Self::Forward => &[Method::Forward],
            Self::Adjoint => &[Method::Adjoint],
            Self::Both => &[Method::Adjoint, Method::Forward],
        }
    }
}

/// Opens the GPU; one that is not there is this command's own error, as it has no other engine to offer.
fn open(adapter: Option<usize>) -> anyhow::Result<GpuEngine> {
    let opened = GpuEngine::new(
        &GpuOptions::default().adapter(adapter.map_or(AdapterChoice::Any, AdapterChoice::Index)),
    );
    opened.map_err(|error| match error.kind() {
        ErrorKind::Unavailable => {
            let adapters = adapters();
            let why = match adapters.iter().any(|adapter| adapter.shortcoming.is_none()) {
                true => "the adapter's driver refuses".to_owned(),
                false => why_not(&adapters),
            };
            anyhow!("nothing to compare the CPU with ({why}): {DRIVER_REMEDY}")
        }
        _ => error.into(),
    })
}

fn subject(args: &CompareArgs) -> Result<Subject> {
    let name = &args.subject;
    nir::refuse(Path::new(name))?;
    if name.ends_with(".json") {
        return match &args.preset {
            None => Subject::case(name),
            Some(preset) => {
                let remedy = "a case has none; leave it out";
                Err(Error::invalid("preset", format!("{preset:?}"), remedy))
            }
        };
    }
    let preset = args.preset.as_deref().unwrap_or("default");
    let task = name.parse();
    if task.is_err() && Path::new(name).extension().is_some() {
        let remedy = "name a task such as xor, or a case: a file that ends in .json";
        return Err(Error::invalid("subject", format!("{name:?}"), remedy));
    }
    let mut experiment = Experiment::preset(task?, preset)?;
    if let Some(folder) = &args.data {
        experiment.data.folder = Some(folder.clone());
    }
    let name = format!("{name} ({preset})");
    Subject::training(&name, &experiment, args.samples, args.seed)
}

/// Runs `compare`.
pub fn run(args: &CompareArgs) -> anyhow::Result<Outcome> {
    let subject = subject(args)?.spike_budget(args.budget.given());
    let gpu = open(args.adapter)?;
    let is_case = args.subject.ends_with(".json");
    let methods = args.method.unwrap_or(match is_case {
        true => Methods::Both,
        false => Methods::Adjoint,
    });
    let options = match is_case {
        true => GradientOptions::everything(Method::Adjoint),
        false => GradientOptions::default(),
    };
    let problem = subject.problem();
    let loss = |recording: &_| subject.cotangent(recording);
    let agreement = compare(
        &CpuEngine::new(),
        &gpu,
        &problem,
        &options,
        methods.list(),
        &loss,
    )?;
    let bars = match is_case {
        true => &Bars::CASE,
        false => &Bars::SINGLE,
    };
    let verdict = agreement.verdict(bars);
    let mut text = format!(
        "{}: CPU (f64) against {}\n\n",
        subject.name,
        gpu.description()
    );
    table(&agreement, &mut text)?;
    for shortfall in agreement.shortfalls(bars) {
        writeln!(text, "{shortfall}")?;
    }
    let word = match verdict {
        Verdict::Agree => "agree",
        Verdict::Disagree => "DISAGREE",
        Verdict::Unresolved => "below the resolution of f32",
    };
    writeln!(text, "{word}")?;
    if let Some(path) = &args.out {
        draw(&agreement, path)?;
        writeln!(text, "scatter in {}", path.display())?;
    }
    output::print(&text)?;
    Ok(match verdict {
        Verdict::Agree => Outcome::Success,
        Verdict::Disagree | Verdict::Unresolved => Outcome::Negative,
    })
}

fn table(agreement: &Agreement, text: &mut String) -> std::fmt::Result {
    let unequal = &agreement.unequal;
    let in_unequal = |count: fn(&UnequalSample) -> usize| unequal.iter().map(count).sum::<usize>();
    let n_other = agreement.n_spikes - in_unequal(|s| s.reference) + in_unequal(|s| s.other);
    let (n, n_equal) = (agreement.n_samples, agreement.n_samples - unequal.len());
    writeln!(
        text,
        "spikes     {} on the CPU, {n_other} on the GPU\n\
         samples    {n_equal} of {n} fire the same; of {} that do not, {} are below the resolution of f32",
        agreement.n_spikes,
        unequal.len(),
        agreement.n_unresolved(),
    )?;
    for UnequalSample {
        sample,
        reference,
        other,
        apart,
        margin,
    } in unequal.iter().take(MOST_NAMED)
    {
        let margin = margin.map_or("no small change".to_owned(), |m| {
            format!("a change by {m:.1e}")
        });
        let (apart, altered) = match apart {
            None => (String::new(), "alters the CPU's count"),
            Some(apart) => (
                format!(", up to {apart:.1e} ms apart"),
                "puts the CPU's where the GPU's are",
            ),
        };
        writeln!(
            text,
            "           sample {sample}: {reference} and {other} spikes{apart}; {margin} {altered}"
        )?;
    }
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
    writeln!(text)?;
    // The same for each method.
    if let Some(gradient) = agreement.gradients.first() {
        for (engine, &count) in ["CPU", "GPU"].iter().zip(&gradient.grazing_spikes) {
            if let Some(told) = output::grazing(count) {
                writeln!(text, "{engine}: {told}")?;
            }
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use spikefront::compare::GradientAgreement;

    #[test]
    fn samples_that_fire_otherwise_are_named() -> std::fmt::Result {
        let unequal = |sample, other, apart, margin| UnequalSample {
            sample,
            reference: 5,
            other,
            apart,
            margin,
        };
        let agreement = Agreement {
            n_samples: 8,
            n_spikes: 40,
            duration: 10.0,
            unequal: vec![
                unequal(2, 4, None, Some(1e-7)),
                unequal(5, 5, Some(49.0), Some(2e-7)),
                unequal(6, 4, None, None),
            ],
            spike_times: Errors::new([1e-6, 2e-6]),
            gradients: vec![GradientAgreement {
                method: Method::Adjoint,
                reference: vec![1.0, 0.0],
                other: vec![1.0, 1e-3],
                n_parameters: 2,
                cotangent_size: 0.0,
                grazing_spikes: [3, 2],
            }],
        };
        let mut text = String::new();
        table(&agreement, &mut text)?;
        for line in [
            "40 on the CPU, 38 on the GPU",
            "5 of 8 fire the same; of 3 that do not, 2 are below",
            "sample 2: 5 and 4 spikes; a change by 1.0e-7 alters",
            "sample 5: 5 and 5 spikes, up to 4.9e1 ms apart; a change by 2.0e-7 puts the CPU's where",
            "sample 6: 5 and 4 spikes; no small change alters",
            "CPU: 3 spikes are grazing",
            "GPU: 2 spikes are grazing",
            " 0.0e0    1.0e-3    1.0e-3        -5.0e-7",
        ] {
            assert!(text.contains(line), "{text} lacks {line}");
        }
        Ok(())
    }
}
