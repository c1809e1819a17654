//! `spikefront predict`: what a trained network says about samples.

use std::path::{Path, PathBuf};

use clap::Args;
use spikefront::train::Prediction;
use spikefront::{Error, Result, count};

use super::engine::{self, EngineArgs};
use super::output;
use super::same_file::same_file;
use super::trained::WeightsArgs;

/// Voltages of a readout are written at so many times, unless it is said how often.
const INSTANTS: f64 = 100.0;
/// The most times at which they are.
const MOST_INSTANTS: f64 = 1e7;

/// Arguments of `predict`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
#[command(mut_arg("engine", engine::of_run))]
pub struct PredictArgs {
    /// The folder of a run, ended or left
    dir: PathBuf,
    /// The samples, a .npz file; of the task features also .csv
    input: PathBuf,
    /// Where the answer goes, a .npz file
    #[arg(long, value_name = "OUT.npz")]
    out: PathBuf,
    /// How often the voltages of a readout are written, in ms [default: a hundredth of the run]
    #[arg(long, value_name = "MS")]
    voltages_every: Option<f64>,
    #[command(flatten)]
    weights: WeightsArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// How many threads [default: one for each core]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

const HELP: &str = "\
INPUT, of a network of spike trains (tasks spikes, shd, ssc, delayed-xor):
  times, units   when (ms) and on which channel, of all spikes, sample after sample
  offsets        [sample + 1]: where each sample begins in them, and the last ends
  labels         [sample], if they are known: the accuracy is told then
INPUT, of a network of features, which go through the run's own encoder:
  x              [sample x column]. Of the task features in the units of its files: they are scaled as the training's
                 were. Of a set that ships with the program as that has them, 0 to 1
  y              [sample], if it is known: the accuracy is told then. Of a set that ships with the program classes are
                 counted from 0, else they are the labels of the training
  A .csv file has the columns of the training, found by their names.

OUT, samples in the order of INPUT; what there is not, such as first spikes of a readout, is left out:
  classes        [sample]: the class that is chosen, counted from 0; -1 where no output fired
  class_names    [class]: what the classes are called
  scores         [sample x class]: the largest is the choice. By loss: minus the time of the first spike in ms, minus
                 infinity where there is none (first_spike, first_spike_square); the largest voltage (maximum), that at
                 the end (final_voltage), the integral in ms (integral); minus the distance from the targets of the class
                 (spike_times, van_rossum)
  first_spikes   [sample x output]: when each output first fires, in ms; infinite where it does not
  times, units   when (ms) and of which neuron, of all spikes to the end of the run, sample after sample
  offsets        [sample + 1]: where each sample begins in them, and the last ends
  populations    [population]: their names
  bounds         [population + 1]: population p has the units from bounds[p] to below bounds[p + 1]
  voltage_times  [time], in ms
  voltages       [sample x time x output] of a readout
  integrals      [sample x output]: of a readout's voltage over the run, in ms

Example:
  printf 'height,width,kind\\n1.0,0.1,a\\n1.1,0.2,a\\n1.2,0.1,a\\n3.0,0.9,b\\n3.1,0.8,b\\n3.2,0.9,b\\n' > plants.csv
  spikefront train features --data plants.csv --set layers.1.size=2 --epochs 20 --out runs/plants
  spikefront predict runs/plants plants.csv --out answer.npz";

/// Runs `predict`.
pub fn run(args: &PredictArgs) -> anyhow::Result<()> {
    check_out(args)?;
    let checkpoint = super::train::read_run(&args.dir)?;
    let trained = checkpoint.trained()?;
    let duration = trained.experiment().duration;
    let times = voltage_times(args.voltages_every, duration)?;
    let given = trained.read(&args.input)?;
    for warning in &given.warnings {
        output::note(&format!("warning: {warning}"));
    }
    let engine = args.engine.or(trained.experiment().engine);
    let engine = engine.make(args.threads.map(usize::from))?;
    let (trainer, epoch) = trained.trainer(engine.clone(), args.weights.choice())?;
    let prediction = trainer.predict(&given.inputs, &times)?;
    let names = &trained.inputs().classes;
    prediction.write_npz(&args.out, names)?;
    let mut text = format!(
        "{}, weights of epoch {epoch}: {}\n",
        count(given.inputs.n_samples(), "sample"),
        counts(&prediction, names)
    );
    if let Some(labels) = &given.labels {
        let pairs = prediction.classes.iter().zip(labels);
        let right = pairs
            .filter(|&(choice, &label)| *choice == Some(label))
            .count();
        let share = 100.0 * right as f64 / labels.len() as f64;
        text += &format!("accuracy {share:.2} %\n");
    }
    output::print(&format!("{text}written to {}\n", args.out.display()))
}

/// Refuses a place where the answer would replace what it is made of.
fn check_out(args: &PredictArgs) -> Result<()> {
    let refuse = |remedy: &str| {
        let place = format!("{:?}", args.out.display().to_string());
        Err(Error::invalid("--out", place, remedy))
    };
    if args.out.extension().is_none_or(|kind| kind != "npz") {
        return refuse("name a file that ends in .npz");
    }
    if same_file(&args.out, &args.input) {
        return refuse("that is the input: name another file");
    }
    let folder = args.out.parent().filter(|f| !f.as_os_str().is_empty());
    if same_file(folder.unwrap_or(Path::new(".")), &args.dir) {
        return refuse("that is the run's own folder: name a file in another");
    }
    Ok(())
}

/// When voltages are written.
fn voltage_times(every: Option<f64>, duration: f64) -> Result<Vec<f64>> {
    let every = every.unwrap_or(duration / INSTANTS);
    let n = (duration / every).floor();
    if !(every > 0.0 && n <= MOST_INSTANTS) {
        let remedy = format!("give a time in ms, at least {}", duration / MOST_INSTANTS);
        return Err(Error::invalid("--voltages-every", every, remedy));
    }
    let times = (0..=n as usize).map(|ix| (ix as f64 * every).min(duration));
    Ok(times.collect())
}

/// How often each class was chosen.
fn counts(prediction: &Prediction, names: &[String]) -> String {
    let of = |class: Option<usize>| prediction.classes.iter().filter(|&&c| c == class).count();
    let classes = names.iter().enumerate();
    let mut counts: Vec<String> = classes
        .map(|(ix, name)| format!("{name} {}", of(Some(ix))))
        .collect();
    let none = of(None);
    if none > 0 {
        counts.push(format!("no choice {none}"));
    }
    counts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voltages_are_written_from_start_to_end() -> Result<()> {
        assert_eq!(voltage_times(Some(2.5), 10.0)?, [0.0, 2.5, 5.0, 7.5, 10.0]);
        assert_eq!(voltage_times(Some(4.0), 10.0)?, [0.0, 4.0, 8.0]);
        assert_eq!(voltage_times(None, 30.0)?.len(), 101);
        for wrong in [0.0, -1.0, f64::NAN, 1e-9] {
            let told = voltage_times(Some(wrong), 10.0)
                .expect_err("it is out of range")
                .to_string();
            assert!(told.starts_with("--voltages-every is "), "{told}");
        }
        Ok(())
    }
}
