//! A network, its plan and its sizes, arranged for the kernels.

use std::sync::Arc;

use super::layout::{NEVER, NONE, Neuron, PROJECTION_WORDS, Projection};
use super::plan::plan;
use super::reach;
use super::receptors::Receptors;
use crate::Result;
use crate::network::{MAX_RECEPTORS, PopulationId, ProjectionId, Reset, Source, SynapseTable};
use crate::plan::{CausalPlan, StageKind};
use crate::problem::Problem;

/// Whose spikes arrive: an input, or a population.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SourceTable {
    /// Its first channel or neuron, as the recording counts them.
    pub first_unit: usize,
    pub size: usize,
    /// Where its spikes lie in a slot's stretch, and how many fit.
    pub base: u32,
    pub capacity: u32,
    /// Whether it is an input: its spikes are given, not found.
    pub is_input: bool,
}

/// What a population's dispatches need.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PopulationTable {
    pub first_unit: u32,
    pub size: u32,
    pub is_spiking: bool,
    pub source: usize,
    pub stage: u32,
    pub first_projection: u32,
    pub n_projections: u32,
    /// Whether each neuron has a list of its own: where synapses have delays of their own, or are a list themselves.
    pub has_own_lists: bool,
    /// Where its lists lie among a slot's, and how many they are.
    pub first_list: u32,
    pub n_lists: u32,
    /// Where its neurons lie among those of all readouts.
    pub readout: u32,
    /// Whether its neurons, of a network with one receptor for each, have the same time constants, as far as single precision
    /// tells.
    pub shares_flow: bool,
}

impl PopulationTable {
    /// Whether what happens between arrivals is the same for all of its neurons.
    pub fn shares_intervals(&self) -> bool {
        self.shares_flow && !self.has_own_lists
    }
}

/// Everything about a problem that does not change from sample to sample.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    pub plan: CausalPlan,
    /// How many receptors the neurons have.
    pub receptors: Receptors,
    pub sources: Vec<SourceTable>,
    pub populations: Vec<PopulationTable>,
    pub neurons: Vec<Neuron>,
    pub projections: Vec<Projection>,
    /// The lists of synapses, which lie behind the projections: of each the units' first synapses, and then the targets.
    pub synapses: Vec<Arc<SynapseTable>>,
    /// Of a slot: all lists, and those that the neurons of a population share, which come first.
    pub n_lists: u32,
    pub n_shared_lists: u32,
    pub n_readouts: u32,
}

impl Tables {
    /// Arranges a problem; spikes of each source as many as `capacities` says, inputs first.
    ///
    /// # Errors
    /// A sequential stage of too many populations; more of something than kernels can count.
    pub fn new(problem: &Problem<'_>, capacities: &[u32]) -> Result<Self> {
        reach::check(problem, capacities)?;
        let plan = plan(problem)?;
        let network = problem.network;
        let mut sources = Vec::new();
        let mut base = 0;
        let groups = network
            .inputs()
            .iter()
            .map(|g| (g.first_unit, g.size, true));
        let populations = network
            .populations()
            .iter()
            .map(|p| (p.first_unit, p.size, false));
        for ((first_unit, size, is_input), &capacity) in groups.chain(populations).zip(capacities) {
            sources.push(SourceTable {
                first_unit,
                size,
                base,
                capacity,
                is_input,
            });
            base += capacity;
        }
        let mut tables = Self {
            plan,
            receptors: Receptors::of(network),
            sources,
            populations: Vec::new(),
            neurons: Vec::new(),
            projections: Vec::new(),
            synapses: Vec::new(),
            n_lists: 1,
            n_shared_lists: 0,
            n_readouts: 0,
        };
        // Words of projections, and of the lists behind them so far.
        let mut n_words = network.connections().len() as u32 * PROJECTION_WORDS;
        for ix in 0..network.populations().len() {
            tables.push_population(problem, PopulationId(ix), &mut n_words);
        }
        tables.place_lists();
        tables.push_neurons(problem);
        Ok(tables)
    }

    /// How many spikes fit into a slot's stretch.
    pub fn stretch(&self) -> u32 {
        self.sources
            .last()
            .map_or(0, |source| source.base + source.capacity)
    }

    /// How many sources are inputs: they come first.
    pub fn n_inputs(&self) -> usize {
        self.sources.partition_point(|source| source.is_input)
    }

    /// How many places of a stretch inputs take; they come first.
    pub fn n_input_places(&self) -> u32 {
        self.sources
            .iter()
            .filter(|source| source.is_input)
            .map(|source| source.capacity)
            .sum()
    }

    fn push_population(&mut self, problem: &Problem<'_>, id: PopulationId, n_words: &mut u32) {
        let network = problem.network;
        let population = network.population(id);
        let n_inputs = network.inputs().len();
        let stage = self.stage_of(id);
        let first_projection = self.projections.len() as u32;
        let mut has_own_lists = false;
        for projection in network.incoming(id) {
            let connection = &network.connections()[projection.0];
            has_own_lists |= !connection.has_shared_delay() || connection.table.is_some();
            let mut table = self.projection(problem, projection, stage);
            if let Some(synapses) = &connection.table {
                table.rows = *n_words;
                table.targets = *n_words + synapses.firsts().len() as u32;
                *n_words = table.targets + synapses.len() as u32;
                self.synapses.push(synapses.clone());
            }
            self.projections.push(table);
        }
        let n_lists = if has_own_lists {
            population.size as u32
        } else {
            1
        };
        self.populations.push(PopulationTable {
            first_unit: population.first_unit as u32,
            size: population.size as u32,
            is_spiking: population.is_spiking(),
            source: n_inputs + id.index(),
            stage: stage as u32,
            first_projection,
            n_projections: self.projections.len() as u32 - first_projection,
            has_own_lists,
            first_list: 0,
            n_lists,
            readout: self.n_readouts,
            shares_flow: false,
        });
        if !population.is_spiking() {
            self.n_readouts += population.size as u32;
        }
    }

