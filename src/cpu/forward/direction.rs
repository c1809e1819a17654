//! Forward propagation along one direction of parameters and input times.
//!
//! One column of the Jacobian's system, with the direction's entries where a column of one parameter has a one: a few
//! operations for each arrival at each target.

use std::ops::Range;

use crate::cpu::chunks;
use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::own_values::{Local, Own, local};
use crate::cpu::replay::{Event, Kind, Replay, events};
use crate::cpu::threads::Threads;
use crate::cpu::turn::turns;
use crate::dynamics::{ArrivalJump, Propagator, ResetRule, SpikeJump, release_derivative};
use crate::engine::{Direction, GradientOptions, Tangent};
use crate::event::Recording;

/// The derivatives of everything recorded, along `direction`.
pub(in crate::cpu) fn jvp(
    compiled: &Compiled<'_>,
    recording: &Recording,
    direction: &Direction,
    options: &GradientOptions,
    threads: &Threads,
) -> Tangent {
    let chunks = chunks(recording.n_samples());
    let samples = threads.map(chunks.len(), |ix| {
        let along = |sample| Along::new(compiled, recording, direction, options, sample).run();
        chunks[ix].clone().map(along).collect::<Vec<_>>()
    });
    let all = 0..recording.n_spikes();
    let mut tangent = Tangent {
        grazing_spikes: compiled.problem.grazing_spikes(recording, all, options),
        ..Tangent::zeros(recording)
    };
    for (sample, own) in samples.into_iter().flatten().enumerate() {
        let into = &mut tangent.spike_times[recording.range(sample)];
        into.copy_from_slice(&own.spike_times);
        let n_samples = recording.n_samples();
        let place = |into: &mut [f64], values: &[f64]| {
            let n = into.len() / n_samples;
            into[sample * n..][..n].copy_from_slice(values);
        };
        for (ix, readout) in recording.readouts().iter().enumerate() {
            let own = &own.readouts[readout.population];
            place(&mut tangent.integrals[ix], &own.integrals);
            place(&mut tangent.voltages[ix], &own.voltages);
            place(&mut tangent.maxima[ix], &own.maxima);
        }
    }
    tangent
}

/// What one sample's observables do along the direction.
struct SampleTangent {
    spike_times: Vec<f64>,
    /// For each population; of those that fire nothing is written.
    readouts: Vec<Readout>,
}

#[derive(Clone, Default)]
struct Readout {
    integrals: Vec<f64>,
    voltages: Vec<f64>,
    maxima: Vec<f64>,
}

/// The derivatives of a population's potentials, one for each neuron, and of its currents, `[receptor x neuron]`.
struct State {
    potential: Vec<f64>,
    current: Vec<f64>,
    /// Until when each neuron has been carried, in ms.
    times: Vec<f64>,
    /// The derivative of the weight that has arrived, `[receptor x neuron]`.
    arrived: Vec<f64>,
}

struct Along<'a> {
    compiled: &'a Compiled<'a>,
    direction: &'a Direction,
    replay: Replay<'a>,
    slope_floor: f64,
    /// This sample's input times; empty where they stay.
    input_times: &'a [f64],
    /// For each population: what neurons' own values do while events stay; empty where these stay.
    local: Vec<Local>,
    states: Vec<State>,
    /// For each population: the derivatives of its spike times.
    spikes: Vec<Vec<f64>>,
    out: SampleTangent,
}

impl<'a> Along<'a> {
    fn new(
        compiled: &'a Compiled<'a>,
        recording: &'a Recording,
        direction: &'a Direction,
        options: &GradientOptions,
        sample: usize,
    ) -> Self {
        let replay = Replay::new(compiled, recording, sample);
        let input_times = match direction.input_times.as_slice() {
            [] => &[],
            all => &all[compiled.problem.inputs.range(sample)],
        };
        let n_times = compiled.problem.options.voltage_times.len();
        let zeros = |n: usize| vec![0.0; n];
        let populations = compiled.populations.iter();
        let states = populations.clone().map(|population| State {
            potential: zeros(population.size),
            current: zeros(population.receptors * population.size),
            times: zeros(population.size),
            arrived: zeros(population.receptors * population.size),
        });
        let readouts = populations.enumerate().map(|(ix, population)| Readout {
            integrals: zeros(population.size),
            voltages: zeros(population.size * n_times),
            maxima: zeros(replay.maxima[ix].len()),
        });
        Self {
            compiled,
            direction,
            slope_floor: options.slope_floor,
            input_times,
            local: match direction.moves_own_values(&compiled.problem) {
                true => local(compiled, &replay),
                false => Vec::new(),
            },
            states: states.collect(),
            spikes: replay.spikes.iter().map(|s| zeros(s.times.len())).collect(),
            out: SampleTangent {
                spike_times: zeros(recording.range(sample).len()),
                readouts: readouts.collect(),
            },
            replay,
        }
    }

