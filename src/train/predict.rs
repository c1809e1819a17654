//! What a network says about samples whose classes need not be known.

use std::io::Cursor;
use std::ops::Range;
use std::path::Path;

use ndarray::Array2;

use super::Trainer;
use super::noise::judged_inputs;
use crate::data::{NpzWriter, add_spikes};
use crate::event::{Recording, SpikeBatch};
use crate::files::write_atomically;
use crate::{Error, Problem, Result, SimulationOptions, Stop, memory};

/// So many samples are simulated at a time.
const CHUNK: usize = 1000;

/// What a network did in each sample, and which class it chose.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prediction {
    /// The class of each sample; none where the network made no choice.
    pub classes: Vec<Option<usize>>,
    /// How much each class is chosen, `[sample x class]`; see [`Loss::scores`](crate::loss::Loss::scores).
    pub scores: Option<Array2<f64>>,
    /// When each output neuron first fires, in ms, `[sample x output]`, infinite where it is silent; none where outputs have
    /// no threshold.
    pub first_spikes: Option<Array2<f64>>,
    /// All spikes of all neurons to the end of the run, one sample after another, each in order of time.
    pub spikes: SpikeBatch,
    /// Names and units of the populations, in order.
    pub populations: Vec<(String, Range<usize>)>,
    /// What the output did, where it is a readout.
    pub readout: Option<ReadoutVoltages>,
}

/// The voltages of a readout.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadoutVoltages {
    /// When, in ms.
    pub times: Vec<f64>,
    /// `[sample x time x neuron]`, row by row.
    pub voltages: Vec<f64>,
    /// The integral over the run, in ms, `[sample x neuron]`, row by row.
    pub integrals: Vec<f64>,
    /// How many neurons there are.
    pub size: usize,
}

impl Trainer {
    /// What the network says about samples, each simulated to the end of its run. Voltages of a readout are recorded at
    /// `voltage_times`, in ms.
    ///
    /// # Errors
    /// Samples that do not fit the network; a runaway simulation; voltages that do not fit into memory.
    pub fn predict(&self, inputs: &SpikeBatch, voltage_times: &[f64]) -> Result<Prediction> {
        let network = self.network();
        let mut options = SimulationOptions {
            stop: Stop::AtDuration,
            ..self.settings.simulation.clone()
        };
        let output = network.populations().last();
        let output = output.filter(|output| !output.is_spiking());
        if let Some(output) = output {
            options.add_voltage_times(voltage_times);
            let numbers = [inputs.n_samples(), options.voltage_times.len(), output.size];
            let numbers = numbers
                .iter()
                .fold(8_u64, |product, &n| product.saturating_mul(n as u64));
            // Once in the recordings, once put together, once on the way to a file.
            memory::check("recording the voltages", numbers.saturating_mul(3), |_| {
                "record them less often, or predict fewer samples at a time".to_owned()
            })?;
        }
        let mut prediction = Prediction {
            populations: network
                .populations()
                .iter()
                .map(|population| (population.name.clone(), population.units()))
                .collect(),
            readout: output.map(|output| ReadoutVoltages {
                times: options.voltage_times.clone(),
                size: output.size,
                ..ReadoutVoltages::default()
            }),
            ..Prediction::default()
        };
        let samples: Vec<usize> = (0..inputs.n_samples()).collect();
        for chunk in samples.chunks(CHUNK) {
            let selected = inputs.select(chunk);
            let recording = self.engine.simulate(&Problem {
                network,
                parameters: self.parameters(),
                inputs: &*judged_inputs(network, &selected, options.duration, chunk[0])?,
                options: &options,
            })?;
            self.add(&mut prediction, &recording)?;
        }
        Ok(prediction)
    }

