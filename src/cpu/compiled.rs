//! A network, its parameters and its plan, arranged for the CPU's loops.

use super::aligned::Aligned;
use super::arrivals::Incoming;
use super::blocks::{BLOCK, Blocks, row_width};
use crate::dynamics::{CurrentsFlow, Flow, NeuronDynamics};
use crate::network::{Population, PopulationId, ProjectionId, Source};
use crate::plan::{CausalPlan, Stage, StageKind, SynapticCycles};
use crate::problem::{Problem, Stop};

/// A run that may stop early is cut into windows of this fraction of its length,
/// short enough to save most of what follows the last first spike.
const STOP_WINDOW: f64 = 1.0 / 16.0;

/// How a population is advanced between events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kernel {
    /// The co-moving frame wherever the population's time constants and delays allow it.
    #[default]
    Auto,
    /// Every neuron decayed by its own exponentials at every event: slow, the frame's witness.
    Plain,
}

pub(super) struct CompiledPopulation {
    pub size: usize,
    pub first_unit: usize,
    pub is_spiking: bool,
    /// Where its thresholds begin in the flat vector; unused for a readout.
    pub first_threshold: usize,
    /// One per neuron, with the flow of its first receptor's current. A readout's are never asked for their threshold or
    /// reset.
    pub dynamics: Vec<NeuronDynamics>,
    /// How many synaptic currents a neuron has.
    pub receptors: usize,
    /// One per neuron, with all its currents; empty where every population of the network has one.
    pub currents: Vec<CurrentsFlow>,
    /// The potential to which each decays.
    pub rest: Vec<f64>,
    /// Initial potential above that.
    pub initial: Vec<f64>,
    /// The flow of all neurons, where the co-moving frame is used.
    pub frame: Option<Flow>,
    /// The flow of all neurons, where they share it and have one current.
    pub shared_flow: Option<Flow>,
    /// In the order of the network's projections. Rows are numbered through all of them: those of matrices, one for each source
    /// unit, come first, then those of lists, one for each synapse.
    pub incoming: Vec<Incoming>,
    /// For each row of a matrix: where its weights begin in the flat vector.
    pub row_weight: Vec<usize>,
    /// For each row of a matrix: where its delays begin in the flat vector.
    row_delay: Vec<usize>,
    /// For each row of a matrix: which of `incoming` it belongs to.
    row_incoming: Vec<u32>,
    /// Whether any incoming matrix has a delay per synapse.
    pub has_synaptic_delays: bool,
    /// Whether any incoming projection is a list of synapses.
    pub has_lists: bool,
    /// Thresholds above rest, padded to whole blocks with values that are never reached.
    pub thresholds: Aligned,
    /// The threshold that all neurons share; `None` where they differ or it does not lie above rest.
    pub shared_threshold: Option<f64>,
    /// Potentials above rest after a reset, padded to whole blocks; `None` where some neuron is held.
    pub resets: Option<Aligned>,
    /// Whether some threshold lies below rest.
    pub has_negative_threshold: bool,
    /// Whether some threshold is its neuron's rest.
    pub has_zero_threshold: bool,
    /// The longest hold after a spike, in ms.
    pub longest_refractory: f64,
    /// Weights by block, where the frame is used.
    pub weights: Option<Blocks>,
}

impl CompiledPopulation {
    /// The number of neurons, rounded up to whole blocks.
    pub fn padded(&self) -> usize {
        self.size.next_multiple_of(BLOCK)
    }

    /// The flow of a neuron with one of its currents alone.
    pub fn flow(&self, neuron: usize, receptor: usize) -> Flow {
        match (self.shared_flow, self.currents.get(neuron)) {
            (Some(shared), _) => shared,
            (None, None) => self.dynamics[neuron].flow,
            (None, Some(currents)) => currents.flows()[receptor],
        }
    }

    /// The number of rows of matrices.
    pub fn n_rows(&self) -> usize {
        self.row_weight.len()
    }

    /// The incoming projections that are matrices.
    pub fn matrices(&self) -> impl Iterator<Item = &Incoming> {
        self.incoming.iter().filter(|i| i.table.is_none())
    }

    /// The projection over which a row arrives.
    pub fn incoming_of(&self, row: u32) -> &Incoming {
        match self.row_incoming.get(row as usize) {
            Some(&ix) => &self.incoming[ix as usize],
            None => self.listed(row as usize).0,
        }
    }