    fn stage_of(&self, id: PopulationId) -> usize {
        let stages = self.plan.stages();
        let found = stages
            .iter()
            .position(|stage| stage.populations.contains(&id));
        found.expect("every population is in a stage of the plan")
    }

    fn projection(&self, problem: &Problem<'_>, id: ProjectionId, stage: usize) -> Projection {
        let (network, layout) = (problem.network, problem.network.layout());
        let connection = &network.connections()[id.0];
        let (source, source_stage) = match connection.source {
            Source::Input(input) => (input.0, None),
            Source::Population(population) => (
                network.inputs().len() + population.index(),
                Some(self.stage_of(population)),
            ),
        };
        let is_inner =
            source_stage == Some(stage) && self.plan.stages()[stage].kind == StageKind::Sequential;
        let is_backward = source_stage.is_some_and(|source| source >= stage);
        let longest = problem.longest_delay(id);
        let window = self.plan.window();
        let least_windows = u32::from(is_backward);
        let (mut whole_windows, mut remainder) = (0, 0.0);
        let is_per_synapse = !connection.has_shared_delay();
        if !(is_per_synapse || is_inner && longest == 0.0) {
            whole_windows = ((longest / window) as u32).max(least_windows);
            remainder = (longest - f64::from(whole_windows) * window).clamp(0.0, window) as f32;
        }
        Projection {
            source: source as u32,
            source_base: self.sources[source].base,
            source_capacity: self.sources[source].capacity,
            weights: layout.weights(id).start as u32,
            delays: layout.delays(id).start as u32,
            is_per_synapse: u32::from(is_per_synapse),
            target_size: connection.target_size as u32,
            whole_windows,
            remainder,
            least_windows,
            longest_windows: ((longest / window) as u32 + 1).max(least_windows),
            is_inner: u32::from(is_inner),
            receptor: connection.receptor() as u32,
            rows: NONE,
            targets: NONE,
        }
    }

    /// Lists live through one stage: those of different stages share their memory. Shared ones come first.
    fn place_lists(&mut self) {
        let mut n_own = 0;
        for stage in self.plan.stages() {
            let mut firsts = [0, 0];
            for id in &stage.populations {
                let population = &mut self.populations[id.index()];
                let first = &mut firsts[usize::from(population.has_own_lists)];
                population.first_list = *first;
                *first += population.n_lists;
            }
            self.n_shared_lists = self.n_shared_lists.max(firsts[0]);
            n_own = n_own.max(firsts[1]);
        }
        for population in self.populations.iter_mut().filter(|p| p.has_own_lists) {
            population.first_list += self.n_shared_lists;
        }
        self.n_lists = (self.n_shared_lists + n_own).max(1);
    }

    fn push_neurons(&mut self, problem: &Problem<'_>) {
        let network = problem.network;
        for (ix, table) in self.populations.iter().enumerate() {
            let population = &network.populations()[ix];
            let thresholds = network.layout().thresholds(PopulationId(ix));
            let own = problem.parameters.neurons(network, PopulationId(ix));
            for neuron in 0..population.size {
                let (flow, rest) = (own.flow(neuron), own.rest(neuron));
                let mut places = network.layout().places(PopulationId(ix), neuron);
                let mut place = || places.next().map_or(NONE, |place| place as u32);
                let n_receptors = population.neuron.tau_synapse.len();
                let tau_membrane = place();
                let mut tau_synapse = [place(); MAX_RECEPTORS];
                tau_synapse[1..n_receptors].fill_with(&mut place);
                let mut synapse_rates = [1.0; MAX_RECEPTORS];
                for (receptor, rate) in synapse_rates[..n_receptors].iter_mut().enumerate() {
                    *rate = own.flow_of(neuron, receptor).synapse_rate as f32;
                }
                let (reset_value, reset_potential, refractory) = match &population.neuron.reset {
                    Reset::Subtract => (0.0, 0.0, -1.0),
                    Reset::To {
                        potential,
                        refractory,
                    } => {
                        let value = potential.get(neuron);
                        (value, value - rest, refractory.get(neuron))
                    }
                };
                let source = &self.sources[table.source];
                let own_list = if table.has_own_lists {
                    neuron as u32
                } else {
                    0
                };
                self.neurons.push(Neuron {
                    synapse_rates,
                    tau_synapse,
                    tau_membrane,
                    rest: place(),
                    initial_place: place(),
                    membrane_rate: flow.membrane_rate as f32,
                    rest_potential: rest as f32,
                    initial: (own.initial(neuron) - rest) as f32,
                    reset_potential: reset_potential as f32,
                    refractory: refractory.min(f64::from(NEVER)) as f32,
                    threshold: thresholds
                        .as_ref()
                        .map_or(NONE, |t| (t.start + neuron) as u32),
                    list: table.first_list + own_list,
                    stage: table.stage,
                    source: table.source as u32,
                    source_base: source.base,
                    capacity: source.capacity,
                    first_unit: table.first_unit,
                    size: table.size,
                    first_projection: table.first_projection,
                    n_projections: table.n_projections,
                    reset_value: reset_value as f32,
                    n_receptors: n_receptors as u32,
                });
            }
        }
        for table in &mut self.populations {
            let neurons = &self.neurons[table.first_unit as usize..][..table.size as usize];
            let rates = |neuron: &Neuron| (neuron.synapse_rates[0], neuron.membrane_rate);
            table.shares_flow = self.receptors == Receptors::One
                && neurons
                    .windows(2)
                    .all(|two| rates(&two[0]) == rates(&two[1]));
        }
    }
}
