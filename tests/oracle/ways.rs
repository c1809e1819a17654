//! Every way in which the library runs a network as a batch or a stream.

use spikefront::cpu::stream::{CpuStream, StreamOptions, spikes_by_event};
use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::network::{Network, NetworkInRows, Neuron, Projection, Reset, Synapse};
use spikefront::{Engine, Problem, Result, SimulationOptions};

use crate::layout::{Groups, Layout, batch, build, in_rows};
use crate::net::{Net, ResetOf, SourceOf};

/// Spike times of each neuron.
pub type Trains = Vec<Vec<f64>>;

/// One way through the library.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way {
    Batch {
        layout: Layout,
        kernel: Kernel,
        samples: usize,
        /// The longest window as a share of the run; the whole run is one window at 1.
        window: f64,
    },
    /// The large-network room, event by event.
    ByEvent { receptors: usize },
    /// The large-network room in windows, each so many times shorter than the network allows.
    Windows { receptors: usize, shorter: f64 },
    /// As a batch is described, as one long run, in windows so many times shorter than the network allows.
    LongRun { layout: Layout, shorter: f64 },
}

const fn of(groups: Groups, own_delays: bool, in_sequence: bool) -> Layout {
    Layout {
        groups,
        own_delays,
        in_sequence,
    }
}

const fn way(layout: Layout, kernel: Kernel, samples: usize, window: f64) -> Way {
    Way::Batch {
        layout,
        kernel,
        samples,
        window,
    }
}

/// Populations of neurons alike with shared delays: vectors in parallel stages.
pub const FRAME: Layout = of(Groups::Alike, false, false);
/// The same in one sequential stage: frame banks where neurons are alike.
pub const FRAME_BANK: Layout = of(Groups::Alike, false, true);
/// Delays of each synapse's own: plain kernels.
pub const PLAIN: Layout = of(Groups::ByReset, true, false);
/// The same in one sequential stage: plain banks.
pub const PLAIN_BANK: Layout = of(Groups::ByReset, true, true);
/// A population for each neuron.
pub const SINGLES: Layout = of(Groups::Singles, false, false);
/// Unequal time constants in one population, with shared delays, in one sequential stage.
pub const MIXED_BANK: Layout = of(Groups::ByReset, false, true);

pub const WAYS: [Way; 21] = [
    way(FRAME, Kernel::Auto, 1, 1.0),
    way(FRAME, Kernel::Auto, 3, 1.0),
    way(FRAME, Kernel::Auto, 1, 0.137),
    way(FRAME, Kernel::Plain, 1, 1.0),
    way(FRAME_BANK, Kernel::Auto, 1, 1.0),
    way(FRAME_BANK, Kernel::Auto, 3, 0.043),
    way(FRAME_BANK, Kernel::Plain, 1, 1.0),
    way(PLAIN, Kernel::Auto, 1, 1.0),
    way(PLAIN, Kernel::Auto, 3, 0.0191),
    way(PLAIN_BANK, Kernel::Auto, 1, 1.0),
    way(PLAIN_BANK, Kernel::Auto, 1, 0.137),
    way(SINGLES, Kernel::Auto, 1, 1.0),
    way(SINGLES, Kernel::Plain, 1, 0.0191),
    way(MIXED_BANK, Kernel::Auto, 1, 1.0),
    Way::ByEvent { receptors: 1 },
    Way::ByEvent { receptors: 2 },
    Way::Windows {
        receptors: 1,
        shorter: 1.0,
    },
    Way::Windows {
        receptors: 2,
        shorter: 3.7,
    },
    Way::LongRun {
        layout: PLAIN,
        shorter: 1.0,
    },
    Way::LongRun {
        layout: FRAME,
        shorter: 2.3,
    },
    Way::LongRun {
        layout: MIXED_BANK,
        shorter: 1.0,
    },
];

impl Way {
    /// Whether the network can be said this way: the large-network room knows f32 weights and delays alone.
    pub fn takes(&self, net: &Net) -> bool {
        let is_single = |value: f64| f64::from(value as f32) == value;
        let single =
            |synapse: &crate::net::SynapseOf| is_single(synapse.weight) && is_single(synapse.delay);
        match self {
            Self::Batch { .. } => true,
            Self::ByEvent { .. } | Self::Windows { .. } | Self::LongRun { .. } => {
                net.synapses.iter().all(single)
            }
        }
    }

    pub fn name(&self) -> String {
        match self {
            Self::Batch {
                layout,
                kernel,
                samples,
                window,
            } => {
                let names = [
                    (FRAME, "frame"),
                    (FRAME_BANK, "frame bank"),
                    (PLAIN, "own delays"),
                    (PLAIN_BANK, "own delays, bank"),
                    (SINGLES, "singles"),
                    (MIXED_BANK, "mixed bank"),
                ];
                let known = names.iter().find(|(other, _)| other == layout);
                let name =
                    known.map_or_else(|| format!("{layout:?}"), |(_, name)| (*name).to_owned());
                format!("{name}, {kernel:?}, {samples} samples, window {window}")
            }
            Self::ByEvent { receptors } => format!("large, by event, {receptors} receptors"),
            Self::Windows { receptors, shorter } => {
                format!("large, windows / {shorter}, {receptors} receptors")
            }
            Self::LongRun { layout, shorter } => {
                format!("long run, {layout:?}, windows / {shorter}")
            }
        }
    }

