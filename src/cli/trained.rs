//! Which weights of a run, and which part of its data.

use clap::{Args, ValueEnum};
use spikefront::train::{Part, WeightsChoice};

/// The option that chooses weights.
#[derive(Debug, Clone, Copy, Args)]
pub struct WeightsArgs {
    /// Which weights of the run
    #[arg(long, value_enum, default_value = "kept")]
    weights: Choice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Choice {
    /// Those that the training ends with: the best so far where it keeps them, else the last
    Kept,
    /// Those of the best epoch so far; of a run with keep = "best"
    Best,
    /// The last
    Last,
}

impl WeightsArgs {
    /// The library's name for it.
    pub fn choice(self) -> WeightsChoice {
        match self.weights {
            Choice::Kept => WeightsChoice::Kept,
            Choice::Best => WeightsChoice::Best,
            Choice::Last => WeightsChoice::Last,
        }
    }
}

/// The option that chooses a part.
#[derive(Debug, Clone, Copy, Args)]
pub struct PartArgs {
    /// Which part of the data
    #[arg(long, value_enum, default_value = "test")]
    split: Split,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Split {
    /// What was trained on
    Train,
    /// What epochs are judged by
    Validation,
    /// What is reported
    Test,
}

impl PartArgs {
    /// The library's name for it.
    pub fn part(self) -> Part {
        match self.split {
            Split::Train => Part::Train,
            Split::Validation => Part::Validation,
            Split::Test => Part::Test,
        }
    }
}
