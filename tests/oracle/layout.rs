//! A network as the library's own, laid out so that one kernel or another runs it.

use std::collections::BTreeMap;

use ndarray::Array2;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::network::{
    InputId, Network, NetworkBuilder, NetworkInRows, Neuron, Parameters, PopulationId, Projection,
    ProjectionId, Reset, Source,
};

use crate::net::{Net, ResetOf, SourceOf};

/// Which neurons form a population.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Groups {
    /// Those that share time constants and the kind of reset.
    Alike,
    /// Those that share the kind of reset, whatever their time constants.
    ByReset,
    /// Each its own.
    Singles,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub groups: Groups,
    /// Delays of each synapse's own, which only the plain kernels take; else a projection for each delay.
    pub own_delays: bool,
    /// Whether weights of zero close a loop without delay over all populations: then they are one sequential stage.
    pub in_sequence: bool,
}

/// A network of the library and where the oracle's values lie in it.
pub struct Built {
    pub network: Network,
    pub parameters: Parameters,
    /// Unit of each neuron.
    pub units: Vec<usize>,
    /// Place of each synapse's weight in the flat vector.
    pub weights: Vec<usize>,
    /// For each delay parameter above zero: its place, and the synapses that have it.
    pub delays: Vec<(usize, Vec<usize>)>,
    /// Place of each neuron's threshold.
    pub thresholds: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Place {
    population: PopulationId,
    group: usize,
    member: usize,
}

type Key = (usize, usize, u64, usize);

/// A network as the library is told of it.
struct Described {
    builder: NetworkBuilder,
    input: Option<InputId>,
    places: Vec<Place>,
    /// With each projection its synapses: which of the network's, and which entry of the matrix.
    projections: Vec<(ProjectionId, Vec<(usize, usize)>)>,
}

fn describe(net: &Net, layout: Layout) -> Described {
    let mut builder = Network::builder();
    let input = (net.inputs > 0).then(|| builder.input("input", net.inputs));
    let groups = groups(net, layout.groups);
    let mut places = vec![None; net.neurons.len()];
    let mut populations = Vec::new();
    for (group, members) in groups.iter().enumerate() {
        let population =
            builder.population(format!("p{group}"), members.len(), neuron(net, members));
        populations.push(population);
        for (member, &ix) in members.iter().enumerate() {
            places[ix] = Some(Place {
                population,
                group,
                member,
            });
        }
    }
    let places: Vec<Place> = places
        .into_iter()
        .map(|place| place.expect("every neuron has a group"))
        .collect();
    // Source group (inputs last), target group, delay, and which of several between one pair of units.
    let mut bundles: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    let mut seen: BTreeMap<(SourceOf, usize, u64), usize> = BTreeMap::new();
    for (ix, synapse) in net.synapses.iter().enumerate() {
        let delay = if layout.own_delays {
            0
        } else {
            synapse.delay.to_bits()
        };
        let twin = seen
            .entry((synapse.source, synapse.target, delay))
            .or_insert(0);
        let from = match synapse.source {
            SourceOf::Input(_) => groups.len(),
            SourceOf::Neuron(neuron) => places[neuron].group,
        };
        let key = (from, places[synapse.target].group, delay, *twin);
        bundles.entry(key).or_default().push(ix);
        *twin += 1;
    }
    let mut projections = Vec::new();
    for ((from, to, ..), synapses) in &bundles {
        let n_rows = groups.get(*from).map_or(net.inputs, Vec::len);
        let shape = (n_rows, groups[*to].len());
        let source: Source = match groups.get(*from) {
            None => input
                .expect("a synapse comes from an input that exists")
                .into(),
            Some(_) => populations[*from].into(),
        };
        let shortest = synapses
            .iter()
            .map(|&ix| net.synapses[ix].delay)
            .fold(f64::MAX, f64::min);
        let mut weights = Array2::zeros(shape);
        let mut delays = Array2::from_elem(shape, shortest);
        let mut entries = Vec::new();
        for &ix in synapses {
            let synapse = &net.synapses[ix];
            let row = match synapse.source {
                SourceOf::Input(channel) => channel,
                SourceOf::Neuron(neuron) => places[neuron].member,
            };
            let entry = (row, places[synapse.target].member);
            weights[entry] = synapse.weight;
            delays[entry] = synapse.delay;
            entries.push((ix, entry.0 * shape.1 + entry.1));
        }
        let projection = Projection::dense(weights);
        let projection = match layout.own_delays {
            true => projection.delays(delays),
            false => projection.delay(shortest),
        };
        projections.push((
            builder.connect(source, populations[*to], projection),
            entries,
        ));
    }
    if layout.in_sequence {
        for (group, members) in groups.iter().enumerate() {
            let next = (group + 1) % groups.len();
            let silent = Projection::dense(Array2::zeros((members.len(), groups[next].len())));
            builder.connect(populations[group], populations[next], silent);
        }
    }
    Described {
        builder,
        input,
        places,
        projections,
    }
}

/// As one long run, and the number of each neuron there.
pub fn in_rows(net: &Net, layout: Layout) -> (NetworkInRows, Vec<usize>) {
    let mut described = describe(net, layout);
    if let Some(input) = described.input {
        let spikes = net.input_spikes.clone();
        described.builder.input_spikes(input, spikes);
    }
    let network = described.builder.build_in_rows();
    let network = network.expect("the oracle's networks are sound");
    let number = |place: &Place| {
        let first = network.population(place.population).neurons.start as usize;
        first + place.member
    };
    let numbers = described.places.iter().map(number).collect();
    (network, numbers)
}

pub fn build(net: &Net, layout: Layout) -> Built {
    let Described {
        builder,
        places,
        projections,
        ..
    } = describe(net, layout);
    let network = builder.build().expect("the oracle's networks are sound");
    let parameters = network.parameters(0);
    let flat = network.layout();
    let mut weights = vec![0; net.synapses.len()];
    let mut delays = Vec::new();
    for (id, entries) in projections {
        let range = flat.delays(id);
        for &(ix, entry) in &entries {
            weights[ix] = flat.weights(id).start + entry;
            if layout.own_delays {
                delays.push((range.start + entry, vec![ix]));
            }
        }
        if !layout.own_delays {
            delays.push((range.start, entries.iter().map(|&(ix, _)| ix).collect()));
        }
    }
    delays.retain(|(_, synapses)| synapses.iter().all(|&ix| net.synapses[ix].delay > 0.0));
    let threshold = |place: &Place| {
        let range = flat.thresholds(place.population);
        range.expect("every population fires").start + place.member
    };
    Built {
        units: places
            .iter()
            .map(|place| network.population(place.population).first_unit + place.member)
            .collect(),
        thresholds: places.iter().map(threshold).collect(),
        weights,
        delays,
        parameters,
        network,
    }
}

fn groups(net: &Net, by: Groups) -> Vec<Vec<usize>> {
    let mut groups: Vec<(_, Vec<usize>)> = Vec::new();
    for (ix, neuron) in net.neurons.iter().enumerate() {
        let taus = (neuron.tau_membrane.to_bits(), neuron.tau_synapse.to_bits());
        let key = match by {
            Groups::Alike => (net.is_soft(ix), taus, 0),
            Groups::ByReset => (net.is_soft(ix), (0, 0), 0),
            Groups::Singles => (false, (0, 0), ix),
        };
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, members)) => members.push(ix),
            None => groups.push((key, vec![ix])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

fn neuron(net: &Net, members: &[usize]) -> Neuron {
    let each = |value: fn(&crate::net::NeuronOf) -> f64| -> Vec<f64> {
        members.iter().map(|&ix| value(&net.neurons[ix])).collect()
    };
    let (potential, refractory): (Vec<f64>, Vec<f64>) = members
        .iter()
        .filter_map(|&ix| match net.neurons[ix].reset {
            ResetOf::Soft => None,
            ResetOf::Hard {
                potential,
                refractory,
            } => Some((potential, refractory)),
        })
        .unzip();
    let reset = match potential.is_empty() {
        true => Reset::Subtract,
        false => Reset::To {
            potential: potential.into(),
            refractory: refractory.into(),
        },
    };
    Neuron::leaky_integrate_and_fire()
        .tau_membrane(each(|neuron| neuron.tau_membrane))
        .tau_synapse(each(|neuron| neuron.tau_synapse))
        .threshold(each(|neuron| neuron.threshold))
        .rest(each(|neuron| neuron.drive))
        .initial(each(|neuron| neuron.initial))
        .reset(reset)
}

/// The input spikes in order of (time, input), and the place of each, input by input, among them.
pub fn input_order(net: &Net) -> (Vec<Spike>, Vec<usize>) {
    let listed: Vec<Spike> = net
        .input_spikes
        .iter()
        .enumerate()
        .flat_map(|(unit, times)| times.iter().map(move |&time| Spike { unit, time }))
        .collect();
    let mut order: Vec<usize> = (0..listed.len()).collect();
    order.sort_by(|&x, &y| listed[x].time.total_cmp(&listed[y].time));
    let mut places = vec![0; listed.len()];
    for (place, &ix) in order.iter().enumerate() {
        places[ix] = place;
    }
    (order.iter().map(|&ix| listed[ix]).collect(), places)
}

/// So many samples: the last two have the network's inputs, those before have none.
pub fn batch(net: &Net, n_samples: usize) -> SpikeBatch {
    let (spikes, _) = input_order(net);
    let mut batch = SpikeBatch::new();
    for sample in 0..n_samples {
        let spikes: &[Spike] = if sample + 2 < n_samples { &[] } else { &spikes };
        batch.push_sample(spikes).expect("inputs are in order");
    }
    batch
}