    /// The spikes of one run for each sample that has the inputs.
    pub fn run(&self, net: &Net) -> Result<Vec<Trains>> {
        match *self {
            Self::Batch {
                layout,
                kernel,
                samples,
                window,
            } => {
                let engine = CpuEngine::new().kernel(kernel);
                on_engine(&engine, net, layout, samples, window)
            }
            Self::ByEvent { receptors } => {
                let network = large(net, receptors)?;
                let mut trains = vec![Vec::new(); net.neurons.len()];
                for (time, neuron) in spikes_by_event(&network, net.end)? {
                    trains[neuron as usize].push(time);
                }
                Ok(vec![trains])
            }
            Self::Windows { receptors, shorter } => {
                let network = large(net, receptors)?;
                Ok(vec![in_windows(&network, net.end, shorter)?])
            }
            Self::LongRun { layout, shorter } => {
                let (network, numbers) = in_rows(net, layout);
                let mut found = in_windows(&network, net.end, shorter)?;
                let trains = numbers.iter().map(|&ix| std::mem::take(&mut found[ix]));
                Ok(vec![trains.collect()])
            }
        }
    }
}

/// The spikes until `end` ms, in windows so many times shorter than the network allows.
fn in_windows(network: &NetworkInRows, end: f64, shorter: f64) -> Result<Trains> {
    let longest = CpuStream::new(network, StreamOptions::default())?.window();
    let window = longest / shorter;
    let options = StreamOptions::default().window(Some(window));
    let mut simulation = CpuStream::new(network, options)?;
    let mut trains = vec![Vec::new(); network.neurons()];
    simulation.run(end, |spikes| {
        for spike in spikes {
            trains[spike.neuron as usize].push(spike.time(window));
        }
        Ok(())
    })?;
    Ok(trains)
}

/// The spikes on any engine, of each sample that has the network's inputs.
pub fn on_engine(
    engine: &dyn Engine,
    net: &Net,
    layout: Layout,
    samples: usize,
    window: f64,
) -> Result<Vec<Trains>> {
    let built = build(net, layout);
    let inputs = batch(net, samples);
    let mut options = SimulationOptions::new(net.end);
    options.spike_budget = 100_000;
    if window < 1.0 {
        options.longest_window = window * net.end;
    }
    let recording = engine.simulate(&Problem {
        network: &built.network,
        parameters: &built.parameters,
        inputs: &inputs,
        options: &options,
    })?;
    let mut neurons = vec![0; built.units.len()];
    for (neuron, &unit) in built.units.iter().enumerate() {
        neurons[unit] = neuron;
    }
    let with_inputs = samples.saturating_sub(2)..samples;
    Ok(with_inputs
        .map(|sample| {
            let mut trains = vec![Vec::new(); neurons.len()];
            for spike in recording.sample(sample) {
                trains[neurons[spike.unit]].push(spike.time);
            }
            trains
        })
        .collect())
}

/// As a large network. With two receptors of one time constant, inhibition goes to the second: the same neuron.
fn large(net: &Net, receptors: usize) -> Result<NetworkInRows> {
    let mut builder = Network::builder().seed(1);
    let mut populations = Vec::new();
    for (ix, neuron) in net.neurons.iter().enumerate() {
        let described = Neuron::leaky_integrate_and_fire()
            .tau_membrane(neuron.tau_membrane)
            .receptors(vec![neuron.tau_synapse; receptors])
            .threshold(neuron.threshold)
            .rest(neuron.drive)
            .initial(neuron.initial)
            .reset(match neuron.reset {
                ResetOf::Soft => Reset::Subtract,
                ResetOf::Hard {
                    potential,
                    refractory,
                } => Reset::refractory(potential, refractory),
            });
        let population = builder.population(format!("p{ix}"), 1, described);
        populations.push(population);
    }
    let input = (net.inputs > 0).then(|| builder.generators("input", net.input_spikes.clone()));
    for synapse in &net.synapses {
        let receptor = if synapse.weight < 0.0 {
            receptors - 1
        } else {
            0
        };
        let one = |source| Synapse {
            source,
            target: 0,
            weight: synapse.weight,
            delay: synapse.delay,
        };
        let target = populations[synapse.target];
        match synapse.source {
            SourceOf::Input(channel) => {
                let input = input.expect("a synapse comes from an input that exists");
                let one = Projection::list(vec![one(channel as u32)]);
                builder.connect(input, target, one.receptor(receptor));
            }
            SourceOf::Neuron(neuron) => {
                let one = Projection::list(vec![one(0)]);
                builder.connect(populations[neuron], target, one.receptor(receptor));
            }
        }
    }
    builder.build_in_rows()
}
