use std::io::Cursor;

use super::*;
use crate::cpu::CpuEngine;
use crate::data::NpzWriter;
use crate::train::{Prepared, Task};

type Done = std::result::Result<(), Box<dyn std::error::Error>>;

/// A checkpoint after some epochs, and what the trainer says of the test set.
fn checkpoint(experiment: &Experiment, epochs: usize) -> Result<(Checkpoint, Prepared, Vec<f64>)> {
    let prepared = experiment.prepare(experiment.seed)?;
    let engine = CpuEngine::new();
    let mut trainer = prepared.trainer(engine.clone())?;
    let (mut history, mut losses) = (Vec::new(), Vec::new());
    for _ in 0..epochs {
        history.push(trainer.epoch(&prepared.train, prepared.validation.as_ref())?);
        losses.push(trainer.evaluate(&prepared.test)?.loss);
    }
    let state = trainer.state()?;
    drop(trainer);
    let checkpoint = Checkpoint::new(&prepared.experiment, &prepared.network, &history, state);
    Ok((checkpoint.of_data(&prepared), prepared, losses))
}

/// Writes arrays of f64.
fn npz(path: &Path, arrays: &[(&str, &[usize], &[f64])]) -> Done {
    let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
    for (name, shape, values) in arrays {
        writer.add(name, shape, values)?;
    }
    std::fs::write(path, writer.finish()?.into_inner())?;
    Ok(())
}

/// Two clusters of two features, far from 0 and 1; of validation and test as of training.
fn clusters(folder: &Path) -> Result<Experiment> {
    let write = |part: &str, shift: f64| {
        let lines = (0..20).map(|ix| {
            let class = ix % 2;
            let x = 100.0 + 50.0 * class as f64 + ix as f64 + shift;
            format!("{x},{},{}\n", -3.0 * x, ["low", "high"][class])
        });
        let text = "first,second,kind\n".to_owned() + &lines.collect::<String>();
        crate::files::write_atomically(folder.join(format!("{part}.csv")), text)
    };
    for (part, shift) in [("train", 0.0), ("validation", 0.5), ("test", -0.5)] {
        write(part, shift)?;
    }
    let mut experiment = Experiment::preset(Task::Features, "default")?
        .set("layers.1.size=2")?
        .set("layers.0.size=8")?
        .set("keep=best")?;
    experiment.data.folder = Some(folder.to_owned());
    Ok(experiment)
}

#[test]
fn a_checkpoint_says_what_the_training_said() -> Done {
    let folder = tempfile::tempdir()?;
    let experiment = clusters(folder.path())?.set("optimiser.learning_rate=0.05")?;
    let (checkpoint, prepared, losses) = checkpoint(&experiment, 8)?;
    let path = folder.path().join("c.safetensors");
    checkpoint.write(&path)?;
    let trained = Checkpoint::read(&path)?.trained()?;
    let engine = CpuEngine::new();
    let loss = |choice| -> Result<(f64, usize)> {
        let (trainer, epoch) = trained.trainer(engine.clone(), choice)?;
        Ok((trainer.evaluate(&prepared.test)?.loss, epoch))
    };
    assert_eq!(loss(WeightsChoice::Last)?, (losses[7], 8));
    let (best, epoch) = loss(WeightsChoice::Best)?;
    assert_eq!(best, losses[epoch - 1]);
    assert_eq!(loss(WeightsChoice::Kept)?, (best, epoch));
    // The part as a file, scaled as the training was, is the part.
    let given = trained.read_part(folder.path(), Part::Test)?;
    assert_eq!(given.inputs, *prepared.test.inputs());
    assert_eq!(given.labels.as_deref(), Some(prepared.test.labels()));
    let other = trained.read_part(folder.path(), Part::Validation)?;
    assert_ne!(other.inputs, given.inputs, "a control");
    assert_eq!(
        given.warnings.len(),
        1,
        "two values lie below those of training"
    );
    Ok(())
}

#[test]
fn columns_are_found_by_name_and_what_does_not_fit_is_refused() -> Done {
    let folder = tempfile::tempdir()?;
    let experiment = clusters(folder.path())?.set("keep=last")?;
    let (checkpoint, ..) = checkpoint(&experiment, 1)?;
    let trained = checkpoint.trained()?;
    let error = trained.trainer(CpuEngine::new(), WeightsChoice::Best).err();
    let told = error.expect("none is kept").to_string();
    assert!(
        told.contains("choice of weights is best: choose the last"),
        "{told}"
    );
    let file = folder.path().join("more.csv");
    let read = |text: &str| {
        std::fs::write(&file, text)?;
        std::io::Result::Ok(trained.read(&file))
    };
    let plain = read("first,second,kind\n130,-420,low\n")??;
    let turned = read("other,second,first\n7,-420,130\n")??;
    assert_eq!(plain.inputs, turned.inputs);
    let swapped = read("second,first\n130,-420\n")??;
    assert_ne!(plain.inputs, swapped.inputs, "a control");
    let told = |text: &str| -> std::io::Result<String> {
        Ok(read(text)?.expect_err("it does not fit").to_string())
    };
    assert!(told("first,kind\n100,low\n")?.contains("it has no column \"second\""));
    assert!(
        told("first,second,kind\n1,2,middle\n")?
            .contains("label \"middle\" of sample 0 is unknown")
    );
    let file = folder.path().join("x.npz");
    npz(&file, &[("x", &[1, 3], &[1.0, 2.0, 3.0])])?;
    let error = trained.read(&file).expect_err("three columns").to_string();
    assert!(
        error.contains("it has 3 columns of features, and the network was trained on 2"),
        "{error}"
    );
    npz(&file, &[("x", &[1, 2], &[130.0, -420.0])])?;
    let given = trained.read(&file)?;
    assert_eq!((&given.inputs, given.labels), (&plain.inputs, None));
    let error = trained
        .read_part(&file, Part::Test)
        .expect_err("no labels")
        .to_string();
    assert!(error.contains("array y: it is missing"), "{error}");
    let error = trained
        .read_part(Path::new("/no/such"), Part::Test)
        .expect_err("no folder")
        .to_string();
    assert!(
        error.contains("folder of data is /no/such: name a file, or a folder with test.npz"),
        "{error}"
    );
    Ok(())
}

