//! How potentials depend on a neuron's own time constants, rest and initial potential between events that stay where
//! they are.
//!
//! A loss depends on a neuron's rates a = 1/tau_synapse and b = 1/tau_membrane, on the potential c to which it decays and
//! on its initial potential through its own potentials: where it reaches the threshold, and where a readout's voltage is
//! looked at. With the times of *all* events held fixed, (v, i) = (dV/da, dI/da), u = dV/db, r = dV/dc - 1 and
//! z = dV/dV(0) obey, between events and over t,
//!
//! ```text
//! i <- s i - t s I        v <- m v + gain i - K_a I        u <- m u - t m (V - c) - K_b I        r <- m r        z <- m z
//! s = exp(-a t)   m = exp(-b t)   K_a = -d(gain)/da   K_b = -d(gain)/db
//! ```
//!
//! with V and I at the interval's start. At the start of the run r = -1 and z = 1, the others zero. An arrival changes none
//! of them, as it adds its weight whatever they are; nor does a reset by subtraction; a release, at a potential that is given,
//! makes v = u = z = 0 and r = -1, and until then only i is carried.
//! That the events move as well is what the rest of the gradient says (the implicit function theorem): the
//! threshold is reached at a spike with dL/d(spike time) = ell, all that follows from its moving
//! included, so that with w any of v, u, 1 + r and z
//!
//! ```text
//! dL -= ell w / rate        dL += (dL/dV) w
//! ```
//!
//! and forward in time each spike's g gets `-w / rate` in the column of its own value.
//! Over a run of length T, the integral of V is A = c T + (V(0) - V(T) + Q) / b with
//! Q = (arrived - I(T)) / a, so that
//!
//! ```text
//! dA/da = -(v(T) + i(T) / a + Q / a) / b        dA/db = -(u(T) + A - c T) / b
//! dA/dc = T - (1 + r(T)) / b                    dA/dV(0) = (1 - z(T)) / b
//! ```

use super::compiled::{Compiled, CompiledPopulation};
use super::replay::{Event, Kind, Replay, events};
use crate::dynamics::{Flow, NeuronDynamics, ResetRule};

/// Derivatives with respect to a neuron's own values, in the order of
/// [`TensorKind::OF_NEURONS`](crate::network::TensorKind::OF_NEURONS).
pub(super) type Own = [f64; 4];

/// The derivatives of one population's potentials, event times held fixed.
#[derive(Default)]
pub(super) struct Local {
    /// Just before each of its spikes.
    pub spikes: Vec<Own>,
    /// At requested times, `[time x neuron]`.
    pub voltages: Vec<Own>,
    /// Of the largest voltage, and of the integral of V; by neuron.
    pub maxima: Vec<Own>,
    pub integrals: Vec<Own>,
}

/// Those of every population in one sample.
pub(super) fn local(compiled: &Compiled<'_>, replay: &Replay<'_>) -> Vec<Local> {
    let populations = compiled.populations.iter().enumerate();
    let local = |(ix, population)| Walk::new(population).run(compiled, ix, replay);
    populations.map(local).collect()
}

/// A neuron's state and its derivatives.
#[derive(Clone, Copy)]
struct State {
    now: f64,
    is_held: bool,
    /// V above rest, its derivatives by b and by a.
    potential: f64,
    by_membrane: f64,
    by_synapse: f64,
    /// Its derivatives by c, but for c itself, and by V(0).
    by_rest: f64,
    by_initial: f64,
    /// I, and its derivative by a.
    current: f64,
    current_by_synapse: f64,
    /// The weight that arrived.
    arrived: f64,
}

/// What an interval does, the same for all neurons that share its length and their flow.
#[derive(Clone, Copy)]
struct Step {
    flow: Flow,
    elapsed: f64,
    membrane: f64,
    synapse: f64,
    gain: f64,
    gain_by_synapse: f64,
    gain_by_membrane: f64,
}

impl Step {
    fn new(flow: Flow, elapsed: f64) -> Self {
        let step = flow.propagator(elapsed);
        let (gain_by_synapse, gain_by_membrane) = flow.gain_derivatives(elapsed);
        Self {
            flow,
            elapsed,
            membrane: step.membrane,
            synapse: step.synapse,
            gain: step.gain,
            gain_by_synapse,
            gain_by_membrane,
        }
    }

    fn apply(&self, state: &mut State) {
        let (v, i) = (state.potential, state.current);
        if !state.is_held {
            state.by_membrane = self.membrane * state.by_membrane
                - self.elapsed * self.membrane * v
                - self.gain_by_membrane * i;
            state.by_synapse = self.membrane * state.by_synapse
                + self.gain * state.current_by_synapse
                - self.gain_by_synapse * i;
            state.by_rest *= self.membrane;
            state.by_initial *= self.membrane;
            state.potential = self.membrane * v + self.gain * i;
        }
        state.current_by_synapse =
            self.synapse * state.current_by_synapse - self.elapsed * self.synapse * i;
        state.current = self.synapse * i;
        state.now += self.elapsed;
    }
}

struct Walk<'a> {
    population: &'a CompiledPopulation,
    states: Vec<State>,
    latest: Option<Step>,
}

