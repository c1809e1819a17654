//! The arguments of `train`.

use std::path::PathBuf;

use clap::Args;
use spikefront::Error;

use super::seeds::Range;
use super::share::Share;
use crate::cli::budget::{self, BudgetArgs};
use crate::cli::engine::EngineArgs;
use crate::cli::method::MethodArgs;

/// What an experiment that is gone on with has settled long ago.
const SETTLED: [&str; 11] = [
    "experiment",
    "preset",
    "set",
    "method",
    "batch",
    "seed",
    "seeds",
    "out",
    "overwrite",
    "spike_budget",
    "init",
];

/// Arguments of `train`.
#[derive(Debug, Args)]
#[command(after_help = FILES)]
#[command(mut_arg("engine", |arg| arg.help("What computes [default: the experiment's]")))]
#[command(mut_arg("method", |arg| arg.help("How gradients are computed; both are exact [default: the experiment's]")))]
#[command(mut_arg("spike_budget", budget::of_experiment))]
pub struct TrainArgs {
    /// A task or another preset (`spikefront preset` lists them), or an experiment of one's own, FILE.toml
    #[arg(required_unless_present = "resume")]
    pub(super) experiment: Option<String>,
    /// Go on with the run in DIR from its last checkpoint, to the same bits as without the break; with --epochs N to N epochs in
    /// all, be it ended or not; with --engine on another engine, whose bits are its own
    #[arg(long, value_name = "DIR", conflicts_with_all = SETTLED)]
    pub(super) resume: Option<PathBuf>,
    /// Which settings of a task: `default` is tuned for accuracy, `paper` has those of Lee et al. 2023
    #[arg(long)]
    pub(super) preset: Option<String>,
    /// Change a setting, such as optimiser.learning_rate=0.01; may be given more than once. Several values, KEY=A,B,C, are
    /// several runs, every value with every other; a comma within brackets or quotes separates nothing
    #[arg(long, value_name = "KEY=VALUE[,VALUE..]")]
    pub(super) set: Vec<String>,
    /// Where the files of a data set are that does not ship with the program; of `features` also one file. With --resume:
    /// where the run's own, or those of all runs, have been moved to
    #[arg(long, value_name = "DIR|FILE")]
    pub(super) data: Option<PathBuf>,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    #[command(flatten)]
    pub(super) method: MethodArgs,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
    /// How many epochs in all [default: the experiment's]; a cosine schedule falls over as many. 0 looks at the untrained network
    #[arg(long, value_parser = clap::value_parser!(u32))]
    pub(super) epochs: Option<u32>,
    /// Samples per update [default: the experiment's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) batch: Option<u32>,
    /// Draws initial weights, the order of samples and the division of data [default: the experiment's]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..1 << 63))]
    pub(super) seed: Option<u64>,
    /// One run after another, with each of these seeds, such as 0-9, in DIR/seed-N, or, with several values of a setting, in
    /// DIR/KEY=VALUE/seed-N; DIR is runs/NAME-seeds or runs/NAME-sweep by default. A table at the end; `--resume DIR` runs
    /// what is missing
    #[arg(long, value_name = "FIRST-LAST", conflicts_with = "seed")]
    pub(super) seeds: Option<Range>,
    /// With several runs: so many at once, each in a process of its own with its part of the threads
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), conflicts_with = "overwrite")]
    pub(super) jobs: Option<u16>,
    /// With several runs: only those of number K, K + N, K + 2N and so on. N processes, on one machine or on many that share
    /// DIR, run all of them together: each is given the same command with its own K, from 1 to N. The table tells which runs
    /// have ended
    #[arg(long, value_name = "K/N", conflicts_with_all = ["jobs", "overwrite"])]
    pub(super) share: Option<Share>,
    /// Leave the table and words about all runs to the process that began this one
    #[arg(long, hide = true, requires = "share")]
    pub(super) part_of_jobs: bool,
    /// Begin with the weights in FILE.npz, such as a run's weights.npz, in place of drawn ones: an array for each tensor of the
    /// network, by its name (input->hidden/weight, hidden/threshold) and in its shape; time constants, rest and initial
    /// potentials that it lacks are those of the experiment. Layers with a probability must connect the same pairs of neurons
    #[arg(long, value_name = "FILE.npz")]
    pub(super) init: Option<PathBuf>,
    /// Let --init lack arrays, which are drawn, and have others, which are not taken
    #[arg(long, requires = "init")]
    pub(super) init_partial: bool,
    /// Train the network and weights of this NIR file in place of the experiment's layers; of several nodes that lead to an Output
    /// --set nir.output=NAME chooses one, and --set nir.options.reset=subtract and the like say what the file leaves open
    #[cfg(feature = "hdf5")]
    #[arg(long, value_name = "FILE.nir", conflicts_with = "resume")]
    pub(super) nir: Option<PathBuf>,
    /// How many threads [default: one for each core]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Write a checkpoint at the end of the first step that ends as long after the last; 0 for every step
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(super) checkpoint_every: u32,
    /// With mpirun: seconds that a process waits in one exchange before it names the processes that have not come, and ends all
    #[arg(long, value_name = "SECONDS", default_value_t = spikefront::ranks::PATIENCE.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    #[cfg_attr(not(feature = "mpi"), allow(dead_code))]
    pub(super) exchange_timeout: u64,
    /// Where results go; those of an earlier run lie in DIR/previous until this one has ended [default: runs/NAME-SEED]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Replace even a run that was left before its end
    #[arg(long)]
    pub(super) overwrite: bool,
}

