//! What the membranes of a few neurons did in one sample.

use spikefront::event::Recording;
use spikefront::network::{Population, PopulationId, Reset};
use spikefront::plot::{Trace, TracePanel, Traces, traces};
use spikefront::train::{Prepared, Trainer, judged_inputs};
use spikefront::{Problem, Result};

use super::pictures::{Shown, end_of_run};

/// How many neurons of a hidden layer are drawn.
const SHOWN: usize = 3;
/// How many silent neurons of a layer are looked at.
const MOST_SILENT: usize = 200;
/// Instants per run; spikes come in between.
const INSTANTS: usize = 1000;

struct Drawn {
    name: String,
    times: Vec<f64>,
    voltages: Vec<f64>,
    spikes: Vec<f64>,
}

/// A trained network and what it did in one test sample.
struct Run<'a> {
    prepared: &'a Prepared,
    trainer: &'a Trainer,
    recording: &'a Recording,
    sample: usize,
    /// The end of what is drawn, in ms.
    until: f64,
}

/// All output neurons and of each hidden layer a few that tell most, in a test sample.
pub fn voltages(
    prepared: &Prepared,
    trainer: &Trainer,
    recording: &Recording,
    shown: &Shown,
) -> Result<String> {
    let run = Run {
        prepared,
        trainer,
        recording,
        sample: shown.sample,
        until: shown.until,
    };
    let names = prepared.class_names();
    let network = trainer.network();
    let output = network.population(prepared.output).first_unit;
    // A layer's forward projection comes first; a recurrent one names the same population again.
    let mut ids: Vec<PopulationId> = network.connections().iter().map(|c| c.target).collect();
    ids.dedup();
    let mut drawn: Vec<(&Population, Vec<Drawn>)> = Vec::new();
    for id in ids {
        let population = network.population(id);
        let neurons: Vec<usize> = (0..population.size).collect();
        let of_class = |neuron: usize| format!("class {}", names[neuron]);
        let traces = match population.first_unit == output {
            true => run.follow(id, &neurons, of_class)?,
            false => run.telling(id)?,
        };
        drawn.push((population, traces));
    }
    let lines: Vec<Vec<Trace<'_>>> = drawn.iter().map(|(_, drawn)| lines(drawn)).collect();
    let panels: Vec<TracePanel<'_>> = drawn
        .iter()
        .zip(&lines)
        .map(|((population, _), traces)| TracePanel {
            name: &population.name,
            threshold: population.is_spiking().then_some(1.0),
            traces,
        })
        .collect();
    traces(&Traces {
        title: &shown.title,
        note: &format!("all outputs, and the hidden neurons named{}", shown.rest),
        panels: &panels,
        until: run.until,
    })
}

fn lines(drawn: &[Drawn]) -> Vec<Trace<'_>> {
    let lines = drawn.iter().map(|drawn| Trace {
        name: &drawn.name,
        times: &drawn.times,
        voltages: &drawn.voltages,
        spikes: &drawn.spikes,
    });
    lines.collect()
}

