//! How often loops turn, against what a recording says by brute force.

use super::batch::Batch;
use super::trips::{Met, Trips};
use crate::Result;
use crate::cpu::CpuEngine;
use crate::engine::{Engine, GradientOptions};
use crate::event::{Recording, SpikeBatch};
use crate::gpu::record;
use crate::gpu::tables::Tables;
use crate::network::{Distribution, Network, Neuron, Parameters, Projection, Reset};
use crate::problem::{Problem, SimulationOptions};

struct Small {
    network: Network,
    parameters: Parameters,
    inputs: SpikeBatch,
    options: SimulationOptions,
}

impl Small {
    /// Two populations with delays, the second onto itself: several windows.
    fn new(per_synapse: bool) -> Result<Self> {
        let neuron = || Neuron::leaky_integrate_and_fire().reset(Reset::to(0.0));
        let weights = |mean: f64| {
            Projection::random(Distribution::Normal {
                mean,
                deviation: 0.3 * mean,
            })
        };
        let mut builder = Network::builder();
        let input = builder.input("input", 4);
        let first = builder.population("first", 40, neuron());
        let second = builder.population("second", 3, neuron());
        builder.connect(input, first, weights(0.1).delay(0.5));
        let onward = match per_synapse {
            true => weights(0.03).delays(ndarray::Array2::from_shape_fn((40, 3), |(from, to)| {
                1.0 + 0.1 * (from as f64) + 0.7 * (to as f64)
            })),
            false => weights(0.03).delay(1.5),
        };
        builder.connect(first, second, onward);
        builder.connect(second, second, weights(0.01).delay(4.0));
        let network = builder.build()?;
        let mut inputs = SpikeBatch::new();
        for sample in 0..3 {
            let shift = f64::from(sample);
            inputs.push_channels(&[
                vec![1.0 + shift, 9.0, 20.0],
                vec![2.5, 14.0 + shift],
                vec![3.0 + shift],
                vec![0.5, 6.0, 7.0 + shift, 31.0],
            ])?;
        }
        Ok(Self {
            parameters: network.parameters(3),
            network,
            inputs,
            options: SimulationOptions::new(42.0),
        })
    }

    fn problem(&self) -> Problem<'_> {
        Problem {
            network: &self.network,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options: &self.options,
        }
    }
}

/// All arrivals at a population's neurons before the end, and those before each neuron's last spike.
fn brute_force(problem: &Problem<'_>, recording: &Recording, population: usize) -> [f64; 3] {
    let network = problem.network;
    let units = network.populations()[population].units();
    let mut found = [0.0; 3];
    for sample in 0..recording.n_samples() {
        let spikes: Vec<_> = recording.sample(sample).collect();
        for unit in units.clone() {
            let own = spikes.iter().filter(|spike| spike.unit == unit);
            let last = own.map(|spike| spike.time).fold(-1.0, f64::max);
            for (number, connection) in network.connections().iter().enumerate() {
                if connection.target.index() != population {
                    continue;
                }
                let id = crate::network::ProjectionId(number);
                let delays = &problem.parameters.values()[network.layout().delays(id)];
                let mut meet = |from: usize, time: f64| {
                    let own = from * connection.target_size + (unit - units.start);
                    let delay = delays[if delays.len() == 1 { 0 } else { own }];
                    let arrives = time + delay;
                    found[0] += f64::from(u8::from(arrives < problem.options.duration));
                    found[1] += f64::from(u8::from(arrives < last));
                };
                match connection.source {
                    crate::network::Source::Input(_) => {
                        for spike in problem.inputs.sample(sample) {
                            meet(spike.unit, spike.time);
                        }
                    }
                    crate::network::Source::Population(source) => {
                        let from = network.populations()[source.index()].units();
                        for spike in spikes.iter().filter(|spike| from.contains(&spike.unit)) {
                            meet(spike.unit - from.start, spike.time);
                        }
                    }
                }
            }
        }
        found[2] += spikes.iter().filter(|s| units.contains(&s.unit)).count() as f64;
    }
    found
}

fn met(problem: &Problem<'_>, recording: &Recording) -> Result<Vec<Vec<Met>>> {
    let inputs = record::input_capacities(problem.network, problem.inputs);
    let mut capacities = record::first_capacities(problem.network, &inputs).spikes;
    let fired = record::recorded_capacities(problem.network, recording);
    for (held, fired) in capacities[inputs.len()..].iter_mut().zip(fired) {
        *held = (*held).max(fired);
    }
    let tables = Tables::new(problem, &capacities)?;
    Ok(Trips::new(problem, &tables, recording, 0..3).met)
}

/// Of a population over all windows: visits, those that are wanted, spikes.
fn summed(met: &[Vec<Met>], population: usize) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for window in met {
        let met = window[population];
        sum[0] += met.visits;
        sum[1] += met.wanted;
        sum[2] += met.fired;
    }
    sum
}

#[test]
fn loops_turn_as_often_as_the_recording_says() -> Result<()> {
    for per_synapse in [false, true] {
        let small = Small::new(per_synapse)?;
        let problem = small.problem();
        let recording = CpuEngine::new().simulate(&problem)?;
        let found = met(&problem, &recording)?;
        assert!(found.len() > 3, "{} windows", found.len());
        for population in 0..2 {
            let expected = brute_force(&problem, &recording, population);
            assert!(expected.iter().all(|n| *n > 0.0), "{expected:?}");
            assert_eq!(summed(&found, population), expected);
        }
        // What is awaited is met, and holds what is wanted.
        let all = found.iter().flatten();
        assert!(
            all.clone()
                .all(|met| met.wanted <= met.awaited && met.awaited <= met.visits)
        );
        // The control: a later end, and one input spike more.
        let mut longer = small.options.clone();
        longer.duration += 20.0;
        let other = Problem {
            options: &longer,
            ..problem
        };
        let recorded = CpuEngine::new().simulate(&other)?;
        assert_ne!(summed(&met(&other, &recorded)?, 1), summed(&found, 1));
    }
    Ok(())
}

#[test]
fn tiles_of_columns_share_the_work_of_sensitivities() -> Result<()> {
    let small = Small::new(false)?;
    let problem = small.problem();
    let recording = CpuEngine::new().simulate(&problem)?;
    let batch = Batch::new(&problem, &recording)?;
    let options = GradientOptions::default();
    let whole = batch.forward(&options)?;
    // A multiple of a block's columns: no block is cut.
    let per_column = 4 * 64;
    let tiled = batch.forward(&options.tile_memory(200 * per_column))?;
    assert!(tiled.submissions > whole.submissions);
    let adds = |work: &super::Work| work.cost("sensitivity_tiled").multiply_adds;
    assert!(adds(&whole) > 0.0);
    assert!(adds(&tiled) >= adds(&whole));
    // At most what all blocks of neurons and columns with all arrivals would be, in multiply-adds of a turn.
    let visits = summed(&met(&problem, &recording)?, 1)[0] / 3.0;
    assert!(visits > 0.0);
    Ok(())
}
