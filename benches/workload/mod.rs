//! What the benches run.

use std::sync::Arc;

use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::network::{Distribution, Network, Neuron, Parameters, Projection, Reset};
use spikefront::{Cotangent, Problem, SimulationOptions};

/// A layered network and a batch in which every channel fires `rate` times.
pub struct Workload {
    pub network: Arc<Network>,
    pub parameters: Parameters,
    pub inputs: SpikeBatch,
    pub options: SimulationOptions,
    pub synaptic_events: u64,
}

impl Workload {
    /// `total` is what all weights onto a neuron add up to over a sample, in 1/ms: from 0.4 on most hidden
    /// neurons fire, whatever the fan-in and the rate.
    pub fn new(sizes: [usize; 3], n_samples: usize, rate: usize, total: f64) -> Self {
        let [n_inputs, n_hidden, n_output] = sizes;
        let lif = Neuron::leaky_integrate_and_fire().reset(Reset::to(0.0));
        let normal = |fan_in: usize, rate: usize| {
            let mean = total / (fan_in * rate) as f64;
            Projection::random(Distribution::Normal {
                mean,
                deviation: mean,
            })
        };
        let mut builder = Network::builder();
        let input = builder.input("input", n_inputs);
        let hidden = builder.population("hidden", n_hidden, lif.clone());
        let output = builder.population("output", n_output, lif);
        builder.connect(input, hidden, normal(n_inputs, rate));
        builder.connect(hidden, output, normal(n_hidden, 1));
        let network = builder.build().expect("the description is sound");
        let mut inputs = SpikeBatch::new();
        let n_spikes = n_inputs * rate;
        for sample in 0..n_samples {
            let spikes: Vec<Spike> = (0..n_spikes)
                .map(|ix| Spike {
                    unit: (ix * 7 + sample) % n_inputs,
                    time: 20.0 * ix as f64 / n_spikes as f64,
                })
                .collect();
            inputs
                .push_sample(&spikes)
                .expect("the spikes are in order");
        }
        Self {
            parameters: network.parameters(1),
            network: Arc::new(network),
            inputs,
            options: SimulationOptions::new(40.0),
            synaptic_events: (n_samples * n_spikes * n_hidden) as u64,
        }
    }

    pub fn problem(&self) -> Problem<'_> {
        Problem {
            network: &self.network,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options: &self.options,
        }
    }
}

/// A loss that counts every spike's time once.
pub fn every_spike(recording: &Recording) -> Cotangent {
    Cotangent {
        spike_times: vec![1.0; recording.n_spikes()],
        ..Cotangent::zeros(recording)
    }
}
