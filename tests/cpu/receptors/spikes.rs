//! Their spikes: against the same network in rows, and against sums of exponentials.

use spikefront::cpu::CpuEngine;
use spikefront::cpu::stream::spikes_by_event;
use spikefront::event::{Recording, SpikeBatch};
use spikefront::network::{PopulationId, Source};
use spikefront::{Engine, Problem, Result, SimulationOptions};

use super::networks::{DURATION, TOPOLOGIES, Topology, Variant, describe, draw, drive, last_tau};
use crate::common::Drawn;

/// How a recording of one sample differs from the spikes that are expected.
fn difference(recording: &Recording, expected: &[(f64, u32)]) -> Option<String> {
    let found = recording.times().iter().zip(recording.neurons());
    let mut pairs = found.zip(expected);
    let apart = pairs
        .find(|((time, of), (expected, neuron))| *of != neuron || (*time - expected).abs() > 1e-9);
    match apart {
        Some((found, expected)) => Some(format!("{found:?} against {expected:?}")),
        None if recording.n_spikes() != expected.len() => Some(format!(
            "{} spikes, not {}",
            recording.n_spikes(),
            expected.len()
        )),
        None => None,
    }
}

/// The spikes of a batch and of the network in rows; `shift` is added to a synaptic time constant of the batch.
fn in_both_forms(
    seed: u64,
    topology: Topology,
    shift: f64,
) -> Result<(Recording, Vec<(f64, u32)>)> {
    let variant = Variant::of(seed, topology);
    let described = || {
        let (mut network, populations) = describe(seed, &variant, 24);
        let trains = (0..4).map(|channel| {
            let spikes = (0..5).map(|k| 0.5 + f64::from((7 * k + 3 * channel) % 25));
            let mut train: Vec<f64> = spikes.collect();
            train.sort_by(f64::total_cmp);
            train
        });
        let source = network.generators("stimulus", trains.collect());
        drive(&mut network, source, populations, &variant);
        for (id, taus) in populations.into_iter().zip(variant.taus) {
            network.poisson(id, 0, 0.2, 0.125);
            network.poisson(id, taus.len() - 1, 0.1, -0.125);
        }
        network
    };
    let batch = described().build()?;
    let mut parameters = batch.parameters(seed);
    for value in parameters.values_mut() {
        *value = f64::from(*value as f32);
    }
    parameters.values_mut()[last_tau(&batch)] += shift;
    let mut silent = SpikeBatch::new();
    silent.push_sample(&[])?;
    let options = SimulationOptions::new(DURATION);
    let recording = CpuEngine::new().simulate(&Problem {
        network: &batch,
        parameters: &parameters,
        inputs: &batch.complete_inputs(&silent, DURATION, &[seed])?,
        options: &options,
    })?;
    let mut reference = spikes_by_event(&described().build_in_rows()?, DURATION)?;
    reference.retain(|(time, _)| *time <= DURATION);
    Ok((recording, reference))
}

#[test]
fn spikes_are_those_of_the_network_in_rows() -> Result<()> {
    let (mut n_spikes, mut told_apart, mut n_runs) = (0, 0, 0);
    for topology in TOPOLOGIES {
        if topology == Topology::Instant {
            continue;
        }
        for seed in 0..12 {
            let (recording, reference) = in_both_forms(seed, topology, 0.0)?;
            if let Some(told) = difference(&recording, &reference) {
                panic!("seed {seed}, {topology:?}: {told}");
            }
            n_spikes += recording.n_spikes();
            n_runs += 1;
            // Negative control: the time constant of one receptor a millionth longer.
            let (recording, reference) = in_both_forms(seed, topology, 1e-6)?;
            told_apart += u32::from(difference(&recording, &reference).is_some());
        }
    }
    println!("{n_spikes} spikes in {n_runs} runs, {told_apart} told apart");
    assert!(n_spikes > 50_000 && told_apart == n_runs);
    Ok(())
}

/// What a spike or a start of weight 1 does to V some time later.
fn kernel(tau_membrane: f64, tau_synapse: f64, t: f64) -> f64 {
    let (a, b) = (1.0 / tau_synapse, 1.0 / tau_membrane);
    ((-a * t).exp() - (-b * t).exp()) / (b - a)
}

/// What adds to a neuron's potential from a time on.
#[derive(Clone, Copy)]
enum Term {
    /// A weight onto a receptor with this synaptic time constant.
    Arrival(f64, f64),
    /// The neuron's own reset.
    Reset(f64),
}

/// One sample of a network without refractory times, as sums of exponentials: where one is above its threshold at a step, the time is
/// bisected.
struct BySums<'a> {
    drawn: &'a Drawn,
    terms: Vec<Vec<(f64, Term)>>,
    /// For each neuron: rest, threshold, membrane time constant.
    own: Vec<[f64; 3]>,
}

