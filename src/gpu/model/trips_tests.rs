//! How often loops turn, against what a recording says by brute force.

use super::batch::Batch;
use super::reach::Reach;
use super::trips::{Met, Time, Trips, arrival};
use crate::Result;
use crate::cpu::CpuEngine;
use crate::engine::{Engine, GradientOptions};
use crate::event::{Recording, SpikeBatch};
use crate::gpu::columns::columns;
use crate::gpu::kernels::sensitivity_tiled::BLOCK_NEURONS;
use crate::gpu::layout::Column;
use crate::gpu::record::{self, Stretch};
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

fn tables(problem: &Problem<'_>, recording: &Recording) -> Result<Tables> {
    let inputs = record::input_capacities(problem.network, problem.inputs);
    let mut capacities = record::first_capacities(problem.network, &inputs).spikes;
    let fired = record::recorded_capacities(problem.network, recording);
    for (held, fired) in capacities[inputs.len()..].iter_mut().zip(fired) {
        *held = (*held).max(fired);
    }
    Tables::new(problem, &capacities)
}

fn met(problem: &Problem<'_>, recording: &Recording) -> Result<Vec<Vec<Met>>> {
    let tables = tables(problem, recording)?;
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

/// A column's way through a run, event by event: which neurons depend on it, and from when on for each block of neurons.
fn followed(
    problem: &Problem<'_>,
    tables: &Tables,
    stretch: &Stretch,
    (target, columns): (usize, &[Column]),
) -> Vec<Option<Time>> {
    let table = &tables.populations[target];
    let n_blocks = table.size.div_ceil(BLOCK_NEURONS) as usize;
    let mut first: Vec<Option<Time>> = vec![None; n_blocks];
    for column in columns {
        // Arrivals and spikes in order; at one time spikes come first.
        let mut happened: Vec<(Time, u8, usize, u32)> = Vec::new();
        for (source, spikes) in stretch.sources.iter().enumerate() {
            for spike in spikes {
                let time = (spike.window, spike.time);
                if source >= tables.n_inputs() {
                    happened.push((time, 0, source, spike.unit));
                }
                for (ix, projection) in tables.projections.iter().enumerate() {
                    let delay = (projection.whole_windows, projection.remainder);
                    if projection.source as usize == source
                        && let Some(arrives) = arrival(tables, time, delay, false)
                    {
                        // Which spike it was is found by its time.
                        let number = spikes.iter().position(|other| std::ptr::eq(other, spike));
                        let number = number.expect("it is one of them") as u32;
                        happened.push((arrives, 1, ix, number));
                    }
                }
            }
        }
        happened.sort_by(|a, b| a.0.partial_cmp(&b.0).expect("numbers").then(a.1.cmp(&b.1)));
        let mut depends = vec![false; problem.network.n_neurons()];
        let mut moved: Vec<Vec<bool>> = stretch
            .sources
            .iter()
            .map(|spikes| vec![false; spikes.len()])
            .collect();
        let mut next = vec![0; stretch.sources.len()];
        for (time, kind, ix, number) in happened {
            if kind == 0 {
                let of = tables.populations.iter().find(|p| p.source == ix);
                let unit = of.expect("a population").first_unit + number;
                moved[ix][next[ix]] = depends[unit as usize];
                next[ix] += 1;
                continue;
            }
            let projection = &tables.projections[ix];
            let source = projection.source as usize;
            let onto = tables.populations.iter().position(|p| {
                let first = p.first_projection as usize;
                (first..first + p.n_projections as usize).contains(&ix)
            });
            let onto = onto.expect("a projection has a target");
            let of = &tables.populations[onto];
            let row = stretch.sources[source][number as usize].unit * projection.target_size;
            for neuron in 0..of.size {
                let brings = column.index == projection.weights + row + neuron;
                if brings || moved[source][number as usize] {
                    depends[(of.first_unit + neuron) as usize] = true;
                    if onto == target {
                        let held = &mut first[(neuron / BLOCK_NEURONS) as usize];
                        if held.is_none_or(|held| time < held) {
                            *held = Some(time);
                        }
                    }
                }
            }
        }
    }
    first
}

#[test]
fn blocks_are_reached_when_something_depends_on_their_columns() -> Result<()> {
    let small = Small::new(false)?;
    let problem = small.problem();
    let recording = CpuEngine::new().simulate(&problem)?;
    let tables = tables(&problem, &recording)?;
    let stretch = Stretch::recorded(&tables, &problem, &recording, 0);
    let reach = Reach::new(&tables, &stretch);
    let all = columns(&problem, &tables, &GradientOptions::default());
    let (mut reached, mut later) = (0, 0);
    for (target, table) in tables.populations.iter().enumerate() {
        for block in all.chunks(16) {
            let found = reach.first(table, block);
            let expected = followed(&problem, &tables, &stretch, (target, block));
            assert_eq!(found, expected, "{target}");
            reached += found.iter().flatten().count();
            later += found
                .iter()
                .flatten()
                .filter(|time| **time > (0, 0.0))
                .count();
            // The control: another block of columns.
            if target == 1 && block[0].index == 0 {
                let other = reach.first(table, &all[all.len() - 4..]);
                assert_ne!(other, expected);
            }
        }
    }
    assert!(reached > 10 && later > 10, "{reached} {later}");
    Ok(())
}

#[test]
fn of_tiles_each_has_its_work() -> Result<()> {
    let small = Small::new(false)?;
    let problem = small.problem();
    let recording = CpuEngine::new().simulate(&problem)?;
    let batch = Batch::new(&problem, &recording)?;
    let options = GradientOptions::default();
    let whole = batch.forward(&options)?;
    let tiled = batch.forward(&options.tile_memory(128 << 10))?;
    assert!(tiled.submissions > whole.submissions);
    let adds = |work: &super::Work| work.cost("sensitivity_tiled").multiply_adds;
    assert!(adds(&whole) > 0.0);
    // Blocks of 128 columns are not cut alike, and what is of a neuron is done for each tile.
    let ratio = adds(&tiled) / adds(&whole);
    assert!((1.0..2.0).contains(&ratio), "{ratio}");
    Ok(())
}

#[test]
fn lists_of_each_neuron_are_filled_sorted_and_delivered() -> Result<()> {
    let [shared, own] = [false, true].map(|per_synapse| {
        let small = Small::new(per_synapse)?;
        let problem = small.problem();
        let recording = CpuEngine::new().simulate(&problem)?;
        let batch = Batch::new(&problem, &recording)?;
        let work = batch.adjoint(&GradientOptions::default())?;
        Ok::<_, crate::Error>((
            work.cost("gather_synapses"),
            work.cost("sort_lists"),
            work.cost("deliver_synapses"),
        ))
    });
    let (gathered, sorted, delivered) = own?;
    assert!(gathered.atomics > 0.0 && sorted.memory_bytes > 0.0);
    assert!(delivered.memory_bytes > 0.0);
    let (gathered, sorted, delivered) = shared?;
    for cost in [gathered, sorted, delivered] {
        assert_eq!(cost.memory_bytes, 0.0, "no such list");
    }
    Ok(())
}

#[test]
fn recordings_of_other_problems_are_refused() -> Result<()> {
    let small = Small::new(false)?;
    let problem = small.problem();
    let recording = CpuEngine::new().simulate(&problem)?;
    let fewer = small.inputs.select(&[0]);
    let other = Problem {
        inputs: &fewer,
        ..problem
    };
    let error = Batch::new(&other, &recording)
        .err()
        .expect("three samples, not one");
    let told = error.to_string();
    assert!(
        told.contains("number of samples in the recording is 3"),
        "{told}"
    );
    Ok(())
}
