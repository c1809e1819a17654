//! From a network to a graph.

use ndarray::{Array2, ArrayD, ArrayView2, Axis, IxDyn};

use super::{NirGraph, NirNode, NirTimeUnit};
use crate::network::{
    Connection, Network, Neuron, Parameters, PerNeuron, Population, ProjectionId, Reset, Source,
};
use crate::{Error, Result};

/// How a network is written as a graph.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct NirWriteOptions {
    /// What times are written in. Times in ms are exact; in seconds the last digit may be rounded.
    pub time_unit: NirTimeUnit,
    /// Whether a reset by subtraction, which NIR cannot say, is left out: whoever reads the file must be told.
    pub leave_out_subtraction: bool,
}

setters!(NirWriteOptions {
    time_unit: NirTimeUnit,
    leave_out_subtraction: bool,
});

impl Default for NirWriteOptions {
    /// Times in seconds, as most files have them; a reset by subtraction is refused.
    fn default() -> Self {
        Self {
            time_unit: NirTimeUnit::Seconds,
            leave_out_subtraction: false,
        }
    }
}

impl NirGraph {
    /// A network with these parameters as a graph: `Input`, `CubaLIF` and `CubaLI` nodes by the names of inputs and populations, for
    /// each projection a `Linear` (behind a `Delay` where there is one), and an `Output` behind each population from which none
    /// leads on.
    ///
    /// With `r = tau_mem` in ms and `w_in = tau_syn` NIR's equations are those of the network, and weights the same numbers
    /// ([`network`](Self::network) recognises that). Reading gives the same network again, except that a
    /// projection by rule or from a list is all to all with weights of zero, and values that are the same for all neurons are one
    /// parameter.
    ///
    /// # Errors
    /// What NIR cannot say, by name: a refractory time, a reset by subtraction where it is not to be left out, several receptors,
    /// generators and Poisson drives, potentials that do not start at rest, delays that are neither one for each source
    /// nor one for each target. Parameters that do not fit the network; time constants that would be mistaken for another
    /// unit (more than 200 ms in seconds, less than 2 ms in ms).
    pub fn of_network(
        network: &Network,
        parameters: &Parameters,
        options: &NirWriteOptions,
    ) -> Result<Self> {
        parameters.check(network)?;
        let mut writing = Writing {
            unit: options.time_unit,
            nodes: Vec::new(),
            edges: Vec::new(),
        };
        if network.has_own_spikes() {
            return Err(Error::invalid(
                "network",
                "with generators or Poisson drives",
                "NIR has no sources of spikes: write one whose spikes all come with samples",
            ));
        }
        for input in network.inputs() {
            writing.push(NirNode::new(&input.name, "Input").with("shape", shape(input.size)));
        }
        let mut longest: f64 = 0.0;
        for (population, id) in network.populations().iter().zip(network.population_ids()) {
            let neuron = parameters.neuron(network, id);
            check(population, &neuron, options)?;
            let taus = [&neuron.tau_membrane, &neuron.tau_synapse[0]];
            for ix in 0..population.size {
                longest = taus.iter().map(|tau| tau.get(ix)).fold(longest, f64::max);
            }
            writing.neurons(population, &neuron);
        }
        let is_clear = match options.time_unit {
            NirTimeUnit::Seconds => longest <= 200.0,
            NirTimeUnit::Milliseconds => longest >= 2.0,
        };
        if !is_clear {
            let remedy = "readers would take it for another unit: write times in the other of seconds and ms";
            return Err(Error::invalid(
                "longest time constant in ms",
                longest,
                remedy,
            ));
        }
        for (id, connection) in network.projection_ids().zip(network.connections()) {
            writing.projection((network, parameters), id, connection)?;
        }
        writing.outputs(network);
        Self::new(writing.nodes, &writing.edges)
    }
}

struct Writing {
    unit: NirTimeUnit,
    nodes: Vec<NirNode>,
    edges: Vec<(String, String)>,
}