impl<'a> Walk<'a> {
    fn new(population: &'a CompiledPopulation) -> Self {
        let start = |&potential: &f64| State {
            now: 0.0,
            is_held: false,
            potential,
            by_membrane: 0.0,
            by_synapse: 0.0,
            by_rest: -1.0,
            by_initial: 1.0,
            current: 0.0,
            current_by_synapse: 0.0,
            arrived: 0.0,
        };
        Self {
            population,
            states: population.initial.iter().map(start).collect(),
            latest: None,
        }
    }

    fn run(mut self, compiled: &Compiled<'_>, ix: usize, replay: &Replay<'_>) -> Local {
        let population = self.population;
        let readout_len = |len: usize| match population.is_spiking {
            true => Vec::new(),
            false => vec![[0.0; 4]; len],
        };
        let n_times = compiled.problem.options.voltage_times.len();
        let mut local = Local {
            spikes: vec![[0.0; 4]; replay.spikes[ix].len()],
            voltages: readout_len(n_times * population.size),
            maxima: readout_len(population.size),
            integrals: Vec::new(),
        };
        let unit = |spike: u32| replay.spikes[ix].units[spike as usize] as usize;
        let neuron = |spike: u32| unit(spike) - population.first_unit;
        for Event { time, kind, .. } in events(compiled, &[ix], (0.0, replay.end), replay) {
            match kind {
                Kind::Row { row, .. } => {
                    for neuron in 0..population.size {
                        self.arrive(compiled, row, neuron, time);
                    }
                }
                Kind::Synapse { row, neuron, .. } => {
                    self.arrive(compiled, row, neuron as usize, time);
                }
                Kind::Spike { spike } => {
                    local.spikes[spike as usize] = self.own_at(neuron(spike), time);
                    self.fire(neuron(spike));
                }
                Kind::Release { spike } => {
                    self.advance(neuron(spike), time);
                    self.release(neuron(spike));
                }
                Kind::Voltage { time_ix } => {
                    let first = time_ix as usize * population.size;
                    for neuron in 0..population.size {
                        local.voltages[first + neuron] = self.own_at(neuron, time);
                    }
                }
                Kind::Maximum { neuron } => {
                    local.maxima[neuron as usize] = self.own_at(neuron as usize, time);
                }
            }
        }
        if !population.is_spiking {
            let neurons = 0..population.size;
            let integral = |neuron| self.integral(neuron, replay.end);
            local.integrals = neurons.map(integral).collect();
        }
        local
    }

    fn advance(&mut self, neuron: usize, to: f64) {
        let flow = self.population.dynamics[neuron].flow;
        let state = &mut self.states[neuron];
        let elapsed = to - state.now;
        let step = match self.latest {
            Some(step) if step.elapsed == elapsed && step.flow == flow => step,
            _ => Step::new(flow, elapsed),
        };
        self.latest = Some(step);
        step.apply(state);
        state.now = to;
    }

    fn arrive(&mut self, compiled: &Compiled<'_>, row: u32, neuron: usize, time: f64) {
        let weight = compiled.values()[self.population.row_weight[row as usize] + neuron];
        if weight == 0.0 {
            return;
        }
        self.advance(neuron, time);
        self.states[neuron].current += weight;
        self.states[neuron].arrived += weight;
    }

    /// The derivatives of V at `time`.
    fn own_at(&mut self, neuron: usize, time: f64) -> Own {
        self.advance(neuron, time);
        let state = &self.states[neuron];
        own(
            &self.population.dynamics[neuron],
            [state.by_membrane, state.by_synapse],
            [1.0 + state.by_rest, state.by_initial],
        )
    }

    fn fire(&mut self, neuron: usize) {
        let dynamics = &self.population.dynamics[neuron];
        let state = &mut self.states[neuron];
        match dynamics.reset {
            ResetRule::Subtract { amount } => state.potential = dynamics.threshold - amount,
            ResetRule::To { refractory, .. } => {
                state.is_held = true;
                if refractory == 0.0 {
                    self.release(neuron);
                }
            }
        }
    }

    fn release(&mut self, neuron: usize) {
        let state = &mut self.states[neuron];
        if let ResetRule::To { potential, .. } = self.population.dynamics[neuron].reset {
            state.potential = potential;
        }
        (state.by_membrane, state.by_synapse) = (0.0, 0.0);
        (state.by_rest, state.by_initial, state.is_held) = (-1.0, 0.0, false);
    }

    fn integral(&mut self, neuron: usize, end: f64) -> Own {
        self.advance(neuron, end);
        let state = &self.states[neuron];
        let dynamics = &self.population.dynamics[neuron];
        let (a, b) = (dynamics.flow.synapse_rate, dynamics.flow.membrane_rate);
        let charge = (state.arrived - state.current) / a;
        let above = (self.population.initial[neuron] - state.potential + charge) / b;
        let by_synapse = -(state.by_synapse + (state.current_by_synapse + charge) / a) / b;
        own(
            dynamics,
            [-(state.by_membrane + above) / b, by_synapse],
            [
                end - (1.0 + state.by_rest) / b,
                (1.0 - state.by_initial) / b,
            ],
        )
    }
}

/// Rates become time constants, da/dtau = -a^2.
fn own(dynamics: &NeuronDynamics, by_rate: [f64; 2], by_potential: [f64; 2]) -> Own {
    let (a, b) = (dynamics.flow.synapse_rate, dynamics.flow.membrane_rate);
    [
        -b * b * by_rate[0],
        -a * a * by_rate[1],
        by_potential[0],
        by_potential[1],
    ]
}
