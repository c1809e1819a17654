//! Training: batches through an engine, a loss and an optimiser, epoch by epoch.
//!
//! [`Trainer`] is the loop; it works with any network, engine and loss.
//! [`Experiment`] is a task with all its settings, from data to learning rate,
//! as plain data that is read from a file and written down with the results;
//! [`Experiment::preset`] has the ones that ship with the crate. Everything random comes from one
//! seed, and results are the same bits for any number of threads. Times are in ms.

mod checkpoint;
mod clip;
mod epoch;
mod experiment;
mod file;
mod groups;
mod keep;
mod metrics;
mod on_device;
mod presets;
mod remedy;
mod samples;
mod settings;
mod shift;
mod state;
mod statistics;
mod task;
mod trainer;
mod weights;

pub use checkpoint::Checkpoint;
pub use epoch::Tally;
pub use experiment::{Experiment, Prepared};
pub use groups::ParameterGroups;
pub use keep::{BestEpoch, Keep};
pub use metrics::{BatchMetrics, EpochMetrics, Evaluation};
pub use remedy::SilentRemedy;
pub use samples::Samples;
pub use settings::{
    DataSettings, DelaySettings, EarlySpikeSettings, EncodingSettings, EngineSetting,
    GuardSettings, LayerSettings, LossSettings, NeuronSettings, StepSettings,
};
pub use shift::ImageShift;
pub use state::TrainerState;
pub use statistics::Statistics;
pub use task::Task;
pub use trainer::{Trainer, TrainerSettings};
pub use weights::{array_name, read_parameters, write_parameters};
