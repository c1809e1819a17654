//! Recordings and gradients.

use std::sync::{Arc, Mutex};

use spikefront::cpu::CpuEngine;
use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::loss::Loss;
use spikefront::network::{Network, Parameters};
use spikefront::ranks::{PATIENCE, cluster};
use spikefront::train::{Prepared, Samples, Task};
use spikefront::{
    Cotangent, Engine, ErrorKind, Gradient, GradientOptions, Method, Problem, Result,
    SimulationOptions,
};

use super::{engine, first, prepared};

/// Everything that a gradient is of.
struct Work {
    prepared: Prepared,
    parameters: Parameters,
    samples: Samples,
    options: SimulationOptions,
    loss: Arc<dyn Loss>,
}

impl Work {
    fn new(n: usize) -> Result<Self> {
        let prepared = prepared(Task::YinYang, "default", &["layers.0.size=20"])?;
        let mut options = SimulationOptions::new(100.0);
        let output = prepared.output;
        let loss = prepared.experiment.loss.build(output, 3, 100.0)?;
        loss.prepare(&mut options);
        Ok(Self {
            parameters: prepared.trainer(CpuEngine::new())?.parameters().clone(),
            samples: first(&prepared.train, n),
            options,
            loss,
            prepared,
        })
    }

    fn network(&self) -> &Network {
        &self.prepared.network
    }

    fn problem<'a>(&'a self, inputs: &'a SpikeBatch) -> Problem<'a> {
        Problem {
            network: self.network(),
            parameters: &self.parameters,
            inputs,
            options: &self.options,
        }
    }

    fn cotangent(&self, recording: &Recording, labels: &[usize]) -> Result<Cotangent> {
        let value = self.loss.evaluate(self.network(), recording, labels)?;
        Ok(value.cotangent)
    }

    /// Of a sample as a part of the batch.
    fn of_one(&self, sample: usize, all: &Cotangent, recording: &Recording) -> Result<Vec<f64>> {
        let engine = CpuEngine::new();
        let own = self.samples.select(&[sample]);
        let problem = self.problem(own.inputs());
        let alone = engine.simulate(&problem)?;
        let mut cotangent = Cotangent::zeros(&alone);
        let spikes = &all.spike_times[recording.range(sample)];
        cotangent.spike_times.copy_from_slice(spikes);
        let options = GradientOptions::default();
        let gradient = engine.gradient(&problem, &alone, &cotangent, &options)?;
        Ok(gradient.parameters)
    }
}

fn sum(parts: &[Vec<f64>]) -> Vec<f64> {
    let mut sum = vec![0.0; parts[0].len()];
    for part in parts {
        sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
    }
    sum
}

#[test]
fn another_order_and_a_lost_chunk_are_told() -> Result<()> {
    // Eight samples are eight chunks.
    let work = Work::new(8)?;
    let gradients = cluster(3, PATIENCE, |ranks| {
        let engine = engine(ranks)?;
        let problem = work.problem(work.samples.inputs());
        let recording = engine.simulate(&problem)?;
        let cotangent = work.cotangent(&recording, work.samples.labels())?;
        let options = GradientOptions::default();
        let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
        Ok((recording, cotangent, gradient))
    });
    let all = gradients.into_iter().collect::<Result<Vec<_>>>()?;
    let (recording, cotangent, Gradient { parameters, .. }) = &all[0];
    assert!(all.iter().all(|other| other == &all[0]));
    let of_one = |sample| work.of_one(sample, cotangent, recording);
    let mut parts = (0..8).map(of_one).collect::<Result<Vec<_>>>()?;
    assert_eq!(&sum(&parts), parameters);
    // In the order in which ranks would bring them: those of the first, of the second, of the third.
    let by_rank = [0, 3, 6, 1, 4, 7, 2, 5].map(|ix: usize| parts[ix].clone());
    assert_ne!(&sum(&by_rank), parameters);
    parts.reverse();
    assert_ne!(&sum(&parts), parameters);
    assert_ne!(&sum(&parts[1..]), parameters, "without the last chunk");
    Ok(())
}