    fn add(&self, all: &mut Prediction, recording: &Recording) -> Result<()> {
        let network = self.network();
        // The loss is not looked at: any label does.
        let labels = vec![0; recording.n_samples()];
        let value = self.loss.evaluate(network, recording, &labels)?;
        all.classes.extend(value.predictions);
        append(&mut all.scores, self.loss.scores(network, recording)?)?;
        for sample in 0..recording.n_samples() {
            let spikes: Vec<_> = recording.sample(sample).collect();
            all.spikes.push_sample(&spikes)?;
        }
        let Some(output) = network.populations().last() else {
            return Ok(());
        };
        match &mut all.readout {
            None => {
                let times = recording.times();
                let mut first = Vec::with_capacity(recording.n_samples() * output.size);
                for sample in 0..recording.n_samples() {
                    let spikes = recording.first_spikes(sample, output.units());
                    first.extend(
                        spikes
                            .into_iter()
                            .map(|spike| spike.map_or(f64::INFINITY, |ix| times[ix])),
                    );
                }
                let shape = (recording.n_samples(), output.size);
                let first = Array2::from_shape_vec(shape, first);
                append(
                    &mut all.first_spikes,
                    Some(first.expect("a time for each output")),
                )
            }
            Some(readout) => {
                // The output is the only one, and the last.
                if let Some(recorded) = recording.readouts().last() {
                    readout.voltages.extend_from_slice(&recorded.voltages);
                    readout.integrals.extend_from_slice(&recorded.integrals);
                }
                Ok(())
            }
        }
    }
}

/// Adds rows to rows.
fn append(all: &mut Option<Array2<f64>>, rows: Option<Array2<f64>>) -> Result<()> {
    match (all.as_mut(), rows) {
        (Some(all), Some(rows)) => all.append(ndarray::Axis(0), rows.view()).map_err(|error| {
            Error::invalid(
                "scores of a loss",
                error,
                "let each sample have one for each class",
            )
        }),
        (None, rows) => {
            *all = rows;
            Ok(())
        }
        (Some(_), None) => Ok(()),
    }
}

impl Prediction {
    /// Writes everything to a `.npz` file; `class_names[class]`.
    ///
    /// | array | what |
    /// |---|---|
    /// | `classes` | `[sample]`, whole numbers; -1 where the network made no choice |
    /// | `class_names` | `[class]`, texts |
    /// | `scores` | `[sample x class]` |
    /// | `first_spikes` | `[sample x output]`, ms; infinite where the output is silent |
    /// | `times`, `units` | of all spikes, ms and whole numbers, sample after sample |
    /// | `offsets` | `[sample + 1]`, where each sample begins in them, and the last ends |
    /// | `populations` | `[population]`, texts |
    /// | `bounds` | `[population + 1]`: units from `bounds[p]` to below `bounds[p + 1]` are of population p |
    /// | `voltage_times` | `[time]`, ms |
    /// | `voltages` | `[sample x time x output]` of a readout |
    /// | `integrals` | `[sample x output]` of a readout's voltage over the run, ms |
    ///
    /// What there is not, such as first spikes of a readout, is left out.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_npz(&self, path: impl AsRef<Path>, class_names: &[String]) -> Result<()> {
        let path = path.as_ref();
        let failed = |e| Error::io("write", path, std::io::Error::other(e));
        let n_samples = self.classes.len();
        let mut npz = NpzWriter::new(Cursor::new(Vec::new()));
        let write = |npz: &mut NpzWriter<_>| -> zip::result::ZipResult<()> {
            let whole = |value: usize| value as i64;
            let classes: Vec<i64> = self.classes.iter().map(|c| c.map_or(-1, whole)).collect();
            npz.add_whole("classes", &classes)?;
            npz.add_texts("class_names", class_names)?;
            for (name, array) in [
                ("scores", &self.scores),
                ("first_spikes", &self.first_spikes),
            ] {
                if let Some(array) = array {
                    let values: Vec<f64> = array.iter().copied().collect();
                    npz.add(name, array.shape(), &values)?;
                }
            }
            add_spikes(npz, &self.spikes, &self.populations)?;
            if let Some(readout) = &self.readout {
                let (n_times, size) = (readout.times.len(), readout.size);
                npz.add("voltage_times", &[n_times], &readout.times)?;
                npz.add("voltages", &[n_samples, n_times, size], &readout.voltages)?;
                npz.add("integrals", &[n_samples, size], &readout.integrals)?;
            }
            Ok(())
        };
        write(&mut npz).map_err(failed)?;
        write_atomically(path, npz.finish().map_err(failed)?.into_inner())
    }
}

#[cfg(test)]
#[path = "predict_tests.rs"]
mod tests;