impl Writing {
    /// Adds a node; its name, which is another than asked for where that is taken.
    fn push(&mut self, mut node: NirNode) -> String {
        let wanted = node.name.clone();
        let mut number = 1;
        while self.nodes.iter().any(|other| other.name == node.name) {
            number += 1;
            node.name = format!("{wanted}_{number}");
        }
        let name = node.name.clone();
        self.nodes.push(node);
        name
    }

    fn connect(&mut self, from: &str, to: &str) {
        self.edges.push((from.to_owned(), to.to_owned()));
    }

    /// A time in ms in the file's unit: the one that is read as the same again, if there is one.
    fn time(&self, ms: f64) -> f64 {
        let unit = self.unit.in_ms();
        let time = ms / unit;
        let near = [time, time.next_down(), time.next_up()];
        near.into_iter()
            .find(|near| near * unit == ms)
            .unwrap_or(time)
    }

    fn neurons(&mut self, population: &Population, neuron: &Neuron) {
        let n = population.size;
        let list = |value: &PerNeuron| (0..n).map(|ix| value.get(ix)).collect::<Vec<f64>>();
        let times = |value: &PerNeuron| list(value).into_iter().map(|ms| self.time(ms));
        let tau_mem: Vec<f64> = times(&neuron.tau_membrane).collect();
        let tau_syn: Vec<f64> = times(&neuron.tau_synapse[0]).collect();
        // What a reader takes tau_mem for in ms, so that r / tau_mem is 1 to the last digit.
        let r = tau_mem.iter().map(|tau| tau * self.unit.in_ms()).collect();
        let kind = match &neuron.threshold {
            Some(_) => "CubaLIF",
            None => "CubaLI",
        };
        let mut node = NirNode::new(&population.name, kind)
            .with("tau_mem", vector(tau_mem))
            .with("r", vector(r))
            .with("w_in", vector(tau_syn.clone()))
            .with("tau_syn", vector(tau_syn))
            .with("v_leak", vector(list(&neuron.rest)));
        if let Some(threshold) = &neuron.threshold {
            node = node.with("v_threshold", vector(list(threshold)));
            if let Reset::To { potential, .. } = &neuron.reset {
                node = node.with("v_reset", vector(list(potential)));
            }
        }
        self.push(node);
    }

    fn projection(
        &mut self,
        (network, parameters): (&Network, &Parameters),
        id: ProjectionId,
        connection: &Connection,
    ) -> Result<()> {
        let source = match connection.source {
            Source::Input(id) => &network.inputs()[id.0].name,
            Source::Population(id) => &network.population(id).name,
        };
        let target = &network.population(connection.target).name;
        let delays = &parameters.values()[network.layout().delays(id)];
        let weights = parameters.weights(network, id);
        let (n_sources, n_targets) = (connection.source_size, connection.target_size);
        let weight = match connection.synapses() {
            None => weights.t().to_owned(),
            Some(synapses) => {
                let mut matrix = Array2::zeros((n_targets, n_sources));
                for (&[source, target], weight) in synapses.iter().zip(weights.iter()) {
                    matrix[[target as usize, source as usize]] += weight;
                }
                matrix
            }
        };
        let linear = NirNode::new(format!("{source}_{target}"), "Linear");
        let linear = self.push(linear.with("weight", weight.into_dyn()));
        let Some([before, behind]) = ways(connection, delays) else {
            return Err(Error::invalid(
                format!("delays of {:?}", connection.name),
                "one for each synapse",
                "NIR has delays of channels: give it one delay, one for each source, or one for each target",
            ));
        };
        let delay = |writing: &mut Self, delays: Vec<f64>| {
            let times = delays
                .into_iter()
                .map(|delay| writing.time(delay))
                .collect();
            let node = NirNode::new(format!("{linear}_delay"), "Delay");
            writing.push(node.with("delay", vector(times)))
        };
        match before {
            None => self.connect(source, &linear),
            Some(delays) => {
                let delay = delay(self, delays);
                self.connect(source, &delay);
                self.connect(&delay, &linear);
            }
        }
        match behind {
            None => self.connect(&linear, target),
            Some(delays) => {
                let delay = delay(self, delays);
                self.connect(&linear, &delay);
                self.connect(&delay, target);
            }
        }
        Ok(())
    }

