//! What a trained network looks like.

use super::voltages::voltages;
use ndarray::Array2;
use spikefront::event::{Recording, Spike};
use spikefront::network::{Parameters, TensorKind};
use spikefront::plot::{
    Confusion, Decision, DecisionSample, Distribution, DistributionGroup, FirstSpikes, Raster,
    RasterGroup, Training, confusion, decision, distribution, first_spikes, overview, raster,
    training,
};
use spikefront::train::{
    EpochMetrics, Evaluation, Prepared, Samples, Task, TaskData, Trainer, judged_inputs,
};
use spikefront::{Engine, Problem, Result, SimulationOptions};

/// Cells per side of the decision map.
const CELLS: usize = 120;

/// All names that [`all`] gives.
pub const FILES: [&str; 9] = [
    TRAINING,
    CONFUSION,
    RASTER,
    VOLTAGE,
    FIRST_SPIKES,
    DECISION,
    OVERVIEW,
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
const OVERVIEW: &str = "overview.svg";

/// The sample whose spikes and voltages are shown.
pub struct Shown {
    pub sample: usize,
    /// The end of what is drawn, in ms.
    pub until: f64,
    /// Which sample it is, and what it was taken for.
    pub title: String,
    /// What is not drawn of it; empty where all is.
    pub rest: String,
}

/// The test set to the end of the run: pictures show what came after the first output spikes too.
pub fn to_the_end(
    prepared: &Prepared,
    engine: &dyn Engine,
    trainer: &Trainer,
) -> Result<Recording> {
    let (network, options) = (trainer.network(), end_of_run(prepared));
    engine.simulate(&Problem {
        network,
        parameters: trainer.parameters(),
        inputs: &*judged_inputs(network, prepared.test.inputs(), options.duration, 0)?,
        options: &options,
    })
}

/// How that is simulated.
pub fn end_of_run(prepared: &Prepared) -> SimulationOptions {
    let mut options = SimulationOptions::new(prepared.experiment.duration);
    prepared.experiment.limit(&mut options);
    options
}

/// File names and pictures of a run.
pub fn all(
    prepared: &Prepared,
    engine: &dyn Engine,
    trainer: &Trainer,
    epochs: &[EpochMetrics],
    test: &Evaluation,
) -> Result<Vec<(&'static str, String)>> {
    let recording = to_the_end(prepared, engine, trainer)?;
    let mut pictures = vec![(CONFUSION, confused(prepared, test)?)];
    if !epochs.is_empty() {
        let n_samples = prepared.train.labels().len();
        pictures.push((TRAINING, curves(epochs, test, n_samples)?));
    }
    let shown = first_with_spikes(prepared, &recording, test);
    if let Some(shown) = &shown {
        let picture = of_spikes(prepared, &recording, shown, &|spikes| raster(spikes))?;
        pictures.push((RASTER, picture));
        pictures.push((VOLTAGE, voltages(prepared, trainer, &recording, shown)?));
    }
    if let Some(picture) = histogram(prepared, &recording)? {
        pictures.push((FIRST_SPIKES, picture));
    }
    with_map(prepared, trainer, test, &mut |map| {
        pictures.push((DECISION, decision(map)?));
        if let Some(shown) = &shown {
            let both = |spikes: &Raster<'_>| overview(map, spikes);
            let picture = of_spikes(prepared, &recording, shown, &both)?;
            pictures.push((OVERVIEW, picture));
        }
        Ok(())
    })?;
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

/// Of the tensors that are not zero throughout, as delays often are; none where all are.
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
        .filter(|group| group.values.iter().any(|&value| value != 0.0))
        .collect();
    if groups.is_empty() {
        return Ok(None);
    }
    distribution(&Distribution {
        quantity,
        groups: &groups,
    })
    .map(Some)
}

fn curves(epochs: &[EpochMetrics], test: &Evaluation, n_samples: usize) -> Result<String> {
    let column =
        |value: &dyn Fn(&EpochMetrics) -> f64| epochs.iter().map(value).collect::<Vec<f64>>();
    // Either every epoch has one or none has.
    let optional = |value: &dyn Fn(&EpochMetrics) -> Option<f64>| {
        epochs.iter().map(value).collect::<Option<Vec<f64>>>()
    };
    // What is said to be zero where every sample was left out is no loss.
    let counts = |e: &EpochMetrics, loss: f64| match e.left_out_samples >= n_samples && loss == 0.0
    {
        true => f64::NAN,
        false => loss,
    };
    let silent = |e: &EpochMetrics| Some((e.silent_samples? as f64 / n_samples as f64).min(1.0));
    training(&Training {
        loss: &column(&|e| counts(e, e.loss)),
        accuracy: &column(&|e| e.train_accuracy),
        validation_loss: optional(&|e| Some(counts(e, e.validation_loss?))).as_deref(),
        validation_accuracy: optional(&|e| e.validation_accuracy).as_deref(),
        silent: optional(&silent).as_deref(),
        test_accuracy: Some(test.accuracy),
    })
}

/// The first test sample that has spikes; none where all are silent.
fn first_with_spikes(
    prepared: &Prepared,
    recording: &Recording,
    test: &Evaluation,
) -> Option<Shown> {
    let inputs = prepared.test.inputs();
    let has_spikes = |&ix: &usize| !(inputs.range(ix).is_empty() && recording.range(ix).is_empty());
    let sample = (0..inputs.n_samples()).find(has_spikes)?;
    let duration = recording.duration();
    // A little beyond the last spike: after it potentials only decay, or are held.
    let last = recording.sample(sample).last().map(|spike| spike.time);
    let times = inputs.sample(sample).map(|spike| spike.time).chain(last);
    let until = match last {
        Some(_) => duration.min(1.2 * times.fold(0.0, f64::max)),
        None => duration,
    };
    let names = prepared.class_names();
    let class = &names[prepared.test.labels()[sample]];
    let choice = match test.predictions[sample] {
        Some(choice) => format!("taken for {}", names[choice]),
        None => "taken for none".into(),
    };
    Some(Shown {
        sample,
        until,
        title: format!("test sample {sample}, of class {class}, {choice}"),
        rest: match until < duration {
            true => format!("; no spikes from {until:.3} to {duration} ms"),
            false => String::new(),
        },
    })
}

/// What `draw` makes of the spikes of a sample.
fn of_spikes(
    prepared: &Prepared,
    recording: &Recording,
    shown: &Shown,
    draw: &dyn Fn(&Raster<'_>) -> Result<String>,
) -> Result<String> {
    let (inputs, network) = (prepared.test.inputs(), &prepared.network);
    let given = network.inputs().iter().map(|input| {
        let spikes = inputs.sample(shown.sample);
        let spikes = within(spikes, input.first_unit, input.size);
        (input.name.as_str(), input.size, spikes, true)
    });
    // A readout has no spikes and no band for them.
    let spiking = network.populations().iter().filter(|p| p.is_spiking());
    let fired = spiking.map(|population| {
        let spikes = recording.sample(shown.sample);
        let spikes = within(spikes, population.first_unit, population.size);
        (population.name.as_str(), population.size, spikes, false)
    });
    let groups: Vec<_> = given.chain(fired).collect();
    let groups: Vec<RasterGroup<'_>> = groups
        .iter()
        .map(|(name, size, spikes, is_input)| RasterGroup {
            name,
            size: *size,
            of: *size,
            spikes,
            is_input: *is_input,
        })
        .collect();
    draw(&Raster {
        title: &shown.title,
        note: shown.rest.trim_start_matches("; "),
        groups: &groups,
        time: 0.0..shown.until,
    })
}

/// The spikes of `size` units from `first` on, as units counted from there and times.
fn within(spikes: impl Iterator<Item = Spike>, first: usize, size: usize) -> Vec<(usize, f64)> {
    let spikes = spikes.filter(|spike| (first..first + size).contains(&spike.unit));
    spikes
        .map(|spike| (spike.unit - first, spike.time))
        .collect()
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

/// Shows `draw` the decisions in the unit square of Yin-Yang, whose features are x, y, 1 - x, 1 - y; of other tasks nothing.
fn with_map(
    prepared: &Prepared,
    trainer: &Trainer,
    test: &Evaluation,
    draw: &mut dyn FnMut(&Decision<'_>) -> Result<()>,
) -> Result<()> {
    let experiment = &prepared.experiment;
    let (Task::YinYang, TaskData::Features(splits), Some(encoding)) =
        (experiment.data.task, &prepared.data, &experiment.encoding)
    else {
        return Ok(());
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
    draw(&Decision {
        n: CELLS,
        grid: &grid,
        samples: &samples,
        names: &names(set.class_names()),
    })
}

fn names(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}
