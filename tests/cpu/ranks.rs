//! Batches that are shared among ranks: the recordings, gradients and trainings of one process, bit for bit.

use std::sync::{Arc, Mutex};

use spikefront::cpu::CpuEngine;
use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::loss::Loss;
use spikefront::network::{Network, Parameters};
use spikefront::ranks::{PATIENCE, Ranks, cluster};
use spikefront::train::{Experiment, Prepared, Samples, Task, Trainer, TrainerState};
use spikefront::{
    Cotangent, Engine, ErrorKind, Gradient, GradientOptions, Method, Problem, Result,
    SimulationOptions,
};

fn engine(ranks: Ranks) -> Result<CpuEngine> {
    let engine = CpuEngine::new().threads(1)?;
    Ok(engine.ranks(Arc::new(Mutex::new(ranks))))
}

/// What a training comes to.
#[derive(Debug, Clone, PartialEq)]
struct Left {
    state: TrainerState,
    /// Of each epoch: losses, accuracies, spikes counted, gradients clipped, neurons raised and silent.
    metrics: Vec<String>,
    test: String,
}

fn first(samples: &Samples, n: usize) -> Samples {
    samples.select(&(0..n.min(samples.n_samples())).collect::<Vec<_>>())
}

fn go_on(trainer: &mut Trainer, prepared: &Prepared, epochs: usize, n: usize) -> Result<Left> {
    let (train, test) = (first(&prepared.train, n), first(&prepared.test, 70));
    let mut metrics = Vec::new();
    while trainer.n_epochs() < epochs {
        let mut epoch = trainer.epoch(&train, Some(&test))?;
        epoch.seconds = 0.0;
        metrics.push(format!("{epoch:?}"));
    }
    Ok(Left {
        state: trainer.state()?,
        metrics,
        test: format!("{:?}", trainer.evaluate(&test)?),
    })
}

/// Spikes in the layout of the preset for Braille letters, whose data are not in the repository.
fn letters(folder: &std::path::Path) -> std::io::Result<()> {
    let mut state = 7_u64;
    let mut number = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    for name in ["train.npz", "test.npz"] {
        let (mut times, mut units, mut offsets) = (Vec::new(), Vec::new(), vec![0_i64]);
        let labels: Vec<i64> = (0..60).map(|sample| sample % 27).collect();
        for label in &labels {
            let mut own: Vec<(f64, i64)> = (0..40)
                .map(|ix| (300.0 * number(), (ix + label) % 24))
                .collect();
            own.sort_by(|a, b| a.0.total_cmp(&b.0));
            times.extend(own.iter().map(|spike| spike.0));
            units.extend(own.iter().map(|spike| spike.1));
            offsets.push(times.len() as i64);
        }
        let file = std::fs::File::create(folder.join(name))?;
        let mut file = ndarray_npy::NpzWriter::new(file);
        let fault = |error| std::io::Error::other(format!("{error}"));
        file.add_array("times", &ndarray::Array1::from(times))
            .map_err(fault)?;
        file.add_array("units", &ndarray::Array1::from(units))
            .map_err(fault)?;
        file.add_array("offsets", &ndarray::Array1::from(offsets))
            .map_err(fault)?;
        file.add_array("labels", &ndarray::Array1::from(labels))
            .map_err(fault)?;
        file.finish().map_err(fault)?;
    }
    Ok(())
}

fn prepared(task: Task, preset: &str, set: &[&str]) -> Result<Prepared> {
    let experiment = Experiment::preset(task, preset)?;
    let set = set.iter().try_fold(experiment, |all, one| all.set(one))?;
    set.prepare(3)
}

/// Trains on one process and on ranks, for epochs of `n` samples.
fn compare(prepared: &Prepared, ranks: &[usize], epochs: usize, n: usize) -> Result<Left> {
    let mut alone = prepared.trainer(CpuEngine::new().threads(2)?)?;
    let before = alone.parameters().clone();
    let expected = go_on(&mut alone, prepared, epochs, n)?;
    assert_ne!(before.values(), expected.state.parameters, "it trains");
    for &size in ranks {
        let ends = cluster(size, PATIENCE, |ranks| {
            go_on(&mut prepared.trainer(engine(ranks)?)?, prepared, epochs, n)
        });
        for (rank, end) in ends.into_iter().enumerate() {
            assert_eq!(end?, expected, "rank {rank} of {size}");
        }
    }
    Ok(expected)
}

