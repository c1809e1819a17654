//! Trainings.

use std::ops::ControlFlow;

use spikefront::Result;
use spikefront::cpu::CpuEngine;
use spikefront::ranks::{PATIENCE, cluster};
use spikefront::train::{Prepared, Task, Trainer, TrainerState};

use super::{engine, first, prepared};

/// What a training comes to.
#[derive(Debug, Clone, PartialEq)]
struct Left {
    state: TrainerState,
    /// Of each epoch: losses, accuracies, spikes counted, gradients clipped, neurons raised and silent.
    metrics: Vec<String>,
    test: String,
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
    let targets = "targets = { right = [20.0], others = [40.0] }";
    for kind in [
        "kind = \"spike_times\"",
        "kind = \"van_rossum\", scale = 5.0",
    ] {
        let loss = format!("loss={{ {kind}, {targets} }}");
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
            2 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
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
