//! From a graph to a network.

use std::collections::VecDeque;

use ndarray::Array2;

use super::choices::{jumps, spike_jump, time_unit};
use super::neurons::{Neurons, check_kind, is_neuron};
use super::signals::{Map, Signal, Term, arriving, is_passed};
use super::sizes::sizes;
use super::{NirGraph, NirOptions, NirReset, NirSpikeJump};
use crate::network::{Network, NetworkBuilder, PopulationId, Projection, Rule, Source, Synapse};
use crate::{Error, Result, memory};

/// A graph as a network.
#[derive(Debug, Clone)]
pub struct NirNetwork {
    /// Its description: an input for each `Input`, in the order of the file, and a population of the same name for each node of
    /// neurons, those near an input first.
    pub builder: NetworkBuilder,
    /// What was chosen where the file leaves it open, and why; one sentence each.
    pub notes: Vec<String>,
    /// The populations that lead to an `Output`.
    pub outputs: Vec<String>,
}

impl NirGraph {
    /// The network that the graph describes.
    ///
    /// A `CubaLIF` has `tau_syn dI/dt = -I + w_in S` and `tau_mem dV/dt = v_leak - V + r I`. A neuron here has
    /// `dV/dt = -(V - rest)/tau_mem + I'`, so `I' = (r / tau_mem) I`, and a weight here is `r / tau_mem` times what a spike adds to
    /// I, in `1/ms` times the unit of potentials. What it adds the file does not say ([`NirSpikeJump`]); known by their constants are
    ///
    /// * files with `w_in = tau_syn` in every neuron, not 1, as [`of_network`](Self::of_network) writes them: `Delta`, which then
    ///   adds the weight itself;
    /// * files with `w_in = tau_syn/step` and `r = tau_mem/step` for one step in every neuron, both above 1, as snnTorch exports
    ///   them: `Step`, which adds the weight itself.
    ///
    /// A constant c at the input (biases, and [`NirOptions::constant_input`]) is one at all times, from before the start: it adds
    /// `r w_in c` to the rest, `r c` for `LIF` and `LI`. Potentials start at `v_leak`, or at `v_reset` where that is not below the
    /// threshold, and currents at zero. Weights of NIR are `[target x source]`; those here `[source x target]`. A matrix is all to
    /// all; channels that lead to one neuron each are synapses of their own. Delays behind one another add up.
    ///
    /// # Errors
    /// By the name of the node: a type that has no counterpart here (convolutions, pooling, `IF`, `I`, `Threshold`); a
    /// parameter that is missing, not finite or of a shape that does not fit; sizes that do not fit one another; a loop without
    /// a neuron; an edge to an `Input` or from an `Output`; spikes at a `LIF` or `LI`, which have no synaptic current; an output of what is no neuron; a unit of time or a
    /// jump that the file does not say and the options do not either; matrices of more than 1 GiB.
    pub fn network(&self, options: &NirOptions) -> Result<NirNetwork> {
        self.nodes.iter().try_for_each(check_kind)?;
        self.check_ends()?;
        let sizes = sizes(self)?;
        if let Some(value) = options.constant_input.filter(|value| !value.is_finite()) {
            return Err(Error::invalid(
                "constant input",
                value,
                "give a finite number",
            ));
        }
        let arrived = arriving(self, &sizes, |number| {
            let (kind, size) = (self.nodes[number].kind.as_str(), sizes[number]);
            match (kind, options.constant_input) {
                ("Input", Some(value)) => Signal {
                    terms: Vec::new(),
                    constant: Some(vec![value; size]),
                },
                ("Output", _) => Signal::default(),
                _ => Signal {
                    terms: vec![Term::begin(number, size)],
                    constant: None,
                },
            }
        })?;
        let neurons = self.order().into_iter();
        let neurons = neurons.map(|number| Neurons::read(self, number, sizes[number]));
        let neurons: Vec<Neurons> = neurons.collect::<Result<_>>()?;
        if neurons.is_empty() {
            return Err(Error::invalid(
                "graph",
                "without neurons",
                "give it a CubaLIF",
            ));
        }
        let mut notes = Vec::new();
        let unit = time_unit(self, &neurons, options, &mut notes)?;
        let driven = neurons
            .iter()
            .filter(|of| !arrived[of.node].terms.is_empty());
        let driven: Vec<&Neurons> = driven.collect();
        driven.iter().try_for_each(|of| self.check_current(of))?;
        let jump = match driven.is_empty() {
            true => None,
            false => Some(spike_jump(self, &driven, unit, options, &mut notes)?),
        };
        self.note_resets(&neurons, options, &mut notes);
        let mut builder = Network::builder();
        if let Some(bytes) = memory::available() {
            builder.memory_limit(bytes);
        }
        let mut ids: Vec<Option<Source>> = vec![None; self.nodes.len()];
        if options.constant_input.is_none() {
            for (number, node) in self.nodes.iter().enumerate() {
                if node.kind == "Input" {
                    ids[number] = Some(builder.input(&node.name, sizes[number]).into());
                }
            }
        }
        // Writers give layers without a bias one of zeros.
        let constants = |of: &Neurons| {
            let constant = arrived[of.node].constant.as_deref();
            constant.filter(|values| values.iter().any(|value| *value != 0.0))
        };
        let mut populations = Vec::with_capacity(neurons.len());
        for of in &neurons {
            let constant = constants(of);
            if constant.is_some() {
                self.check_constant(of, jump.filter(|_| of.synapse.is_some()))?;
            }
            let neuron = of.neuron(unit.in_ms(), constant, options);
            let id = builder.population(&self.nodes[of.node].name, of.size, neuron);
            ids[of.node] = Some(id.into());
            populations.push(id);
        }
        if neurons.iter().any(|of| constants(of).is_some()) {
            notes.push("biases and constant inputs are constant currents from before the start: part of the rest".into());
        }
        for (of, &target) in neurons.iter().zip(&populations) {
            let Some(jump) = jump else { break };
            let jumps = jumps(of, unit.in_ms(), jump);
            for term in &arrived[of.node].terms {
                if let Some(source) = ids[term.source] {
                    connect(&mut builder, (source, target), term, &jumps, unit.in_ms());
                }
            }
        }
        Ok(NirNetwork {
            builder,
            notes,
            outputs: self.outputs()?,
        })
    }