impl TrainArgs {
    /// Refuses what is for several runs where there is one.
    ///
    /// # Errors
    /// The option.
    pub(super) fn refuse_several(&self) -> spikefront::Result<()> {
        let jobs = self.jobs.map(|jobs| ("--jobs", jobs.to_string()));
        let share = self.share.map(|share| ("--share", share.to_string()));
        match jobs.or(share) {
            None => Ok(()),
            Some((option, value)) => {
                let remedy = "it is for several runs: give --seeds or a setting of several values, or leave it out";
                Err(Error::invalid(option, value, remedy))
            }
        }
    }
}

const FILES: &str = "\
Example:
  spikefront train yin-yang --epochs 3 --set layers.0.size=50 --out runs/first

Ctrl-C (exit code 130), SIGTERM (143) and SIGHUP (129) stop at the end of the step, with a checkpoint; within a
step that takes longer than a second, at once: `--resume` then goes on from the checkpoint before. Over several processes, always
at the end of the step.
A training that ends with zero gradients, mostly silent outputs, a frozen loss or the accuracy of chance ends with 1. By
chance: of three epochs or more with 20 updates and 50 samples or more, one in whose last epoch and on whose test set no more
were right than of 1000 guesses among the classes 975 have, or that took all test samples for one class. Where only the
accuracy on the validation set (of runs without one, the test set) is no higher than what always naming its most frequent
class has in as many cases, a warning says so, and the program ends with 0.

The task `features` reads train, test and, if it is there, validation from the folder of --data, each as .npz with arrays
x, [sample x column], and y, whole numbers, or as .csv with a line of names and a label in the last column or in that of
data.label. --data may also be one such file, of which data.test_fraction (0.2) is the test set, drawn by the seed.
Columns are scaled to 0 to 1 by their range in the training part.

The task `spikes` reads train.npz, test.npz and, if it is there, validation.npz from the folder of --data. Their
arrays: times (ms) and units of all spikes, sample after sample; offsets, where each sample begins and
the last ends; labels, one a sample. n_units and n_classes may be given as numbers.
`shd` reads shd_train.h5 and shd_test.h5, `ssc` ssc_train.h5, ssc_valid.h5 and ssc_test.h5, as they are published:
spikes/times (s) and spikes/units, a list a sample; labels, one a sample.

Files in DIR:
  experiment.toml         all settings; `train` of this file is the same run again
  checkpoint.safetensors  where the run is: parameters, optimiser, position, metrics, checksum
  metrics.jsonl           one line an epoch: loss, accuracies (0 to 1), seconds, and how often
                          guards changed something
  summary.json            test accuracy, speed and all settings
  sweep.json, sweep.csv   of several runs: for each set of values mean, deviation, least and most test accuracy, mean
                          validation accuracy and time, and which is the best
  previous/               what the run before in DIR had come to, until this one has ended
  run.lock                who writes here; locked as long as that process lives
  weights.npz             all parameters, one array for each tensor, such as input->hidden/weight; times in ms; of a layer
                          with a probability also which neurons each synapse connects: input->hidden/source and /target
  report.html             all of this in one page
  training.svg            loss and accuracy by epoch
  confusion.svg           which class was taken for which, on the test set
  raster.svg              the spikes of the first test sample that has any
  voltage.svg             membrane voltages of outputs and of a few hidden neurons in that sample
  first-spikes.svg        when outputs first fire, by class
  decision.svg            which class is chosen where (yin-yang)
  overview.svg            that picture beside the spikes of a sample (yin-yang)
  weights.svg, delays.svg how the trained values are spread (delays where there are any)

More epochs: --resume DIR --epochs N goes on to N epochs in all, of a run that was left or has ended, whose summary and
pictures then come anew at the end. With a constant, step or exponential rate the result has the same bits as a run of N
epochs from the start. A cosine schedule is stretched over N epochs: the rate goes on as that of a run of N epochs, above
where it was. N below what the run has begun is refused.

Another engine: where a GPU fails, --resume DIR --engine cpu goes on with what it has come to. The run's settings then name that
engine.

Over several processes: `mpirun -n N spikefront train ...`, of a program with the feature `mpi`. Each simulates and
differentiates some samples of every batch; results and checkpoints are those of one process, bit for bit, and the first
process writes them. `mpirun -n M spikefront train --resume DIR` goes on with any number of processes. CPUs only.

A diverging run of a sweep is told of and left; the others go on, and the program ends with 2.

More:
  spikefront train iris --seeds 0-9
  spikefront train iris --set optimiser.learning_rate=0.001,0.002 --set layers.0.size=5,10 --seeds 0-4 --out runs/sweep
  spikefront train features --data flowers.csv --set layers.1.size=2 --out runs/flowers
  spikefront train yin-yang --init runs/yin-yang-0/weights.npz --out runs/further
  spikefront train spikes --data DIR --nir network.nir --out runs/network
  spikefront train --resume runs/further --epochs 200";
