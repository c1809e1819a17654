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
//! with V and I at the interval's start. Of several currents each has an a, an i and a v of its own, which obey these equations with
//! its I alone; u has a term K_b I of each. At the start of the run r = -1 and z = 1, the others zero. An arrival changes none
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
//! Q = (arrived - I(T)) / a, of several currents the sum of theirs, so that
//!
//! ```text
//! dA/da = -(v(T) + i(T) / a + Q / a) / b        dA/db = -(u(T) + A - c T) / b        (in dA/da its own Q)
//! dA/dc = T - (1 + r(T)) / b                    dA/dV(0) = (1 - z(T)) / b
//! ```

use super::compiled::{Compiled, CompiledPopulation};
use super::replay::{Event, Kind, Replay, events};
use crate::dynamics::{Flow, MAX_CURRENTS, ResetRule};

/// Derivatives with respect to a neuron's own values, in the order of its population's
/// [own tensors](crate::network::Layout::own_tensors): the membrane time constant, the synaptic ones, rest and initial
/// potential. What is left is not used.
pub(super) type Own = [f64; 3 + MAX_CURRENTS];

const NONE: Own = [0.0; 3 + MAX_CURRENTS];

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
    let local = |(ix, population): (usize, &CompiledPopulation)| match population.receptors {
        1 => Walk::<1>::new(population).run(compiled, ix, replay),
        _ => Walk::<MAX_CURRENTS>::new(population).run(compiled, ix, replay),
    };
    populations.map(local).collect()
}

/// A neuron's state and its derivatives.
#[derive(Clone, Copy)]
struct State<const K: usize> {
    now: f64,
    is_held: bool,
    /// V above rest, and its derivative by b.
    potential: f64,
    by_membrane: f64,
    /// Its derivatives by c, but for c itself, and by V(0).
    by_rest: f64,
    by_initial: f64,
    currents: [Current; K],
}

/// One of a neuron's currents.
#[derive(Clone, Copy, Default)]
struct Current {
    /// V's derivative by a.
    by_synapse: f64,
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
}

impl<const K: usize> State<K> {
    /// Carries what does not depend on currents.
    fn decay(&mut self, step: &Step) {
        if self.is_held {
            return;
        }
        self.by_membrane =
            step.membrane * self.by_membrane - step.elapsed * step.membrane * self.potential;
        self.by_rest *= step.membrane;
        self.by_initial *= step.membrane;
        self.potential *= step.membrane;
    }

    /// Carries a current, and adds what it does to the potential and its derivatives.
    fn drive(&mut self, receptor: usize, step: &Step) {
        let of = &mut self.currents[receptor];
        let i = of.current;
        if !self.is_held {
            of.by_synapse = step.membrane * of.by_synapse + step.gain * of.current_by_synapse
                - step.gain_by_synapse * i;
            self.by_membrane -= step.gain_by_membrane * i;
            self.potential += step.gain * i;
        }
        of.current_by_synapse =
            step.synapse * of.current_by_synapse - step.elapsed * step.synapse * i;
        of.current = step.synapse * i;
    }
}

struct Walk<'a, const K: usize> {
    population: &'a CompiledPopulation,
    states: Vec<State<K>>,
    latest: [Option<Step>; K],
}

impl<'a, const K: usize> Walk<'a, K> {
    fn new(population: &'a CompiledPopulation) -> Self {
        let start = |&potential: &f64| State {
            now: 0.0,
            is_held: false,
            potential,
            by_membrane: 0.0,
            by_rest: -1.0,
            by_initial: 1.0,
            currents: [Current::default(); K],
        };
        Self {
            population,
            states: population.initial.iter().map(start).collect(),
            latest: [None; K],
        }
    }

    fn run(mut self, compiled: &Compiled<'_>, ix: usize, replay: &Replay<'_>) -> Local {
        let population = self.population;
        let readout_len = |len: usize| match population.is_spiking {
            true => Vec::new(),
            false => vec![NONE; len],
        };
        let n_times = compiled.problem.options.voltage_times.len();
        let mut local = Local {
            spikes: vec![NONE; replay.spikes[ix].len()],
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
        let state = &mut self.states[neuron];
        let elapsed = to - state.now;
        for (receptor, latest) in self.latest[..self.population.receptors]
            .iter_mut()
            .enumerate()
        {
            let flow = self.population.flow(neuron, receptor);
            let step = match *latest {
                Some(step) if step.elapsed == elapsed && step.flow == flow => step,
                _ => Step::new(flow, elapsed),
            };
            *latest = Some(step);
            if receptor == 0 {
                state.decay(&step);
            }
            state.drive(receptor, &step);
        }
        state.now = to;
    }

    fn arrive(&mut self, compiled: &Compiled<'_>, row: u32, neuron: usize, time: f64) {
        let weight = compiled.values()[self.population.weight_of(row as usize, neuron)];
        if weight == 0.0 {
            return;
        }
        self.advance(neuron, time);
        let receptor = self.population.incoming_of(row).receptor;
        let of = &mut self.states[neuron].currents[receptor];
        of.current += weight;
        of.arrived += weight;
    }

    /// The derivatives of V at `time`.
    fn own_at(&mut self, neuron: usize, time: f64) -> Own {
        self.advance(neuron, time);
        let state = &self.states[neuron];
        let by_synapse = state.currents.map(|of| of.by_synapse);
        self.own(
            neuron,
            (state.by_membrane, by_synapse),
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
        state.by_membrane = 0.0;
        for of in &mut state.currents {
            of.by_synapse = 0.0;
        }
        (state.by_rest, state.by_initial, state.is_held) = (-1.0, 0.0, false);
    }

    fn integral(&mut self, neuron: usize, end: f64) -> Own {
        self.advance(neuron, end);
        let state = &self.states[neuron];
        let b = self.population.dynamics[neuron].flow.membrane_rate;
        let (mut charges, mut by_synapse) = (0.0, [0.0; K]);
        for (receptor, by_synapse) in by_synapse[..self.population.receptors]
            .iter_mut()
            .enumerate()
        {
            let a = self.population.flow(neuron, receptor).synapse_rate;
            let of = &state.currents[receptor];
            let charge = (of.arrived - of.current) / a;
            charges += charge;
            *by_synapse = -(of.by_synapse + (of.current_by_synapse + charge) / a) / b;
        }
        let above = (self.population.initial[neuron] - state.potential + charges) / b;
        self.own(
            neuron,
            (-(state.by_membrane + above) / b, by_synapse),
            [
                end - (1.0 + state.by_rest) / b,
                (1.0 - state.by_initial) / b,
            ],
        )
    }

    /// Rates become time constants, da/dtau = -a^2.
    fn own(
        &self,
        neuron: usize,
        (by_membrane, by_synapse): (f64, [f64; K]),
        by_potential: [f64; 2],
    ) -> Own {
        let receptors = self.population.receptors;
        let b = self.population.dynamics[neuron].flow.membrane_rate;
        let mut own = NONE;
        own[0] = -b * b * by_membrane;
        for (receptor, by_synapse) in by_synapse[..receptors].iter().enumerate() {
            let a = self.population.flow(neuron, receptor).synapse_rate;
            own[1 + receptor] = -a * a * by_synapse;
        }
        own[1 + receptors..3 + receptors].copy_from_slice(&by_potential);
        own
    }
}