impl Run<'_> {
    /// Of the neurons that fire the first, the one in the middle and the last to do so, whose traces differ most; where
    /// fewer fire, silent ones that come nearest to their thresholds.
    fn telling(&self, id: PopulationId) -> Result<Vec<Drawn>> {
        let population = self.trainer.network().population(id);
        let first = self.recording.first_spikes(self.sample, population.units());
        let times = self.recording.times();
        let mut fired: Vec<(f64, usize)> = (0..population.size)
            .filter_map(|neuron| Some((times[first[neuron]?], neuron)))
            .collect();
        fired.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let chosen: Vec<(usize, &str)> = match fired.len() {
            0 => vec![],
            1 => vec![(0, "the only one to fire")],
            2 => vec![(0, "first to fire"), (1, "last to fire")],
            n => vec![
                (0, "first to fire"),
                (n / 2, "in the middle"),
                (n - 1, "last to fire"),
            ],
        };
        let mut drawn = Vec::new();
        for (place, why) in chosen {
            let neuron = fired[place].1;
            drawn.extend(self.follow(id, &[neuron], |n| format!("neuron {n}, {why}"))?);
        }
        if drawn.len() < SHOWN {
            let silent = (0..population.size).filter(|neuron| first[*neuron].is_none());
            let silent: Vec<usize> = silent.take(MOST_SILENT).collect();
            let mut silent = self.follow(id, &silent, |n| format!("neuron {n}, silent"))?;
            let peak = |drawn: &Drawn| drawn.voltages.iter().copied().fold(f64::MIN, f64::max);
            silent.sort_by(|a, b| peak(b).total_cmp(&peak(a)));
            silent.truncate(SHOWN - drawn.len());
            drawn.append(&mut silent);
        }
        Ok(drawn)
    }

    /// V over the threshold of a population's neurons; of readouts V itself.
    fn follow(
        &self,
        id: PopulationId,
        neurons: &[usize],
        name: impl Fn(usize) -> String,
    ) -> Result<Vec<Drawn>> {
        let network = self.trainer.network();
        let population = network.population(id);
        let parameters = self.trainer.parameters();
        let options = end_of_run(self.prepared);
        let problem = Problem {
            network,
            parameters,
            inputs: &*judged_inputs(network, self.prepared.test.inputs(), options.duration, 0)?,
            options: &options,
        };
        let step = self.until / INSTANTS as f64;
        let grid = (0..=INSTANTS).map(|ix| (ix as f64 * step).min(self.until));
        let grid: Vec<f64> = grid.collect();
        let units: Vec<usize> = neurons.iter().map(|n| population.first_unit + n).collect();
        let states = problem.states(self.recording, self.sample, &units, &grid)?;
        let thresholds = parameters.layout().thresholds(id);
        let drawn = neurons.iter().zip(&units).enumerate();
        let drawn = drawn.map(|(row, (&neuron, &unit))| {
            let threshold = thresholds.as_ref();
            let threshold = threshold.map_or(1.0, |all| parameters.values()[all.start + neuron]);
            let own = self.recording.sample(self.sample);
            let own = own.filter(|spike| spike.unit == unit && spike.time <= self.until);
            let spikes: Vec<f64> = own.map(|spike| spike.time).collect();
            let after = match &population.neuron.reset {
                Reset::Subtract => 0.0,
                Reset::To { potential, .. } => potential.get(neuron) / threshold,
            };
            let (mut times, mut voltages) = (Vec::new(), Vec::new());
            let mut next = spikes.iter().copied().peekable();
            for (&time, &voltage) in grid.iter().zip(states.voltages.row(row)) {
                // At a spike the potential is at the threshold, and then what the reset makes of it.
                while let Some(spike) = next.next_if(|&spike| spike <= time) {
                    times.extend([spike, spike]);
                    voltages.extend([1.0, after]);
                }
                times.push(time);
                voltages.push(voltage / threshold);
            }
            Drawn {
                name: name(neuron),
                times,
                voltages,
                spikes,
            }
        });
        Ok(drawn.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::train::pictures::to_the_end;
    use spikefront::cpu::CpuEngine;
    use spikefront::train::{Experiment, Task};

    #[test]
    fn traces_pass_the_threshold_at_spikes_alone() -> Result<()> {
        // Thresholds subtracted, neurons held, and a recurrent layer.
        for task in [Task::Xor, Task::Iris, Task::DelayedXor] {
            let prepared = Experiment::preset(task, "default")?.prepare(1)?;
            let engine = CpuEngine::new();
            let trainer = prepared.trainer(engine.clone())?;
            let recording = to_the_end(&prepared, &engine, &trainer)?;
            let run = Run {
                prepared: &prepared,
                trainer: &trainer,
                recording: &recording,
                sample: 0,
                until: recording.duration(),
            };
            let id = trainer.network().connections()[0].target;
            let neurons: Vec<usize> = (0..trainer.network().population(id).size).collect();
            let drawn = run.follow(id, &neurons, |neuron| neuron.to_string())?;
            let n_spikes: usize = drawn.iter().map(|drawn| drawn.spikes.len()).sum();
            assert!(n_spikes > 2, "{task:?}: {n_spikes}");
            for drawn in &drawn {
                let at = |level: f64| drawn.voltages.iter().filter(|v| **v >= level).count();
                assert_eq!(at(1.0), drawn.spikes.len(), "{task:?}, {}", drawn.name);
                assert!(drawn.times.is_sorted());
                // Negative control: below the threshold there is more to see.
                assert!(drawn.spikes.is_empty() || at(0.5) > drawn.spikes.len());
            }
        }
        Ok(())
    }
}