#[test]
fn first_spikes_are_learned_alike() -> Result<()> {
    let set = ["layers.0.size=20", "guards.clip_norm=0.01"];
    let left = compare(
        &prepared(Task::YinYang, "default", &set)?,
        &[1, 2, 3, 4],
        2,
        150,
    )?;
    // Both the remedy for silent neurons and the bound on gradients have had something to do.
    let is_none = |what: &str| left.metrics[0].contains(&format!("{what}: 0,"));
    assert!(
        !is_none("clipped_steps") && !is_none("raised_neurons"),
        "{:?}",
        left.metrics
    );
    // Large batches, whose partial gradients come in several exchanges, forward propagation, delays.
    let set = ["layers.0.size=12", "batch_size=700"];
    compare(&prepared(Task::YinYang, "default", &set)?, &[3], 2, 700)?;
    let set = ["layers.0.size=12", "method=forward"];
    compare(&prepared(Task::YinYang, "default", &set)?, &[2, 3], 1, 64)?;
    let set = ["layers.0.size=12"];
    compare(&prepared(Task::YinYang, "delays", &set)?, &[2, 4], 1, 64)?;
    Ok(())
}

#[test]
fn other_losses_are_learned_alike() -> Result<()> {
    for kind in ["spike_times", "van_rossum"] {
        let targets = "{ right = 20.0, others = 40.0 }";
        let loss = format!("loss={{ kind = \"{kind}\", targets = {targets} }}");
        compare(&prepared(Task::Iris, "default", &[&loss])?, &[3], 2, 60)?;
    }
    // Recurrent, and readouts.
    let set = ["layers.0.size=10"];
    compare(
        &prepared(Task::DelayedXor, "default", &set)?,
        &[2, 3],
        1,
        64,
    )?;
    Ok(())
}

#[test]
fn recurrent_delays_are_learned_alike() -> Result<()> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    letters(folder.path()).expect("a folder that can be written");
    let data = format!("data.folder={}", folder.path().display());
    let prepared = prepared(Task::Spikes, "braille", &[&data, "layers.0.size=16"])?;
    compare(&prepared, &[2, 4], 1, 60)?;
    Ok(())
}

#[test]
fn a_batch_may_have_fewer_samples_than_there_are_ranks() -> Result<()> {
    let set = ["layers.0.size=12", "batch_size=3"];
    compare(&prepared(Task::YinYang, "default", &set)?, &[4, 5], 1, 10)?;
    Ok(())
}

#[test]
fn a_training_goes_on_with_any_number_of_ranks() -> Result<()> {
    let prepared = prepared(Task::YinYang, "default", &["layers.0.size=12"])?;
    let whole = go_on(&mut prepared.trainer(CpuEngine::new())?, &prepared, 2, 100)?;
    // In the middle of an epoch.
    let left = cluster(3, PATIENCE, |ranks| {
        let mut trainer = prepared.trainer(engine(ranks)?)?;
        let train = first(&prepared.train, 100);
        let left = trainer.epoch_until(&train, None, |batch| match batch.batch {
            2 => std::ops::ControlFlow::Break(()),
            _ => std::ops::ControlFlow::Continue(()),
        })?;
        assert!(left.is_none());
        trainer.state()
    });
    let left = left.into_iter().collect::<Result<Vec<_>>>()?;
    for size in [1, 2] {
        let ends = cluster(size, PATIENCE, |ranks| {
            let rank = ranks.rank();
            let mut trainer = prepared.trainer_from(engine(ranks)?, &left[rank])?;
            go_on(&mut trainer, &prepared, 2, 100)
        });
        for end in ends {
            let end = end?;
            assert_eq!(end.state.parameters, whole.state.parameters);
            assert_eq!(end.state.optimiser, whole.state.optimiser);
            assert_eq!(end.metrics[1..], whole.metrics[1..]);
        }
    }
    Ok(())
}

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
