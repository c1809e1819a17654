//! Training: batches through an engine, a loss and an optimiser, epoch by epoch.
//!
//! [`Trainer`] is the loop; it works with any network, engine and loss.
//! [`Experiment`] is a task with all its settings, from data to learning rate,
//! as plain data that can be written down with the results; [`Experiment::preset`]
//! holds the ones that ship with the crate. Everything random comes from one
//! seed, and results are the same bits for any number of threads. Times are in ms.

mod experiment;
mod groups;
mod metrics;
mod on_device;
mod presets;
mod remedy;
mod samples;
mod settings;
mod task;
mod trainer;
mod weights;

pub use experiment::{Experiment, Prepared};
pub use groups::ParameterGroups;
pub use metrics::{BatchMetrics, EpochMetrics, Evaluation};
pub use remedy::SilentRemedy;
pub use samples::Samples;
pub use settings::{
    EarlySpikeSettings, EncodingSettings, LayerSettings, LossSettings, NeuronSettings,
};
pub use task::Task;
pub use trainer::{Trainer, TrainerSettings};
pub use weights::{array_name, read_parameters, write_parameters};
