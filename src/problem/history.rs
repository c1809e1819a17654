//! All that reached one neuron in one sample, given everyone's spikes.

use super::Problem;
use crate::dynamics::{GivenEvent, NeuronDynamics, NeuronState, ResetRule, later};
use crate::network::{PopulationId, Source};

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
    /// Where the weight to the population's first neuron lies in the flat vector.
    weight: usize,
    receptor: usize,
}

/// One population's neurons in one sample.
pub(super) struct History<'a> {
    problem: &'a Problem<'a>,
    spikes: Spikes<'a>,
    sample: usize,
    id: PopulationId,
    /// What arrives at every neuron at the same times; `None` where synapses have delays of their own.
    common: Option<Vec<Arrival>>,
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
        };
        let mut incoming = problem.network.incoming(id);
        let connections = problem.network.connections();
        if incoming.all(|projection| connections[projection.0].has_shared_delay()) {
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
        let population = problem.network.population(self.id);
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
        let unit = (population.first_unit + neuron) as u32;
        let own = self.spikes.neurons.iter().enumerate();
        let own: Vec<usize> = own
            .filter_map(|(ix, &n)| (n == unit).then_some(ix))
            .collect();
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
        let arrivals = match &self.common {
            Some(common) => common,
            None => {
                alone = self.arrivals(neuron);
                &alone
            }
        };
        // What arrives at the very end no longer counts, as in the engines.
        let duration = problem.options.duration;
        events.retain(|(time, _)| *time <= duration);
        let within = arrivals
            .iter()
            .filter(|arrival| arrival.time < duration && arrival.receptor == receptor);
        events.extend(within.map(|arrival| {
            let weight = values[arrival.weight + neuron];
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
            inputs,
            ..
        } = self.problem;
        let (layout, values) = (network.layout(), parameters.values());
        let mut arrivals = Vec::new();
        for projection in network.incoming(self.id) {
            let connection = &network.connections()[projection.0];
            let first = network.first_unit(connection.source);
            let weights = layout.weights(projection).start;
            let delays = layout.delays(projection).start;
            let (times, units) = match connection.source {
                Source::Input(_) => {
                    let range = inputs.range(self.sample);
                    (&inputs.times()[range.clone()], &inputs.units()[range])
                }
                Source::Population(_) => (self.spikes.times, self.spikes.neurons),
            };
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
                    weight: weights + row,
                    receptor: connection.receptor(),
                });
            }
        }
        arrivals
    }
}
