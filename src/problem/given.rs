//! Recordings of spikes that another simulator found.
//!
//! The implicit function theorem asks only that each spike time solves `V(t) = threshold` for the spikes before it;
//! who solved it does not matter (Lee, Haghighatshoar and Karbasi 2023, section 4). So the spikes are taken as they are,
//! and the slopes that gradients need come from the flow through them.

use super::Problem;
use super::history::{History, Lived, Spikes};
use crate::dynamics::{
    Ends, Flow, GivenEvent, GivenStep, Interval, NeuronState, ResetRule, first_crossing, highest,
    later,
};
use crate::event::{Maximum, ReadoutRecording, Recording, Spike, SpikeBatch};
use crate::model::{Population, PopulationId};
use crate::{Error, Result};

/// How spikes of another simulator are looked over.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GivenSpikes {
    /// How far from its threshold a potential may be at a spike before the spike is counted, in units of the potential.
    pub tolerance: f64,
    /// Whether to look for spikes that the flow has and the train has not, too: potentials that pass the threshold by
    /// more than the tolerance and fall back without a spike.
    pub missing: bool,
}

impl GivenSpikes {
    /// Counts spikes further than `tolerance` from their thresholds, in units of the potential; looks for no others.
    pub fn within(tolerance: f64) -> Self {
        Self {
            tolerance,
            missing: false,
        }
    }

    /// Looks for missing spikes, too.
    pub fn find_missing(mut self) -> Self {
        self.missing = true;
        self
    }
}

/// How well given spikes fit the network.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpikeReport {
    /// `V - threshold` just before each spike of the recording, in its order.
    pub residuals: Vec<f64>,
    /// The largest size of a residual.
    pub worst: f64,
    /// How many spikes are further than the tolerance from their thresholds, early and late.
    pub beyond: usize,
    /// Spikes at which V is below the threshold by more than the tolerance, as indices into the recording: the network
    /// would not have fired yet, or not at all.
    pub surplus: Vec<usize>,
    /// How many spikes come while V falls. Their derivatives are bounded by the slope floor and mean little.
    pub falling: usize,
    /// Spikes that the network would have fired and that were not given, by sample and neuron; empty unless asked for.
    pub missing: Vec<MissingSpike>,
}

/// A spike that was not given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MissingSpike {
    /// Of which sample.
    pub sample: usize,
    /// Which neuron, counted over all populations.
    pub neuron: usize,
    /// When V reaches the threshold, in ms.
    pub time: f64,
    /// How far beyond the threshold V gets before it falls back or the run ends.
    pub excess: f64,
}

impl Problem<'_> {
    /// A recording of `spikes`, one sample for each of the inputs' (units are neurons, counted over all populations), made by
    /// any simulator of this network on these inputs, and how well they fit.
    ///
    /// The gradient of the recording is that of the given spikes: each one's slope is dV/dt of the exact flow through all
    /// given spikes, at the given time. Readouts are followed through the given spikes.
    ///
    /// # Errors
    /// A problem that does not make sense; another number of samples; a spike of a neuron that cannot fire, after the
    /// run, or within its own refractory time.
    pub fn recording_of(
        &self,
        spikes: &SpikeBatch,
        options: GivenSpikes,
    ) -> Result<(Recording, SpikeReport)> {
        self.check()?;
        if !(options.tolerance.is_finite() && options.tolerance >= 0.0) {
            let remedy = "give a distance in units of the potential, zero or more";
            return Err(Error::invalid("tolerance", options.tolerance, remedy));
        }
        let n_samples = self.inputs.n_samples();
        if spikes.n_samples() != n_samples {
            return Err(Error::invalid(
                "samples of spikes",
                spikes.n_samples(),
                format!("give one for each of the {n_samples} samples of the inputs"),
            ));
        }
        let mut work = Work::new(self, options);
        for sample in 0..n_samples {
            let mut ordered: Vec<Spike> = spikes.sample(sample).collect();
            ordered.sort_by(|x, y| x.time.total_cmp(&y.time).then(x.unit.cmp(&y.unit)));
            self.check_spikes(&ordered, sample)?;
            work.sample(&ordered, sample);
        }
        Ok(work.finish())
    }

    fn check_spikes(&self, spikes: &[Spike], sample: usize) -> Result<()> {
        let populations = self.network.populations();
        let mut latest: Vec<Option<f64>> = vec![None; self.network.n_neurons()];
        for (ix, spike) in spikes.iter().enumerate() {
            let name = |what: &str| format!("{what} of spike {ix} of sample {sample}");
            let at = populations.partition_point(|p| p.first_unit <= spike.unit);
            let population = at.checked_sub(1).map(|ix| &populations[ix]);
            let population: &Population = match population {
                Some(found) if found.units().contains(&spike.unit) && found.is_spiking() => found,
                _ => {
                    let remedy = "give a neuron with a threshold, counted over all populations";
                    return Err(Error::invalid(name("neuron"), spike.unit, remedy));
                }
            };
            if spike.time > self.options.duration {
                let remedy = format!("keep it within the run, {} ms", self.options.duration);
                return Err(Error::invalid(name("time"), spike.time, remedy));
            }
            let neuron = spike.unit - population.first_unit;
            let refractory = population.refractory(neuron).unwrap_or(0.0);
            if let Some(before) = latest[spike.unit]
                && spike.time < later(before, refractory)
            {
                return Err(Error::invalid(
                    name("time"),
                    spike.time,
                    format!(
                        "neuron {} fired at {before} ms and may fire again {refractory} ms later at the earliest",
                        spike.unit
                    ),
                ));
            }
            latest[spike.unit] = Some(spike.time);
        }
        Ok(())
    }
}