#[test]
fn recordings_are_whole_unless_most_of_them_is_not_looked_at() -> Result<()> {
    let work = Work::new(100)?;
    let problem = work.problem(work.samples.inputs());
    let expected = CpuEngine::new().simulate(&problem)?;
    let output = work.prepared.output;
    let seen = cluster(2, PATIENCE, |ranks| {
        let shared = Arc::new(Mutex::new(ranks));
        let engine = CpuEngine::new().threads(1)?.ranks(shared.clone());
        let sent = || shared.lock().expect("nobody panics").traffic().sent_bytes;
        assert_eq!(engine.simulate(&problem)?, expected);
        let all = sent();
        let recording = engine.simulate_seen(&problem, &[output])?;
        assert!(sent() - all < all / 3, "{} of {all}", sent() - all);
        let options = GradientOptions::everything(Method::Adjoint);
        let of = |recording: &Recording| {
            let cotangent = work.cotangent(recording, work.samples.labels())?;
            engine.gradient(&problem, recording, &cotangent, &options)
        };
        assert_eq!(of(&recording)?, of(&expected)?);
        // What others have left out nobody takes for silence.
        let zeros = Cotangent::zeros(&recording);
        let told = CpuEngine::new().gradient(&problem, &recording, &zeros, &options);
        let told = told.expect_err("another engine").to_string();
        assert!(told.contains("of 2, without most spikes"), "{told}");
        assert!(engine.jacobian(&problem, &recording, 0, &options).is_err());
        Ok(recording)
    });
    let units = work.network().population(output).units();
    for recording in seen {
        let recording = recording?;
        assert!(recording.n_spikes() < expected.n_spikes());
        for sample in 0..expected.n_samples() {
            let of = |recording: &Recording| {
                let spikes = recording.sample(sample);
                spikes
                    .filter(|s| units.contains(&s.unit))
                    .collect::<Vec<Spike>>()
            };
            assert_eq!(of(&recording), of(&expected));
        }
        let fired = |recording: &Recording| {
            let mut neurons = recording.neurons().to_vec();
            neurons.sort_unstable();
            neurons.dedup();
            neurons
        };
        assert_eq!(fired(&recording), fired(&expected));
    }
    Ok(())
}

#[test]
fn what_is_wrong_on_one_rank_is_told_on_all() -> Result<()> {
    let mut work = Work::new(40)?;
    // Runs to its end with many spikes.
    let problem = work.problem(work.samples.inputs());
    let most = CpuEngine::new().simulate(&problem)?;
    let most = (0..40).map(|sample| most.range(sample).len()).max();
    work.options.spike_budget = most.expect("there are samples") - 1;
    let problem = work.problem(work.samples.inputs());
    let expected = CpuEngine::new().simulate(&problem).expect_err("a runaway");
    assert_eq!(expected.kind(), ErrorKind::SpikeBudget);
    let told = cluster(3, PATIENCE, |ranks| {
        Ok(engine(ranks)?
            .simulate(&problem)
            .expect_err("a runaway")
            .to_string())
    });
    for told in told {
        assert_eq!(told?, expected.to_string());
    }
    // Parameters that have drifted, and a rank that is asked something else.
    work.options.spike_budget = 10_000;
    let told = cluster(3, PATIENCE, |ranks| {
        let (rank, engine) = (ranks.rank(), engine(ranks)?);
        let mut parameters = work.parameters.clone();
        if rank == 2 {
            let first = &mut parameters.values_mut()[0];
            *first = first.next_up();
        }
        let problem = Problem {
            parameters: &parameters,
            ..work.problem(work.samples.inputs())
        };
        Ok(engine.simulate(&problem).expect_err("a drift").to_string())
    });
    let told = told.into_iter().collect::<Result<Vec<_>>>()?;
    assert!(
        told[0].starts_with("rank 2: its parameters are not those of rank 0"),
        "{}",
        told[0]
    );
    assert!(
        told[2].starts_with("rank 0: its parameters are not"),
        "{}",
        told[2]
    );
    Ok(())
}
