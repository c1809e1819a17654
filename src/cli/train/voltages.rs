//! What the membranes of a few neurons did in one sample.

use spikefront::Result;
use spikefront::dynamics::Flow;
use spikefront::event::Recording;
use spikefront::model::{Network, Parameters, Population, Reset, Source};
use spikefront::plot::{Trace, TracePanel, traces};
use spikefront::train::Prepared;

/// How many neurons of a hidden layer are drawn.
const SHOWN: usize = 3;
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

/// All output neurons and, of each hidden layer, those that fire first in the first test sample.
pub fn voltages(
    prepared: &Prepared,
    parameters: &Parameters,
    recording: &Recording,
) -> Result<String> {
    let network = &prepared.network;
    let output = network.population(prepared.output);
    let populations: Vec<_> = network.populations().iter().collect();
    let mut panels = Vec::new();
    for population in populations.into_iter().filter(|p| p.is_spiking()) {
        let is_output = population.first_unit == output.first_unit;
        let names = prepared.splits.test.class_names();
        let drawn: Vec<Drawn> = match is_output {
            true => (0..population.size).collect(),
            false => first_to_fire(population, recording),
        }
        .into_iter()
        .map(|neuron| {
            let name = match is_output {
                true => format!("class {}", names[neuron]),
                false => format!("neuron {neuron}"),
            };
            follow(prepared, parameters, recording, (population, neuron), name)
        })
        .collect();
        panels.push((population, drawn));
    }
    let panels: Vec<_> = panels
        .iter()
        .map(|(population, drawn)| {
            let traces = drawn.iter().map(|drawn| Trace {
                name: &drawn.name,
                times: &drawn.times,
                voltages: &drawn.voltages,
                spikes: &drawn.spikes,
            });
            (*population, traces.collect::<Vec<_>>())
        })
        .collect();
    let panels: Vec<TracePanel<'_>> = panels
        .iter()
        .map(|(population, traces)| TracePanel {
            name: &population.name,
            threshold: prepared.experiment.neuron.threshold,
            traces,
        })
        .collect();
    traces(&panels, recording.duration())
}

/// Those that never fire come last.
fn first_to_fire(population: &Population, recording: &Recording) -> Vec<usize> {
    let first = recording.first_spikes(0, population.units());
    let time = |neuron: &usize| first[*neuron].map_or(f64::INFINITY, |ix| recording.times()[ix]);
    let mut neurons: Vec<usize> = (0..population.size).collect();
    neurons.sort_by(|a, b| time(a).total_cmp(&time(b)));
    neurons.truncate(SHOWN);
    neurons
}

/// V in closed form from event to event; the spikes are the recording's.
fn follow(
    prepared: &Prepared,
    parameters: &Parameters,
    recording: &Recording,
    (population, neuron): (&Population, usize),
    name: String,
) -> Drawn {
    let cell = &population.neuron;
    let unit = population.first_unit + neuron;
    let duration = recording.duration();
    let spikes: Vec<f64> = recording
        .sample(0)
        .filter(|spike| spike.unit == unit)
        .map(|spike| spike.time)
        .collect();
    let mut events: Vec<(f64, Event)> = (0..=INSTANTS)
        .map(|ix| (duration * ix as f64 / INSTANTS as f64, Event::Look))
        .collect();
    events.extend(arrivals(
        prepared,
        parameters,
        recording,
        (population, neuron),
    ));
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
    events.retain(|(time, _)| *time <= duration);
    events.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));

    let flow = Flow::new(cell.tau_membrane.get(neuron), cell.tau_synapse.get(neuron));
    let drive = cell.drive.get(neuron);
    let threshold = cell.threshold.as_ref().map_or(0.0, |t| t.get(neuron));
    let (mut above, mut current, mut now) = (cell.initial.get(neuron) - drive, 0.0, 0.0);
    let mut held = None;
    let (mut times, mut voltages) = (Vec::new(), Vec::new());
    for (time, event) in events {
        let (potential, after) = flow.propagator(time - now).apply(above, current);
        (now, current) = (time, after);
        above = held.unwrap_or(potential);
        times.push(time);
        voltages.push(above + drive);
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
        voltages.push(above + drive);
    }
    Drawn {
        name,
        times,
        voltages,
        spikes,
    }
}

/// What reaches a neuron in the first sample: when, and with which weight.
fn arrivals(
    prepared: &Prepared,
    parameters: &Parameters,
    recording: &Recording,
    (population, neuron): (&Population, usize),
) -> Vec<(f64, Event)> {
    let network: &Network = &prepared.network;
    let mut arrivals = Vec::new();
    for (id, connection) in network.projection_ids().zip(network.connections()) {
        if network.population(connection.target).first_unit != population.first_unit {
            continue;
        }
        let weights = parameters.weights(network, id);
        let delays = &parameters.values()[parameters.layout().delays(id)];
        let mut arrive = |source: usize, time: f64| {
            let delay = match delays {
                [delay] => *delay,
                each => each[source * connection.target_size + neuron],
            };
            arrivals.push((time + delay, Event::Arrival(weights[[source, neuron]])));
        };
        match connection.source {
            Source::Input(_) => {
                let first = network.inputs()[0].first_unit;
                let spikes = prepared.test.inputs().sample(0);
                spikes.for_each(|spike| arrive(spike.unit - first, spike.time));
            }
            Source::Population(source) => {
                let units = network.population(source).units();
                let spikes = recording.sample(0);
                for spike in spikes.filter(|spike| units.contains(&spike.unit)) {
                    arrive(spike.unit - units.start, spike.time);
                }
            }
        }
    }
    arrivals
}
