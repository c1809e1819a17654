//! What a trained network looks like.

use super::voltages::voltages;
use ndarray::Array2;
use spikefront::event::Recording;
use spikefront::model::{Parameters, TensorKind};
use spikefront::plot::{
    Confusion, Decision, DecisionSample, Distribution, DistributionGroup, FirstSpikes, RasterGroup,
    Training, confusion, decision, distribution, first_spikes, raster, training,
};
use spikefront::train::{EpochMetrics, Evaluation, Prepared, Samples, Task, TaskData, Trainer};
use spikefront::{Engine, Problem, Result, SimulationOptions};

/// Cells per side of the decision map.
const CELLS: usize = 120;

/// All names that [`all`] gives.
pub const FILES: [&str; 8] = [
    TRAINING,
    CONFUSION,
    RASTER,
    VOLTAGE,
    FIRST_SPIKES,
    DECISION,
    WEIGHTS,
    DELAYS,
];
const TRAINING: &str = "training.svg";
const CONFUSION: &str = "confusion.svg";
const WEIGHTS: &str = "weights.svg";
const DELAYS: &str = "delays.svg";
const RASTER: &str = "raster.svg";
const VOLTAGE: &str = "voltage.svg";
const FIRST_SPIKES: &str = "first-spikes.svg";
const DECISION: &str = "decision.svg";

/// The test set to the end of the run: pictures show what came after the first output spikes too.
pub fn to_the_end(
    prepared: &Prepared,
    engine: &dyn Engine,
    trainer: &Trainer<'_>,
) -> Result<Recording> {
    let mut options = SimulationOptions::new(prepared.experiment.duration);
    prepared.experiment.limit(&mut options);
    engine.simulate(&Problem {
        network: trainer.network(),
        parameters: trainer.parameters(),
        inputs: prepared.test.inputs(),
        options: &options,
    })
}

/// File names and pictures of a run.
pub fn all(
    prepared: &Prepared,
    engine: &dyn Engine,
    trainer: &Trainer<'_>,
    epochs: &[EpochMetrics],
    test: &Evaluation,
) -> Result<Vec<(&'static str, String)>> {
    let recording = to_the_end(prepared, engine, trainer)?;
    let mut pictures = vec![(CONFUSION, confused(prepared, test)?)];
    if !epochs.is_empty() {
        pictures.push((TRAINING, curves(epochs, test)?));
    }
    if let Some(sample) = first_with_spikes(prepared, &recording) {
        pictures.push((RASTER, spikes_of_one(prepared, &recording, sample)?));
        pictures.push((VOLTAGE, voltages(prepared, trainer, &recording, sample)?));
    }
    if let Some(picture) = histogram(prepared, &recording)? {
        pictures.push((FIRST_SPIKES, picture));
    }
    if let Some(picture) = map(prepared, trainer, test)? {
        pictures.push((DECISION, picture));
    }
    let parameters = trainer.parameters();
    for (name, kind, quantity) in [
        (WEIGHTS, TensorKind::Weight, "weight"),
        (DELAYS, TensorKind::Delay, "delay [ms]"),
    ] {
        if let Some(picture) = distributions(parameters, kind, quantity)? {
            pictures.push((name, picture));
        }
    }
    Ok(pictures)
}

fn confused(prepared: &Prepared, test: &Evaluation) -> Result<String> {
    confusion(&Confusion {
        classes: prepared.test.labels(),
        predicted: &test.predictions,
        names: &names(&prepared.class_names()),
    })
}

/// None where all values are zero, as delays often are.
fn distributions(
    parameters: &Parameters,
    kind: TensorKind,
    quantity: &str,
) -> Result<Option<String>> {
    let tensors = parameters.layout().tensors().iter();
    let groups: Vec<DistributionGroup<'_>> = tensors
        .filter(|tensor| tensor.kind == kind)
        .map(|tensor| DistributionGroup {
            name: &tensor.name,
            values: &parameters.values()[tensor.range.clone()],
        })
        .collect();
    let mut values = groups.iter().flat_map(|group| group.values);
    if values.all(|&value| value == 0.0) {
        return Ok(None);
    }
    distribution(&Distribution {
        quantity,
        groups: &groups,
    })
    .map(Some)
}