/// A recording on its way.
struct Work<'a> {
    problem: &'a Problem<'a>,
    options: GivenSpikes,
    recording: Recording,
    report: SpikeReport,
}

impl<'a> Work<'a> {
    fn new(problem: &'a Problem<'a>, options: GivenSpikes) -> Self {
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

    fn sample(&mut self, spikes: &[Spike], sample: usize) {
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
                    self.spiking(&history.of(neuron, &[]), first, (sample, unit));
                }
            } else {
                self.readout(&history, population.size, readout);
                readout += 1;
            }
        }
    }

    /// Follows one neuron through its spikes; `first` is where the sample's spikes begin.
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
                    recording.slopes[spike] = slope(potential, current);
                    let residual = potential - dynamics.threshold;
                    report.residuals[spike] = residual;
                    if let ResetRule::To {
                        potential,
                        refractory: 0.0,
                    } = dynamics.reset
                    {
                        recording.release_slopes[spike] = slope(potential, current);
                    }
                    latest = Some(spike);
                    excursion = Excursion::default();
                }
                GivenEvent::Release => {
                    if let (Some(spike), ResetRule::To { potential, .. }) = (latest, dynamics.reset)
                    {
                        recording.release_slopes[spike] = slope(potential, step.end.current);
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
        let options = self.problem.options;
        let n_times = options.voltage_times.len();
        let into = &mut self.recording.readouts[place];
        let first = into.voltages.len();
        into.voltages.resize(first + n_times * size, 0.0);
        for neuron in 0..size {
            let lived = history.of(neuron, &options.voltage_times);
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
                raise(&mut maximum, &flow, step);
                last = step.end;
                match step.event {
                    GivenEvent::Ask if asked < n_times => {
                        let at = first + asked * size + neuron;
                        into.voltages[at] = step.end.potential + lived.drive;
                        asked += 1;
                    }
                    // What arrives at the very end no longer counts.
                    GivenEvent::Arrival(weight) if step.end.time < options.duration => {
                        arrived += weight;
                    }
                    _ => {}
                }
            });
            // At the very end a step without length may have added to the current.
            let current = last.current;
            let charge = (arrived - current) / flow.synapse_rate;
            let change = lived.start.potential - last.potential;
            into.integrals
                .push(lived.drive * options.duration + (change + charge) / flow.membrane_rate);
            if options.record_maxima {
                maximum.voltage += lived.drive;
                into.maxima.push(maximum);
            }
        }
    }

    fn finish(mut self) -> (Recording, SpikeReport) {
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

fn ends(step: &GivenStep) -> Ends {
    Ends {
        start: (step.start.potential, step.start.current),
        end: (step.end.potential, step.end.current),
        interval: Interval::exact(step.end.time - step.start.time),
    }
}

fn raise(maximum: &mut Maximum, flow: &Flow, step: &GivenStep) {
    let found = highest(flow, &ends(step));
    if found.potential > maximum.voltage {
        *maximum = Maximum {
            voltage: found.potential,
            time: later(step.start.time, found.after).min(step.end.time),
            slope: found.slope,
        };
    }
}

/// A potential above its threshold.
#[derive(Default)]
struct Excursion {
    /// Since when, and how far above at most; `None` below the threshold.
    begun: Option<(f64, f64)>,
    /// Those that ended without a spike.
    over: Vec<(f64, f64)>,
}

impl Excursion {
    /// Follows the potential through an interval. It rises through the threshold once at most, and falls through it once at
    /// most before the interval's end.
    fn follow(&mut self, flow: &Flow, threshold: f64, step: &GivenStep) {
        let ends = ends(step);
        let top = highest(flow, &ends).potential - threshold;
        if self.begun.is_none() {
            let (potential, current) = ends.start;
            let crossing = first_crossing(flow, potential, current, threshold, ends.interval);
            self.begun = crossing.map(|crossing| (step.start.time + crossing.after, 0.0));
        }
        if let Some((_, excess)) = &mut self.begun {
            *excess = excess.max(top);
            if ends.end.0 < threshold {
                self.over.extend(self.begun.take());
            }
        }
    }
}