    /// The list that a row belongs to, and the number of its synapse there.
    pub fn listed(&self, row: usize) -> (&Incoming, usize) {
        let mut lists = self.incoming.iter().filter_map(|incoming| {
            let n_synapses = incoming.table.as_ref()?.len();
            let synapse = row.checked_sub(incoming.first_row)?;
            (synapse < n_synapses).then_some((incoming, synapse))
        });
        lists
            .next()
            .expect("a row belongs to a matrix or to a list")
    }

    /// The place in the flat vector of the weight with which a row arrives at a neuron.
    pub fn weight_of(&self, row: usize, neuron: usize) -> usize {
        match self.row_weight.get(row) {
            Some(first) => first + neuron,
            None => {
                let (incoming, synapse) = self.listed(row);
                incoming.weights + synapse
            }
        }
    }

    /// The place in the flat vector of the delay with which a row arrives at a neuron.
    pub fn delay_of(&self, row: usize, neuron: usize) -> usize {
        match self.row_delay.get(row) {
            Some(first) => match self.incoming_of(row as u32).shared_delay {
                Some(_) => *first,
                None => first + neuron,
            },
            None => {
                let (incoming, synapse) = self.listed(row);
                incoming.delay_of(synapse)
            }
        }
    }
}

pub(super) struct Compiled<'a> {
    pub problem: Problem<'a>,
    pub plan: CausalPlan,
    pub populations: Vec<CompiledPopulation>,
}

impl Compiled<'_> {
    /// Where a neuron's own values lie in the flat vector, in the order of
    /// [`Own`](super::own_values::Own).
    pub fn own_places(
        &self,
        population: usize,
        neuron: usize,
    ) -> impl Iterator<Item = usize> + use<'_> {
        let layout = self.problem.network.layout();
        layout.places(PopulationId(population), neuron)
    }

    /// How a stage of neurons that fire is taken arrival by arrival; `None` where it is not.
    pub fn by_arrival(&self, stage: &Stage) -> Option<ByArrival> {
        let members = stage.populations.iter();
        let any = |of: fn(&CompiledPopulation) -> bool| {
            members.clone().any(|id| of(&self.populations[id.index()]))
        };
        if any(|population| population.receptors > 1 && population.is_spiking) {
            return Some(ByArrival::Several);
        }
        let is_sequential = stage.kind == StageKind::Sequential;
        let is_by_synapse = |p: &CompiledPopulation| p.has_synaptic_delays || p.has_lists;
        (is_sequential && any(is_by_synapse)).then_some(ByArrival::One)
    }
}

/// The neurons of a stage that is taken arrival by arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByArrival {
    /// Each has one synaptic current.
    One,
    /// Some have several.
    Several,
}

impl<'a> Compiled<'a> {
    pub fn new(problem: Problem<'a>, kernel: Kernel) -> Self {
        let options = problem.options;
        let longest = match options.stop {
            Stop::AtDuration => options.longest_window,
            Stop::AfterFirstSpikes(_) => options.longest_window.min(options.duration * STOP_WINDOW),
        };
        let plan = CausalPlan::new(
            problem.network,
            problem.parameters,
            options.duration,
            longest,
            match kernel {
                Kernel::Auto => SynapticCycles::Sequential,
                Kernel::Plain => SynapticCycles::Windows,
            },
        );
        let is_sequential = |id: PopulationId| {
            let mut stages = plan.stages().iter();
            stages.any(|s| s.kind == StageKind::Sequential && s.populations.contains(&id))
        };
        let populations = (0..problem.network.populations().len())
            .map(PopulationId)
            .map(|id| compile(&problem, id, kernel, is_sequential(id)))
            .collect();
        Self {
            problem,
            plan,
            populations,
        }
    }

    pub fn values(&self) -> &'a [f64] {
        self.problem.parameters.values()
    }
}