    fn run(mut self) -> SampleTangent {
        let members: Vec<usize> = (0..self.compiled.populations.len()).collect();
        for event in events(
            self.compiled,
            &members,
            (0.0, self.replay.end),
            &self.replay,
        ) {
            let Event { time, kind, member } = event;
            let ix = member as usize;
            let population = &self.compiled.populations[ix];
            match kind {
                Kind::Spike { spike } => self.spike(ix, spike as usize, time),
                Kind::Release { spike } => self.release(ix, spike as usize, time),
                Kind::Voltage { time_ix } => {
                    for neuron in 0..population.size {
                        let place = time_ix as usize * population.size + neuron;
                        let value = self.potential(ix, neuron, time);
                        let own = self.own(ix, neuron, |local| local.voltages[place]);
                        self.out.readouts[ix].voltages[place] = value + own;
                    }
                }
                Kind::Maximum { neuron } => self.maximum(ix, neuron as usize, time),
                Kind::Row { row, origin } => {
                    self.arrival(ix, 0..population.size, row as usize, origin as usize, time);
                }
                Kind::Synapse {
                    row,
                    origin,
                    neuron,
                } => {
                    let neuron = neuron as usize;
                    self.arrival(ix, neuron..neuron + 1, row as usize, origin as usize, time);
                }
            }
        }
        for ix in 0..self.compiled.populations.len() {
            self.integrals(ix);
        }
        self.out
    }

    /// Carries neurons to `time`; those that share a flow and come from one time share a propagator.
    fn carry(&mut self, ix: usize, neurons: Range<usize>, time: f64) {
        let population = &self.compiled.populations[ix];
        let state = &mut self.states[ix];
        let mut latest: Option<(f64, usize, Propagator)> = None;
        for neuron in neurons {
            let from = state.times[neuron];
            let is_shared = population.shared_flow.is_some();
            let step = match latest {
                Some((start, of, step)) if start == from && (is_shared || of == neuron) => step,
                _ => population.dynamics[neuron].flow.propagator(time - from),
            };
            latest = Some((from, neuron, step));
            (state.potential[neuron], state.current[neuron]) =
                step.apply(state.potential[neuron], state.current[neuron]);
            for receptor in 1..population.receptors {
                let step = population.flow(neuron, receptor).propagator(time - from);
                let current = &mut state.current[receptor * population.size + neuron];
                state.potential[neuron] += step.gain * *current;
                *current *= step.synapse;
            }
            state.times[neuron] = time;
        }
    }

    /// The derivative of a potential at a fixed time, but for the neuron's own values.
    fn potential(&mut self, ix: usize, neuron: usize, time: f64) -> f64 {
        self.carry(ix, neuron..neuron + 1, time);
        self.states[ix].potential[neuron]
    }

    /// What the direction of a neuron's own values adds to a potential while events stay.
    fn own(&self, ix: usize, neuron: usize, of: impl Fn(&Local) -> Own) -> f64 {
        let Some(local) = self.local.get(ix) else {
            return 0.0;
        };
        let places = self.compiled.own_places(ix, neuron);
        let pairs = places.zip(of(local));
        pairs
            .map(|(place, value)| self.direction.parameters[place] * value)
            .sum()
    }

    /// How much later a source's spike is sent.
    fn sent(&self, population: &CompiledPopulation, row: usize, origin: usize) -> f64 {
        match population.incoming_of(row as u32).source {
            None => self.input_times.get(origin).copied().unwrap_or(0.0),
            Some(source) => self.spikes[source][origin],
        }
    }

