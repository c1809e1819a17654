//! Which part of the flat parameter vector means what.

use std::ops::Range;

use super::{Connection, Neuron, PerNeuron, PopulationId, ProjectionId};

/// What the values of a tensor are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TensorKind {
    /// Synaptic weights.
    Weight,
    /// Delays, in ms.
    Delay,
    /// Thresholds.
    Threshold,
    /// Membrane time constants, in ms.
    TauMembrane,
    /// Synaptic time constants, in ms.
    TauSynapse,
    /// Potentials to which V decays ([`Neuron::rest`]).
    Rest,
    /// Potentials at the start of a run.
    Initial,
}

impl TensorKind {
    /// Those that a population has and a neuron's potential depends on between events that stay where they are.
    pub const OF_NEURONS: [Self; 4] = [
        Self::TauMembrane,
        Self::TauSynapse,
        Self::Rest,
        Self::Initial,
    ];

    /// The last part of a tensor's name.
    fn member(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Delay => "delay",
            Self::Threshold => "threshold",
            Self::TauMembrane => "tau_membrane",
            Self::TauSynapse => "tau_synapse",
            Self::Rest => "rest",
            Self::Initial => "initial",
        }
    }
}

/// A named part of the flat vector, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// `"input->hidden/weight"` and `"input->hidden/delay"` of a projection, `"poisson->hidden/weight"` of a Poisson drive; `"hidden/threshold"`,
    /// `"hidden/tau_membrane"`, `"hidden/tau_synapse"`, `"hidden/rest"` and `"hidden/initial"` of a population.
    pub name: String,
    /// What it holds.
    pub kind: TensorKind,
    /// Where it lies.
    pub range: Range<usize>,
    /// For weights and delays per synapse `[source, target]` where all are connected to all, else `[synapses]`; `[1]` for a shared
    /// delay and for the weight of a Poisson drive, `[size]` for thresholds. Of time
    /// constants, rest and initial potentials `[1]` where the description gives one value for the population
    /// ([`PerNeuron::Same`]), which is then one parameter; else `[size]`.
    pub shape: Vec<usize>,
}

/// The tensors of one population.
#[derive(Debug, Clone, Copy, PartialEq)]
struct OfPopulation {
    /// None for readouts.
    threshold: Option<usize>,
    /// In the order of [`TensorKind::OF_NEURONS`].
    neurons: [usize; 4],
}

/// Which part of the flat vector means what: for each projection its weights and delays, for each
/// Poisson drive its weight, then for each population its
/// thresholds, time constants of membrane and synapse, rest and initial potentials.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    tensors: Vec<Tensor>,
    /// Per projection: tensor indices of weight and delay.
    projections: Vec<(usize, usize)>,
    /// Per Poisson drive: the tensor of its weight.
    drives: Vec<usize>,
    populations: Vec<OfPopulation>,
    len: usize,
}

impl Layout {
    pub(super) fn push_projection(&mut self, connection: &Connection) {
        let all = match connection.synapses() {
            None => vec![connection.source_size, connection.target_size],
            Some(synapses) => vec![synapses.len()],
        };
        let weight = self.push(TensorKind::Weight, &connection.name, all.clone());
        let shape = match connection.has_shared_delay() {
            true => vec![1],
            false => all,
        };
        let delay = self.push(TensorKind::Delay, &connection.name, shape);
        self.projections.push((weight, delay));
    }

    pub(super) fn push_drive(&mut self, name: &str) {
        let weight = self.push(TensorKind::Weight, name, vec![1]);
        self.drives.push(weight);
    }

    pub(super) fn push_population(&mut self, name: &str, size: usize, neuron: &Neuron) {
        let threshold = neuron.threshold.as_ref();
        let threshold = threshold.map(|_| self.push(TensorKind::Threshold, name, vec![size]));
        let neurons = TensorKind::OF_NEURONS.map(|kind| {
            let shape = match neuron.given(kind) {
                Some(PerNeuron::Each(_)) => vec![size],
                _ => vec![1],
            };
            self.push(kind, name, shape)
        });
        self.populations.push(OfPopulation { threshold, neurons });
    }

    fn push(&mut self, kind: TensorKind, owner: &str, shape: Vec<usize>) -> usize {
        let start = self.len;
        self.len += shape.iter().product::<usize>();
        self.tensors.push(Tensor {
            name: format!("{owner}/{}", kind.member()),
            kind,
            range: start..self.len,
            shape,
        });
        self.tensors.len() - 1
    }

    /// The length of the flat vector.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the network has no parameters at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All named parts, in order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The named part `name`.
    pub fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// A projection's weights: `[source x target]`, or one for each of its [synapses](Connection::synapses).
    pub fn weights(&self, projection: ProjectionId) -> Range<usize> {
        self.tensors[self.projections[projection.0].0].range.clone()
    }

    /// A projection's delays: one, or as many as weights.
    pub fn delays(&self, projection: ProjectionId) -> Range<usize> {
        self.tensors[self.projections[projection.0].1].range.clone()
    }

    /// Where the weight of a Poisson drive lies, counted in the order in which drives were described.
    pub(crate) fn drive(&self, drive: usize) -> usize {
        self.tensors[self.drives[drive]].range.start
    }

    /// A population's thresholds, one per neuron; `None` for a readout.
    pub fn thresholds(&self, population: PopulationId) -> Option<Range<usize>> {
        self.of_population(population, TensorKind::Threshold)
    }

    /// A population's values of one kind: one per neuron, or one that all share; `None` for a kind that it has not.
    pub fn of_population(
        &self,
        population: PopulationId,
        kind: TensorKind,
    ) -> Option<Range<usize>> {
        let of = self.populations[population.0];
        let tensor = match kind {
            TensorKind::Weight | TensorKind::Delay => None,
            TensorKind::Threshold => of.threshold,
            TensorKind::TauMembrane => Some(of.neurons[0]),
            TensorKind::TauSynapse => Some(of.neurons[1]),
            TensorKind::Rest => Some(of.neurons[2]),
            TensorKind::Initial => Some(of.neurons[3]),
        };
        Some(self.tensors[tensor?].range.clone())
    }

    /// Where a neuron's values of [`TensorKind::OF_NEURONS`] lie; neurons that share one have the same place.
    pub(crate) fn places(&self, population: PopulationId, neuron: usize) -> [usize; 4] {
        self.populations[population.0].neurons.map(|tensor| {
            let range = &self.tensors[tensor].range;
            range.start + if range.len() == 1 { 0 } else { neuron }
        })
    }
}