impl BySums<'_> {
    fn potential(&self, neuron: usize, t: f64) -> f64 {
        let [rest, _, tau] = self.own[neuron];
        let start = (0.25 - rest) * (-t / tau).exp();
        let sum = self.terms[neuron].iter().filter(|(since, _)| *since < t);
        sum.fold(rest + start, |v, &(since, term)| match term {
            Term::Arrival(weight, synapse) => v + weight * kernel(tau, synapse, t - since),
            Term::Reset(amount) => v - amount * (-(t - since) / tau).exp(),
        })
    }

    /// Adds what a spike sends.
    fn send(&mut self, source: Source, unit: usize, time: f64) {
        let (network, parameters) = (&self.drawn.network, &self.drawn.parameters);
        let layout = network.layout();
        for (id, connection) in network.projection_ids().zip(network.connections()) {
            let target = network.population(connection.target);
            if connection.source != source || !target.is_spiking() {
                continue;
            }
            let tau = layout.tau_synapse(connection.target, connection.receptor());
            let tau = parameters.values()[tau.expect("a receptor that it has").start];
            let delay = parameters.values()[layout.delays(id).start];
            let weights = &parameters.values()[layout.weights(id)];
            let synapses = connection.synapses().expect("made by a rule");
            for (&[from, to], &weight) in synapses.iter().zip(weights) {
                if from as usize == unit {
                    let term = Term::Arrival(weight, tau);
                    self.terms[target.first_unit + to as usize].push((time + delay, term));
                }
            }
        }
    }

    fn run(mut self) -> Vec<(f64, u32)> {
        const STEP: f64 = 1.0 / 256.0;
        let network = &self.drawn.network;
        let mut spikes = Vec::new();
        let mut now = 0.0;
        while now < DURATION {
            let next = (now + STEP).min(DURATION);
            let crossing = |neuron: usize| {
                let excess = |t: f64| self.potential(neuron, t) - self.own[neuron][1];
                if excess(next) < 0.0 {
                    return None;
                }
                let (mut low, mut high) = (now, next);
                for _ in 0..60 {
                    let middle = 0.5 * (low + high);
                    if excess(middle) < 0.0 {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                Some((high, neuron))
            };
            let first = (0..self.own.len()).filter_map(crossing);
            let Some((time, neuron)) = first.min_by(|x, y| x.0.total_cmp(&y.0)) else {
                now = next;
                continue;
            };
            spikes.push((time, neuron as u32));
            let amount = self.own[neuron][1];
            self.terms[neuron].push((time, Term::Reset(amount)));
            let ids = [
                network.population_named("e").expect("it is there"),
                network.population_named("i").expect("it is there"),
            ];
            let of = |id: &PopulationId| network.population(*id).units().contains(&neuron);
            let id = ids.into_iter().find(of).expect("it fires");
            self.send(id.into(), neuron - network.population(id).first_unit, time);
            now = time;
        }
        spikes
    }
}

/// The spikes of one sample by sums of exponentials; `shift` is added to what it takes for a time constant.
fn by_sums(drawn: &Drawn, shift: f64) -> Vec<(f64, u32)> {
    let network = &drawn.network;
    let spiking = network.populations().iter().filter(|p| p.is_spiking());
    let own = spiking.flat_map(|population| {
        let rest = population.neuron.rest.get(0);
        vec![[rest, 1.0, 10.0 + shift]; population.size]
    });
    let own: Vec<[f64; 3]> = own.collect();
    let mut sums = BySums {
        drawn,
        terms: vec![Vec::new(); own.len()],
        own,
    };
    let input = network.connections().iter();
    let input = input
        .map(|c| c.source)
        .find(|s| matches!(s, Source::Input(_)));
    let input = input.expect("it has an input");
    for spike in drawn.inputs.sample(0) {
        if spike.unit < 4 {
            sums.send(input, spike.unit, spike.time);
        } else if spike.unit - 4 < 10 {
            // The Poisson drive of the excitatory neurons, on their last receptor.
            let id = network.population_named("e").expect("it is there");
            let taus = &network.population(id).neuron.tau_synapse;
            let tau = taus.last().expect("it has receptors").get(0);
            sums.terms[spike.unit - 4].push((spike.time, Term::Arrival(0.1, tau)));
        }
    }
    sums.run()
}

#[test]
fn spikes_are_those_of_sums_of_exponentials() -> Result<()> {
    let (mut n_spikes, mut told_apart) = (0, 0);
    for topology in [Topology::FeedForward, Topology::Instant] {
        for seed in 0..6 {
            let variant = Variant {
                subtracts: true,
                ..Variant::of(seed, topology)
            };
            let drawn = draw(seed, &variant, 1)?;
            let recording = CpuEngine::new().simulate(&drawn.problem())?;
            if let Some(told) = difference(&recording, &by_sums(&drawn, 0.0)) {
                panic!("seed {seed}, {topology:?}: {told}");
            }
            n_spikes += recording.n_spikes();
            told_apart += u32::from(difference(&recording, &by_sums(&drawn, 1e-6)).is_some());
        }
    }
    println!("{n_spikes} spikes, {told_apart} of 12 told apart");
    assert!(
        n_spikes > 200 && told_apart == 12,
        "{n_spikes} {told_apart}"
    );
    Ok(())
}