fn curves(epochs: &[EpochMetrics], test: &Evaluation) -> Result<String> {
    let column = |value: fn(&EpochMetrics) -> f64| epochs.iter().map(value).collect::<Vec<f64>>();
    // Either every epoch has a validation or none has.
    let optional = |value: fn(&EpochMetrics) -> Option<f64>| {
        epochs.iter().map(value).collect::<Option<Vec<f64>>>()
    };
    training(&Training {
        loss: &column(|e| e.loss),
        accuracy: &column(|e| e.train_accuracy),
        validation_loss: optional(|e| e.validation_loss).as_deref(),
        validation_accuracy: optional(|e| e.validation_accuracy).as_deref(),
        test_accuracy: Some(test.accuracy),
    })
}

/// The first test sample that has spikes; none where all are silent.
fn first_with_spikes(prepared: &Prepared, recording: &Recording) -> Option<usize> {
    let inputs = prepared.test.inputs();
    let has_spikes = |&ix: &usize| !(inputs.range(ix).is_empty() && recording.range(ix).is_empty());
    (0..inputs.n_samples()).find(has_spikes)
}

fn spikes_of_one(prepared: &Prepared, recording: &Recording, sample: usize) -> Result<String> {
    let inputs = prepared.test.inputs();
    let network = &prepared.network;
    let within =
        |spikes: &mut dyn Iterator<Item = spikefront::event::Spike>, first: usize, size: usize| {
            let spikes = spikes.filter(|s| (first..first + size).contains(&s.unit));
            spikes.map(|s| (s.unit - first, s.time)).collect::<Vec<_>>()
        };
    let mut groups = Vec::new();
    for input in network.inputs() {
        let mut all = inputs.sample(sample);
        let spikes = within(&mut all, input.first_unit, input.size);
        groups.push((input.name.as_str(), input.size, spikes, true));
    }
    for population in network.populations() {
        let mut all = recording.sample(sample);
        let spikes = within(&mut all, population.first_unit, population.size);
        groups.push((population.name.as_str(), population.size, spikes, false));
    }
    let groups: Vec<RasterGroup<'_>> = groups
        .iter()
        .map(|(name, size, spikes, is_input)| RasterGroup {
            name,
            size: *size,
            spikes,
            is_input: *is_input,
        })
        .collect();
    raster(&groups, 0.0..recording.duration())
}

/// None where no output neuron ever fired.
fn histogram(prepared: &Prepared, recording: &Recording) -> Result<Option<String>> {
    let output = prepared.network.population(prepared.output);
    let times: Vec<Option<f64>> = (0..recording.n_samples())
        .flat_map(|sample| recording.first_spikes(sample, output.units()))
        .map(|spike| spike.map(|ix| recording.times()[ix]))
        .collect();
    if times.iter().all(Option::is_none) {
        return Ok(None);
    }
    let picture = first_spikes(&FirstSpikes {
        classes: prepared.test.labels(),
        times: &times,
        names: &names(&prepared.class_names()),
    })?;
    Ok(Some(picture))
}

/// The unit square of Yin-Yang, whose features are x, y, 1 - x, 1 - y; none of other tasks.
fn map(prepared: &Prepared, trainer: &Trainer<'_>, test: &Evaluation) -> Result<Option<String>> {
    let experiment = &prepared.experiment;
    let (Task::YinYang, TaskData::Features(splits), Some(encoding)) =
        (experiment.data.task, &prepared.data, &experiment.encoding)
    else {
        return Ok(None);
    };
    let features = Array2::from_shape_fn((CELLS * CELLS, 4), |(cell, feature)| {
        let place = |ix: usize| (ix as f64 + 0.5) / CELLS as f64;
        let point = [place(cell % CELLS), place(cell / CELLS)];
        if feature < 2 {
            point[feature]
        } else {
            1.0 - point[feature - 2]
        }
    });
    let encoder = encoding.encoder()?;
    // The labels only enter the loss, which is not looked at here.
    let labels = vec![0; CELLS * CELLS];
    let cells = Samples::new(encoder.encode_features(features.view())?, labels)?;
    let grid = trainer.evaluate(&cells)?.predictions;
    let set = &splits.test;
    let rows = set.features().rows().into_iter();
    let samples: Vec<DecisionSample> = rows
        .zip(set.labels())
        .zip(&test.predictions)
        .map(|((row, &class), &predicted)| DecisionSample {
            x: row[0],
            y: row[1],
            class,
            predicted,
        })
        .collect();
    decision(&Decision {
        n: CELLS,
        grid: &grid,
        samples: &samples,
        names: &names(set.class_names()),
    })
    .map(Some)
}

fn names(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}