    /// Refuses edges that lead to where signals come from, or on from where they go.
    fn check_ends(&self) -> Result<()> {
        for &[from, to] in &self.edges {
            let (from, to) = (&self.nodes[from], &self.nodes[to]);
            if to.kind == "Input" {
                let remedy = "what an Input gives comes from outside: let no edge lead to it";
                return Err(to.refused(
                    "source",
                    format!("{:?} ({})", from.name, from.kind),
                    remedy,
                ));
            }
            if from.kind == "Output" {
                let remedy = "what an Output takes leaves the graph: let no edge begin there";
                return Err(from.refused("target", format!("{:?} ({})", to.name, to.kind), remedy));
            }
        }
        Ok(())
    }

    /// The nodes of neurons: those near an input first, then in the order of the file.
    fn order(&self) -> Vec<usize> {
        let mut distances = vec![usize::MAX; self.nodes.len()];
        let mut behind = vec![Vec::new(); self.nodes.len()];
        for &[from, to] in &self.edges {
            behind[from].push(to);
        }
        let inputs = (0..self.nodes.len()).filter(|&ix| self.nodes[ix].kind == "Input");
        let mut next: VecDeque<usize> = inputs.collect();
        next.iter().for_each(|&input| distances[input] = 0);
        while let Some(node) = next.pop_front() {
            for &to in &behind[node] {
                if distances[to] == usize::MAX {
                    distances[to] = distances[node] + 1;
                    next.push_back(to);
                }
            }
        }
        let mut order: Vec<usize> = (0..self.nodes.len())
            .filter(|&ix| is_neuron(&self.nodes[ix].kind))
            .collect();
        order.sort_by_key(|&node| (distances[node], node));
        order
    }

