//! All that reached one neuron in one sample, given everyone's spikes.

use std::collections::HashMap;

use super::Problem;
use crate::dynamics::{GivenEvent, NeuronDynamics, NeuronState, ResetRule, later};
use crate::network::{Population, PopulationId, ProjectionId, Source};

/// The spikes of one sample's neurons, times ascending, neurons counted over all populations.
#[derive(Clone, Copy)]
pub(super) struct Spikes<'a> {
    pub times: &'a [f64],
    pub neurons: &'a [u32],
}

/// A spike on its way to a population.
#[derive(Clone, Copy)]
struct Arrival {
    time: f64,
    /// Where its weight to the neuron asked for lies in the flat vector.
    weight: usize,
    receptor: usize,
}

/// One population's neurons in one sample.
pub(super) struct History<'a> {
    problem: &'a Problem<'a>,
    spikes: Spikes<'a>,
    sample: usize,
    id: PopulationId,
    /// What arrives at every neuron at the same times, with the weights of the first; `None` where synapses have delays of their
    /// own, or are lists.
    common: Option<Vec<Arrival>>,
    /// For each incoming projection that is a list.
    lists: Vec<List>,
    /// For each neuron of the population which of the sample's spikes are its own, in order.
    own: Vec<Vec<usize>>,
}

/// A projection that is a list, by target.
struct List {
    projection: ProjectionId,
    /// For each target the synapses onto it, as numbers in the projection's table.
    onto: Vec<Vec<u32>>,
    /// For each source its spikes, in order of time.
    sent: HashMap<u32, Vec<f64>>,
}

/// What one receptor made of a neuron, with what happened to it.
///
/// With all spikes given everything is linear: potential and current of a neuron are the sums of what its receptors add.
/// The first has the neuron's start, its rest, its threshold and the potentials of its resets; for the others these are zero.
pub(super) struct Lived {
    pub dynamics: NeuronDynamics,
    /// What potentials are measured from.
    pub rest: f64,
    pub start: NeuronState,
    /// In order.
    pub events: Vec<(f64, GivenEvent)>,
    /// Which of the sample's spikes are its own, in order.
    pub own: Vec<usize>,
}

fn own_spikes(population: &Population, spikes: Spikes<'_>) -> Vec<Vec<usize>> {
    let mut own = vec![Vec::new(); population.size];
    for (ix, &neuron) in spikes.neurons.iter().enumerate() {
        let neuron = (neuron as usize).checked_sub(population.first_unit);
        if let Some(of_neuron) = neuron.and_then(|neuron| own.get_mut(neuron)) {
            of_neuron.push(ix);
        }
    }
    own
}

impl<'a> History<'a> {
    pub fn new(
        problem: &'a Problem<'a>,
        spikes: Spikes<'a>,
        sample: usize,
        id: PopulationId,
    ) -> Self {
        let mut history = Self {
            problem,
            spikes,
            sample,
            id,
            common: None,
            lists: Vec::new(),
            own: own_spikes(problem.network.population(id), spikes),
        };
        let incoming = problem.network.incoming(id);
        history.lists = incoming.filter_map(|ix| history.list(ix)).collect();
        let connections = problem.network.connections();
        let mut incoming = problem.network.incoming(id);
        let has_shared = incoming.all(|projection| connections[projection.0].has_shared_delay());
        if has_shared && history.lists.is_empty() {
            history.common = Some(history.arrivals(0));
        }
        history
    }

    /// How many receptors a neuron has.
    pub fn receptors(&self) -> usize {
        self.problem
            .network
            .population(self.id)
            .neuron
            .tau_synapse
            .len()
    }

