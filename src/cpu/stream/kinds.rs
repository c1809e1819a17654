//! What neurons do in one window, in numbers.

use std::ops::Range;

use crate::dynamics::{
    CurrentsFlow, MAX_CURRENTS, NeuronDynamics, ResetRule, SpikeJump, slope_scale,
};
use crate::network::{NetworkInRows, Neuron, Reset};

/// A threshold that no potential reaches.
const NEVER: f64 = f64::MAX;

/// Neurons of equal dynamics as a window's kernels see them. Potentials are measured from rest.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub flow: CurrentsFlow,
    pub receptors: usize,
    /// Whether it has a threshold.
    pub is_spiking: bool,
    pub threshold: f64,
    pub rest: f64,
    /// What a spike does.
    pub reset: ResetRule,
    /// What slopes at the threshold are measured by.
    pub slope_scale: f64,
    /// exp(-b h) for the window h.
    pub membrane: f64,
    /// exp(-a_k h).
    pub synapse: [f64; MAX_CURRENTS],
    /// What a current of 1 at the window's start adds to V at its end.
    pub gain: [f64; MAX_CURRENTS],
    /// What a current held at 1 through the window adds to V at its end, in ms.
    pub held_gain: f64,
    /// Potentials that near the threshold count as there: far above rounding, far below what matters.
    pub sliver: f64,
}

impl Kind {
    /// Neuron number `ix` of a population, in windows of `window` ms.
    fn new(neuron: &Neuron, ix: usize, window: f64) -> Self {
        let taus: Vec<f64> = neuron.tau_synapse.iter().map(|tau| tau.get(ix)).collect();
        let flow = CurrentsFlow::new(neuron.tau_membrane.get(ix), &taus);
        let mut synapse = [0.0; MAX_CURRENTS];
        let mut gain = [0.0; MAX_CURRENTS];
        for (k, flow) in flow.flows().iter().enumerate() {
            let step = flow.propagator(window);
            (synapse[k], gain[k]) = (step.synapse, step.gain);
        }
        let rate = flow.membrane_rate;
        let rest = neuron.rest.get(ix);
        let threshold = neuron.threshold.as_ref().map(|all| all.get(ix));
        // A readout is never reset.
        let amount = threshold.unwrap_or(0.0);
        let (climb, reset) = match &neuron.reset {
            // What is subtracted is the threshold itself, measured from zero.
            Reset::Subtract => (amount, ResetRule::Subtract { amount }),
            Reset::To {
                potential,
                refractory,
            } => {
                let reset = ResetRule::To {
                    potential: potential.get(ix) - rest,
                    refractory: refractory.get(ix),
                };
                (amount - potential.get(ix), reset)
            }
        };
        let scale = amount.abs() + rest.abs();
        Self {
            receptors: taus.len(),
            is_spiking: threshold.is_some(),
            threshold: threshold.map_or(NEVER, |threshold| threshold - rest),
            rest,
            reset,
            slope_scale: slope_scale(rate, amount - rest, climb),
            membrane: (-rate * window).exp(),
            synapse,
            gain,
            held_gain: -(-rate * window).exp_m1() / rate,
            sliver: 1e-9 * (1.0 + scale),
            flow,
        }
    }

    /// What takes a neuron of the kind through time.
    pub fn dynamics(&self) -> NeuronDynamics<&CurrentsFlow> {
        NeuronDynamics {
            flow: &self.flow,
            threshold: self.threshold,
            reset: self.reset,
        }
    }

    /// A spike at the given slope. The release, where there is one, is an event of its own even without a refractory time.
    pub fn spike_jump(&self, slope: f64) -> SpikeJump {
        SpikeJump::new(self.reset, self.flow.membrane_rate, slope, None)
    }
}

/// The kinds of a network's neurons: one for a population, or one for each of its neurons where their values differ.
#[derive(Debug, Clone)]
pub(super) struct Kinds {
    kinds: Vec<Kind>,
    populations: Vec<Place>,
}

/// Where a population's kinds lie.
#[derive(Debug, Clone)]
struct Place {
    /// Counted through the network.
    neurons: Range<u32>,
    first: usize,
    is_shared: bool,
}

impl Place {
    fn kind(&self, neuron: u32) -> usize {
        match self.is_shared {
            true => self.first,
            false => self.first + (neuron - self.neurons.start) as usize,
        }
    }
}

impl Kinds {
    /// In windows of `window` ms.
    pub fn new(network: &NetworkInRows, window: f64) -> Self {
        let mut kinds = Vec::new();
        let populations = network.populations().iter().map(|population| {
            let neuron = &population.neuron;
            let place = Place {
                neurons: population.neurons.clone(),
                first: kinds.len(),
                is_shared: neuron.is_uniform(),
            };
            let own = if place.is_shared {
                1
            } else {
                population.neurons.len()
            };
            kinds.extend((0..own).map(|ix| Kind::new(neuron, ix, window)));
            place
        });
        Self {
            populations: populations.collect(),
            kinds,
        }
    }

    /// What a neuron, counted through the network, is.
    #[inline]
    pub fn of(&self, neuron: u32) -> &Kind {
        let place = &self.populations[self.population_of(neuron)];
        &self.kinds[place.kind(neuron)]
    }

    /// Which population a neuron, counted through the network, belongs to.
    #[inline]
    pub fn population_of(&self, neuron: u32) -> usize {
        self.populations
            .partition_point(|place| place.neurons.end <= neuron)
    }

    /// What all neurons of a population are, where they are the same.
    pub fn shared(&self, population: usize) -> Option<&Kind> {
        let place = &self.populations[population];
        place.is_shared.then(|| &self.kinds[place.first])
    }

    /// Neurons in order, cut to pieces of one kind each.
    pub fn pieces(&self, neurons: Range<u32>) -> impl Iterator<Item = (Range<u32>, &Kind)> {
        self.populations.iter().flat_map(move |place| {
            let clamp = |neuron: u32| neuron.clamp(place.neurons.start, place.neurons.end);
            let (first, end) = (clamp(neurons.start), clamp(neurons.end));
            let step = if place.is_shared { end - first } else { 1 };
            let starts = (first..end).step_by(step.max(1) as usize);
            starts.map(move |from| (from..from + step, &self.kinds[place.kind(from)]))
        })
    }

    /// What those of neurons with values of their own take in memory, in bytes.
    pub fn bytes(&self) -> u64 {
        let own = self.populations.iter().filter(|place| !place.is_shared);
        let kinds = own.flat_map(|place| &self.kinds[place.first..][..place.neurons.len()]);
        let bytes = kinds.map(|kind| size_of::<Kind>() + size_of_val(kind.flow.flows()));
        bytes.sum::<usize>() as u64
    }
}