    /// Refuses spikes at neurons whose potential they would move at once.
    fn check_current(&self, of: &Neurons) -> Result<()> {
        let node = &self.nodes[of.node];
        match of.synapse {
            Some(_) => Ok(()),
            None => Err(node.refused(
                "input",
                "spikes",
                "it has no synaptic current: a spike would move its potential at once, as no neuron here does. Write it as \
                 Cuba with a synaptic time constant, or say that the input is constant",
            )),
        }
    }

    /// Refuses a constant that the chosen meaning of spikes leaves without one.
    fn check_constant(&self, of: &Neurons, jump: Option<NirSpikeJump>) -> Result<()> {
        match jump {
            Some(NirSpikeJump::Weight | NirSpikeJump::WeightTimesInput) => {
                Err(self.nodes[of.node].refused(
                    "bias",
                    "a constant current of unknown size",
                    "where a spike adds its weight whatever tau_syn, a bias depends on the writer's step: say that, in place of the jump",
                ))
            }
            _ => Ok(()),
        }
    }

    fn note_resets(&self, neurons: &[Neurons], options: &NirOptions, notes: &mut Vec<String>) {
        let spiking = || neurons.iter().filter(|of| of.threshold.is_some());
        if spiking().next().is_none() {
            return;
        }
        notes.push(match options.reset {
            Some(NirReset::Subtract) => "a spike subtracts the threshold: as asked".to_owned(),
            Some(NirReset::ToPotential) => "a spike resets to v_reset, or 0 without it: as asked".to_owned(),
            None => match spiking().find(|of| of.reset.is_none()) {
                None => "a spike resets to v_reset".to_owned(),
                Some(of) => format!(
                    "a spike resets to 0: node {:?} has no v_reset, for which NIR takes 0; writers whose neurons \
                     subtract the threshold leave it out as well, and then it must be said",
                    self.nodes[of.node].name
                ),
            },
        });
    }

    /// The nodes that lead to outputs.
    fn outputs(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for &[from, to] in &self.edges {
            let (from, to) = (&self.nodes[from], &self.nodes[to]);
            if to.kind != "Output" {
                continue;
            }
            if is_passed(&from.kind) && from.kind != "Flatten" {
                let remedy =
                    "let neurons lead to it: what is behind the last of them would be left out";
                let value = format!("{:?} ({})", from.name, from.kind);
                return Err(to.refused("source", value, remedy));
            }
            if is_neuron(&from.kind) {
                names.push(from.name.clone());
            }
        }
        Ok(names)
    }
}

/// Connects a source with a population by what arrives from it; `jumps` are what a weight of 1 adds to each neuron's current.
fn connect(
    builder: &mut NetworkBuilder,
    (source, target): (Source, PopulationId),
    term: &Term,
    jumps: &[f64],
    unit: f64,
) {
    let shared = term.shared_delay().map(|delay| delay * unit);
    let projection = match &term.map {
        Map::Each(values) => {
            let weights = values.iter().zip(jumps).map(|(value, jump)| value * jump);
            let weights: Vec<f64> = weights.collect();
            let is_one = weights.windows(2).all(|pair| pair[0] == pair[1]);
            match shared {
                Some(delay) if is_one => {
                    Projection::by_rule(Rule::OneToOne, weights[0]).delay(delay)
                }
                _ => Projection::list(
                    (0_u32..)
                        .zip(weights)
                        .map(|(channel, weight)| Synapse {
                            source: channel,
                            target: channel,
                            weight,
                            delay: term.delay(channel as usize, channel as usize) * unit,
                        })
                        .collect(),
                ),
            }
        }
        Map::All(matrix) => {
            let mut weights = matrix.clone();
            for (mut column, jump) in weights.columns_mut().into_iter().zip(jumps) {
                column *= *jump;
            }
            let projection = Projection::dense(weights);
            match shared {
                Some(delay) => projection.delay(delay),
                None => projection
                    .delays(Array2::from_shape_fn(matrix.dim(), |(source, channel)| {
                        term.delay(source, channel) * unit
                    })),
            }
        }
    };
    builder.connect(source, target, projection);
}