fn compile(
    problem: &Problem<'_>,
    id: PopulationId,
    kernel: Kernel,
    is_sequential: bool,
) -> CompiledPopulation {
    let network = problem.network;
    let values = problem.parameters.values();
    let layout = network.layout();
    let population: &Population = network.population(id);
    let neurons = problem.parameters.neurons(network, id);
    let each = 0..population.size;
    let dynamics: Vec<NeuronDynamics> = each.clone().map(|ix| neurons.dynamics(ix)).collect();
    let rest: Vec<f64> = each.clone().map(|ix| neurons.rest(ix)).collect();
    let initial = each
        .clone()
        .map(|ix| neurons.initial(ix) - rest[ix])
        .collect();
    let populations = network.populations().iter();
    let currents = match populations.map(|p| p.neuron.tau_synapse.len()).max() {
        Some(2..) => each.map(|ix| neurons.currents(ix)).collect(),
        _ => Vec::new(),
    };
    let mut incoming: Vec<Incoming> = network
        .incoming(id)
        .map(|projection| arriving(problem, projection))
        .collect();
    let (mut row_weight, mut row_delay) = (Vec::new(), Vec::new());
    let mut row_incoming = Vec::new();
    for (ix, incoming) in (0..).zip(&mut incoming).filter(|(_, i)| i.table.is_none()) {
        incoming.first_row = row_weight.len();
        for source in 0..incoming.source_size {
            row_incoming.push(ix);
            row_weight.push(incoming.weights + source * population.size);
            row_delay.push(match incoming.shared_delay {
                Some(_) => incoming.delays,
                None => incoming.delays + source * population.size,
            });
        }
    }
    let mut n_rows = row_weight.len();
    for incoming in &mut incoming {
        if let Some(table) = &incoming.table {
            incoming.first_row = n_rows;
            n_rows += table.len();
        }
    }
    let has_lists = n_rows > row_weight.len();
    let mut matrices = incoming.iter().filter(|i| i.table.is_none());
    let has_synaptic_delays = matrices.any(|i| i.shared_delay.is_none());
    let shared_flow = neurons.shared_flow();
    let frame =
        shared_flow.filter(|_| kernel == Kernel::Auto && !has_synaptic_delays && !has_lists);
    let resets: Option<Vec<f64>> = dynamics
        .iter()
        .map(NeuronDynamics::immediate_reset)
        .collect();
    let padded_size = population.size.next_multiple_of(BLOCK);
    let is_whole = is_sequential || !population.is_spiking();
    let block = if is_whole {
        padded_size
    } else {
        row_width(population.size)
    };
    let thresholds: Vec<f64> = dynamics.iter().map(|d| d.threshold).collect();
    CompiledPopulation {
        size: population.size,
        first_unit: population.first_unit,
        is_spiking: population.is_spiking(),
        first_threshold: layout.thresholds(id).map_or(0, |range| range.start),
        weights: frame.map(|_| Blocks::pack(&row_weight, population.size, block, values)),
        resets: resets.map(|resets| Aligned::padded(&resets, padded_size, 0.0)),
        shared_threshold: thresholds
            .first()
            .copied()
            .filter(|&first| first > 0.0 && thresholds.iter().all(|&other| other == first)),
        has_negative_threshold: thresholds.iter().any(|&threshold| threshold < 0.0),
        has_zero_threshold: thresholds.contains(&0.0),
        thresholds: Aligned::padded(&thresholds, padded_size, f64::MAX),
        longest_refractory: (0..population.size)
            .filter_map(|ix| population.refractory(ix))
            .fold(0.0, f64::max),
        dynamics,
        receptors: population.neuron.tau_synapse.len(),
        currents,
        rest,
        initial,
        frame,
        shared_flow,
        incoming,
        row_weight,
        row_delay,
        row_incoming,
        has_synaptic_delays,
        has_lists,
    }
}

/// A projection as its target sees it, but for its rows.
fn arriving(problem: &Problem<'_>, projection: ProjectionId) -> Incoming {
    let network = problem.network;
    let connection = &network.connections()[projection.0];
    let delays = network.layout().delays(projection).start;
    let has_shared_delay = connection.has_shared_delay();
    Incoming {
        source: match connection.source {
            Source::Input(_) => None,
            Source::Population(source) => Some(source.0),
        },
        first_unit: network.first_unit(connection.source),
        source_size: connection.source_size,
        projection: projection.0,
        first_row: 0,
        table: connection.table.clone(),
        weights: network.layout().weights(projection).start,
        delays,
        shared_delay: has_shared_delay.then(|| problem.parameters.values()[delays]),
        longest_delay: problem.longest_delay(projection),
        receptor: connection.receptor(),
    }
}
