//! What the membranes of a few neurons did in one sample.

use std::cmp::Ordering;

use spikefront::Result;
use spikefront::dynamics::Flow;
use spikefront::event::Recording;
use spikefront::model::{Population, PopulationId, Reset, Source};
use spikefront::plot::{Trace, TracePanel, Traces, traces};
use spikefront::train::{Prepared, Trainer};

use super::pictures::Shown;

/// How many neurons of a hidden layer are drawn.
const SHOWN: usize = 3;
/// How many silent neurons of a layer are looked at.
const MOST_SILENT: usize = 200;
/// Instants per run; events come in between.
const INSTANTS: usize = 1000;

/// An instant of one neuron's run; of several at the same time the earlier variant comes first.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Event {
    Look,
    Arrival(f64),
    Spike,
    Release(f64),
}

struct Drawn {
    name: String,
    times: Vec<f64>,
    voltages: Vec<f64>,
    spikes: Vec<f64>,
}

/// A trained network and what it did in one test sample.
struct Run<'a> {
    prepared: &'a Prepared,
    trainer: &'a Trainer<'a>,
    recording: &'a Recording,
    sample: usize,
    /// The end of what is drawn, in ms.
    until: f64,
}

/// All output neurons and of each hidden layer a few that tell most, in a test sample.
pub fn voltages(
    prepared: &Prepared,
    trainer: &Trainer<'_>,
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
    let drawn: Vec<(&Population, Vec<Drawn>)> = ids
        .into_iter()
        .map(|id| {
            let population = network.population(id);
            let drawn = match population.first_unit == output {
                true => (0..population.size)
                    .map(|neuron| run.follow(id, neuron, format!("class {}", names[neuron])))
                    .collect(),
                false => run.telling(id),
            };
            (population, drawn)
        })
        .collect();
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
    fn telling(&self, id: PopulationId) -> Vec<Drawn> {
        let population = self.trainer.network().population(id);
        let first = self.recording.first_spikes(self.sample, population.units());
        let times = self.recording.times();
        let mut fired: Vec<(f64, usize)> = (0..population.size)
            .filter_map(|neuron| Some((times[first[neuron]?], neuron)))
            .collect();
        fired.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut chosen: Vec<(usize, &str)> = match fired.len() {
            0 => vec![],
            1 => vec![(0, "the only one to fire")],
            2 => vec![(0, "first to fire"), (1, "last to fire")],
            n => vec![
                (0, "first to fire"),
                (n / 2, "in the middle"),
                (n - 1, "last to fire"),
            ],
        };
        let mut drawn: Vec<Drawn> = chosen
            .drain(..)
            .map(|(place, why)| {
                let neuron = fired[place].1;
                self.follow(id, neuron, format!("neuron {neuron}, {why}"))
            })
            .collect();
        if drawn.len() < SHOWN {
            let silent = (0..population.size).filter(|neuron| first[*neuron].is_none());
            let silent = silent.take(MOST_SILENT);
            let name = |neuron: usize| format!("neuron {neuron}, silent");
            let mut silent: Vec<Drawn> = silent.map(|n| self.follow(id, n, name(n))).collect();
            let peak = |drawn: &Drawn| drawn.voltages.iter().copied().fold(f64::MIN, f64::max);
            silent.sort_by(|a, b| peak(b).total_cmp(&peak(a)));
            silent.truncate(SHOWN - drawn.len());
            drawn.append(&mut silent);
        }
        drawn
    }

    /// V over the threshold, in closed form from event to event; the spikes are the recording's. Of a readout V itself.
    fn follow(&self, id: PopulationId, neuron: usize, name: String) -> Drawn {
        let population = self.trainer.network().population(id);
        let parameters = self.trainer.parameters();
        let cell = &population.neuron;
        let threshold = parameters.layout().thresholds(id);
        let threshold = threshold.map_or(1.0, |range| parameters.values()[range][neuron]);
        let unit = population.first_unit + neuron;
        let own = self.recording.sample(self.sample);
        let own = own.filter(|spike| spike.unit == unit);
        let spikes: Vec<f64> = own.map(|spike| spike.time).collect();

        let step = self.until / INSTANTS as f64;
        let looks = (0..=INSTANTS).map(|ix| (ix as f64 * step, Event::Look));
        let mut events: Vec<(f64, Event)> = looks.collect();
        events.extend(self.arrivals(id, neuron));
        for &time in &spikes {
            events.push((time, Event::Spike));
            if let Reset::To {
                potential,
                refractory,
            } = &cell.reset
            {
                let release = time + refractory.get(neuron);
                events.push((release, Event::Release(potential.get(neuron))));
            }
        }
        events.retain(|(time, _)| *time <= self.until);
        events.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));

        let flow = Flow::new(cell.tau_membrane.get(neuron), cell.tau_synapse.get(neuron));
        let drive = cell.drive.get(neuron);
        // V above the drive, and the same while it is held.
        let (mut above, mut held) = (cell.initial.get(neuron) - drive, None);
        let (mut current, mut now) = (0.0, 0.0);
        let (mut times, mut voltages) = (Vec::new(), Vec::new());
        for (time, event) in events {
            let (potential, after) = flow.propagator(time - now).apply(above, current);
            (now, current) = (time, after);
            above = held.unwrap_or(potential);
            times.push(time);
            voltages.push((above + drive) / threshold);
            match event {
                Event::Look => continue,
                Event::Arrival(weight) => current += weight,
                Event::Spike => match &cell.reset {
                    Reset::Subtract => above -= threshold,
                    Reset::To { potential, .. } => {
                        above = potential.get(neuron) - drive;
                        held = Some(above);
                    }
                },
                Event::Release(potential) => {
                    above = potential - drive;
                    held = None;
                }
            }
            times.push(time);
            voltages.push((above + drive) / threshold);
        }
        Drawn {
            name,
            times,
            voltages,
            spikes,
        }
    }

    /// What reaches a neuron: when, and with which weight.
    fn arrivals(&self, id: PopulationId, neuron: usize) -> Vec<(f64, Event)> {
        let network = self.trainer.network();
        let parameters = self.trainer.parameters();
        let mut arrivals = Vec::new();
        for (projection, connection) in network.projection_ids().zip(network.connections()) {
            if connection.target != id {
                continue;
            }
            let weights = parameters.weights(network, projection);
            let delays = &parameters.values()[parameters.layout().delays(projection)];
            let mut arrive = |source: usize, time: f64| {
                let delay = match delays {
                    [delay] => *delay,
                    each => each[source * connection.target_size + neuron],
                };
                let weight = weights[[source, neuron]];
                arrivals.push((time + delay, Event::Arrival(weight)));
            };
            match connection.source {
                Source::Input(_) => {
                    // The only one.
                    let first = network.inputs()[0].first_unit;
                    let spikes = self.prepared.test.inputs().sample(self.sample);
                    spikes.for_each(|spike| arrive(spike.unit - first, spike.time));
                }
                Source::Population(source) => {
                    let units = network.population(source).units();
                    let spikes = self.recording.sample(self.sample);
                    spikes
                        .filter(|spike| units.contains(&spike.unit))
                        .for_each(|spike| arrive(spike.unit - units.start, spike.time));
                }
            }
        }
        arrivals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::train::pictures::to_the_end;
    use spikefront::cpu::CpuEngine;
    use spikefront::train::{Experiment, Task};

    /// How far from its threshold, at most, a redrawn voltage is when the engine says that it is there; and how
    /// many spikes that are. `shift` moves the membrane time constants that the redrawing takes.
    fn miss_at_spikes(task: Task, shift: f64) -> Result<(f64, usize)> {
        let prepared = Experiment::preset(task, "default")?.prepare(1)?;
        let engine = CpuEngine::new();
        let trainer = prepared.trainer(&engine)?;
        let recording = to_the_end(&prepared, &engine, &trainer)?;
        let mut other = prepared.clone();
        other.experiment.neuron.tau_membrane += shift;
        let other = other.experiment.prepare(1)?;
        let redrawing = other.trainer(&engine)?;
        let (mut most, mut n_spikes) = (0.0_f64, 0);
        for sample in 0..4 {
            let run = Run {
                prepared: &prepared,
                trainer: &redrawing,
                recording: &recording,
                sample,
                until: recording.duration(),
            };
            let network = trainer.network();
            let ids = network.connections().iter().map(|c| c.target);
            for id in ids.filter(|&id| network.population(id).is_spiking()) {
                for neuron in 0..network.population(id).size {
                    let drawn = run.follow(id, neuron, String::new());
                    for &spike in &drawn.spikes {
                        // Of the two voltages at a spike the first is that before the reset.
                        let at = drawn.times.iter().rposition(|&time| time < spike);
                        most = most.max((drawn.voltages[at.map_or(0, |ix| ix + 1)] - 1.0).abs());
                        n_spikes += 1;
                    }
                }
            }
        }
        Ok((most, n_spikes))
    }

    #[test]
    fn redrawn_voltages_are_at_the_threshold_where_the_engine_says_so() -> Result<()> {
        // Thresholds subtracted, neurons held, and a recurrent layer with a readout.
        for task in [Task::Xor, Task::Iris, Task::DelayedXor] {
            let (miss, n_spikes) = miss_at_spikes(task, 0.0)?;
            assert!(miss < 1e-9 && n_spikes > 10, "{task:?}: {miss}, {n_spikes}");
            let (control, _) = miss_at_spikes(task, 0.1)?;
            assert!(control > 1e-4, "{task:?}: {control}");
        }
        Ok(())
    }
}
