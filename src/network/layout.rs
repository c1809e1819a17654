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

    /// Whether they are time constants, of membranes or of synapses.
    pub(crate) fn is_time_constant(self) -> bool {
        matches!(self, Self::TauMembrane | Self::TauSynapse)
    }

    /// The last part of a tensor's name, of one of so many of its kind.
    pub(super) fn member(self, ix: usize, of: usize) -> String {
        let member = match self {
            Self::Weight => "weight",
            Self::Delay => "delay",
            Self::Threshold => "threshold",
            Self::TauMembrane => "tau_membrane",
            Self::TauSynapse => "tau_synapse",
            Self::Rest => "rest",
            Self::Initial => "initial",
        };
        match of {
            1 => member.to_owned(),
            _ => format!("{member}[{ix}]"),
        }
    }
}

/// A named part of the flat vector, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// `"input->hidden/weight"` and `"input->hidden/delay"` of a projection, `"poisson->hidden/weight"` of a Poisson drive;
    /// `"hidden/threshold"`, `"hidden/tau_membrane"`, `"hidden/tau_synapse"`, `"hidden/rest"` and `"hidden/initial"` of a
    /// population; where it has several receptors `"hidden/tau_synapse[0]"` and so on.
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
#[derive(Debug, Clone, PartialEq)]
struct OfPopulation {
    /// None for readouts.
    threshold: Option<usize>,
    /// In the order of [`TensorKind::OF_NEURONS`], a synaptic time constant for each receptor.
    neurons: Range<usize>,
}

/// Which part of the flat vector means what: for each projection its weights and delays, for each
/// Poisson drive its weight, then for each population its
/// thresholds, time constants of the membrane and of each receptor, rest and initial potentials.
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
        let one = |kind: TensorKind| format!("{}/{}", connection.name, kind.member(0, 1));
        let weight = self.push(TensorKind::Weight, one(TensorKind::Weight), all.clone());
        let shape = match connection.has_shared_delay() {
            true => vec![1],
            false => all,
        };
        let delay = self.push(TensorKind::Delay, one(TensorKind::Delay), shape);
        self.projections.push((weight, delay));
    }

    pub(super) fn push_drive(&mut self, name: &str) {
        let name = format!("{name}/{}", TensorKind::Weight.member(0, 1));
        let weight = self.push(TensorKind::Weight, name, vec![1]);
        self.drives.push(weight);
    }

    pub(super) fn push_population(&mut self, name: &str, size: usize, neuron: &Neuron) {
        let named = |kind: TensorKind, ix, of| format!("{name}/{}", kind.member(ix, of));
        let threshold = neuron.threshold.as_ref();
        let threshold = threshold.map(|_| {
            let kind = TensorKind::Threshold;
            self.push(kind, named(kind, 0, 1), vec![size])
        });
        let first = self.tensors.len();
        for kind in TensorKind::OF_NEURONS {
            let given = neuron.given(kind);
            for (ix, values) in given.iter().enumerate() {
                let shape = match values {
                    PerNeuron::Each(_) => vec![size],
                    PerNeuron::Same(_) => vec![1],
                };
                self.push(kind, named(kind, ix, given.len()), shape);
            }
        }
        self.populations.push(OfPopulation {
            threshold,
            neurons: first..self.tensors.len(),
        });
    }

    fn push(&mut self, kind: TensorKind, name: String, shape: Vec<usize>) -> usize {
        let start = self.len;
        self.len += shape.iter().product::<usize>();
        self.tensors.push(Tensor {
            name,
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

    /// A population's values of one kind: one per neuron, or one that all share; of synaptic time constants those of one
    /// receptor after another. `None` for a kind that it has not.
    pub fn of_population(
        &self,
        population: PopulationId,
        kind: TensorKind,
    ) -> Option<Range<usize>> {
        let mut of_kind = self.of_kind(population, kind);
        let first = of_kind.next()?.range.clone();
        let last = of_kind.last().map_or(first.end, |last| last.range.end);
        Some(first.start..last)
    }

    /// The synaptic time constants of one receptor of a population, counted from 0: one per neuron, or one that all share;
    /// `None` for a receptor that it has not.
    pub fn tau_synapse(&self, population: PopulationId, receptor: usize) -> Option<Range<usize>> {
        let mut receptors = self.of_kind(population, TensorKind::TauSynapse);
        Some(receptors.nth(receptor)?.range.clone())
    }

    /// A population's tensors of one kind: one for each receptor of synaptic time constants, else one at most.
    pub(super) fn of_kind(
        &self,
        population: PopulationId,
        kind: TensorKind,
    ) -> impl Iterator<Item = &Tensor> {
        let of = &self.populations[population.0];
        let threshold = of.threshold.map(|ix| &self.tensors[ix]);
        let all = threshold
            .into_iter()
            .chain(&self.tensors[of.neurons.clone()]);
        all.filter(move |tensor| tensor.kind == kind)
    }

    /// A population's tensors of [`TensorKind::OF_NEURONS`], in that order, a synaptic time constant for each receptor.
    pub(crate) fn own_tensors(&self, population: PopulationId) -> &[Tensor] {
        &self.tensors[self.populations[population.0].neurons.clone()]
    }

    /// Where a neuron's values of its population's [own tensors](Self::own_tensors) lie; neurons that share one have the
    /// same place.
    pub(crate) fn places(
        &self,
        population: PopulationId,
        neuron: usize,
    ) -> impl Iterator<Item = usize> {
        self.own_tensors(population).iter().map(move |tensor| {
            let range = &tensor.range;
            range.start + if range.len() == 1 { 0 } else { neuron }
        })
    }
}
