//! From given spikes to a recording: every neuron followed through them.

use super::excursion::{Excursion, ends};
use super::{GivenSpikes, MissingSpike, SpikeReport};
use crate::dynamics::{GivenEvent, NeuronState, ResetRule};
use crate::event::{Maximum, ReadoutRecording, Recording, Spike};
use crate::network::PopulationId;
use crate::problem::Problem;
use crate::problem::history::{History, Lived, Spikes};
use crate::problem::maximum::raise;

/// A recording on its way.
pub(super) struct Work<'a> {
    problem: &'a Problem<'a>,
    options: GivenSpikes,
    recording: Recording,
    report: SpikeReport,
}

impl<'a> Work<'a> {
    pub fn new(problem: &'a Problem<'a>, options: GivenSpikes) -> Self {
        let readouts = problem.network.populations().iter().enumerate();
        let readouts = readouts.filter(|(_, population)| !population.is_spiking());
        Self {
            problem,
            options,
            recording: Recording {
                offsets: vec![0],
                duration: problem.options.duration,
                voltage_times: problem.options.voltage_times.clone(),
                readouts: readouts
                    .map(|(population, _)| ReadoutRecording {
                        population,
                        integrals: Vec::new(),
                        voltages: Vec::new(),
                        maxima: Vec::new(),
                    })
                    .collect(),
                made_of: Some(problem.fingerprint()),
                ..Recording::default()
            },
            report: SpikeReport::default(),
        }
    }

    pub fn sample(&mut self, spikes: &[Spike], sample: usize) {
        let problem = self.problem;
        let times: Vec<f64> = spikes.iter().map(|spike| spike.time).collect();
        let neurons: Vec<u32> = spikes.iter().map(|spike| spike.unit as u32).collect();
        let first = self.recording.times.len();
        self.recording.times.extend_from_slice(&times);
        self.recording.neurons.extend_from_slice(&neurons);
        self.recording.offsets.push(first + spikes.len());
        let n_spikes = self.recording.times.len();
        self.recording.slopes.resize(n_spikes, 0.0);
        self.recording.release_slopes.resize(n_spikes, 0.0);
        self.report.residuals.resize(n_spikes, 0.0);
        self.recording.ends.push(problem.options.duration);
        let all = Spikes {
            times: &times,
            neurons: &neurons,
        };
        let mut readout = 0;
        for (ix, population) in problem.network.populations().iter().enumerate() {
            let history = History::new(problem, all, sample, PopulationId(ix));
            if population.is_spiking() {
                for neuron in 0..population.size {
                    let unit = population.first_unit + neuron;
                    for receptor in 0..history.receptors() {
                        self.spiking(&history.of(neuron, receptor, &[]), first, (sample, unit));
                    }
                }
            } else {
                self.readout(&history, population.size, readout);
                readout += 1;
            }
        }
    }