    /// How much longer it is under way.
    fn delayed(&self, population: &CompiledPopulation, row: usize, neuron: usize) -> f64 {
        self.direction.parameters[population.delay_of(row, neuron)]
    }

    fn arrival(&mut self, ix: usize, neurons: Range<usize>, row: usize, origin: usize, time: f64) {
        self.carry(ix, neurons.clone(), time);
        let population = &self.compiled.populations[ix];
        let sent = self.sent(population, row, origin);
        let receptor = population.incoming_of(row as u32).receptor;
        for neuron in neurons {
            let later = sent + self.delayed(population, row, neuron);
            let place = population.weight_of(row, neuron);
            let weight = self.compiled.values()[place];
            let heavier = self.direction.parameters[place];
            let rate = population.flow(neuron, receptor).synapse_rate;
            let jump = ArrivalJump::new(weight, rate);
            let state = &mut self.states[ix];
            state.potential[neuron] += jump.potential * later;
            let at = receptor * population.size + neuron;
            state.current[at] += jump.current * later + heavier;
            state.arrived[at] += heavier;
        }
    }

    fn spike(&mut self, ix: usize, spike: usize, time: f64) {
        let population = &self.compiled.populations[ix];
        let (neuron, slope, release_slope) = {
            let spikes = &self.replay.spikes[ix];
            let neuron = spikes.units[spike] as usize - population.first_unit;
            (neuron, spikes.slopes[spike], spikes.release_slopes[spike])
        };
        let dynamics = &population.dynamics[neuron];
        let released = match dynamics.reset {
            ResetRule::To {
                refractory: 0.0, ..
            } => Some(release_slope),
            _ => None,
        };
        let slope = dynamics.bounded_slope(slope, self.slope_floor);
        let jump = SpikeJump::new(dynamics.reset, dynamics.flow.membrane_rate, slope, released);
        let higher = self.direction.parameters[population.first_threshold + neuron];
        let potential = self.potential(ix, neuron, time);
        let own = self.own(ix, neuron, |local| local.spikes[spike]);
        let later = jump.time(potential + own, higher);
        self.states[ix].potential[neuron] = jump.forward(potential, later, higher);
        self.spikes[ix][spike] = later;
        self.out.spike_times[self.replay.places[ix][spike] as usize] = later;
    }

    fn release(&mut self, ix: usize, spike: usize, time: f64) {
        let spikes = &self.replay.spikes[ix];
        let neuron = spikes.units[spike] as usize - self.compiled.populations[ix].first_unit;
        let by_time = release_derivative(spikes.release_slopes[spike]);
        self.carry(ix, neuron..neuron + 1, time);
        self.states[ix].potential[neuron] = by_time * self.spikes[ix][spike];
    }

    fn maximum(&mut self, ix: usize, neuron: usize, time: f64) {
        let population = &self.compiled.populations[ix];
        let mut value = self.potential(ix, neuron, time);
        value += self.own(ix, neuron, |local| local.maxima[neuron]);
        for turn in turns(self.compiled, ix, neuron, &self.replay) {
            let (row, origin) = (turn.row as usize, turn.origin as usize);
            let later = self.sent(population, row, origin) + self.delayed(population, row, neuron);
            value += turn.worth * later;
        }
        self.out.readouts[ix].maxima[neuron] = value;
    }

    /// Of the integral of V: `(-v(T) + (arrived - i(T)) / a) / b`, of several currents with the sum of their terms.
    fn integrals(&mut self, ix: usize) {
        let population = &self.compiled.populations[ix];
        if population.is_spiking {
            return;
        }
        self.carry(ix, 0..population.size, self.replay.end);
        for neuron in 0..population.size {
            let state = &self.states[ix];
            let mut charge = 0.0;
            for receptor in 0..population.receptors {
                let (at, flow) = (
                    receptor * population.size + neuron,
                    population.flow(neuron, receptor),
                );
                charge += (state.arrived[at] - state.current[at]) / flow.synapse_rate;
            }
            let rate = population.dynamics[neuron].flow.membrane_rate;
            let value = (charge - state.potential[neuron]) / rate;
            let own = self.own(ix, neuron, |local| local.integrals[neuron]);
            self.out.readouts[ix].integrals[neuron] = value + own;
        }
    }
}
