use super::*;
use crate::train::{Experiment, Task, TaskData};

const IRIS: &str = include_str!("../data/iris.csv");

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn settings(place: &Path) -> DataSettings {
    DataSettings {
        folder: Some(place.to_owned()),
        ..DataSettings::new(Task::Features)
    }
}

fn refused(settings: &DataSettings) -> String {
    settings.load(0).expect_err("it is faulty").to_string()
}

fn iris(seed: u64) -> Result<Splits> {
    match DataSettings::new(Task::Iris).load(seed)? {
        TaskData::Features(splits) => Ok(splits),
        TaskData::Spikes(_) => unreachable!("iris has features"),
    }
}

/// Where the training part has the least and the largest value of every column, the range is that of the whole set, which
/// the set that ships with the crate is scaled by.
#[test]
fn the_iris_table_is_the_set_that_ships_with_the_crate() -> Done {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("flowers.csv");
    std::fs::write(&file, IRIS)?;
    let settings = settings(&file);
    let is_whole = |set: &Dataset| {
        let columns = set.features().columns().into_iter();
        columns
            .into_iter()
            .all(|column| column.iter().any(|&x| x == 0.0) && column.iter().any(|&x| x == 1.0))
    };
    let (mut n_same, mut n_other) = (0, 0);
    for seed in 0..60 {
        let (ours, theirs) = (settings.features(seed)?, iris(seed)?);
        assert_eq!(ours.train.class_names(), theirs.train.class_names());
        for (ours, theirs) in [(&ours.train, &theirs.train), (&ours.test, &theirs.test)] {
            assert_eq!(ours.labels(), theirs.labels(), "the same division");
        }
        if is_whole(&theirs.train) {
            assert_eq!(ours.train.features(), theirs.train.features());
            assert_eq!(ours.test.features(), theirs.test.features());
            assert_eq!(ours.warnings, [""; 0]);
            n_same += 1;
        } else {
            assert_ne!(
                ours.train.features(),
                theirs.train.features(),
                "fitted on the training part alone"
            );
            n_other += 1;
        }
    }
    assert!(n_same >= 3 && n_other >= 3, "{n_same} {n_other}");
    let mut experiment = Experiment::preset(Task::Iris, "default")?;
    let seed = (0..60).find(|&seed| iris(seed).is_ok_and(|splits| is_whole(&splits.train)));
    let seed = seed.ok_or("one of sixty")?;
    let theirs = experiment.prepare(seed)?;
    experiment.data = settings;
    let ours = experiment.prepare(seed)?;
    assert_eq!(
        (ours.train, ours.test),
        (theirs.train, theirs.test),
        "the same spikes"
    );
    Ok(())
}

#[test]
fn shares_are_drawn_by_the_seed_and_keep_the_mix_of_classes() -> Done {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("flowers.csv");
    std::fs::write(&file, IRIS)?;
    let mut settings = settings(&file);
    settings.test_fraction = Some(0.3);
    settings.validation_fraction = Some(0.2);
    let splits = settings.features(1)?;
    let held_out = splits.validation.as_ref().ok_or("a fifth")?;
    let counts =
        |set: &Dataset| [0, 1, 2].map(|class| set.labels().iter().filter(|&&l| l == class).count());
    assert_eq!(
        [&splits.train, held_out, &splits.test].map(counts),
        [[25; 3], [10; 3], [15; 3]]
    );
    assert_eq!(splits, settings.features(1)?);
    assert_ne!(splits.train, settings.features(2)?.train);
    for (test, validation, told) in [
        (0.0, None, "data.test_fraction is 0"),
        (1.0, None, "data.test_fraction is 1"),
        (
            0.5,
            Some(0.5),
            "data.validation_fraction is 0.5: let it leave something",
        ),
        (0.5, Some(-0.1), "data.validation_fraction is -0.1"),
    ] {
        (settings.test_fraction, settings.validation_fraction) = (Some(test), validation);
        assert!(refused(&settings).contains(told), "{}", refused(&settings));
    }
    Ok(())
}