    /// An output behind each population that leads to no other; behind the last where all do.
    fn outputs(&mut self, network: &Network) {
        let leads_on = |number: usize| {
            let is_from =
                |source: Source| matches!(source, Source::Population(id) if id.index() == number);
            let mut all = network.connections().iter();
            all.any(|connection| is_from(connection.source) && connection.target.index() != number)
        };
        let all = network.populations();
        let mut ends: Vec<usize> = (0..all.len()).filter(|&number| !leads_on(number)).collect();
        if ends.is_empty() {
            ends.extend(all.len().checked_sub(1));
        }
        for number in ends {
            let population = &all[number];
            let output = NirNode::new("output", "Output").with("shape", shape(population.size));
            let output = self.push(output);
            self.connect(&population.name, &output);
        }
    }
}

/// Delays before the matrix of a projection, one for each source, and behind it, one for each target; none where synapses have
/// delays of their own.
fn ways(connection: &Connection, delays: &[f64]) -> Option<[Option<Vec<f64>>; 2]> {
    let (n_sources, n_targets) = (connection.source_size, connection.target_size);
    if delays.windows(2).all(|pair| pair[0] == pair[1]) {
        let delay = delays.first().copied().unwrap_or(0.0);
        return Some([(delay != 0.0).then(|| vec![delay; n_sources]), None]);
    }
    if connection.synapses().is_some() {
        return None;
    }
    let matrix = ArrayView2::from_shape((n_sources, n_targets), delays).ok()?;
    let same = |axis: Axis| {
        let firsts = matrix.lanes(axis).into_iter().map(|lane| {
            let first = *lane.first()?;
            lane.iter().all(|delay| *delay == first).then_some(first)
        });
        firsts.collect::<Option<Vec<f64>>>()
    };
    match same(Axis(1)) {
        Some(of_sources) => Some([Some(of_sources), None]),
        None => Some([None, Some(same(Axis(0))?)]),
    }
}

fn vector(values: Vec<f64>) -> ArrayD<f64> {
    ndarray::Array1::from_vec(values).into_dyn()
}

fn shape(size: usize) -> ArrayD<f64> {
    ArrayD::from_elem(IxDyn(&[1]), size as f64)
}

/// Refuses neurons that NIR cannot say.
fn check(population: &Population, neuron: &Neuron, options: &NirWriteOptions) -> Result<()> {
    let refused = |what: &str, value: String, remedy: &str| {
        let field = format!("{what} of population {:?}", population.name);
        Err(Error::invalid(field, value, remedy))
    };
    let receptors = neuron.tau_synapse.len();
    if receptors != 1 {
        let remedy = "NIR's neurons have one synaptic current";
        return refused("receptors", receptors.to_string(), remedy);
    }
    let mut starts = PerNeuron::Same(0.0);
    match &neuron.reset {
        Reset::Subtract if population.is_spiking() && !options.leave_out_subtraction => {
            let remedy = "NIR cannot say it: let it be left out and tell whoever reads the file, or reset to a potential";
            return refused("reset", "by subtraction".to_owned(), remedy);
        }
        Reset::Subtract => {}
        Reset::To {
            potential,
            refractory,
        } => {
            let time = (0..population.size)
                .map(|ix| refractory.get(ix))
                .fold(0.0, f64::max);
            if time > 0.0 && population.is_spiking() {
                let remedy = "NIR has no refractory times: set it to zero";
                return refused("refractory time", format!("{time} ms"), remedy);
            }
            starts = potential.clone();
        }
    }
    for ix in 0..population.size {
        let (initial, rest) = (neuron.initial.get(ix), neuron.rest.get(ix));
        let is_held = neuron.threshold.as_ref().is_some_and(|t| rest >= t.get(ix));
        let start = if is_held { starts.get(ix) } else { rest };
        if initial != start {
            let what = format!("initial potential of neuron {ix}");
            let remedy = format!(
                "NIR has none: potentials start at rest, or at the reset where the rest is not below the threshold; here {start}"
            );
            return refused(&what, initial.to_string(), &remedy);
        }
    }
    Ok(())
}
