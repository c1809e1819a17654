//! Training: batches through an engine, a loss and an optimiser, epoch by epoch.
//!
//! [`Trainer`] is the loop; it works with any network, engine and loss.
//! [`Experiment`] is a task with all its settings, from data to learning rate,
//! as plain data that is read from a file and written down with the results;
//! [`Experiment::preset`] has the ones that ship with the crate. Everything random comes from one
//! seed, and results are the same bits for any number of threads. Times are in ms.

mod checkpoint;
mod classes;
mod clip;
mod epoch;
mod experiment;
mod feature_task;
pub mod figure;
mod file;
#[cfg(feature = "hdf5")]
mod graph;
mod groups;
mod initial;
mod keep;
mod layers;
mod loss_settings;
mod metrics;
mod network;
mod noise;
mod noted_file;
mod on_device;
mod pairs;
mod penalties;
mod predict;
mod prepared;
mod presets;
mod remedy;
mod samples;
mod settings;
mod shift;
mod silence;
mod size;
mod spike_tasks;
mod start;
mod state;
mod statistics;
mod task;
mod trained;
mod trainer;
mod trainer_settings;
mod transforms;
mod units;
mod weights;

pub use checkpoint::Checkpoint;
pub use epoch::Tally;
pub use experiment::Experiment;
#[cfg(feature = "hdf5")]
pub use graph::GraphSettings;
pub use groups::ParameterGroups;
pub use initial::Initial;
pub use keep::{BestEpoch, Keep};
pub use layers::{DelaySettings, LayerSettings, NoiseSettings, RecurrentSettings, TrainedSettings};
pub use loss_settings::{EarlySpikeSettings, LossKind, LossSettings, TargetSettings};
pub use metrics::{BatchMetrics, EpochMetrics, Evaluation};
pub use noise::judged_inputs;
pub use penalties::{PenaltyKind, PenaltySettings};
pub use predict::{Prediction, ReadoutVoltages};
pub use prepared::Prepared;
pub use remedy::SilentRemedy;
pub use samples::Samples;
pub use settings::{
    DataSettings, EncodingSettings, EngineSetting, GuardSettings, InitSettings, NeuronSettings,
    StepSettings,
};
pub use shift::ImageShift;
pub use state::TrainerState;
pub use statistics::Statistics;
pub use task::{Task, TaskData};
pub use trained::{Given, InputDescription, Part, Trained, WeightsChoice};
pub use trainer::Trainer;
pub use trainer_settings::TrainerSettings;
pub use weights::{read_parameters, write_parameters};
