//! Networks to measure engines with, by name.

use spikefront::event::{Spike, SpikeBatch};
use spikefront::network::{Distribution, Network, Neuron, Parameters, Projection, Reset};
use spikefront::{Problem, Result, SimulationOptions};

/// A network with inputs.
pub struct Measured {
    pub name: &'static str,
    pub network: Network,
    pub parameters: Parameters,
    pub inputs: SpikeBatch,
    pub options: SimulationOptions,
}

/// What is known by name.
pub const NAMES: [&str; 7] = [
    "feed-forward",
    "yin-yang",
    "recurrent-128",
    "recurrent-256",
    "recurrent-512",
    "recurrent-1024",
    "instant-256",
];

/// The delay of a recurrent network's projection onto itself, in ms.
const DELAY: f64 = 2.0;

impl Measured {
    /// The network `name` with `batch` samples; none if there is no such name.
    ///
    /// # Errors
    /// None for the names there are.
    pub fn new(name: &str, batch: usize) -> Result<Option<Self>> {
        let Some(name) = NAMES.into_iter().find(|known| *known == name) else {
            return Ok(None);
        };
        Ok(Some(match name {
            "feed-forward" => {
                let one = |mean: f64| normal(mean, mean);
                feed_forward(name, [784, 350, 10], [one(6e-4), one(1.5e-3)], batch)?
            }
            "yin-yang" => {
                let weights = [normal(0.094, 0.094), normal(2.5e-3, 2.5e-3)];
                feed_forward(name, [5, 200, 3], weights, batch)?
            }
            "recurrent-128" => recurrent(name, 128, DELAY, batch)?,
            "recurrent-256" => recurrent(name, 256, DELAY, batch)?,
            "recurrent-512" => recurrent(name, 512, DELAY, batch)?,
            "recurrent-1024" => recurrent(name, 1024, DELAY, batch)?,
            _ => recurrent(name, 256, 0.0, batch)?,
        }))
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

fn normal(mean: f64, deviation: f64) -> Projection {
    Projection::random(Distribution::Normal { mean, deviation })
}

fn neuron() -> Neuron {
    Neuron::leaky_integrate_and_fire().reset(Reset::to(0.0))
}

/// Two layers: every channel fires once within 20 ms, about one spike a hidden neuron.
fn feed_forward(
    name: &'static str,
    [n_inputs, n_hidden, n_outputs]: [usize; 3],
    [into_hidden, into_output]: [Projection; 2],
    batch: usize,
) -> Result<Measured> {
    let mut builder = Network::builder();
    let input = builder.input("input", n_inputs);
    let hidden = builder.population("hidden", n_hidden, neuron());
    let output = builder.population("output", n_outputs, neuron());
    builder.connect(input, hidden, into_hidden);
    builder.connect(hidden, output, into_output);
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    for sample in 0..batch {
        let spike = |ix: usize| Spike {
            unit: (ix * 7 + sample) % n_inputs,
            time: 20.0 * ix as f64 / n_inputs as f64,
        };
        inputs.push_sample(&(0..n_inputs).map(spike).collect::<Vec<_>>())?;
    }
    let parameters = network.parameters(1);
    let options = SimulationOptions::new(40.0);
    Ok(Measured {
        name,
        network,
        parameters,
        inputs,
        options,
    })
}

/// 100 channels, `size` neurons that excite and inhibit one another, 100 ms, about ten spikes a neuron.
fn recurrent(name: &'static str, size: usize, delay: f64, batch: usize) -> Result<Measured> {
    let mut builder = Network::builder();
    let input = builder.input("input", 100);
    let hidden = builder.population("hidden", size, neuron());
    builder.connect(input, hidden, normal(0.006, 0.006));
    let spread = 0.16 / (size as f64).sqrt();
    builder.connect(hidden, hidden, normal(0.0, spread).delay(delay));
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    for sample in 0..batch {
        let spike = |ix: usize| Spike {
            unit: (ix * 37 + sample * 11) % 100,
            time: 100.0 * ix as f64 / 500.0,
        };
        inputs.push_sample(&(0..500).map(spike).collect::<Vec<_>>())?;
    }
    let parameters = network.parameters(1);
    let options = SimulationOptions::new(100.0);
    Ok(Measured {
        name,
        network,
        parameters,
        inputs,
        options,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use spikefront::Engine;
    use spikefront::cpu::CpuEngine;

    /// What is silent measures nothing.
    #[test]
    fn networks_fire_as_they_say() -> Result<()> {
        for (name, least, most) in [
            ("feed-forward", 0.5, 2.0),
            ("yin-yang", 0.5, 2.0),
            ("recurrent-128", 5.0, 20.0),
            ("instant-256", 5.0, 20.0),
        ] {
            let measured = Measured::new(name, 2)?.expect("a known name");
            let recording = CpuEngine::new().simulate(&measured.problem())?;
            let network = &measured.network;
            let hidden = &network.populations()[0];
            let of_hidden = |spike: &Spike| hidden.units().contains(&spike.unit);
            let n_hidden = (0..2)
                .map(|sample| recording.sample(sample).filter(of_hidden).count())
                .sum::<usize>();
            let each = n_hidden as f64 / (2 * hidden.size) as f64;
            assert!((least..most).contains(&each), "{name}: {each} a neuron");
            for population in network.populations() {
                let fires = (0..2).all(|sample| {
                    recording
                        .first_spikes(sample, population.units())
                        .iter()
                        .any(Option::is_some)
                });
                assert!(fires, "{name}: {} is silent", population.name);
            }
        }
        Ok(())
    }
}