#[test]
fn files_of_parts_are_read_and_scaled_by_the_training_part() -> Done {
    let folder = tempfile::tempdir()?;
    let write = |part: &str, text: &str| std::fs::write(folder.path().join(part), text);
    let settings = settings(folder.path());
    assert!(refused(&settings).contains("it lacks train"));
    write("train.csv", "a,b,y\n0,5,up\n10,5,down\n")?;
    assert!(refused(&settings).contains("it lacks test"));
    write("test.csv", "y,b,a\nup,5,5\ndown,6,20\n")?;
    let splits = settings.features(0)?;
    assert_eq!(splits.train.class_names(), ["down", "up"]);
    assert_eq!(
        splits.train.features(),
        ndarray::array![[0.0, 0.0], [1.0, 0.0]]
    );
    assert_eq!(
        splits.test.features(),
        ndarray::array![[0.5, 0.0], [1.0, 0.0]]
    );
    assert_eq!(splits.test.labels(), [1, 0]);
    assert_eq!(splits.validation, None);
    assert_eq!(splits.warnings.len(), 2, "{:?}", splits.warnings);
    assert!(
        splits.warnings[0]
            .contains("one value in all training samples say nothing, and count as 0: b")
    );
    assert!(splits.warnings[1].starts_with("1 of 4 values of the test samples lie beyond"));
    write("validation.csv", "a,b,y\n5,5,up\n")?;
    assert_eq!(
        settings.features(0)?.validation.map(|set| set.n_samples()),
        Some(1)
    );

    write("test.csv", "a,b,y\n1,5,left\n")?;
    let told = refused(&settings);
    assert!(
        told.contains(
            "test.csv: label \"left\" of sample 0 is unknown: the training samples have down, up"
        ),
        "{told}"
    );
    write("test.csv", "a,c,y\n1,5,up\n")?;
    assert!(refused(&settings).contains("test.csv: it has no column \"b\""));
    write("test.csv", "a,b,y\n1,NaN,up\n")?;
    assert!(
        refused(&settings).contains("test.csv: line 2, column \"b\": \"NaN\" is no finite number")
    );
    std::fs::copy(
        folder.path().join("train.csv"),
        folder.path().join("train.npz"),
    )?;
    assert!(refused(&settings).contains("leave one of train.npz and train.csv there"));
    std::fs::remove_file(folder.path().join("train.npz"))?;
    let mut divided = settings;
    divided.test_fraction = Some(0.5);
    assert!(
        refused(&divided).contains(
            "data.test_fraction is 0.5: leave it out: the folder has a file for each part"
        )
    );
    Ok(())
}

#[test]
fn a_class_without_training_samples_is_told() -> Done {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("all.csv");
    std::fs::write(&file, "a,y\n1,x\n2,x\n3,x\n4,rare\n")?;
    let mut settings = settings(&file);
    settings.test_fraction = Some(0.5);
    let told = refused(&settings);
    assert!(
        told.contains("number of training samples of the class is 0 (\"rare\")"),
        "{told}"
    );
    settings.test_fraction = Some(0.3);
    assert!(settings.load(0).is_ok());
    Ok(())
}

#[test]
fn keys_of_features_are_refused_with_other_tasks() {
    let mut data = DataSettings::new(Task::Iris);
    data.label = Some("species".to_owned());
    assert!(
        refused(&data).contains(
            "data.label is species: leave it out: it is of the task features, not of iris"
        )
    );
    data.label = None;
    data.validation_fraction = Some(0.1);
    assert!(refused(&data).contains("data.validation_fraction is 0.1: leave it out"));
    let none = DataSettings::new(Task::Features);
    assert!(
        refused(&none)
            .contains("data.folder is not given: name the folder of features, with train.npz")
    );
}