#[test]
fn spike_trains_must_have_the_channels_of_the_training() -> Done {
    let folder = tempfile::tempdir()?;
    let arrays: [(&str, &[usize], &[f64]); 4] = [
        ("times", &[4], &[1.0, 2.0, 3.0, 4.0]),
        ("units", &[4], &[0.0, 1.0, 3.0, 2.0]),
        ("offsets", &[3], &[0.0, 2.0, 4.0]),
        ("labels", &[2], &[0.0, 1.0]),
    ];
    for part in ["train.npz", "test.npz"] {
        npz(&folder.path().join(part), &arrays)?;
    }
    let mut experiment = Experiment::preset(Task::Spikes, "default")?.set("data.channels=2")?;
    experiment.data.folder = Some(folder.path().to_owned());
    let (checkpoint, prepared, _) = checkpoint(&experiment, 1)?;
    let trained = checkpoint.trained()?;
    assert_eq!(trained.inputs().width, 4);
    let file = folder.path().join("some.npz");
    npz(&file, &arrays[..3])?;
    let given = trained.read(&file)?;
    assert_eq!(
        (given.inputs, given.labels),
        (prepared.test.inputs().clone(), None)
    );
    let refused = |more: (&str, &[usize], &[f64])| -> std::result::Result<String, Box<dyn std::error::Error>> {
        let others = arrays.into_iter().filter(|(name, ..)| *name != more.0);
        npz(&file, &others.chain([more]).collect::<Vec<_>>())?;
        Ok(trained.read(&file).expect_err("it does not fit").to_string())
    };
    assert!(
        refused(("n_units", &[1], &[5.0]))?.contains("array n_units: it is 5; the network has 4")
    );
    assert!(
        refused(("n_classes", &[1], &[3.0]))?
            .contains("array n_classes: it is 3; the network has 2")
    );
    assert!(
        refused(("units", &[4], &[0.0, 1.0, 4.0, 2.0]))?.contains("array units: element 2 is 4")
    );
    assert!(refused(("labels", &[2], &[0.0, 2.0]))?.contains("array labels: element 1 is 2"));
    Ok(())
}

#[test]
fn sets_that_ship_with_the_crate_have_no_other_folder() -> Done {
    let experiment = Experiment::preset(Task::Xor, "default")?;
    let (checkpoint, ..) = checkpoint(&experiment, 1)?;
    let trained = checkpoint.trained()?;
    let error = trained
        .read_part(Path::new("somewhere"), Part::Test)
        .expect_err("it ships");
    assert!(
        error.to_string().contains("ships with the program"),
        "{error}"
    );
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("x.npz");
    npz(
        &file,
        &[
            ("x", &[2, 2], &[0.0, 1.0, 1.0, 1.0]),
            ("y", &[2], &[1.0, 0.0]),
        ],
    )?;
    assert_eq!(trained.read(&file)?.inputs.n_samples(), 2);
    npz(&file, &[("x", &[1, 2], &[0.0, 1.5])])?;
    let error = trained.read(&file).expect_err("beyond 1").to_string();
    assert!(error.contains("feature 1 of sample 0 is 1.5"), "{error}");
    Ok(())
}

#[test]
fn a_checkpoint_that_does_not_know_its_inputs_is_refused() -> Done {
    let prepared = Experiment::preset(Task::Xor, "default")?.prepare(0)?;
    let engine = CpuEngine::new();
    let mut trainer = prepared.trainer(engine.clone())?;
    let checkpoint = Checkpoint::new(
        &prepared.experiment,
        &prepared.network,
        &[],
        trainer.state()?,
    );
    let error = checkpoint
        .trained()
        .expect_err("nothing was noted")
        .to_string();
    assert!(
        error.contains("it does not say what its inputs are"),
        "{error}"
    );
    Ok(())
}

#[test]
fn more_epochs_are_taken_and_fewer_than_begun_refused() -> Done {
    let experiment = Experiment::preset(Task::Iris, "default")?.for_epochs(2);
    let (checkpoint, ..) = checkpoint(&experiment, 2)?;
    let same = checkpoint.clone().for_epochs(2)?;
    assert_eq!(same, checkpoint);
    let more = checkpoint.clone().for_epochs(5)?.experiment;
    assert_eq!(
        (more.epochs, more.schedule),
        (5, crate::optim::Schedule::Cosine { epochs: 5 })
    );
    let error = checkpoint
        .for_epochs(1)
        .expect_err("two are done")
        .to_string();
    assert!(
        error.contains("number of epochs is 1: give 2 or more"),
        "{error}"
    );
    Ok(())
}