    /// A neuron, counted within the population, as far as one receptor makes it, through the run; its state is asked for at
    /// `times`.
    pub fn of(&self, neuron: usize, receptor: usize, times: &[f64]) -> Lived {
        let problem = self.problem;
        let values = problem.parameters.values();
        let own = problem.parameters.neurons(problem.network, self.id);
        let (mut dynamics, mut rest, mut initial) =
            (own.dynamics(neuron), own.rest(neuron), own.initial(neuron));
        if receptor > 0 {
            (rest, initial) = (0.0, 0.0);
            dynamics = NeuronDynamics {
                flow: own.currents(neuron).flows()[receptor],
                threshold: 0.0,
                reset: match dynamics.reset {
                    ResetRule::Subtract { .. } => ResetRule::Subtract { amount: 0.0 },
                    ResetRule::To { refractory, .. } => ResetRule::To {
                        potential: 0.0,
                        refractory,
                    },
                },
            };
        }
        let own = self.own[neuron].clone();
        let mut events: Vec<(f64, GivenEvent)> =
            times.iter().map(|&time| (time, GivenEvent::Ask)).collect();
        for &ix in &own {
            let time = self.spikes.times[ix];
            events.push((time, GivenEvent::Spike));
            if let ResetRule::To { refractory, .. } = dynamics.reset
                && refractory > 0.0
            {
                events.push((later(time, refractory), GivenEvent::Release));
            }
        }
        let alone;
        let (arrivals, offset) = match &self.common {
            Some(common) => (common, neuron),
            None => {
                alone = self.arrivals(neuron);
                (&alone, 0)
            }
        };
        // What arrives at the very end no longer counts, as in the engines.
        let duration = problem.options.duration;
        events.retain(|(time, _)| *time <= duration);
        let within = arrivals
            .iter()
            .filter(|arrival| arrival.time < duration && arrival.receptor == receptor);
        events.extend(within.map(|arrival| {
            let weight = values[arrival.weight + offset];
            (arrival.time, GivenEvent::Arrival(weight))
        }));
        let place = |event: &GivenEvent| match event {
            GivenEvent::Release => 0,
            GivenEvent::Spike => 1,
            GivenEvent::Ask => 2,
            GivenEvent::Arrival(_) => 3,
        };
        events.sort_by(|(x, a), (y, b)| x.total_cmp(y).then(place(a).cmp(&place(b))));
        Lived {
            dynamics,
            rest,
            start: NeuronState {
                time: 0.0,
                potential: initial - rest,
                current: 0.0,
                release: None,
            },
            events,
            own,
        }
    }

    /// What arrives at one neuron, in the order of projections.
    fn arrivals(&self, neuron: usize) -> Vec<Arrival> {
        let Problem {
            network,
            parameters,
            ..
        } = self.problem;
        let (layout, values) = (network.layout(), parameters.values());
        let mut arrivals = Vec::new();
        for projection in network.incoming(self.id) {
            let connection = &network.connections()[projection.0];
            let first = network.first_unit(connection.source);
            let weights = layout.weights(projection).start;
            let delays = layout.delays(projection).start;
            if let Some(list) = self.lists.iter().find(|l| l.projection == projection) {
                self.listed(list, neuron, &mut arrivals);
                continue;
            }
            let (times, units) = self.sent(connection.source);
            for (&time, &unit) in times.iter().zip(units) {
                let source = (unit as usize).wrapping_sub(first);
                if source >= connection.source_size {
                    continue;
                }
                let row = source * connection.target_size;
                let delay = match connection.has_shared_delay() {
                    true => values[delays],
                    false => values[delays + row + neuron],
                };
                arrivals.push(Arrival {
                    time: time + delay,
                    weight: weights + row + neuron,
                    receptor: connection.receptor(),
                });
            }
        }
        arrivals
    }

    /// The spikes of all inputs, or of all populations.
    fn sent(&self, source: Source) -> (&'a [f64], &'a [u32]) {
        match source {
            Source::Input(_) => {
                let inputs = self.problem.inputs;
                let range = inputs.range(self.sample);
                (&inputs.times()[range.clone()], &inputs.units()[range])
            }
            Source::Population(_) => (self.spikes.times, self.spikes.neurons),
        }
    }

    fn list(&self, projection: ProjectionId) -> Option<List> {
        let connection = &self.problem.network.connections()[projection.0];
        let table = connection.table.as_deref()?;
        let mut onto = vec![Vec::new(); connection.target_size];
        for synapse in 0..table.len() {
            onto[table.target(synapse)].push(synapse as u32);
        }
        let first = self.problem.network.first_unit(connection.source);
        let mut sent: HashMap<u32, Vec<f64>> = HashMap::new();
        let (times, units) = self.sent(connection.source);
        for (&time, &unit) in times.iter().zip(units) {
            let source = (unit as usize).wrapping_sub(first);
            if source < connection.source_size {
                sent.entry(source as u32).or_default().push(time);
            }
        }
        Some(List {
            projection,
            onto,
            sent,
        })
    }

    fn listed(&self, list: &List, neuron: usize, arrivals: &mut Vec<Arrival>) {
        let Problem {
            network,
            parameters,
            ..
        } = self.problem;
        let connection = &network.connections()[list.projection.0];
        let Some(table) = &connection.table else {
            return;
        };
        let (layout, values) = (network.layout(), parameters.values());
        let weights = layout.weights(list.projection).start;
        let delays = layout.delays(list.projection).start;
        for &synapse in &list.onto[neuron] {
            let synapse = synapse as usize;
            let delay = match connection.has_shared_delay() {
                true => values[delays],
                false => values[delays + synapse],
            };
            let of_source = list.sent.get(&(table.source(synapse) as u32));
            arrivals.extend(of_source.into_iter().flatten().map(|time| Arrival {
                time: time + delay,
                weight: weights + synapse,
                receptor: connection.receptor(),
            }));
        }
    }
}