    /// Follows what one receptor makes of a neuron through its spikes; `first` is where the sample's spikes begin.
    fn spiking(&mut self, lived: &Lived, first: usize, (sample, unit): (usize, usize)) {
        let dynamics = lived.dynamics;
        let rate = dynamics.flow.membrane_rate;
        let slope = |potential: f64, current: f64| current - rate * potential;
        let mut own = lived.own.iter().map(|ix| first + ix);
        let mut latest = None;
        let mut excursion = Excursion::default();
        let end = (self.problem.options.duration, GivenEvent::Ask);
        let events = lived.events.iter().copied().chain([end]);
        let (recording, report) = (&mut self.recording, &mut self.report);
        let (tolerance, missing) = (self.options.tolerance, self.options.missing);
        dynamics.follow(lived.start, events, |_, step| {
            if missing && step.start.release.is_none() {
                excursion.follow(&dynamics.flow, dynamics.threshold, step);
            }
            match step.event {
                GivenEvent::Spike => {
                    let spike = own
                        .next()
                        .expect("each spike event is one of the neuron's own");
                    let NeuronState {
                        potential, current, ..
                    } = step.end;
                    recording.slopes[spike] += slope(potential, current);
                    let residual = potential - dynamics.threshold;
                    report.residuals[spike] += residual;
                    if let ResetRule::To {
                        potential,
                        refractory: 0.0,
                    } = dynamics.reset
                    {
                        recording.release_slopes[spike] += slope(potential, current);
                    }
                    latest = Some(spike);
                    excursion = Excursion::default();
                }
                GivenEvent::Release => {
                    if let (Some(spike), ResetRule::To { potential, .. }) = (latest, dynamics.reset)
                    {
                        recording.release_slopes[spike] += slope(potential, step.end.current);
                    }
                }
                GivenEvent::Ask | GivenEvent::Arrival(_) => {}
            }
            report
                .missing
                .extend(excursion.over.drain(..).filter_map(|(time, excess)| {
                    (excess > tolerance).then_some(MissingSpike {
                        sample,
                        neuron: unit,
                        time,
                        excess,
                    })
                }));
        });
        if let Some((time, excess)) = excursion.begun.filter(|(_, excess)| *excess > tolerance) {
            report.missing.push(MissingSpike {
                sample,
                neuron: unit,
                time,
                excess,
            });
        }
    }

    /// Follows a population without threshold, the `place`-th of the recording's.
    fn readout(&mut self, history: &History<'_>, size: usize, place: usize) {
        let into = &mut self.recording.readouts[place];
        let n_times = self.problem.options.voltage_times.len();
        let first = (into.voltages.len(), into.integrals.len());
        into.voltages.resize(first.0 + n_times * size, 0.0);
        into.integrals.resize(first.1 + size, 0.0);
        for receptor in 0..history.receptors() {
            self.share(history, (size, receptor), place, first);
        }
    }

    /// Follows what one receptor makes of it; its voltages and integrals of this sample begin at `first`.
    fn share(
        &mut self,
        history: &History<'_>,
        (size, receptor): (usize, usize),
        place: usize,
        first: (usize, usize),
    ) {
        let options = self.problem.options;
        let n_times = options.voltage_times.len();
        let into = &mut self.recording.readouts[place];
        for neuron in 0..size {
            let lived = history.of(neuron, receptor, &options.voltage_times);
            let flow = lived.dynamics.flow;
            let mut asked = 0;
            let mut arrived = 0.0;
            let mut maximum = Maximum {
                voltage: lived.start.potential,
                time: 0.0,
                slope: 0.0,
            };
            let mut last = lived.start;
            let end = (options.duration, GivenEvent::Ask);
            let events = lived.events.iter().copied().chain([end]);
            lived.dynamics.follow(lived.start, events, |_, step| {
                let bounds = (step.start.time, step.end.time);
                raise(&mut maximum, &flow, &ends(step), bounds);
                last = step.end;
                match step.event {
                    GivenEvent::Ask if asked < n_times => {
                        let at = first.0 + asked * size + neuron;
                        into.voltages[at] += step.end.potential + lived.rest;
                        asked += 1;
                    }
                    GivenEvent::Arrival(weight) => arrived += weight,
                    _ => {}
                }
            });
            let charge = (arrived - last.current) / flow.synapse_rate;
            let change = lived.start.potential - last.potential;
            into.integrals[first.1 + neuron] +=
                lived.rest * options.duration + (change + charge) / flow.membrane_rate;
            if options.record_maxima {
                maximum.voltage += lived.rest;
                into.maxima.push(maximum);
            }
        }
    }

    pub fn finish(mut self) -> (Recording, SpikeReport) {
        let report = &mut self.report;
        for (ix, &residual) in report.residuals.iter().enumerate() {
            report.worst = report.worst.max(residual.abs());
            report.beyond += usize::from(residual.abs() > self.options.tolerance);
            if residual < -self.options.tolerance {
                report.surplus.push(ix);
            }
        }
        report.falling = self.recording.slopes.iter().filter(|s| **s <= 0.0).count();
        (self.recording, self.report)
    }
}
