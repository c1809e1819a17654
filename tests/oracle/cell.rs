//! The simulator's neurons and synapses: made by the rules, and one neuron between two events.

use crate::crossing::Flow;
use crate::net::{Net, NeuronOf, ResetOf, SourceOf, SynapseOf, Value};
use crate::real::Real;
use crate::rule::{Mutant, Rules};

/// A value of a network, and by how much it is shifted.
pub type Shift = Option<(Value, f64)>;

/// A value that is `base` where it is not shifted.
pub fn shifted<T: Real>(shift: Shift, value: Value, base: f64) -> T {
    match shift {
        Some((shifted, by)) if shifted == value => T::of(base) + T::of(by),
        _ => T::of(base),
    }
}

pub struct Cell<T> {
    pub flow: Flow<T>,
    pub tau: T,
    /// From rest, as all potentials here.
    pub threshold: T,
    pub reset: T,
    /// None where the reset subtracts.
    pub refractory: Option<T>,
    pub time: T,
    pub potential: T,
    pub current: T,
    pub release: Option<T>,
    pub next: Option<T>,
}

impl<T: Real> Cell<T> {
    pub fn advance(&mut self, to: &T, rules: &Rules) {
        let elapsed = to.clone() - self.time.clone();
        if !elapsed.is_positive() {
            return;
        }
        if self.release.is_none() {
            let (v, i) = self.flow.after(&elapsed, &self.potential, &self.current);
            (self.potential, self.current) = (v, i);
        } else if rules.mutant != Mutant::HoldKeepsCurrent {
            self.current = self.flow.current_after(&elapsed, &self.current);
        }
        self.time = to.clone();
    }

    pub fn look_ahead(&mut self, rules: &Rules) {
        self.next = match self.release {
            Some(_) => None,
            None => self
                .flow
                .first_crossing(&self.potential, &self.current, &self.threshold)
                .map(|after| self.time.clone() + after),
        };
        let is_at_rest = self.threshold.is_zero() && self.current.is_zero();
        if rules.mutant == Mutant::FiresAtRest && is_at_rest && self.release.is_none() {
            self.next = Some(self.time.clone() + T::of(745.0) * self.tau.clone());
        }
    }
}

/// The neurons as they start.
pub fn cells<T: Real>(net: &Net, shift: Shift, rules: Rules) -> Vec<Cell<T>> {
    let value = |value: Value, base: f64| -> T { shifted(shift, value, base) };
    let neurons = net.neurons.iter().enumerate();
    let cell = |(ix, neuron): (usize, &NeuronOf)| {
        let tau = value(Value::TauMembrane(ix), neuron.tau_membrane);
        let mut tau_synapse = value(Value::TauSynapse(ix), neuron.tau_synapse);
        let is_near = (neuron.tau_synapse / neuron.tau_membrane - 1.0).abs() < 1e-3;
        if rules.mutant == Mutant::NearTimeConstantsAreEqual && is_near {
            tau_synapse = tau.clone();
        }
        let rest = match rules.mutant {
            Mutant::RestAtZero => T::zero(),
            _ => value(Value::Drive(ix), neuron.drive),
        };
        let (potential, refractory) = match neuron.reset {
            ResetOf::Soft => (0.0, None),
            ResetOf::Hard { .. } if rules.mutant == Mutant::ResetToZero => (0.0, Some(0.0)),
            ResetOf::Hard {
                potential,
                refractory,
            } => (potential, Some(refractory)),
        };
        let refractory = match neuron.reset {
            ResetOf::Hard { refractory, .. } => Some(T::of(refractory)),
            ResetOf::Soft => refractory.map(T::of),
        };
        Cell {
            flow: Flow::new(&tau, &tau_synapse),
            tau,
            threshold: value(Value::Threshold(ix), neuron.threshold) - rest.clone(),
            reset: T::of(potential) - rest.clone(),
            refractory,
            time: T::zero(),
            potential: T::of(neuron.initial) - rest,
            current: T::zero(),
            release: None,
            next: None,
        }
    };
    neurons.map(cell).collect()
}

pub struct Link<T> {
    pub source: SourceOf,
    pub target: usize,
    pub weight: T,
    pub delay: T,
}

pub fn links<T: Real>(net: &Net, shift: Shift, rules: Rules) -> Vec<Link<T>> {
    let value = |value: Value, base: f64| -> T { shifted(shift, value, base) };
    let synapses = net.synapses.iter().enumerate();
    let link = |(ix, synapse): (usize, &SynapseOf)| {
        let mut weight = value(Value::Weight(ix), synapse.weight);
        let mut delay = value(Value::Delay(ix), synapse.delay);
        let is_autapse = synapse.source == SourceOf::Neuron(synapse.target);
        let ends = (synapse.source, synapse.target);
        let mut others = net.synapses[ix + 1..].iter();
        let has_later_twin = others.any(|other| (other.source, other.target) == ends);
        let is_lost = match rules.mutant {
            Mutant::NoAutapses => is_autapse,
            Mutant::OneSynapseAPair => has_later_twin,
            _ => false,
        };
        if is_lost {
            weight = T::zero();
        }
        if rules.mutant == Mutant::LongDelays {
            delay = delay * T::of(1.1);
        }
        Link {
            source: synapse.source,
            target: synapse.target,
            weight,
            delay,
        }
    };
    synapses.map(link).collect()
}
